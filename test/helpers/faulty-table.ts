import {
  type Condition,
  type Item,
  type Key,
  type PartitionQuery,
  type Table,
  TableBusyError,
  TableUnknownError,
  type TransactWrite,
} from '../../lib/adapters/dynamodb/table.ts';

/** What may happen to a call: busy (not applied), time-out before or after it was applied. */
export const FAULTS = ['busy', 'lost-request', 'lost-answer'] as const;
export type Fault = (typeof FAULTS)[number];

export type TableCall = 'get' | 'query' | 'put' | 'delete' | 'addToSet' | 'add' | 'transact';

/** A table in front of which faults happen. `decide` says for each call, in order, which one, if any. */
export class FaultyTable implements Table {
  readonly #table: Table;
  readonly #decide: (call: TableCall, index: number) => Fault | undefined;
  #calls = 0;
  /** How often each fault happened to each call. */
  readonly hits = new Map<string, number>();

  constructor(table: Table, decide: (call: TableCall, index: number) => Fault | undefined) {
    this.#table = table;
    this.#decide = decide;
  }

  get(key: Key) {
    return this.#through('get', () => this.#table.get(key));
  }

  query(query: PartitionQuery) {
    return this.#through('query', () => this.#table.query(query));
  }

  put(item: Item, condition?: Condition) {
    return this.#through('put', () => this.#table.put(item, condition));
  }

  delete(key: Key, condition?: Condition) {
    return this.#through('delete', () => this.#table.delete(key, condition));
  }

  addToSet(key: Key, attribute: string, member: string) {
    return this.#through('addToSet', () => this.#table.addToSet(key, attribute, member));
  }

  add(key: Key, sums: Readonly<Record<string, bigint>>) {
    return this.#through('add', () => this.#table.add(key, sums));
  }

  transact(writes: readonly TransactWrite[]) {
    return this.#through('transact', () => this.#table.transact(writes));
  }

  async #through<T>(call: TableCall, proceed: () => Promise<T>): Promise<T> {
    const fault = this.#decide(call, this.#calls++);
    if (!fault) return proceed();
    this.hits.set(`${call} ${fault}`, (this.hits.get(`${call} ${fault}`) ?? 0) + 1);
    if (fault === 'busy') throw new TableBusyError(`${call} is throttled`);
    if (fault === 'lost-answer') await proceed();
    throw new TableUnknownError(`${call} timed out`);
  }
}
