import type { AdminRecord } from '../../app/access-ports.ts';
import type { OverrideChange, OverrideChanges } from '../../app/override-ports.ts';
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

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<readonly OverrideChange[]> {
    return (await this.#table.query({ pk: keys.overrides(tenant) })).map(toChange);
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

function toChange(item: Item): OverrideChange {
  return {
    number: Number(item.sk),
    version: textAttribute(item, 'version'),
    fileText: textAttribute(item, 'file'),
    storedAtMs: numberAttribute(item, 'storedAtMs'),
    keyId: textAttribute(item, 'keyId'),
  };
}
