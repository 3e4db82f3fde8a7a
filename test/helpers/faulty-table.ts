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

/** What is worse: a write applied only after its time-out was reported; a caller that dies before or after a call. */
export const DISASTERS = ['late', 'crash-before', 'crash-after'] as const;

export type Fault = (typeof FAULTS)[number] | (typeof DISASTERS)[number];

export type TableCall = 'get' | 'query' | 'put' | 'delete' | 'addToSet' | 'add' | 'transact';

/** A table in front of which faults happen. `decide` says for each call, in order, which one, if any. */
export class FaultyTable implements Table {
  readonly #table: Table;
  readonly #decide: (call: TableCall, index: number) => Fault | undefined;
  #calls = 0;
  /** How often each fault happened to each call. */
  readonly hits = new Map<string, number>();
  readonly #death = Promise.withResolvers<'died'>();
  #isDead = false;

  constructor(table: Table, decide: (call: TableCall, index: number) => Fault | undefined) {
    this.#table = table;
    this.#decide = decide;
  }

  /** Resolves when the caller crashed: no call of it is answered any more. */
  get death(): Promise<'died'> {
    return this.#death.promise;
  }

  /** Lets the caller crash now, whatever it is doing. */
  kill(): void {
    this.#isDead = true;
    this.#death.resolve('died');
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
    if (this.#isDead) return silence();
    const fault = this.#decide(call, this.#calls++);
    if (!fault) return this.#unlessDead(await proceed());
    this.hits.set(`${call} ${fault}`, (this.hits.get(`${call} ${fault}`) ?? 0) + 1);
    if (fault === 'busy') throw new TableBusyError(`${call} is throttled`);
    if (fault === 'lost-answer' || fault === 'crash-after') await proceed();
    // A late write that fails on its condition or is refused is one that never happens.
    if (fault === 'late') proceed().catch(() => undefined);
    if (fault === 'crash-before' || fault === 'crash-after') this.kill();
    await this.#unlessDead(undefined);
    throw new TableUnknownError(`${call} timed out`);
  }

  #unlessDead<T>(answer: T): Promise<T> {
    return this.#isDead ? silence() : Promise.resolve(answer);
  }
}

/** The answer that a caller which is no more gets. */
const silence = (): Promise<never> => new Promise(() => undefined);
