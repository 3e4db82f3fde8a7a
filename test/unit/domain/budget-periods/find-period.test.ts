import { describe, expect, it } from 'vitest';
import {
  findBudgetPeriod,
  nextBudgetPeriod,
  previousBudgetPeriod,
  readBudgetPeriod,
} from '../../../../lib/domain/budgets/periods/find-period.ts';
import { CALENDAR_MONTH, type PeriodRule } from '../../../../lib/domain/budgets/periods/period-rule.ts';

const YEAR: PeriodRule = { kind: 'year', anchorMonth: 1, anchorDay: 1 };
const QUARTER: PeriodRule = { kind: 'quarter', anchorMonth: 1, anchorDay: 1 };

/** First days of the periods from the one of a day on. */
function listStarts(rule: PeriodRule, day: string, count: number): readonly string[] {
  const starts: string[] = [];
  let period = findBudgetPeriod({ rule }, day);
  while (period !== undefined && starts.length < count) {
    starts.push(period.fromDay);
    period = nextBudgetPeriod({ rule }, period);
  }
  return starts;
}

describe('findBudgetPeriod', () => {
  it.each<[PeriodRule, string, string, string, string]>([
    [{ kind: 'day' }, '2026-12-31', '2026-12-31', '2026-12-31', '2027-01-01'],
    // 2026-03-05 is a Thursday.
    [{ kind: 'week', firstDay: 'monday' }, '2026-03-05', 'week-2026-03-02', '2026-03-02', '2026-03-09'],
    [{ kind: 'week', firstDay: 'sunday' }, '2026-03-05', 'week-2026-03-01', '2026-03-01', '2026-03-08'],
    [{ kind: 'week', firstDay: 'thursday' }, '2026-03-05', 'week-2026-03-05', '2026-03-05', '2026-03-12'],
    [{ kind: 'week', firstDay: 'friday' }, '2026-01-01', 'week-2025-12-26', '2025-12-26', '2026-01-02'],
    [CALENDAR_MONTH, '2026-03-05', '2026-03', '2026-03-01', '2026-04-01'],
    [{ kind: 'month', anchorDay: 15 }, '2026-03-14', 'month-2026-02-15', '2026-02-15', '2026-03-15'],
    [{ kind: 'month', anchorDay: 15 }, '2026-03-15', 'month-2026-03-15', '2026-03-15', '2026-04-15'],
    [QUARTER, '2026-06-30', '2026-Q2', '2026-04-01', '2026-07-01'],
    [QUARTER, '2026-12-31', '2026-Q4', '2026-10-01', '2027-01-01'],
    [{ kind: 'quarter', anchorMonth: 2, anchorDay: 1 }, '2026-01-31', 'quarter-2025-11-01', '2025-11-01', '2026-02-01'],
    // The same days as quarters of the calendar, but a year that begins in April numbers them otherwise.
    [{ kind: 'quarter', anchorMonth: 4, anchorDay: 1 }, '2026-01-31', 'quarter-2026-01-01', '2026-01-01', '2026-04-01'],
    [YEAR, '2026-12-31', '2026', '2026-01-01', '2027-01-01'],
    // The fiscal year of the United Kingdom.
    [{ kind: 'year', anchorMonth: 4, anchorDay: 6 }, '2026-04-05', 'year-2025-04-06', '2025-04-06', '2026-04-06'],
    [{ kind: 'year', anchorMonth: 4, anchorDay: 6 }, '2026-04-06', 'year-2026-04-06', '2026-04-06', '2027-04-06'],
  ])('puts by %j the day %s into %s', (rule, day, name, fromDay, toDay) => {
    expect(findBudgetPeriod({ rule }, day)).toEqual({ name, fromDay, toDay });
  });

  it('begins months of anchor 31 on the last day of a shorter month and on the 31st of the next long one', () => {
    expect(listStarts({ kind: 'month', anchorDay: 31 }, '2026-01-31', 5)).toEqual([
      ...['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31'],
    ]);
    expect(listStarts({ kind: 'month', anchorDay: 30 }, '2024-01-30', 3)).toEqual([
      ...['2024-01-30', '2024-02-29', '2024-03-30'],
    ]);
    expect(listStarts({ kind: 'month', anchorDay: 29 }, '2026-02-01', 3)).toEqual([
      ...['2026-01-29', '2026-02-28', '2026-03-29'],
    ]);
  });

  it('begins quarters and years of a day that a month lacks on the last day of that month', () => {
    expect(listStarts({ kind: 'quarter', anchorMonth: 11, anchorDay: 30 }, '2025-11-30', 5)).toEqual([
      ...['2025-11-30', '2026-02-28', '2026-05-30', '2026-08-30', '2026-11-30'],
    ]);
    expect(listStarts({ kind: 'year', anchorMonth: 2, anchorDay: 29 }, '2023-02-28', 3)).toEqual([
      ...['2023-02-28', '2024-02-29', '2025-02-28'],
    ]);
  });

  it('cuts the first and last period to the days on which a budget is in force, and keeps their names', () => {
    const schedule = { rule: CALENDAR_MONTH, fromDay: '2026-01-20', toDay: '2026-03-10' };
    const first = { name: '2026-01', fromDay: '2026-01-20', toDay: '2026-02-01' };
    const second = { name: '2026-02', fromDay: '2026-02-01', toDay: '2026-03-01' };
    const last = { name: '2026-03', fromDay: '2026-03-01', toDay: '2026-03-10' };
    expect(findBudgetPeriod(schedule, '2026-01-20')).toEqual(first);
    expect(nextBudgetPeriod(schedule, first)).toEqual(second);
    expect(nextBudgetPeriod(schedule, second)).toEqual(last);
    expect(previousBudgetPeriod(schedule, last)).toEqual(second);
    expect([previousBudgetPeriod(schedule, first), nextBudgetPeriod(schedule, last)]).toEqual([undefined, undefined]);
    for (const day of ['2026-01-19', '2026-03-10'])
      expect(findBudgetPeriod(schedule, day), `on ${day}`).toBeUndefined();
    expect(['2026-01', '2026-03'].map((name) => readBudgetPeriod(schedule, name))).toEqual([first, last]);
    expect(['2025-12', '2026-04'].map((name) => readBudgetPeriod(schedule, name))).toEqual([undefined, undefined]);
  });
});

describe('readBudgetPeriod', () => {
  it.each<[PeriodRule, string]>([
    [CALENDAR_MONTH, '2026-13'],
    [CALENDAR_MONTH, '2026-00'],
    [CALENDAR_MONTH, '2026'],
    [CALENDAR_MONTH, '2026-Q1'],
    [CALENDAR_MONTH, '2026-03-01'],
    [CALENDAR_MONTH, 'month-2026-03-01'],
    [CALENDAR_MONTH, ''],
    [{ kind: 'day' }, '2026-02-29'],
    [{ kind: 'day' }, 'today'],
    [{ kind: 'week', firstDay: 'monday' }, 'week-2026-03-03'],
    [{ kind: 'week', firstDay: 'monday' }, '2026-W10'],
    [{ kind: 'month', anchorDay: 31 }, 'month-2026-02-27'],
    [QUARTER, '2026-Q5'],
    [{ kind: 'quarter', anchorMonth: 4, anchorDay: 1 }, '2026-Q2'],
    [YEAR, '26'],
  ])('knows by %j no period %j', (rule, name) => {
    expect(readBudgetPeriod({ rule }, name)).toBeUndefined();
  });
});
