import { randomUUID } from 'node:crypto';
import type { AdminRecord, AdminRecordPage, AdminRecordQuery, AdminRecords } from '../../app/access/access-ports.ts';
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
    return (await this.#table.query({ pk: keys.auditRecords(tenant) })).map(toRecord);
  }

  async page(tenant: string, { action, position, limit }: AdminRecordQuery): Promise<AdminRecordPage> {
    // What is asked for may be rare among the others, so more is read at once than is shown.
    const most = action === undefined ? limit : Math.max(limit, FILTERED_READ);
    const found = await this.#table.query({
      pk: keys.auditRecords(tenant),
      ...(position === undefined ? {} : { upTo: position }),
      descending: true,
      // The item at the position is the last of the page before.
      limit: most + 2,
    });
    const items = found.filter(({ sk }) => sk !== position).slice(0, most + 1);
    const shown = items
      .slice(0, most)
      .filter((item) => action === undefined || item['action'] === action)
      .slice(0, limit);
    // A full page goes on behind its last record, another one behind the last that was looked at.
    const last = shown.length === limit ? shown.at(-1) : items[most - 1];
    const isMore = last !== undefined && last.sk !== items.at(-1)?.sk;
    return { records: shown.map(toRecord), ...(isMore ? { next: last.sk } : {}) };
  }
}

/** Records read for one page of a single action. */
const FILTERED_READ = 500;

function toRecord(item: Item): AdminRecord {
  return {
    atMs: numberAttribute(item, 'atMs'),
    keyId: textAttribute(item, 'keyId'),
    action: textAttribute(item, 'action'),
    detail: JSON.parse(textAttribute(item, 'detail')),
  };
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
