import type { Clock } from '../../../app/ports.ts';
import { LedgerError } from '../../../domain/errors.ts';
import {
  type Condition,
  type Item,
  type Key,
  MAX_GET_KEYS,
  type PartitionQuery,
  type Table,
  TableBusyError,
  TableUnknownError,
  type TransactWrite,
} from '../table.ts';

/** The ledger could not settle something before its deadline; doing the same again is safe. */
export class LedgerUnavailableError extends LedgerError {
  override readonly name = 'LedgerUnavailableError';
  readonly code = 'ledger/unavailable';
  readonly retryable = true;
}

/** What a writer needs of the outside besides the table. */
export interface Surroundings {
  readonly now: Clock;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;

/** Waits longer each time, with full jitter, so that writers that met once do not meet again. */
export async function pause(surroundings: Surroundings, attempt: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  await surroundings.sleep(surroundings.random() * longest);
}

/** Reads distinct keys, together where the table can. @returns what is there, in the order of the keys */
export async function readMany(table: Table, keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
  const items: (Item | undefined)[] = [];
  for (let start = 0; start < keys.length; start += MAX_GET_KEYS) {
    const some = keys.slice(start, start + MAX_GET_KEYS);
    items.push(...(table.getMany ? await table.getMany(some) : await Promise.all(some.map((key) => table.get(key)))));
  }
  return items;
}

/**
 * A table whose repeatable requests are tried until a deadline. Transactions pass through: whether one of unknown
 * outcome happened is for the commit log to say.
 */
export class PatientTable implements Table {
  readonly #table: Table;
  readonly #surroundings: Surroundings;
  readonly #deadlineMs: number;

  constructor(table: Table, surroundings: Surroundings, deadlineMs: number) {
    this.#table = table;
    this.#surroundings = surroundings;
    this.#deadlineMs = deadlineMs;
  }

  get(key: Key) {
    return this.#patiently(() => this.#table.get(key));
  }

  getMany(keys: readonly Key[]) {
    return this.#patiently(() => readMany(this.#table, keys));
  }

  query(query: PartitionQuery) {
    return this.#patiently(() => this.#table.query(query));
  }

  put(item: Item, condition?: Condition) {
    return this.#patiently(() => this.#table.put(item, condition));
  }

  delete(key: Key, condition?: Condition) {
    return this.#patiently(() => this.#table.delete(key, condition));
  }

  addToSet(key: Key, attribute: string, member: string) {
    return this.#patiently(() => this.#table.addToSet(key, attribute, member));
  }

  add(key: Key, sums: Readonly<Record<string, bigint>>) {
    return this.#patiently(() => this.#table.add(key, sums));
  }

  transact(writes: readonly TransactWrite[]) {
    return this.#table.transact(writes);
  }

  /** A transaction that is harmless to repeat, because it puts only what is not there. */
  transactAgain(writes: readonly TransactWrite[]) {
    return this.#patiently(() => this.#table.transact(writes));
  }

  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await attempt();
      } catch (cause) {
        if (!(cause instanceof TableBusyError || cause instanceof TableUnknownError)) throw cause;
        if (this.#surroundings.now() >= this.#deadlineMs) {
          throw new LedgerUnavailableError(`the table did not answer before the deadline: ${cause.message}`, { cause });
        }
        await pause(this.#surroundings, tries);
      }
    }
  }
}
