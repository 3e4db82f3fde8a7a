import {
  type Condition,
  type Item,
  type Key,
  type PartitionQuery,
  type Table,
  TableBusyError,
  TableRefusedError,
  type TransactWrite,
} from '../../../lib/adapters/dynamodb/table.ts';
import type { Random } from '../engine/random.ts';
import type { VirtualTime } from '../engine/virtual-time.ts';

/** How the table takes its time. */
export interface TableTemper {
  readonly time: VirtualTime;
  readonly random: Random;
  /** Longest time of an ordinary call, in milliseconds; one call in forty takes far longer. */
  readonly latencyMs: number;
  /** Most writes of a transaction that records calls; a refused one makes the ledger halve its groups. */
  readonly largestTransaction: number;
  /** Told of every transaction that was turned away because another was under way on the same item. */
  readonly onConflict: () => void;
}

const SLOW_ONE_IN = 40;
const SLOW_MS = 3_000;

/** Whether of two transactions on one item that overlap the later one is turned away: DynamoDB may, and may not. */
const CONFLICT_ONE_IN = 4;

/** Items that transactions under way write, with how many do; shared by all connections of one table. */
export type InFlight = Map<string, number>;

/** One connection to a shared table. Each call takes effect some time after it was sent, so calls of many interleave. */
export class LatentTable implements Table {
  readonly #table: Table;
  readonly #temper: TableTemper;
  readonly #inFlight: InFlight;
  #delayMs = 0;

  constructor(table: Table, temper: TableTemper, inFlight: InFlight) {
    this.#table = table;
    this.#temper = temper;
    this.#inFlight = inFlight;
  }

  /** Makes the next call take effect only so much later. */
  delayNext(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  async get(key: Key) {
    await this.#pass();
    return this.#table.get(key);
  }

  async query(query: PartitionQuery) {
    await this.#pass();
    return this.#table.query(query);
  }

  async put(item: Item, condition?: Condition) {
    await this.#pass();
    return this.#table.put(item, condition);
  }

  async delete(key: Key, condition?: Condition) {
    await this.#pass();
    return this.#table.delete(key, condition);
  }

  async addToSet(key: Key, attribute: string, member: string) {
    await this.#pass();
    return this.#table.addToSet(key, attribute, member);
  }

  async add(key: Key, sums: Readonly<Record<string, bigint>>) {
    await this.#pass();
    return this.#table.add(key, sums);
  }

  async transact(writes: readonly TransactWrite[]) {
    const { random, largestTransaction, onConflict } = this.#temper;
    const touched = writes.map((write) => (write.type === 'put' ? write.item : write.key)).map(nameOf);
    for (const name of touched) this.#inFlight.set(name, (this.#inFlight.get(name) ?? 0) + 1);
    try {
      await this.#pass();
      if (isRecording(writes) && writes.length > largestTransaction) throw new TableRefusedError('validation');
      if (random.oneIn(CONFLICT_ONE_IN) && touched.some((name) => (this.#inFlight.get(name) ?? 0) > 1)) {
        onConflict();
        throw new TableBusyError('TransactionConflict');
      }
      return await this.#table.transact(writes);
    } finally {
      for (const name of touched) this.#leave(name);
    }
  }

  #leave(name: string): void {
    const left = (this.#inFlight.get(name) ?? 0) - 1;
    if (left > 0) this.#inFlight.set(name, left);
    else this.#inFlight.delete(name);
  }

  #pass(): Promise<void> {
    const { time, random, latencyMs } = this.#temper;
    const slowMs = random.oneIn(SLOW_ONE_IN) ? random.below(SLOW_MS) : 0;
    const lateMs = this.#delayMs;
    this.#delayMs = 0;
    return time.sleep(random.below(latencyMs) + slowMs + lateMs);
  }
}

function isRecording(writes: readonly TransactWrite[]): boolean {
  const partitions = writes.map((write) => (write.type === 'put' ? write.item.pk : write.key.pk));
  return partitions.some((pk) => pk.startsWith('C#')) && !partitions.some((pk) => pk.startsWith('X#'));
}

function nameOf({ pk, sk }: Key): string {
  return `${pk}\n${sk}`;
}
