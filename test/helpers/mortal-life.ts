import type { Table } from '../../lib/adapters/dynamodb/table.ts';

class CrashError extends Error {}

/** One life of a function: at the chosen step it dies, before or after the step took effect, and does nothing more. */
export class Life {
  /** Steps begun. */
  steps = 0;
  readonly #diesAt: number;
  readonly #after: boolean;

  /** @param after - whether the step in which it dies takes effect */
  constructor(diesAt: number, after: boolean) {
    this.#diesAt = diesAt;
    this.#after = after;
  }

  /** Does one thing, unless death came before it or comes with it. */
  async step<T>(act: () => Promise<T>): Promise<T> {
    const step = this.steps++;
    if (step > this.#diesAt || (step === this.#diesAt && !this.#after)) throw new CrashError(`died at ${step}`);
    const result = await act();
    if (step === this.#diesAt) throw new CrashError(`died after ${step}`);
    return result;
  }

  /** A table each of whose requests is a step. */
  table(table: Table): Table {
    return {
      get: (key) => this.step(() => table.get(key)),
      query: (query) => this.step(() => table.query(query)),
      put: (item, condition) => this.step(() => table.put(item, condition)),
      delete: (key, condition) => this.step(() => table.delete(key, condition)),
      addToSet: (key, attribute, member) => this.step(() => table.addToSet(key, attribute, member)),
      add: (key, sums) => this.step(() => table.add(key, sums)),
      transact: (writes) => this.step(() => table.transact(writes)),
    };
  }
}
