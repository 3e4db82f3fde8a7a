import { randomUUID } from 'node:crypto';
import type { AdminRecord, AdminRecords } from '../../app/access-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Item, Table } from './table.ts';

/** Administrative records on the ledger's table, in order of time; written once and never changed. */
export class TableAdminRecords implements AdminRecords {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async append(tenant: string, record: AdminRecord): Promise<void> {
    await this.#table.put(adminRecordItem(tenant, record), { absent: true });
  }

  async list(tenant: string): Promise<readonly AdminRecord[]> {
    const items = await this.#table.query({ pk: keys.auditRecords(tenant) });
    return items.map((item) => ({
      atMs: numberAttribute(item, 'atMs'),
      keyId: textAttribute(item, 'keyId'),
      action: textAttribute(item, 'action'),
      detail: JSON.parse(textAttribute(item, 'detail')),
    }));
  }
}

/** The item of a record, for stores that write it in the same transaction as the change it records. */
export function adminRecordItem(tenant: string, record: AdminRecord): Item {
  return {
    pk: keys.auditRecords(tenant),
    // The random end keeps two changes of one millisecond apart.
    sk: `${padNumber(record.atMs)}#${randomUUID()}`,
    atMs: BigInt(record.atMs),
    keyId: record.keyId,
    action: record.action,
    detail: JSON.stringify(record.detail),
  };
}
