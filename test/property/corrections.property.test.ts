import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { RollupSnapshot } from '../../lib/app/ports.ts';
import type { LedgerEntry } from '../../lib/domain/events/entry.ts';
import { CorrectionHistory, DAYS, type History, JANUARY, RECORDED_RATE } from '../helpers/correction-history.ts';
import { DISASTERS, FAULTS, type Fault, type TableCall } from '../helpers/faulty-table.ts';
import {
  allEntries,
  authorityOf,
  callOf,
  decideBy,
  expectedRate,
  expectRate,
  foldOrder,
  isAbout,
  numberOf,
  ratingUpTo,
  type Saying,
} from '../helpers/ledger-corrections-world.ts';
import { START_MS, steadySurroundings } from '../helpers/ledger-fixtures.ts';
import { KOLKATA_TENANT as TENANT } from '../helpers/numbered-events.ts';
import { auditAll } from '../helpers/recording-world.ts';

const RUNS = 400;

const app = fc.nat(1);
// The rate as recorded is among them: an order that finds nothing to do must still stand against an earlier one.
const rate = fc.constantFrom(1, RECORDED_RATE, 3, 0);
const saying: fc.Arbitrary<Saying> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('override' as const), app, rate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fixed' as const), app, rate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), entry: fc.nat(5) }) },
);

/** Now and then (so many times to so many others) a call waits for many turns, so that whole orders pass it by. */
const stallsOf = (times: number, others: number) =>
  fc.infiniteStream(
    fc.oneof(
      { weight: others, arbitrary: fc.constant(0) },
      { weight: times, arbitrary: fc.integer({ min: 10, max: 80 }) },
    ),
  );

const happenings = {
  runners: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 4, maxLength: 4 }),
  hasLedger: fc.boolean(),
  faults: fc.infiniteStream(
    fc.oneof(
      { weight: 60, arbitrary: fc.constant(undefined) },
      { weight: 4, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
      { weight: 1, arbitrary: fc.constantFrom<Fault>(...DISASTERS) },
    ),
  ),
  stalls: stallsOf(1, 25),
  stragglers: stallsOf(1, 25),
  largest: fc.constantFrom(100, 100, 16, 10),
  seed: fc.nat(),
  scheduler: fc.scheduler(),
};

/** Orders of all kinds over some segments. */
const wide = fc.record({
  ...happenings,
  cuts: fc.constantFrom([6], [1, 5], [2, 2, 2], [1, 1, 1, 1, 1, 1]),
  sayings: fc.array(saying, { minLength: 2, maxLength: 4 }),
});

/** Orders about one entry that say the rate as recorded and another, with stragglers that whole orders pass by. */
const duel = fc.record({
  ...happenings,
  cuts: fc.constant([1]),
  sayings: fc.array(
    fc.record({
      kind: fc.constantFrom('override' as const, 'override' as const, 'fixed' as const),
      app: fc.constant(0),
      rate: fc.constantFrom(RECORDED_RATE, 3),
    }),
    { minLength: 2, maxLength: 4 },
  ),
  runners: fc.constant([2, 2, 1, 1]),
  stalls: stallsOf(1, 12),
  stragglers: stallsOf(1, 2),
  largest: fc.constant(100),
});

let runCount = 0;
const hits = new Map<string, number>();
const met = { confirmed: 0, corrected: 0, voided: 0, twice: 0 };

describe('corrections under faults', () => {
  it('bring each entry to what the last order says, void for ever, with rows equal to the fold', async () => {
    await fc.assert(fc.asyncProperty(wide, play), { numRuns: RUNS });
  });

  it('are not undone by whoever decided long ago', async () => {
    await fc.assert(fc.asyncProperty(duel, play), { numRuns: RUNS });
  });

  afterAll(() => {
    console.log(`corrections: ${runCount} histories, ${faultsMet()} faults`, met, Object.fromEntries([...hits].sort()));
  });

  it('met each fault at each call of the write path, and each thing that can become of an entry', () => {
    const calls: TableCall[] = ['get', 'query', 'put', 'transact'];
    const missing = calls
      .flatMap((call) => [...FAULTS, ...DISASTERS].map((fault) => `${call} ${fault}`))
      .filter((name) => !hits.get(name));
    expect(missing).toEqual([]);
    expect(faultsMet()).toBeGreaterThanOrEqual(RUNS);
    expect(Math.min(...Object.values(met))).toBeGreaterThan(100);
  });
});

const faultsMet = () => [...hits.values()].reduce((sum, times) => sum + times, 0);

async function play(history: History): Promise<void> {
  runCount++;
  const world = new CorrectionHistory(history, hits);
  await world.recordFirst();
  const [snapshots] = await history.scheduler.waitFor(
    Promise.all([
      world.look(),
      world.giveOrders(),
      world.recordMore(),
      history.hasLedger ? world.correctAlone() : null,
    ]),
  );
  // What is late may still land.
  await history.scheduler.waitIdle();
  const entries = await check(world, history.sayings);
  for (const snapshot of snapshots) checkSnapshot(snapshot, entries);
  await checkRepeat(world, history.sayings, entries);
}

async function check(
  { memory: table, book, before }: CorrectionHistory,
  sayings: readonly Saying[],
): Promise<LedgerEntry[]> {
  expect(await auditAll(table, TENANT)).toEqual([]);
  const entries = await allEntries(table, 'acme', DAYS);
  expect(entries.map(numberOf).sort((a, b) => a - b)).toEqual(Array.from({ length: before + 2 }, (_, n) => n));
  for (const entry of entries) {
    const n = numberOf(entry);
    expectRate(entry, n < before ? expectedRate(n, RECORDED_RATE, sayings, book) : RECORDED_RATE);
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
  { memory: table, book, before }: CorrectionHistory,
  sayings: readonly Saying[],
  entries: readonly LedgerEntry[],
): Promise<void> {
  // No history has this seed: drawing its segment ids again would make an old commit look like one's own.
  const surroundings = steadySurroundings(START_MS, 2 ** 32 - 1);
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const head = await reader.head('acme');
  const corrections = new DynamoCorrections(table, surroundings);
  for (const [index, of] of sayings.entries()) {
    const places = entries.filter((entry) => numberOf(entry) < before && isAbout(of, numberOf(entry)));
    const decide = async (all: readonly LedgerEntry[]) => decideBy(of, book, all);
    const authority = authorityOf(index + 1, of);
    const report = await corrections.correct(TENANT, authority, places, decide, START_MS + 50_000);
    expect(report).toEqual({ corrected: 0, unchanged: places.length });
  }
  expect(await reader.head('acme')).toBe(head);
}
