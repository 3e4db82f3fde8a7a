import { describe, expect, it } from 'vitest';
import { type AmountPlan, amountOfPeriod } from '../../../../lib/domain/budgets/periods/amount-plan.ts';
import { findBudgetPeriod } from '../../../../lib/domain/budgets/periods/find-period.ts';
import { CALENDAR_MONTH, type PeriodRule } from '../../../../lib/domain/budgets/periods/period-rule.ts';
import { InvariantError } from '../../../../lib/domain/errors.ts';

/** Amounts that tell their own place: 1 for the first. */
const plan = (count: number): AmountPlan => ({
  unit: 'pico_usd',
  amounts: Array.from({ length: count }, (_, index) => BigInt(index + 1)),
});

function amountOn(rule: PeriodRule, amounts: AmountPlan, day: string, fromDay?: string): bigint {
  const period = findBudgetPeriod({ rule, ...(fromDay === undefined ? {} : { fromDay }) }, day);
  if (period === undefined) throw new Error(`no period on ${day}`);
  return amountOfPeriod(rule, amounts, period);
}

describe('amountOfPeriod', () => {
  it('gives one amount to every period of every kind', () => {
    const rules: readonly PeriodRule[] = [
      { kind: 'day' },
      { kind: 'week', firstDay: 'sunday' },
      { kind: 'month', anchorDay: 31 },
      { kind: 'quarter', anchorMonth: 2, anchorDay: 1 },
      { kind: 'year', anchorMonth: 4, anchorDay: 6 },
    ];
    expect(rules.map((rule) => amountOn(rule, plan(1), '2026-08-17'))).toEqual([1n, 1n, 1n, 1n, 1n]);
  });

  it('takes the amount of January first, every year', () => {
    const days = ['2026-01-31', '2026-02-01', '2026-12-31', '2027-01-01'];
    expect(days.map((day) => amountOn(CALENDAR_MONTH, plan(12), day))).toEqual([1n, 2n, 12n, 1n]);
  });

  it('takes the amount of the month in which an anchored month begins', () => {
    const rule: PeriodRule = { kind: 'month', anchorDay: 31 };
    // 30 January belongs to the month of 31 December, 28 February begins the one of February.
    expect(['2026-01-30', '2026-02-27', '2026-02-28'].map((day) => amountOn(rule, plan(12), day))).toEqual([
      12n,
      1n,
      2n,
    ]);
  });

  it('takes the amount of the quarter of the anchor month first', () => {
    const rule: PeriodRule = { kind: 'quarter', anchorMonth: 4, anchorDay: 1 };
    const days = ['2026-04-01', '2026-09-30', '2026-12-31', '2027-03-31', '2027-04-01'];
    expect(days.map((day) => amountOn(rule, plan(4), day))).toEqual([1n, 2n, 3n, 4n, 1n]);
  });

  it('gives a period that its budget cut short the amount of the whole one', () => {
    // The month from 15 March to 14 April, cut to begin on 3 April, is still that of March.
    expect(amountOn({ kind: 'month', anchorDay: 15 }, plan(12), '2026-04-05', '2026-04-03')).toBe(3n);
  });

  it('refuses a list that does not fit its kind of period', () => {
    expect(() => amountOn({ kind: 'week', firstDay: 'monday' }, plan(12), '2026-04-05')).toThrow(InvariantError);
    expect(() => amountOn(CALENDAR_MONTH, plan(4), '2026-12-05')).toThrow(InvariantError);
  });
});
