import type { Condition, Item, Key, PartitionQuery, Table, TransactWrite } from '../../lib/adapters/dynamodb/table.ts';

/** What a table was asked for since the counts were last taken. */
export interface TableCounts {
  /** Calls of every kind. */
  readonly calls: number;
  readonly transactions: number;
  /** Writes inside transactions; DynamoDB charges two units at least for each. */
  readonly writes: number;
  /** Most writes that one transaction held. */
  readonly largest: number;
  /** Items that queries returned. */
  readonly itemsRead: number;
}

const NOTHING: TableCounts = { calls: 0, transactions: 0, writes: 0, largest: 0, itemsRead: 0 };

/** Counts what is asked of a table. Each call may be made to take time of a clock that stands still otherwise. */
export class CountingTable implements Table {
  readonly #table: Table;
  readonly #onCall: () => void;
  #counts = NOTHING;

  constructor(table: Table, onCall: () => void = () => {}) {
    this.#table = table;
    this.#onCall = onCall;
  }

  /** The counts so far; they begin again at zero. */
  take(): TableCounts {
    const taken = this.#counts;
    this.#counts = NOTHING;
    return taken;
  }

  get(key: Key) {
    this.#count({});
    return this.#table.get(key);
  }

  async query(query: PartitionQuery) {
    const items = await this.#table.query(query);
    this.#count({ itemsRead: items.length });
    return items;
  }

  put(item: Item, condition?: Condition) {
    this.#count({});
    return this.#table.put(item, condition);
  }

  delete(key: Key, condition?: Condition) {
    this.#count({});
    return this.#table.delete(key, condition);
  }

  addToSet(key: Key, attribute: string, member: string) {
    this.#count({});
    return this.#table.addToSet(key, attribute, member);
  }

  add(key: Key, sums: Readonly<Record<string, bigint>>) {
    this.#count({});
    return this.#table.add(key, sums);
  }

  transact(writes: readonly TransactWrite[]) {
    this.#count({ transactions: 1, writes: writes.length });
    return this.#table.transact(writes);
  }

  #count({ transactions = 0, writes = 0, itemsRead = 0 }: Partial<TableCounts>): void {
    this.#onCall();
    const before = this.#counts;
    this.#counts = {
      calls: before.calls + 1,
      transactions: before.transactions + transactions,
      writes: before.writes + writes,
      largest: Math.max(before.largest, writes),
      itemsRead: before.itemsRead + itemsRead,
    };
  }
}
