import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsd, parseUsd } from '../../lib/domain/money.ts';
import { type ApiWorld, createApiWorld } from '../helpers/api-world.ts';

/** A night's run takes more: `RUNS=2000`. */
const RUNS = Number(process.env['RUNS'] ?? 60);

/** New York goes forward in the night of 2026-03-08 and back in that of 2025-11-01; Lord Howe by half an hour. */
const ZONES = ['America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
const NIGHTS_MS = ['2026-03-08T07:00:00Z', '2025-11-02T06:00:00Z', '2025-10-04T15:30:00Z', '2026-01-01T00:00:00Z'].map(
  (text) => Date.parse(text),
);
const HOUR_MS = 3_600_000;

/** Times on and about the nights in which clocks change and the year ends. */
const times = fc
  .tuple(fc.constantFrom(...NIGHTS_MS), fc.integer({ min: -60, max: 60 }), fc.constantFrom(-1, 0, 0, 1))
  .map(([nightMs, halfHours, milliseconds]) => nightMs + halfHours * (HOUR_MS / 2) + milliseconds);

const calls = fc.array(
  fc.record({ timeMs: times, model: fc.constantFrom('m-1', 'm-2', 'm-3'), tokens: fc.integer({ min: 0, max: 5_000 }) }),
  { minLength: 1, maxLength: 25, size: 'max' },
);

const rfc3339 = (timeMs: number): string => new Date(timeMs).toISOString();
const FROM_WORDS = ['1970-01', '2025-10', '2025-11-02', '2026-03-08', '2026-01-01', '2025-10-05'];
const TO_WORDS = ['2100-01', '2025-11', '2025-11-03', '2026-03-09', '2026-01', '2026-03-08', '2025-10-06'];
const bound = (words: readonly string[]) => fc.oneof(fc.constantFrom(...words), times.map(rfc3339));
const periods = fc.oneof(
  fc.constant({}),
  times.map((timeMs) => ({ effective_from: rfc3339(timeMs) })),
  times.map((timeMs) => ({ effective_to: rfc3339(timeMs) })),
);

interface Case {
  readonly zone: string;
  readonly calls: readonly { readonly timeMs: number; readonly model: string; readonly tokens: number }[];
  readonly from: string;
  readonly to: string;
  readonly model: string | undefined;
  readonly period: Readonly<Record<string, string>>;
  readonly rate: string;
}

const cases: fc.Arbitrary<Case> = fc.record({
  zone: fc.constantFrom(...ZONES),
  calls,
  from: bound(FROM_WORDS),
  to: bound(TO_WORDS),
  model: fc.constantFrom(undefined, undefined, 'm-1', 'm-3'),
  period: periods,
  rate: fc.constantFrom('0', '0.7', '3'),
});

const price = (model: string, rate: string, more: Readonly<Record<string, string>> = {}) => ({
  model,
  provider: '*',
  rates: { input_tokens: rate },
  per: 1_000_000,
  ...more,
});

const met = { changed: 0, newlyPriced: 0, untouched: 0 };

describe('the difference that a repricing shows beforehand', () => {
  it('is, by model and local day, to the picodollar what the order then does to the totals', async () => {
    await fc.assert(fc.asyncProperty(cases, play), { numRuns: RUNS });
    expect(Math.min(...Object.values(met))).toBeGreaterThan(0);
  });
});

async function play({ zone, calls: sent, from, to, model, period, rate }: Case): Promise<void> {
  const world = createApiWorld(Date.parse('2026-04-01T00:00:00Z'));
  const key = await world.enrol('default', 'admin', { timeZone: zone });
  const overrides = [price('m-1', '1'), price('m-2', '2')];
  await world.ask('POST', '/v1/catalog/overrides', { key, body: { overrides } });
  const events = sent.map(({ timeMs, model: name, tokens }, index) => ({
    id: `call-${index}`,
    time: rfc3339(timeMs),
    model: name,
    usage: { input_tokens: tokens },
  }));
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
  // The order of this change is left lying, so that the repricing has something to do.
  const changed = [price('m-1', rate, period), price('m-3', '5', period)];
  await world.ask('POST', '/v1/catalog/overrides', { key, body: { overrides: changed } });

  const window = { from, to, ...(model === undefined ? {} : { model }) };
  const first = await world.ask('POST', '/v1/corrections/preview', { key, body: window });
  if (first.status === 400) return;
  const rows = await readRows(world, key, window);
  const before = await readDays(world, key);
  const { json } = await world.ask('POST', '/v1/corrections', {
    key,
    body: { kind: 'reprice', ...window, reason: 'r' },
  });
  const order = json.order && (await carryOut(world, key, json.order.number));
  const after = await readDays(world, key);

  const differences = new Map<string, Difference>();
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(name) ?? NOTHING, after.get(name) ?? NOTHING];
    const difference = { cost: is.cost - was.cost, list: is.list - was.list, priced: was.unpriced - is.unpriced };
    if (difference.cost !== 0n || difference.list !== 0n || difference.priced !== 0) differences.set(name, difference);
  }
  const shown = new Map<string, Difference>();
  let entries = 0;
  for (const row of rows) {
    entries += row.entries;
    expect(row.difference_usd).toBe(formatUsd(usd(row.cost_after_usd) - usd(row.cost_before_usd)));
    const difference = {
      cost: usd(row.difference_usd),
      list: usd(row.list_cost_after_usd) - usd(row.list_cost_before_usd),
      priced: row.newly_priced,
    };
    // A call of no tokens may be corrected from one price of nothing to another.
    if (difference.cost !== 0n || difference.list !== 0n || difference.priced !== 0) {
      shown.set(`${row.day} ${row.model}`, difference);
    }
  }
  expect(new Map([...shown].sort())).toEqual(new Map([...differences].sort()));
  expect(order?.corrected ?? 0).toBe(entries);
  expect(usd(order?.cost_difference_usd ?? '0')).toBe(sum([...shown.values()].map(({ cost }) => cost)));
  expect(usd(order?.list_cost_difference_usd ?? '0')).toBe(sum([...shown.values()].map(({ list }) => list)));
  expect(await readRows(world, key, window)).toEqual([]);
  expect(world.failures).toEqual([]);
  met.changed += differences.size;
  met.newlyPriced += sum([...shown.values()].map(({ priced }) => BigInt(priced))) > 0n ? 1 : 0;
  met.untouched += rows.length === 0 ? 1 : 0;
}

interface Difference {
  readonly cost: bigint;
  readonly list: bigint;
  readonly priced: number;
}

interface PreviewRow {
  readonly day: string;
  readonly model: string;
  readonly entries: number;
  readonly newly_priced: number;
  readonly cost_before_usd: string;
  readonly cost_after_usd: string;
  readonly list_cost_before_usd: string;
  readonly list_cost_after_usd: string;
  readonly difference_usd: string;
}

async function readRows(world: ApiWorld, key: string, window: object): Promise<readonly PreviewRow[]> {
  const rows: PreviewRow[] = [];
  let cursor: string | undefined;
  do {
    const body = cursor === undefined ? window : { ...window, cursor };
    const { json } = await world.ask('POST', '/v1/corrections/preview', { key, body });
    rows.push(...json.rows);
    cursor = json.next;
  } while (cursor !== undefined);
  return rows;
}

async function carryOut(world: ApiWorld, key: string, number: number) {
  for (;;) {
    const { json } = await world.ask('POST', `/v1/corrections/${number}/run`, { key });
    if (json.state === 'done') return json;
  }
}

const NOTHING = { cost: 0n, list: 0n, unpriced: 0 };

/** What the spend answer says of each local day and model. */
async function readDays(world: ApiWorld, key: string): Promise<ReadonlyMap<string, typeof NOTHING>> {
  const query = 'from=2025-09&to=2026-05&granularity=day&group_by=model';
  const { json } = await world.ask('GET', `/v1/spend?${query}`, { key });
  const days = new Map<string, typeof NOTHING>();
  for (const { period, model, cost_usd: cost, list_cost_usd: list, unpriced_calls: unpriced } of json.rows) {
    days.set(`${period} ${model}`, { cost: usd(cost ?? '0'), list: usd(list ?? '0'), unpriced });
  }
  return days;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

function usd(text: string): bigint {
  const amount = parseUsd(text);
  if (amount === undefined) throw new Error(`${text} is no amount`);
  return amount;
}
