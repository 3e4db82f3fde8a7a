import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BudgetPeriod,
  findBudgetPeriod,
  namePeriod,
  nextBudgetPeriod,
  previousBudgetPeriod,
  readBudgetPeriod,
} from '../../lib/domain/budgets/periods/find-period.ts';
import {
  type BudgetPlan,
  PLAN_FIELDS,
  parseBudgetPlan,
  toRawPlan,
} from '../../lib/domain/budgets/periods/parse-budget-plan.ts';
import type { PlanIssue } from '../../lib/domain/budgets/periods/parse-period-rule.ts';
import {
  boundPeriod,
  countDaysLeft,
  findBudgetPeriodAt,
  listDaysOf,
} from '../../lib/domain/budgets/periods/period-instants.ts';
import {
  type BudgetSchedule,
  CALENDAR_MONTH,
  type PeriodRule,
  WEEKDAYS,
} from '../../lib/domain/budgets/periods/period-rule.ts';
import { createZone, type Zone } from '../../lib/domain/local-time.ts';
import { beginsPeriod, WALL_DATES, ZONES } from '../helpers/period-oracle.ts';

/** 21 of each of the 51 zones: 1,071 budgets. */
const BUDGETS_PER_ZONE = 21;
const WALKED_DAYS = 800;
const QUARTER_HOUR_MS = 900_000;
const DAY_MS = 86_400_000;
/** December 2011, so that the day that Samoa left out is among the first ones. */
const FIRST_WALKED = WALL_DATES.findIndex(({ text }) => text === '2011-12-01');
/** The longest period is a year, so its first day is at most that far back. */
const LAST_WALKED = WALL_DATES.length - WALKED_DAYS - 400;

const anchorDay = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constantFrom(1, 15, 28, 29, 30, 31));
const anchorMonth = fc.integer({ min: 1, max: 12 });
const rules: fc.Arbitrary<PeriodRule> = fc.oneof(
  fc.constant({ kind: 'day' } as const),
  fc.record({ kind: fc.constant('week' as const), firstDay: fc.constantFrom(...WEEKDAYS) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('month' as const), anchorDay }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('quarter' as const), anchorMonth, anchorDay }) },
  fc.record({ kind: fc.constant('year' as const), anchorMonth, anchorDay }),
);
const firstWalked = fc.oneof(
  fc.integer({ min: FIRST_WALKED, max: LAST_WALKED }),
  fc.integer({ min: FIRST_WALKED, max: FIRST_WALKED + 40 }),
);
const budgets = fc
  .tuple(rules, firstWalked, fc.option(fc.nat(300), { nil: undefined }), fc.option(fc.nat(400), { nil: undefined }))
  .map(([rule, first, startAfter, endAfter]) => {
    const fromDay = startAfter === undefined ? undefined : textAt(first + startAfter);
    const toDay = endAfter === undefined ? undefined : textAt(first + 301 + endAfter);
    const schedule: BudgetSchedule = {
      rule,
      ...(fromDay === undefined ? {} : { fromDay }),
      ...(toDay === undefined ? {} : { toDay }),
    };
    return { schedule, first };
  });

function textAt(index: number): string {
  const date = WALL_DATES[index];
  if (date === undefined) throw new Error(`no wall date ${index}`);
  return date.text;
}

function isInForce({ fromDay, toDay }: BudgetSchedule, day: string): boolean {
  return (fromDay === undefined || fromDay <= day) && (toDay === undefined || day < toDay);
}

/** The dates of each period in turn, found by looking at one date after another. */
function walkPeriods(schedule: BudgetSchedule, first: number): readonly (readonly string[])[] {
  const periods: string[][] = [];
  for (let index = first; index < first + WALKED_DAYS; index += 1) {
    const date = WALL_DATES[index];
    if (date === undefined || !isInForce(schedule, date.text)) continue;
    const current = periods.at(-1);
    if (current === undefined || beginsPeriod(schedule.rule, date)) periods.push([date.text]);
    else current.push(date.text);
  }
  return periods;
}

function findKnown(schedule: BudgetSchedule, day: string): BudgetPeriod {
  const period = findBudgetPeriod(schedule, day);
  if (period === undefined) throw new Error(`no period on ${day}`);
  return period;
}

function expectSamePeriods(schedule: BudgetSchedule, first: number): readonly BudgetPeriod[] {
  const walked = walkPeriods(schedule, first);
  const found = walked.map((days) => {
    const period = findKnown(schedule, days[0] ?? '');
    for (const day of days) {
      expect(findBudgetPeriod(schedule, day)).toEqual(period);
      expect(namePeriod(schedule.rule, day)).toBe(period.name);
    }
    return period;
  });
  // The walk may begin and end within a period: its first start and last end are known only where a budget has dates.
  if (schedule.fromDay !== undefined) expect(found[0]?.fromDay).toBe(schedule.fromDay);
  if (schedule.toDay !== undefined) expect(found.at(-1)?.toDay).toBe(schedule.toDay);
  expect(found.slice(1).map(({ fromDay }) => fromDay)).toEqual(walked.slice(1).map(([day]) => day));
  expect(found.slice(0, -1).map(({ toDay }) => toDay)).toEqual(walked.slice(1).map(([day]) => day));
  return found;
}

function expectOrder(schedule: BudgetSchedule, periods: readonly BudgetPeriod[]): void {
  const names = periods.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect([...names].sort()).toEqual(names);
  for (const [index, period] of periods.entries()) {
    expect(readBudgetPeriod(schedule, period.name)).toEqual(period);
    const [before, after] = [periods[index - 1], periods[index + 1]];
    if (before !== undefined) expect(previousBudgetPeriod(schedule, period)).toEqual(before);
    if (after !== undefined) expect(nextBudgetPeriod(schedule, period)).toEqual(after);
  }
  const [first, last] = [periods.at(0), periods.at(-1)];
  if (first !== undefined && first.fromDay === schedule.fromDay)
    expect(previousBudgetPeriod(schedule, first)).toBeUndefined();
  if (last !== undefined && last.toDay === schedule.toDay) expect(nextBudgetPeriod(schedule, last)).toBeUndefined();
}

function expectInstants(zone: Zone, schedule: BudgetSchedule, periods: readonly BudgetPeriod[], clock: Clock): void {
  for (const [index, period] of periods.entries()) {
    const { startMs, endMs } = boundPeriod(zone, period);
    const next = periods[index + 1];
    if (next !== undefined) expect(boundPeriod(zone, next).startMs).toBe(endMs);
    // A date that the zone left out is a period without instants.
    if (startMs === endMs) continue;
    for (const timeMs of [startMs, endMs - 1, Math.floor((startMs + endMs) / 2)]) {
      expect(isInside(period, clock(timeMs))).toBe(true);
      expect(findBudgetPeriodAt(zone, schedule, timeMs)).toEqual(period);
    }
    expect(clock(startMs - 1) < period.fromDay).toBe(true);
    expect(clock(endMs) >= period.toDay).toBe(true);
  }
}

/** Tells the local day of an instant without the code under test. */
type Clock = (timeMs: number) => string;

function createClock(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  return (timeMs) => format.format(timeMs);
}

function isInside({ fromDay, toDay }: BudgetPeriod, day: string): boolean {
  return fromDay <= day && day < toDay;
}

describe('budget periods', () => {
  it('are tried in at least 40 zones with at least 1,000 budgets', () => {
    expect(new Set(ZONES).size).toBeGreaterThanOrEqual(40);
    expect(ZONES.length * BUDGETS_PER_ZONE).toBeGreaterThanOrEqual(1000);
  });

  it('keep for monthly budgets the names and days that claims and totals are stored under', () => {
    const months = new Map<string, readonly string[]>();
    for (const { text } of WALL_DATES) months.set(text.slice(0, 7), [...(months.get(text.slice(0, 7)) ?? []), text]);
    const names = [...months.keys()];
    // 25 years of 12 months; the last one has no successor to look at.
    expect(names).toHaveLength(300);
    for (const [index, name] of names.slice(0, -1).entries()) {
      for (const day of months.get(name) ?? []) expect(namePeriod(CALENDAR_MONTH, day)).toBe(name);
      expect(readBudgetPeriod({ rule: CALENDAR_MONTH }, name)).toStrictEqual({
        name,
        fromDay: `${name}-01`,
        toDay: `${names[index + 1]}-01`,
      });
    }
    expect(readBudgetPeriod({ rule: CALENDAR_MONTH }, '2026-13')).toBeUndefined();
  });

  it.each(ZONES)('hold every local day of %s once, without gap, under names that tell them apart', (timeZone) => {
    const zone = createZone(timeZone);
    const clock = createClock(timeZone);
    fc.assert(
      fc.property(budgets, ({ schedule, first }) => {
        const periods = expectSamePeriods(schedule, first);
        expectOrder(schedule, periods);
        expectInstants(zone, schedule, periods, clock);
        const outside = [schedule.fromDay && textAt(first), schedule.toDay].filter((day) => day !== undefined);
        for (const day of outside.filter((one) => !isInForce(schedule, one)))
          expect(findBudgetPeriod(schedule, day)).toBeUndefined();
      }),
      { numRuns: BUDGETS_PER_ZONE },
    );
  });

  it('have as many quarter hours as their days together, counted one by one', () => {
    const months = rules.filter(({ kind }) => kind === 'week' || kind === 'month');
    const indexes = fc.integer({ min: FIRST_WALKED, max: LAST_WALKED });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), months, indexes, (timeZone, rule, index) => {
        const zone = createZone(timeZone);
        const clock = createClock(timeZone);
        const period = findKnown({ rule }, textAt(index));
        const { startMs, endMs } = boundPeriod(zone, period);
        const counts = new Map<string, number>();
        // From two days before to two days after, so that a quarter hour put into the wrong period would be seen.
        for (let timeMs = startMs - 2 * DAY_MS; timeMs < endMs + 2 * DAY_MS; timeMs += QUARTER_HOUR_MS) {
          const day = clock(timeMs);
          if (isInside(period, day)) counts.set(day, (counts.get(day) ?? 0) + 1);
        }
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
        expect(total).toBe((endMs - startMs) / QUARTER_HOUR_MS);
        expect(listDaysOf(zone, period)).toEqual([...counts.keys()]);
        const lengths = [...counts.keys()].map((day) => findKnown({ rule: { kind: 'day' } }, day));
        expect(lengths.map((day) => lengthMs(zone, day) / QUARTER_HOUR_MS)).toEqual([...counts.values()]);
      }),
      { numRuns: 60 },
    );
  });

  it('share out spend so that the sums of hours, days and periods are the same', () => {
    const calls = fc.array(fc.tuple(fc.nat(WALKED_DAYS * 96), fc.bigInt({ min: 1n, max: 10n ** 15n })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), budgets, calls, (timeZone, { schedule, first }, given) => {
        const zone = createZone(timeZone);
        const clock = createClock(timeZone);
        const startMs = zone.dayStartMs(textAt(first));
        const walked = walkPeriods(schedule, first);
        const [hours, days, periods, expected] = [new Map(), new Map(), new Map(), new Map<string, bigint>()];
        for (const [quarters, cost] of given) {
          const timeMs = startMs + quarters * QUARTER_HOUR_MS - 1;
          const period = findBudgetPeriodAt(zone, schedule, timeMs);
          const known = walked.find((dates) => dates.includes(clock(timeMs)));
          if (known !== undefined) add(expected, known[0] ?? '', cost);
          // The walk covers a part of the calendar; what lies beyond it is none of its business.
          if (period === undefined || known === undefined) continue;
          add(hours, `${zone.localDay(timeMs)} ${zone.utcHour(timeMs)}`, cost);
          add(days, zone.localDay(timeMs), cost);
          add(periods, period.name, cost);
        }
        expect(sumUp(hours)).toEqual(sumUp(days));
        expect(sumUp(periods)).toEqual(sumUp(days));
        const named = [...expected].map(([day, cost]) => [findKnown(schedule, day).name, cost]);
        expect(new Map(named as [string, bigint][])).toEqual(periods);
        for (const [name, cost] of periods) {
          const period = readBudgetPeriod(schedule, name);
          const within = [...days].filter(([day]) => period !== undefined && isInside(period, day));
          expect(sumUp(new Map(within))).toBe(cost);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('count down by one with every day that the zone has', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), budgets, fc.nat(299), (timeZone, { schedule, first }, after) => {
        const zone = createZone(timeZone);
        const period = findBudgetPeriod(schedule, textAt(first + after));
        fc.pre(period !== undefined);
        const days = listDaysOf(zone, period);
        // Of n days, n - 1 are left on the first and none on the last.
        for (const [index, day] of [...days.entries()].filter(([at]) => at < 3 || at > days.length - 4))
          expect(countDaysLeft(zone, period, day)).toBe(days.length - 1 - index);
        expect(countDaysLeft(zone, period, period.toDay)).toBe(0);
        expect(countDaysLeft(zone, period, '2010-01-01')).toBe(days.length);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a budget plan', () => {
  it('is read back from its JSON as it was', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const issues: PlanIssue[] = [];
        const raw = toRawPlan(plan);
        expect(PLAN_FIELDS).toEqual(expect.arrayContaining(Object.keys(raw)));
        expect(parseBudgetPlan(JSON.parse(JSON.stringify(raw)), issues)).toEqual(plan);
        expect(issues).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

const isExisting = (rule: PeriodRule): boolean =>
  rule.kind !== 'year' ||
  WALL_DATES.some(({ month, day, year }) => year === 2012 && month === rule.anchorMonth && day === rule.anchorDay);
const plans: fc.Arbitrary<BudgetPlan> = fc
  .tuple(
    budgets.filter(({ schedule }) => isExisting(schedule.rule)),
    fc.constantFrom('pico_usd' as const, 'tokens' as const),
    fc.boolean(),
    fc.array(fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), { minLength: 12, maxLength: 12 }),
  )
  .map(([{ schedule }, unit, isList, amounts]) => {
    const listed = schedule.rule.kind === 'month' ? 12 : schedule.rule.kind === 'quarter' ? 4 : 1;
    return { schedule, amount: { unit, amounts: amounts.slice(0, isList ? listed : 1) } };
  });

function lengthMs(zone: Zone, period: BudgetPeriod): number {
  const { startMs, endMs } = boundPeriod(zone, period);
  return endMs - startMs;
}

function add(sums: Map<string, bigint>, key: string, cost: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + cost);
}

function sumUp(sums: ReadonlyMap<string, bigint>): bigint {
  return [...sums.values()].reduce((sum, cost) => sum + cost, 0n);
}
