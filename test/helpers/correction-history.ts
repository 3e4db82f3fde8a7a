import type { Scheduler } from 'fast-check';
import { expect } from 'vitest';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { LedgerUnavailableError } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { type Table, TableBusyError, TableRefusedError, TableUnknownError } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { RollupSnapshot } from '../../lib/app/ports.ts';
import type { LedgerEntry } from '../../lib/domain/events/entry.ts';
import { type Fault, FaultyTable } from './faulty-table.ts';
import { interleave } from './interleaved-table.ts';
import {
  allEntries,
  ChangingBook,
  callOf,
  carryOut,
  decideBy,
  isAbout,
  numberOf,
  orderOf,
  type Saying,
} from './ledger-corrections-world.ts';
import { START_MS, steadySurroundings } from './ledger-fixtures.ts';
import { KOLKATA_TENANT as TENANT } from './numbered-events.ts';

/** Rate at which every call is recorded. */
export const RECORDED_RATE = 2;
/** The local days of all calls, and the month they lie in. */
export const DAYS: readonly string[] = ['2026-01-28', '2026-01-29', '2026-01-30'];
export const JANUARY = { granularity: 'day', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;

const LIFE_MS = 50_000;

/** What happens in a history, and in which order. */
export interface History {
  /** How the calls before the orders are cut into segments. */
  readonly cuts: readonly number[];
  readonly sayings: readonly Saying[];
  /** How many processes carry out each order at the same time, and whether the ledger itself corrects meanwhile. */
  readonly runners: readonly number[];
  readonly hasLedger: boolean;
  readonly faults: Iterator<Fault | undefined>;
  /** How many turns of others a call waits: now and then so long that whole orders pass it by. */
  readonly stalls: Iterator<number>;
  /** The same for whoever has decided and is about to commit. */
  readonly stragglers: Iterator<number>;
  /** Most writes that the table takes in one transaction: the correction of one entry alone needs ten. */
  readonly largest: number;
  readonly seed: number;
  readonly scheduler: Scheduler;
}

/** One tenant's ledger and everybody who works on it. */
export class CorrectionHistory {
  readonly memory = new MemoryTable();
  readonly book = new ChangingBook(RECORDED_RATE);
  /** Calls recorded before the orders are given; two more are recorded meanwhile. */
  readonly before: number;
  readonly #history: History;
  readonly #hits: Map<string, number>;
  readonly #surroundings: ReturnType<typeof steadySurroundings>;
  #rounds = 0;

  /** @param hits - where the faults that happened are counted, by call and fault */
  constructor(history: History, hits: Map<string, number>) {
    this.#history = history;
    this.#hits = hits;
    this.#surroundings = steadySurroundings(START_MS, history.seed);
    this.before = history.cuts.reduce((sum, size) => sum + size, 0);
  }

  async recordFirst(): Promise<void> {
    await new TenantStore(this.memory, () => 0).create(TENANT);
    let from = 0;
    for (const size of this.#history.cuts) {
      await this.#append(
        this.memory,
        Array.from({ length: size }, (_, i) => from + i),
      );
      from += size;
    }
  }

  /** Gives the orders one after the other; each is carried out by its processes as soon as it is given. */
  async giveOrders(): Promise<void> {
    const { sayings, runners, cuts } = this.#history;
    const work: Promise<void>[] = [];
    for (const [index, of] of sayings.entries()) {
      if (of.kind === 'override') this.book.change(of.app, of.rate);
      const order = { ...orderOf(index + 1, of), upToCommit: cuts.length };
      await new TableCorrectionOrders(this.memory).create('acme', order, record);
      const one = { number: order.number, saying: of };
      for (let n = 0; n < (runners[index] ?? 1); n++) {
        work.push(
          this.#untilDone((table) => carryOut(table, this.#surroundings, TENANT, one, (all) => this.#decide(of, all))),
        );
      }
      await this.#turns('next order');
    }
    await Promise.all(work);
  }

  /** The ledger on its own word: brings entries to the book's price, but for those that an order sets a price for. */
  async correctAlone(): Promise<void> {
    const fixed = this.#history.sayings.filter(({ kind }) => kind === 'fixed');
    await this.#untilDone(async (table) => {
      const places = (await allEntries(table, 'acme', DAYS)).filter((entry) => {
        const n = numberOf(entry);
        return n < this.before && !fixed.some((of) => isAbout(of, n));
      });
      const authority = { order: 0, kind: 'reprice', by: 'ledger', reason: 'outdated' } as const;
      const corrections = new DynamoCorrections(table, this.#surroundings);
      const decide = (all: readonly LedgerEntry[]) => this.#decide('ledger', all);
      await corrections.correct(TENANT, authority, places, decide, this.#surroundings.now() + LIFE_MS);
    });
  }

  async recordMore(): Promise<void> {
    await this.#untilDone(async (table) => {
      for (const n of [this.before, this.before + 1]) await this.#append(table, [n]);
    });
  }

  async look(): Promise<RollupSnapshot[]> {
    const reader = new DynamoLedgerReader(this.#interleaved(), new TenantStore(this.memory, () => 0));
    return [await reader.rollups('acme', JANUARY), await reader.rollups('acme', JANUARY)];
  }

  async #append(table: Table, numbers: readonly number[]): Promise<void> {
    const calls = numbers.map((n) => callOf(n, RECORDED_RATE));
    const deadlineMs = this.#surroundings.now() + LIFE_MS;
    await new DynamoLedger(table, this.#surroundings).append(TENANT, calls, deadlineMs);
  }

  async #decide(of: Saying | 'ledger', entries: readonly LedgerEntry[]) {
    await this.#turns('decide');
    const decision = decideBy(of, this.book, entries);
    await this.#turns('decided');
    return decision;
  }

  /** Does a thing, in one process after the other, until one has done it. */
  async #untilDone(work: (table: Table) => Promise<void>): Promise<void> {
    const table = this.#interleaved();
    for (;;) {
      // A fault in every call for ever would be an outage; after some rounds the table answers.
      const fault = () => (this.#rounds < 60 ? this.#history.faults.next().value : undefined);
      const faulty = new FaultyTable(table, fault);
      const end = await Promise.race([work(faulty).then(() => 'done', ignoreFaults), faulty.death]);
      for (const [name, times] of faulty.hits) {
        this.#hits.set(name, (this.#hits.get(name) ?? 0) + times);
      }
      if (end === 'done') return;
      expect(++this.#rounds, 'something was never done').toBeLessThan(200);
    }
  }

  async #turns(name: string): Promise<void> {
    const { scheduler, stalls, stragglers } = this.#history;
    const source = name === 'decided' || name === 'transact' ? stragglers : stalls;
    for (let left = source.next().value ?? 0; left >= 0; left--) await scheduler.schedule(Promise.resolve(), name);
  }

  /** Lets the scheduler decide which of the waiting calls goes next; refuses transactions that are large. */
  #interleaved(): Table {
    return interleave(
      this.memory,
      (call) => this.#turns(call),
      ({ length }) => {
        if (length > this.#history.largest) throw new TableRefusedError('validation');
      },
    );
  }
}

const record = { atMs: START_MS, keyId: 'key_1', action: 'corrections.ordered', detail: {} };

function ignoreFaults(cause: unknown): 'failed' {
  if (cause instanceof TableBusyError || cause instanceof TableUnknownError) return 'failed';
  if (cause instanceof LedgerUnavailableError) return 'failed';
  throw cause;
}
