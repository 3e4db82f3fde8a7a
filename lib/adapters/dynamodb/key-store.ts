import { timingSafeEqual } from 'node:crypto';
import { type AdminRecord, type ApiKey, type ApiKeys, type ListedKey, ROLES } from '../../app/access/access-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { invariant } from '../../domain/errors.ts';
import { adminRecordItem } from './admin-records.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Item, Table } from './table.ts';

const REVOKED = '#revoked';
const USED = '#used';
/** Hex digits of the hash in the name of a key. */
const NAME_DIGITS = 12;

/**
 * API keys on the ledger's table, all in one partition: an item under the key's hash, written once, beside it one that says
 * since when it is revoked and one with the day of its last use. One query reads what belongs to a key, and one what belongs to
 * all of them: keys are few, and whoever lists them does so by hand.
 */
export class TableApiKeys implements ApiKeys {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async find(keyHash: string): Promise<ListedKey | undefined> {
    const items = await this.#table.query({ pk: keys.apiKeys, prefix: keyHash });
    return toKeys(items).find(({ hash }) => isEqual(hash, keyHash))?.key;
  }

  async create(keyHash: string, key: ApiKey, record: AdminRecord): Promise<'created' | 'exists'> {
    const item: Item = {
      pk: keys.apiKeys,
      sk: keyHash,
      keyId: key.keyId,
      tenant: key.tenant,
      role: key.role,
      label: key.label,
      createdAtMs: BigInt(key.createdAtMs),
      ...(key.expiresAtMs === undefined ? {} : { expiresAtMs: BigInt(key.expiresAtMs) }),
    };
    const outcome = await this.#table.transact([
      { type: 'put', item, condition: { absent: true } },
      { type: 'put', item: adminRecordItem(key.tenant, record) },
    ]);
    return outcome === 'committed' ? 'created' : 'exists';
  }

  async list(tenant?: string): Promise<readonly ListedKey[]> {
    return toKeys(await this.#table.query({ pk: keys.apiKeys }))
      .map(({ key }) => key)
      .filter((key) => tenant === undefined || key.tenant === tenant)
      .sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  async revoke(tenant: string, keyId: string, record: AdminRecord): Promise<'revoked' | 'revoked_before' | 'unknown'> {
    const prefix = /^key_([0-9a-f]+)$/.exec(keyId)?.[1] ?? '';
    if (prefix.length !== NAME_DIGITS) return 'unknown';
    const found = toKeys(await this.#table.query({ pk: keys.apiKeys, prefix })).find(
      ({ key }) => key.tenant === tenant && key.keyId === keyId,
    );
    if (!found) return 'unknown';
    const item = { pk: keys.apiKeys, sk: found.hash + REVOKED, atMs: BigInt(record.atMs) };
    const outcome = await this.#table.transact([
      { type: 'put', item, condition: { absent: true } },
      { type: 'put', item: adminRecordItem(tenant, record) },
    ]);
    return outcome === 'committed' ? 'revoked' : 'revoked_before';
  }

  async noteUse(keyHash: string, day: string): Promise<void> {
    await this.#table.put({ pk: keys.apiKeys, sk: keyHash + USED, day });
  }
}

/** The keys among items of their partition. */
function toKeys(items: readonly Item[]): readonly { readonly hash: string; readonly key: ListedKey }[] {
  const beside = new Map(items.map((item) => [item.sk, item]));
  return items
    .filter(({ sk }) => !sk.includes('#'))
    .map((item) => ({ hash: item.sk, key: toKey(item, beside.get(item.sk + REVOKED), beside.get(item.sk + USED)) }));
}

function toKey(item: Item, revoked: Item | undefined, used: Item | undefined): ListedKey {
  const role = ROLES.find((known) => known === item['role']);
  invariant(role, `key ${item.sk.slice(0, NAME_DIGITS)} has no known role`);
  return {
    keyId: textAttribute(item, 'keyId'),
    tenant: textAttribute(item, 'tenant'),
    role,
    label: textAttribute(item, 'label'),
    createdAtMs: numberAttribute(item, 'createdAtMs'),
    ...(item['expiresAtMs'] === undefined ? {} : { expiresAtMs: numberAttribute(item, 'expiresAtMs') }),
    ...(revoked ? { revokedAtMs: numberAttribute(revoked, 'atMs') } : {}),
    ...(used ? { lastUsedDay: textAttribute(used, 'day') } : {}),
  };
}

/** Whether two hashes are the same, in a time that does not tell how much of them is. */
function isEqual(stored: string, asked: string): boolean {
  const [a, b] = [Buffer.from(stored), Buffer.from(asked)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
