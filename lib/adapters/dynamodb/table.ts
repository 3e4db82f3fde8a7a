import type { LedgerError } from '../../domain/errors.ts';

/** The key of an item of the one table. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What an attribute may hold: text, whole number, bytes, set of texts. */
export type Attribute = string | bigint | Uint8Array | ReadonlySet<string>;

/** An item: its key and its attributes. */
export type Item = Key & Readonly<Record<string, Attribute>>;

/** What must hold for a write to happen: the item does not exist, or one attribute of it has this value. */
export type Condition = { readonly absent: true } | { readonly attribute: string; readonly equals: string | bigint };

/** One write of a transaction. `add` creates the item or attribute where missing (sums start at zero). */
export type TransactWrite =
  | { readonly type: 'put'; readonly item: Item; readonly condition?: Condition }
  | {
      readonly type: 'add';
      readonly key: Key;
      readonly set: Readonly<Record<string, bigint>>;
      readonly add: Readonly<Record<string, bigint>>;
    }
  | { readonly type: 'delete'; readonly key: Key; readonly condition?: Condition };

/** Items of one partition, in sort key order: behind `after`, up to and including `upTo`, beginning with `prefix`. */
export interface PartitionQuery {
  readonly pk: string;
  readonly after?: string;
  readonly upTo?: string;
  readonly prefix?: string;
  readonly descending?: boolean;
  /** At most so many items; all of them when absent. */
  readonly limit?: number;
}

/**
 * The few things the ledger asks of DynamoDB, with the meaning it has there: every read is strongly consistent, a
 * transaction happens whole or not at all. Implemented over the AWS SDK and in memory; one contract suite holds both.
 *
 * Every method may throw {@link TableBusyError} (not applied, try again), {@link TableUnknownError} (may or may not
 * have been applied) or {@link TableRefusedError} (never will be).
 */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /**
   * Reads up to {@link MAX_GET_KEYS} distinct keys with few requests. Left out where a table has nothing better than one
   * by one.
   * @returns what is there, in the order of the keys
   */
  getMany?(keys: readonly Key[]): Promise<readonly (Item | undefined)[]>;
  /** Reads every page of the answer. */
  query(query: PartitionQuery): Promise<readonly Item[]>;
  /** @returns `failed` when the condition did not hold; nothing was written then */
  put(item: Item, condition?: Condition): Promise<'written' | 'failed'>;
  /** @returns `failed` when the condition did not hold */
  delete(key: Key, condition?: Condition): Promise<'deleted' | 'failed'>;
  /** Adds a member to a set attribute; @returns the members before */
  addToSet(key: Key, attribute: string, member: string): Promise<ReadonlySet<string>>;
  /** Sets and sums attributes of one item outside a transaction, creating it where missing. */
  add(key: Key, sums: Readonly<Record<string, bigint>>): Promise<void>;
  /** At most 100 writes, each to another item. @returns `failed` when a condition did not hold: nothing was written */
  transact(writes: readonly TransactWrite[]): Promise<'committed' | 'failed'>;
}

/** Most keys that are read together. */
export const MAX_GET_KEYS = 100;

/** Most writes that one transaction may hold. */
export const MAX_TRANSACTION_WRITES = 100;

abstract class TableError extends Error implements LedgerError {
  abstract readonly code: string;
  abstract readonly retryable: boolean;
}

/** Throttled, or in conflict with another transaction: nothing was applied. */
export class TableBusyError extends TableError {
  override readonly name = 'TableBusyError';
  readonly code = 'table/busy';
  readonly retryable = true;
}

/** Time-out or server fault: the write may have been applied, now or later. */
export class TableUnknownError extends TableError {
  override readonly name = 'TableUnknownError';
  readonly code = 'table/outcome-unknown';
  readonly retryable = true;
}

/** The table will never take this request (too large, malformed, no permission). */
export class TableRefusedError extends TableError {
  override readonly name = 'TableRefusedError';
  readonly code = 'table/refused';
  readonly retryable = false;
}
