import { isDeepStrictEqual } from 'node:util';
import type { Condition, Item, Key, Table, TransactWrite } from '../../../lib/adapters/dynamodb/table.ts';
import type { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { keys as contractKeys } from '../../../lib/contracts/table-keys.ts';

/**
 * Partitions of what is written once and never changed: commits, segments, corrections, the index of days, id pages,
 * dictionaries, conflicts, changes of overrides and the record of who did what.
 */
const WRITTEN_ONCE = /^(C|S|X|D|P|L|O)#|^(CONFLICT|OVERRIDE|ADMIN)#/;

/** Sort keys of items that are written once in partitions that hold others too. */
const CLAIM = /^CLAIM#/;

/** Running totals of budgets, which go forward only. */
const TOTAL = /^TOTAL#/;

/**
 * The table with a witness: sees every write that takes effect and notes those that change or delete what is written
 * once. It looks at the items before and after, not at what the writer asked for.
 */
export class WatchedTable implements Table {
  readonly #table: MemoryTable;
  /** What was done that must never be done, in words. */
  readonly breaches: string[] = [];
  /** Alerts that are known to be sent: nobody has anything to do with them any more. */
  readonly closedAlerts = new Set<string>();

  constructor(table: MemoryTable) {
    this.#table = table;
  }

  get: Table['get'] = (key) => this.#table.get(key);
  query: Table['query'] = (query) => this.#table.query(query);

  put(item: Item, condition?: Condition) {
    return this.#witness([item], () => this.#table.put(item, condition));
  }

  delete(key: Key, condition?: Condition) {
    return this.#witness([key], () => this.#table.delete(key, condition));
  }

  async addToSet(key: Key, attribute: string, member: string) {
    const before = await this.#table.addToSet(key, attribute, member);
    const after = (await this.#table.get(key))?.[attribute];
    if (!(after instanceof Set) || [...before].some((each) => !after.has(each))) {
      this.breaches.push(`a claimant of ${key.pk} was forgotten`);
    }
    return before;
  }

  add(key: Key, sums: Readonly<Record<string, bigint>>) {
    return this.#witness([key], () => this.#table.add(key, sums));
  }

  transact(writes: readonly TransactWrite[]) {
    const keys = writes.map((write) => (write.type === 'put' ? write.item : write.key));
    return this.#witness(keys, () => this.#table.transact(writes));
  }

  async #witness<T>(keys: readonly Key[], write: () => Promise<T>): Promise<T> {
    const pending = keys.filter(({ pk }) => pk === contractKeys.alertOutbox);
    const totals = keys.filter(({ pk }) => TOTAL.test(pk));
    const heights = totals.map((key) => this.#heightOf(key));
    const wasPending = pending.map((key) => this.#table.peek(key) !== undefined);
    const watched = keys.filter(({ pk, sk }) => WRITTEN_ONCE.test(pk) || CLAIM.test(sk));
    // Nothing else happens in between: the table in memory reads and writes at once.
    const before = watched.map((key) => this.#table.peek(key));
    const result = write();
    for (const [index, key] of watched.entries()) {
      const was = before[index];
      if (was === undefined) continue;
      const is = this.#table.peek(key);
      if (is === was || isDeepStrictEqual(is, was)) continue;
      this.breaches.push(`${key.pk} ${key.sk} was ${is === undefined ? 'deleted' : 'overwritten'}`);
    }
    for (const [index, { sk }] of pending.entries()) {
      if (wasPending[index] && this.#table.peek({ pk: contractKeys.alertOutbox, sk }) === undefined)
        this.closedAlerts.add(sk);
    }
    for (const [index, key] of totals.entries()) {
      if (this.#heightOf(key) < (heights[index] ?? 0)) this.breaches.push(`${key.pk} ${key.sk} went back`);
    }
    return result;
  }

  /** The commit that a running total stands at; 0 = there is none. */
  #heightOf(key: Key): number {
    return Number(this.#table.peek(key)?.['number'] ?? 0);
  }
}
