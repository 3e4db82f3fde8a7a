import type { AdminRecord } from '../../app/access/access-ports.ts';
import type { OwnRowList, OwnRowStore, StoredOwnRow } from '../../app/reference/own-row-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { adminRecordItem } from './admin-records.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Table } from './table.ts';

/**
 * The rows of reference of each tenant as one item, so that their number has an exact bound. 100 rows with the longest
 * texts are some 320 KB. Errors are the table's own.
 */
export class TableOwnRowStore implements OwnRowStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<OwnRowList> {
    const item = await this.#table.get(keys.ownRows(tenant));
    if (!item) return { rows: [], revision: 0 };
    const rows = JSON.parse(textAttribute(item, 'body')) as readonly StoredOwnRow[];
    return { rows, revision: numberAttribute(item, 'revision') };
  }

  async save(
    tenant: string,
    rows: readonly StoredOwnRow[],
    overRevision: number,
    record: AdminRecord,
  ): Promise<'saved' | 'behind'> {
    const outcome = await this.#table.transact([
      {
        type: 'put',
        item: { ...keys.ownRows(tenant), revision: BigInt(overRevision + 1), body: JSON.stringify(rows) },
        condition: overRevision === 0 ? { absent: true } : { attribute: 'revision', equals: BigInt(overRevision) },
      },
      { type: 'put', item: adminRecordItem(tenant, record), condition: { absent: true } },
    ]);
    return outcome === 'committed' ? 'saved' : 'behind';
  }
}
