import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginTotals, evaluateBudgets } from '../../lib/app/budgets/evaluate-budgets.ts';
import { advanceTotals } from '../../lib/app/budgets/evaluate-budgets-totals.ts';
import { putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import type { LeafDelta, TenantConfig } from '../../lib/app/ports.ts';
import { findZone } from '../../lib/app/zones.ts';
import type { Budget } from '../../lib/domain/budgets/budget.ts';
import type { BudgetTotals } from '../../lib/domain/budgets/budget-total.ts';
import { readBudgetPeriod } from '../../lib/domain/budgets/periods/find-period.ts';
import { boundPeriod } from '../../lib/domain/budgets/periods/period-instants.ts';
import { PERIOD_KINDS, WEEKDAYS } from '../../lib/domain/budgets/periods/period-rule.ts';
import { createAlertWorld, leaf } from '../helpers/alert-world.ts';
import { TENANT } from '../helpers/ledger-fixtures.ts';
import { beginsPeriod, WALL_DATES, ZONES } from '../helpers/period-oracle.ts';

/** 20 of each of the 51 zones: 1,020 budgets. */
const BUDGETS_PER_ZONE = 20;
const HOUR_MS = 3_600_000;
/** Both switches of daylight saving of either hemisphere lie in the year behind it. */
const BEGIN_MS = Date.UTC(2025, 0, 10);
const YEAR_MS = 366 * 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 0, 20, 12);
/** Commits after each of which budgets are evaluated. */
const TOLD_COMMITS = 30;

/** How much was told in all, so that the test cannot be about nothing. */
const counts = { firing: 0, resolved: 0 };

const INDEX_OF = new Map(WALL_DATES.map(({ text }, index) => [text, index]));

const dayOf2025 = fc.integer({ min: 0, max: 364 }).map((day) => isoDay(Date.UTC(2025, 0, 1 + day)));
const periods = fc.record({
  kind: fc.constantFrom(...PERIOD_KINDS),
  first_day: fc.constantFrom(...WEEKDAYS),
  anchor_month: fc.integer({ min: 1, max: 12 }),
  anchor_day: fc.oneof(fc.constantFrom(1, 28, 29, 30, 31), fc.integer({ min: 1, max: 28 })),
});
const budgets = fc
  .record({
    period: periods,
    start: fc.option(dayOf2025),
    end: fc.option(dayOf2025),
    isInTokens: fc.boolean(),
    filter: fc.constantFrom({}, { app: 'bot' }),
    each: fc.constantFrom(null, 'team', 'model'),
  })
  .map(({ period, start, end, isInTokens, filter, each }) => ({
    period: detailsOf(period),
    ...(start === null ? {} : { start_date: start }),
    ...(end !== null && (start === null || end > start) ? { end_date: end } : {}),
    ...(isInTokens ? { amount_tokens: 300 } : { amount_usd: '0.0000000003' }),
    ...{ filter, each },
  }));

/** What one commit brings: a call, or with a sign less than zero what a correction takes back. */
const changes = fc.record({
  place: fc.integer({ min: 0, max: 1_000_000 }),
  amount: fc.integer({ min: -250, max: 400 }),
  app: fc.constantFrom('bot', 'other'),
  team: fc.constantFrom('cx', 'ops', null),
  model: fc.constantFrom('m-1', 'm-2'),
});

interface Change extends LeafDelta {
  readonly timeMs: number;
  readonly amount: bigint;
}

describe('1,000 budgets over 40 zones and more', () => {
  it('are that many', () => {
    expect([new Set(ZONES).size >= 40, ZONES.length * BUDGETS_PER_ZONE >= 1_000]).toEqual([true, true]);
  });

  it.each(ZONES)(
    'put every call into one period and part of each budget, and tell exactly what was crossed: %s',
    async (timeZone) => {
      const property = fc.asyncProperty(
        fc.array(budgets, { minLength: BUDGETS_PER_ZONE, maxLength: BUDGETS_PER_ZONE }),
        fc.array(changes, { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 0, max: 60 }),
        async (jsons, planned, middle) => {
          const tenant = { ...TENANT, timeZone };
          const world = createAlertWorld(tenant);
          const ports = world.start();
          const made = await Promise.all(jsons.map((json, n) => putBudget(ports, tenant, { name: `b-${n}`, ...json })));
          const committed = place(planned, timeZone);
          for (const change of committed) world.ledger.commit(change);
          const all = made.map(({ budget }) => ({
            budget,
            places: committed.map((change) => findPlace(budget, change)),
          }));
          for (const head of [middle, committed.length]) {
            const started = all.map(({ budget }) => ({ budget, totals: beginTotals(budget) }));
            const advanced = await advanceTotals(world.ledger, tenant, started, head, isoDay(NOW_MS));
            for (const [index, { budget, places }] of all.entries()) {
              const totals = advanced[index]?.totals ?? { number: -1, spent: new Map() };
              expectSums(budget, totals, committed.slice(0, head), places);
              expectHours(budget, totals, committed.slice(0, head), places, timeZone);
            }
          }
          await expectTold(tenant, jsons.slice(0, 6), committed.slice(0, TOLD_COMMITS));
        },
      );
      await fc.assert(property, { numRuns: 1 });
    },
  );

  it('have told of hundreds of thresholds, crossed and resolved', () => {
    expect(counts.firing).toBeGreaterThan(200);
    expect(counts.resolved).toBeGreaterThan(30);
  });
});

/** The kinds know different details. */
function detailsOf({
  kind,
  first_day,
  anchor_month,
  anchor_day,
}: typeof periods extends fc.Arbitrary<infer T> ? T : never) {
  if (kind === 'day') return kind;
  if (kind === 'week') return { kind, first_day };
  if (kind === 'month') return { kind, anchor_day };
  // The year has no 30th of February.
  return { kind, anchor_month, anchor_day: anchor_month === 2 ? Math.min(anchor_day, 28) : Math.min(anchor_day, 30) };
}

/** Calls about midnights and the hours around them, every third within three hours of a switch of the clocks. */
function place(
  planned: readonly (typeof changes extends fc.Arbitrary<infer T> ? T : never)[],
  timeZone: string,
): Change[] {
  const switches = findSwitches(timeZone);
  const dayOf = createCalendar(timeZone);
  return planned.map(({ place: at, amount, app, team, model }, index) => {
    const near = index % 3 === 0 ? switches[at % Math.max(1, switches.length)] : undefined;
    const timeMs =
      near === undefined ? BEGIN_MS + ((at * 7_919_000) % YEAR_MS) : near + ((at % 36) - 18) * (HOUR_MS / 6);
    const used = BigInt(amount);
    return {
      timeMs,
      amount: used,
      day: dayOf(timeMs),
      hour: new Date(timeMs).toISOString().slice(0, 13),
      leaf: leaf({ app, model, ...(team === null ? {} : { team }) }),
      // Tokens as many as picodollars, in two parts.
      measures: { calls: 1n, cost: used, input_tokens: used - 7n, output_tokens: 7n },
    };
  });
}

/** Instants at which the clocks of a zone change, to the hour, by the platform's calendar. */
function findSwitches(timeZone: string): readonly number[] {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const found: number[] = [];
  for (let timeMs = BEGIN_MS; timeMs < BEGIN_MS + YEAR_MS; timeMs += 24 * HOUR_MS)
    if (format.format(timeMs) !== format.format(timeMs + 24 * HOUR_MS))
      for (let hourMs = timeMs; hourMs < timeMs + 24 * HOUR_MS; hourMs += HOUR_MS)
        if (format.format(hourMs).slice(3) !== format.format(hourMs + HOUR_MS).slice(3) || !isNextHour(format, hourMs))
          found.push(hourMs + HOUR_MS);
  return found;
}

function isNextHour(format: Intl.DateTimeFormat, timeMs: number): boolean {
  const [before, after] = [timeMs, timeMs + HOUR_MS].map((at) => Number(format.format(at).slice(0, 2)));
  return after === ((before ?? 0) + 1) % 24;
}

function createCalendar(timeZone: string): (timeMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  return (timeMs) => format.format(timeMs);
}

/** First day of the period and part of a call, found by walking back from its day over a wall calendar. */
function findPlace({ schedule, scope, each }: Budget, { day, leaf: of }: Change): string | undefined {
  const { fromDay, toDay, rule } = schedule;
  if ((fromDay !== undefined && day < fromDay) || (toDay !== undefined && day >= toDay)) return undefined;
  const value = (name: string) => of[['app', 'environment', 'team', 'feature', 'provider', 'model'].indexOf(name)];
  if (scope['app'] !== undefined && value('app') !== scope['app']) return undefined;
  const part = each === null ? '' : value(each);
  if (part === null || part === undefined) return undefined;
  let index = INDEX_OF.get(day) ?? 0;
  for (
    let date = WALL_DATES[index];
    date && !beginsPeriod(rule, date) && date.text !== fromDay;
    date = WALL_DATES[index]
  )
    index -= 1;
  return `${WALL_DATES[index]?.text} ${part}`;
}

type Places = readonly (string | undefined)[];

function expectSums(budget: Budget, { spent }: BudgetTotals, committed: readonly Change[], places: Places): void {
  const sums = new Map<string, bigint>();
  for (const [index, { amount }] of committed.entries()) {
    const key = places[index];
    if (key !== undefined) sums.set(key, (sums.get(key) ?? 0n) + amount);
  }
  const found = [...spent].flatMap(([name, parts]) => {
    const first = readBudgetPeriod(budget.schedule, name)?.fromDay;
    return [...parts].map(([part, sum]) => [`${first} ${part}`, sum] as const);
  });
  const nonZero = (all: Iterable<readonly [string, bigint]>) => [...all].filter(([, sum]) => sum !== 0n).sort();
  expect(nonZero(found)).toEqual(nonZero(sums));
}

/** A period's total is what was called between its first instants and those of the next, hour by hour. */
function expectHours(
  budget: Budget,
  { spent }: BudgetTotals,
  committed: readonly Change[],
  places: Places,
  timeZone: string,
): void {
  const zone = findZone(timeZone);
  for (const [name, parts] of spent) {
    const period = readBudgetPeriod(budget.schedule, name);
    if (period === undefined) throw new Error(`${name} is no period`);
    const { startMs, endMs } = boundPeriod(zone, period);
    const hours = new Map<string, bigint>();
    for (const [index, { timeMs, hour, amount }] of committed.entries())
      if (timeMs >= startMs && timeMs < endMs && places[index] !== undefined)
        hours.set(hour, (hours.get(hour) ?? 0n) + amount);
    const add = (a: bigint, b: bigint) => a + b;
    expect([...parts.values()].reduce(add, 0n)).toBe([...hours.values()].reduce(add, 0n));
  }
}

/** Evaluated after every commit, a threshold is told if and only if some commit reached it; resolved likewise. */
async function expectTold(tenant: TenantConfig, jsons: readonly object[], committed: readonly Change[]): Promise<void> {
  const world = createAlertWorld(tenant);
  const ports = world.start();
  const made = await Promise.all(jsons.map((json, n) => putBudget(ports, tenant, { name: `b-${n}`, ...json })));
  for (const change of committed) {
    world.ledger.commit(change);
    await evaluateBudgets(ports, tenant);
  }
  for (const { budget } of made) {
    const told = world.topic.delivered.flatMap(({ data }) => {
      const about = data['budget'] as { id: string; part: string | null; crossed: number[]; period: { from: string } };
      if (about.id !== budget.id) return [];
      return about.crossed.map(
        (percent) => `${about.period.from} ${about.part ?? ''} ${percent} ${String(data['status'])}`,
      );
    });
    for (const each of told) counts[each.endsWith('resolved') ? 'resolved' : 'firing'] += 1;
    expect(told.sort()).toEqual(listExpected(budget, committed, tenant.timeZone).sort());
  }
}

function listExpected(budget: Budget, committed: readonly Change[], timeZone: string): string[] {
  const sums = new Map<string, bigint>();
  const expected = new Set<string>();
  // A budget that ended more than 35 local days ago is evaluated no more.
  const { toDay } = budget.schedule;
  const today = Date.parse(createCalendar(timeZone)(NOW_MS));
  if (toDay !== undefined && toDay < isoDay(today - 35 * 24 * HOUR_MS)) return [];
  for (const change of committed) {
    const key = findPlace(budget, change);
    if (key === undefined) continue;
    const sum = (sums.get(key) ?? 0n) + change.amount;
    sums.set(key, sum);
    // The amount is 300 of either unit: 150, 240 and 300 are the thresholds.
    for (const [percent, least] of [
      [50, 150n],
      [80, 240n],
      [100, 300n],
    ] as const) {
      const [firing, resolved] = [`${key} ${percent} firing`, `${key} ${percent} resolved`];
      if (sum >= least) expected.add(firing);
      else if (expected.has(firing)) expected.add(resolved);
    }
  }
  return [...expected];
}

function isoDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
