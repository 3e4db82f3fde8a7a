import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { type Table, TableBusyError, TableRefusedError, TableUnknownError } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { RollupSnapshot } from '../../lib/app/ports.ts';
import type { LedgerEntry } from '../../lib/domain/entry.ts';
import { DISASTERS, FAULTS, type Fault, FaultyTable, type TableCall } from '../helpers/faulty-table.ts';
import {
  allEntries,
  authorityOf,
  ChangingBook,
  callOf,
  carryOut,
  decideBy,
  expectedRate,
  expectRate,
  foldOrder,
  isAbout,
  numberOf,
  orderOf,
  ratingUpTo,
  type Saying,
} from '../helpers/ledger-corrections-world.ts';
import { START_MS, steadySurroundings } from '../helpers/ledger-fixtures.ts';
import { KOLKATA_TENANT as TENANT } from '../helpers/numbered-events.ts';
import { auditAll } from '../helpers/recording-world.ts';

const RUNS = 1_600;
const RECORDED_RATE = 2;
const DAYS = ['2026-01-28', '2026-01-29', '2026-01-30'];
const JANUARY = { granularity: 'day', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;
/** Calls that are recorded before the orders are given; more are recorded meanwhile. */
const BEFORE = 6;

const app = fc.nat(1);
// The rate as recorded is among them: an order that finds nothing to do must still stand against an earlier one.
const rate = fc.constantFrom(1, RECORDED_RATE, 3, 0);
const saying: fc.Arbitrary<Saying> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('override' as const), app, rate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fixed' as const), app, rate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), entry: fc.nat(BEFORE - 1) }) },
);

const history = fc.record({
  /** How the calls before the orders are cut into segments. */
  cuts: fc.constantFrom([6], [1, 5], [2, 2, 2], [1, 1, 1, 1, 1, 1]),
  sayings: fc.array(saying, { minLength: 2, maxLength: 4 }),
  /** How many processes carry out each order at the same time, and whether the ledger itself corrects meanwhile. */
  runners: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 4, maxLength: 4 }),
  hasLedger: fc.boolean(),
  faults: fc.infiniteStream(
    fc.oneof(
      { weight: 60, arbitrary: fc.constant(undefined) },
      { weight: 4, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
      { weight: 1, arbitrary: fc.constantFrom<Fault>(...DISASTERS) },
    ),
  ),
  /** Most writes that the table takes in one transaction: the correction of one entry alone needs ten. */
  largest: fc.constantFrom(100, 100, 16, 10),
  seed: fc.nat(),
  scheduler: fc.scheduler(),
});

const hits = new Map<string, number>();
let faultCount = 0;
let runCount = 0;
const met = { confirmed: 0, corrected: 0, voided: 0, twice: 0 };

describe('corrections under faults', () => {
  it('bring each entry to what the last order says, void for ever, with rows equal to the fold', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ cuts, sayings, runners, hasLedger, faults, largest, seed, scheduler }) => {
        runCount++;
        const memory = new MemoryTable();
        await new TenantStore(memory, () => 0).create(TENANT);
        const surroundings = steadySurroundings(START_MS, seed);
        const book = new ChangingBook(RECORDED_RATE);
        let from = 0;
        for (const size of cuts) {
          const calls = Array.from({ length: size }, (_, i) => callOf(from + i, RECORDED_RATE));
          await new DynamoLedger(memory, surroundings).append(TENANT, calls, START_MS + 50_000, book.stamp);
          from += size;
        }
        const table = interleaved(memory, scheduler, largest);
        let rounds = 0;
        const decide = async (of: Saying | 'ledger', entries: readonly LedgerEntry[]) => {
          await scheduler.schedule(Promise.resolve(), 'decide');
          const decision = decideBy(of, book, entries);
          await scheduler.schedule(Promise.resolve(), 'decided');
          return decision;
        };
        /** Does a thing, in one process after the other, until one has done it. */
        const untilDone = async (work: (table: Table) => Promise<void>) => {
          for (;;) {
            // A fault in every call for ever would be an outage; after some rounds the table answers.
            const faulty = new FaultyTable(table, () => (rounds < 60 ? faults.next().value : undefined));
            const end = await Promise.race([work(faulty).then(() => 'done', ignoreFaults), faulty.death]);
            for (const [name, count] of faulty.hits) {
              hits.set(name, (hits.get(name) ?? 0) + count);
              faultCount += count;
            }
            if (end === 'done') return;
            expect(++rounds, 'an order was never done').toBeLessThan(200);
          }
        };
        const giveAndCarryOut = async () => {
          const work: Promise<void>[] = [];
          for (const [index, of] of sayings.entries()) {
            if (of.kind === 'override') book.change(of.app, of.rate);
            const order = { ...orderOf(index + 1, of), upToCommit: cuts.length };
            await new TableCorrectionOrders(memory).create('acme', order, record);
            for (let n = 0; n < (runners[index] ?? 1); n++) {
              const one = { number: index + 1, saying: of };
              work.push(untilDone((own) => carryOut(own, surroundings, TENANT, one, (entries) => decide(of, entries))));
            }
            await scheduler.schedule(Promise.resolve(), 'next order');
          }
          await Promise.all(work);
        };
        const isFixed = (n: number) => sayings.some((of) => of.kind === 'fixed' && isAbout(of, n));
        const correctAlone = () =>
          untilDone(async (own) => {
            const entries = (await allEntries(own, 'acme', DAYS)).filter((e) => numberOf(e) < BEFORE);
            const places = entries.filter((entry) => !isFixed(numberOf(entry)));
            const ledger = { order: 0, kind: 'reprice', by: 'ledger', reason: 'outdated' } as const;
            const corrections = new DynamoCorrections(own, surroundings);
            await corrections.correct(
              TENANT,
              ledger,
              places,
              (all) => decide('ledger', all),
              surroundings.now() + 50_000,
            );
          });
        const recordMore = () =>
          untilDone(async (own) => {
            const calls = [BEFORE, BEFORE + 1].map((n) => callOf(n, RECORDED_RATE));
            await new DynamoLedger(own, surroundings).append(TENANT, calls.slice(0, 1), surroundings.now() + 50_000);
            await new DynamoLedger(own, surroundings).append(TENANT, calls.slice(1), surroundings.now() + 50_000);
          });
        const look = async () => {
          const reader = new DynamoLedgerReader(table, new TenantStore(memory, () => 0));
          return [await reader.rollups('acme', JANUARY), await reader.rollups('acme', JANUARY)];
        };
        const [snapshots] = await scheduler.waitFor(
          Promise.all([look(), giveAndCarryOut(), recordMore(), ...(hasLedger ? [correctAlone()] : [])]),
        );
        // What is late may still land.
        await scheduler.waitIdle();
        const entries = await check(memory, sayings, book);
        for (const snapshot of snapshots) checkSnapshot(snapshot, entries);
        await checkRepeat(memory, sayings, book, entries);
      }),
      { numRuns: RUNS },
    );
  });

  afterAll(() => {
    console.log(`corrections: ${runCount} histories, ${faultCount} faults`, met, Object.fromEntries([...hits].sort()));
  });

  it('met each fault at each call of the write path, and each thing that can become of an entry', () => {
    const calls: TableCall[] = ['get', 'query', 'put', 'transact'];
    const missing = calls
      .flatMap((call) => [...FAULTS, ...DISASTERS].map((fault) => `${call} ${fault}`))
      .filter((name) => !hits.get(name));
    expect(missing).toEqual([]);
    expect(faultCount).toBeGreaterThanOrEqual(RUNS);
    expect(Math.min(...Object.values(met))).toBeGreaterThan(100);
  });
});

const record = { atMs: START_MS, keyId: 'key_1', action: 'corrections.ordered', detail: {} };

function ignoreFaults(cause: unknown): 'failed' {
  if (cause instanceof TableBusyError || cause instanceof TableUnknownError) return 'failed';
  throw cause;
}

/** Lets the scheduler decide which of the waiting calls goes next; refuses transactions that are large. */
function interleaved(table: MemoryTable, scheduler: fc.Scheduler, largest: number): Table {
  const inTurn = async <T>(name: string, proceed: () => Promise<T>): Promise<T> => {
    await scheduler.schedule(Promise.resolve(), name);
    return proceed();
  };
  return {
    get: (key) => inTurn('get', () => table.get(key)),
    query: (query) => inTurn('query', () => table.query(query)),
    put: (item, condition) => inTurn('put', () => table.put(item, condition)),
    delete: (key, condition) => inTurn('delete', () => table.delete(key, condition)),
    addToSet: (key, attribute, member) => inTurn('addToSet', () => table.addToSet(key, attribute, member)),
    add: (key, sums) => inTurn('add', () => table.add(key, sums)),
    transact: (writes) =>
      inTurn('transact', async () => {
        if (writes.length > largest) throw new TableRefusedError('validation');
        return table.transact(writes);
      }),
  };
}

async function check(table: MemoryTable, sayings: readonly Saying[], book: ChangingBook): Promise<LedgerEntry[]> {
  expect(await auditAll(table, TENANT)).toEqual([]);
  const entries = await allEntries(table, 'acme', DAYS);
  expect(entries.map(numberOf).sort((a, b) => a - b)).toEqual(Array.from({ length: BEFORE + 2 }, (_, n) => n));
  for (const entry of entries) {
    const n = numberOf(entry);
    expectRate(entry, n < BEFORE ? expectedRate(n, RECORDED_RATE, sayings, book) : RECORDED_RATE);
    expect(entry.recorded).toEqual(callOf(n, RECORDED_RATE).rating);
    count(entry);
  }
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  checkSnapshot(await reader.rollups('acme', JANUARY), entries);
  const orders = new TableCorrectionOrders(table);
  expect(await orders.open('acme')).toEqual([]);
  for (const index of sayings.keys()) {
    expect((await orders.find('acme', index + 1))?.sums).toEqual(foldOrder(entries, index + 1));
  }
  return entries;
}

function count({ recorded, corrections, isVoid }: LedgerEntry): void {
  if (isVoid) met.voided++;
  if (corrections.length > 1) met.twice++;
  let before: unknown = recorded;
  for (const { rating } of corrections) {
    if (rating === before) met.confirmed++;
    else met.corrected++;
    before = rating;
  }
}

/** A snapshot is what the entries came to at its head, in the leaf and day in which they were recorded. */
function checkSnapshot({ head, rows }: RollupSnapshot, entries: readonly LedgerEntry[]): void {
  const expected: Record<string, string> = {};
  const at = (day: string | null, of: readonly (string | null)[]) => `${day} ${of[0]} ${of[4]}`;
  const sums = new Map<string, [bigint, bigint, bigint]>();
  for (const entry of entries) {
    const rating = ratingUpTo(entry, head);
    if (!rating) continue;
    const key = at(entry.day, [entry.event.app ?? null, null, null, null, entry.recorded.price?.provider ?? null]);
    const [calls, cost, list] = sums.get(key) ?? [0n, 0n, 0n];
    sums.set(key, [calls + 1n, cost + (rating.costPicoUsd ?? 0n), list + (rating.listCostPicoUsd ?? 0n)]);
  }
  for (const [key, of] of sums) expected[key] = of.join(' ');
  const found: Record<string, string> = {};
  for (const { period, leaf, measures } of rows) {
    const [cost, discount] = [measures.cost ?? 0n, measures.discount ?? 0n];
    found[at(period, leaf)] = [measures.calls ?? 0n, cost, cost + discount].join(' ');
  }
  expect(found).toEqual(expected);
}

/** Every order once more, in any state it is in, changes nothing at all. */
async function checkRepeat(
  table: MemoryTable,
  sayings: readonly Saying[],
  book: ChangingBook,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const surroundings = steadySurroundings(START_MS, 7);
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const head = await reader.head('acme');
  const corrections = new DynamoCorrections(table, surroundings);
  for (const [index, of] of sayings.entries()) {
    const places = entries.filter((entry) => numberOf(entry) < BEFORE && isAbout(of, numberOf(entry)));
    const decide = async (all: readonly LedgerEntry[]) => decideBy(of, book, all);
    const authority = authorityOf(index + 1, of);
    const report = await corrections.correct(TENANT, authority, places, decide, START_MS + 50_000);
    expect(report).toEqual({ corrected: 0, unchanged: places.length });
  }
  expect(await reader.head('acme')).toBe(head);
}
