import type { AdminRecord } from '../../app/access/access-ports.ts';
import type { OverrideChange, OverrideChanges } from '../../app/prices/override-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import { adminRecordItem } from './admin-records.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Item, Table } from './table.ts';

/**
 * Override changes on the ledger's table, one item per change in the tenant's override partition, sorted by number:
 * `version` (text), `file` (JSON text), `storedAtMs` (number), `keyId` (text).
 */
export class TableOverrideChanges implements OverrideChanges {
  readonly #table: Table;
  /** What was read before, by whose it is. Changes are numbered without gaps and immutable, so only newer ones are asked for. */
  readonly #known = new Map<string, readonly OverrideChange[]>();
  #knownCharacters = 0;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<readonly OverrideChange[]> {
    const known = this.#known.get(tenant) ?? [];
    const last = known.at(-1);
    const after = last === undefined ? {} : { after: padNumber(last.number) };
    const newer = (await this.#table.query({ pk: keys.overrides(tenant), ...after })).map(toChange);
    if (newer.length === 0) return known;
    const changes = [...known, ...newer];
    this.#remember(tenant, changes, newer);
    return changes;
  }

  #remember(tenant: string, changes: readonly OverrideChange[], newer: readonly OverrideChange[]): void {
    this.#knownCharacters += countCharacters(newer);
    if (this.#knownCharacters > MAX_KNOWN_CHARACTERS) {
      this.#known.clear();
      this.#knownCharacters = countCharacters(changes);
    }
    this.#known.set(tenant, changes);
  }

  async append(tenant: string, change: OverrideChange, record: AdminRecord): Promise<'stored' | 'behind'> {
    const item: Item = {
      pk: keys.overrides(tenant),
      sk: padNumber(change.number),
      version: change.version,
      file: change.fileText,
      storedAtMs: BigInt(change.storedAtMs),
      keyId: change.keyId,
    };
    const outcome = await this.#table.transact([
      { type: 'put', item, condition: { absent: true } },
      { type: 'put', item: adminRecordItem(tenant, record) },
    ]);
    return outcome === 'committed' ? 'stored' : 'behind';
  }
}

/** Three times the files that one scope may store. */
const MAX_KNOWN_CHARACTERS = 30_000_000;

function countCharacters(changes: readonly OverrideChange[]): number {
  return changes.reduce((sum, { fileText }) => sum + fileText.length, 0);
}

function toChange(item: Item): OverrideChange {
  return {
    number: Number(item.sk),
    version: textAttribute(item, 'version'),
    fileText: textAttribute(item, 'file'),
    storedAtMs: numberAttribute(item, 'storedAtMs'),
    keyId: textAttribute(item, 'keyId'),
  };
}
