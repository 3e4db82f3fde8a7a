import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { keys } from '../../contracts/table-keys.ts';
import { withPatience } from './alert-store.ts';
import type { Table } from './table.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what only redrive may read, under a key of each tenant that the table keeps apart: whoever reads, copies or
 * logs items of rejects meets no person's name and no text. It is no wall against somebody who may read the whole table.
 */
export class ParcelBox {
  readonly #table: Table;
  readonly #keys = new Map<string, Uint8Array>();

  constructor(table: Table) {
    this.#table = table;
  }

  /** @param label - what the content belongs to; it opens only under the same */
  async seal(tenant: string, label: string, content: string): Promise<Uint8Array> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', await this.#keyOf(tenant), nonce).setAAD(Buffer.from(label));
    const sealed = Buffer.concat([cipher.update(gzipSync(content)), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws when the content was not sealed for this tenant and label */
  async open(tenant: string, label: string, sealed: Uint8Array): Promise<string> {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', await this.#keyOf(tenant), nonce).setAAD(Buffer.from(label));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const packed = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return gunzipSync(packed).toString();
  }

  async #keyOf(tenant: string): Promise<Uint8Array> {
    const known = this.#keys.get(tenant);
    if (known) return known;
    const at = keys.rejectParcelKey(tenant);
    const fresh = randomBytes(KEY_BYTES);
    // Whoever is first makes the key; an answer that got lost is met again as somebody's.
    await withPatience(() => this.#table.put({ ...at, key: fresh }, { absent: true }), true);
    const kept = (await withPatience(() => this.#table.get(at), true))?.['key'];
    if (!(kept instanceof Uint8Array)) throw new TypeError(`${at.pk} holds no key`);
    this.#keys.set(tenant, kept);
    return kept;
  }
}
