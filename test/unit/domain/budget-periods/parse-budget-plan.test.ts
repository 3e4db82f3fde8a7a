import { describe, expect, it } from 'vitest';
import { parseBudgetPlan } from '../../../../lib/domain/budgets/periods/parse-budget-plan.ts';
import type { PlanIssue } from '../../../../lib/domain/budgets/periods/parse-period-rule.ts';

const USD = 10n ** 12n;

function read(json: Readonly<Record<string, unknown>>) {
  const issues: PlanIssue[] = [];
  const plan = parseBudgetPlan(json, issues);
  return { plan, issues };
}

/** What a raw budget is read as beside an amount of $5. */
const readSchedule = (json: Readonly<Record<string, unknown>>) => read({ amount_usd: '5', ...json }).plan.schedule;

describe('parseBudgetPlan', () => {
  it('reads a budget of today, an amount and maybe "month", as the month of the calendar', () => {
    const expected = {
      plan: {
        schedule: { rule: { kind: 'month', anchorDay: 1 } },
        amount: { unit: 'pico_usd', amounts: [500n * USD] },
      },
      issues: [],
    };
    expect(read({ amount_usd: '500.00' })).toEqual(expected);
    expect(read({ amount_usd: '500.00', period: 'month' })).toEqual(expected);
    expect(read({ amount_usd: '500', period: null, start_date: null, amount_tokens: null })).toEqual(expected);
  });

  it.each([
    ['day', { kind: 'day' }],
    ['week', { kind: 'week', firstDay: 'monday' }],
    [
      { kind: 'week', first_day: 'sunday' },
      { kind: 'week', firstDay: 'sunday' },
    ],
    [
      { kind: 'month', anchor_day: 31 },
      { kind: 'month', anchorDay: 31 },
    ],
    ['quarter', { kind: 'quarter', anchorMonth: 1, anchorDay: 1 }],
    [
      { kind: 'quarter', anchor_month: 2, anchor_day: 31 },
      { kind: 'quarter', anchorMonth: 2, anchorDay: 31 },
    ],
    ['year', { kind: 'year', anchorMonth: 1, anchorDay: 1 }],
    [
      { kind: 'year', anchor_month: 2, anchor_day: 29 },
      { kind: 'year', anchorMonth: 2, anchorDay: 29 },
    ],
  ])('reads the period %j', (period, rule) => {
    expect(readSchedule({ period })).toEqual({ rule });
  });

  it('reads the days on which a budget is in force', () => {
    expect(readSchedule({ start_date: '2024-02-29', end_date: '2024-03-01' })).toMatchObject({
      fromDay: '2024-02-29',
      toDay: '2024-03-01',
    });
  });

  it('reads tokens as text or number, and lists by month and by quarter', () => {
    expect(read({ amount_tokens: 1_000_000 }).plan.amount).toEqual({ unit: 'tokens', amounts: [1_000_000n] });
    expect(read({ amount_tokens: '9'.repeat(18) }).plan.amount.amounts).toEqual([10n ** 18n - 1n]);
    const quarters = read({ period: 'quarter', amount_tokens: [1, '2', 3, 4] });
    expect(quarters).toMatchObject({ plan: { amount: { unit: 'tokens', amounts: [1n, 2n, 3n, 4n] } }, issues: [] });
    const months = read({ amount_usd: Array.from({ length: 12 }, () => '0.01') });
    expect(months.plan.amount.amounts).toEqual(Array.from({ length: 12 }, () => USD / 100n));
    expect(months.issues).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
    ['an unknown period', { period: 'fortnight' }, ['period']],
    ['a period that is a number', { period: 7 }, ['period']],
    ['a period that is a list', { period: ['day'] }, ['period']],
    ['a period without kind', { period: {} }, ['period.kind']],
    ['an inherited name as kind', { period: { kind: 'toString' } }, ['period.kind']],
    ['an unknown first day', { period: { kind: 'week', first_day: 'Monday' } }, ['period.first_day']],
    ['anchor day 0', { period: { kind: 'month', anchor_day: 0 } }, ['period.anchor_day']],
    ['anchor day 32', { period: { kind: 'month', anchor_day: 32 } }, ['period.anchor_day']],
    ['an anchor day as text', { period: { kind: 'month', anchor_day: '15' } }, ['period.anchor_day']],
    ['half an anchor day', { period: { kind: 'month', anchor_day: 1.5 } }, ['period.anchor_day']],
    ['anchor month 13', { period: { kind: 'quarter', anchor_month: 13 } }, ['period.anchor_month']],
    ['a year from 31 April', { period: { kind: 'year', anchor_month: 4, anchor_day: 31 } }, ['period.anchor_day']],
    ['a year from 30 February', { period: { kind: 'year', anchor_month: 2, anchor_day: 30 } }, ['period.anchor_day']],
    ['an anchor of a day', { period: { kind: 'day', anchor_day: 1 } }, ['period.anchor_day']],
    ['a first day of a month', { period: { kind: 'month', first_day: 'monday' } }, ['period.first_day']],
    ['a start that is no date', { start_date: '2026-02-29' }, ['start_date']],
    ['a start with a time', { start_date: '2026-02-28T00:00:00Z' }, ['start_date']],
    ['a start of the last century', { start_date: '1999-12-31' }, ['start_date']],
    ['an end that is a number', { end_date: 20_260_301 }, ['end_date']],
    ['an end on the day of the start', { start_date: '2026-03-01', end_date: '2026-03-01' }, ['end_date']],
    ['an end before the start', { start_date: '2026-03-01', end_date: '2026-02-01' }, ['end_date']],
    ['amount 0', { amount_usd: '0.00' }, ['amount_usd']],
    ['a negative amount', { amount_usd: '-5' }, ['amount_usd']],
    ['an amount as a number', { amount_usd: 5 }, ['amount_usd']],
    ['an amount finer than a picodollar', { amount_usd: '1.0000000000001' }, ['amount_usd']],
    ['no amount', { amount_usd: null }, ['amount_usd']],
    ['two amounts', { amount_tokens: 5 }, ['amount_tokens']],
    ['0 tokens', { amount_usd: null, amount_tokens: 0 }, ['amount_tokens']],
    ['half a token', { amount_usd: null, amount_tokens: 0.5 }, ['amount_tokens']],
    ['tokens beyond 2^53 - 1 as a number', { amount_usd: null, amount_tokens: 2 ** 53 }, ['amount_tokens']],
    ['tokens with decimals', { amount_usd: null, amount_tokens: '1.0' }, ['amount_tokens']],
    ['an empty list', { amount_usd: [] }, ['amount_usd']],
    ['four amounts for months', { amount_usd: ['1', '1', '1', '1'] }, ['amount_usd']],
    ['twelve amounts for quarters', { period: 'quarter', amount_usd: Array(12).fill('1') }, ['amount_usd']],
    ['a list for weeks', { period: 'week', amount_usd: Array(12).fill('1') }, ['amount_usd']],
    ['amount 0 in a list', { amount_usd: [...Array(11).fill('1'), '0'] }, ['amount_usd[11]']],
    [
      'several faults',
      { period: 'x', start_date: 'x', amount_usd: ['1', 'x'] },
      ['period', 'start_date', 'amount_usd[1]'],
    ],
  ])('names the field for %s', (_what, json, fields) => {
    expect(read({ amount_usd: '5', ...json }).issues.map(({ field }) => field)).toEqual(fields);
  });

  it('says what was expected', () => {
    const wantedOf = (json: Readonly<Record<string, unknown>>) =>
      read({ amount_usd: '5', ...json }).issues.map(({ expected }) => expected);
    expect(wantedOf({ period: 'x' })).toEqual(['one of: day, week, month, quarter, year']);
    expect(wantedOf({ period: { kind: 'year', anchor_month: 2, anchor_day: 30 } })).toEqual([
      'a whole number from 1 to 29',
    ]);
    expect(wantedOf({ period: { kind: 'day', anchor_day: 1 } })).toEqual(['nothing: a period of kind day has kind']);
    expect(wantedOf({ amount_usd: ['1'] })).toEqual(['one amount or a list of 12, from January on']);
    expect(wantedOf({ period: 'quarter', amount_usd: ['1'] })).toEqual([
      'one amount or a list of 4, from the quarter of the anchor month on',
    ]);
    expect(wantedOf({ period: 'week', amount_usd: ['1'] })).toEqual([
      'one amount: a list goes with periods of kind month or quarter, not week',
    ]);
  });
});
