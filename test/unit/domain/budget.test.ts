import { describe, expect, it } from 'vitest';
import {
  findCrossedThresholds,
  governsAlike,
  InvalidBudgetError,
  parseBudget,
} from '../../../lib/domain/budgets/budget.ts';
import { findPeriod, listPeriodDays } from '../../../lib/domain/budgets/budget-period.ts';
import { createLeafMatcher } from '../../../lib/domain/budgets/budget-scope.ts';
import { leaf, USD } from '../../helpers/alert-world.ts';

const GOOD = { name: 'Support', amount_usd: '500.00', filter: { team: 'cx' } };

function issuesOf(json: unknown): readonly string[] {
  try {
    parseBudget(json, ['cost_center']);
  } catch (error) {
    if (error instanceof InvalidBudgetError) return error.issues.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('parseBudget', () => {
  it('reads a budget and fills in month and the thresholds 50, 80 and 100 %', () => {
    expect(parseBudget(GOOD, [])).toEqual({
      name: 'Support',
      scope: { team: 'cx' },
      period: 'month',
      amountPicoUsd: 500n * USD,
      thresholdsPercent: [50, 80, 100],
      paused: false,
    });
  });

  it('keeps an amount exact to the picodollar', () => {
    expect(parseBudget({ ...GOOD, amount_usd: '0.000000000001' }, []).amountPicoUsd).toBe(1n);
  });

  it('takes a declared tag as a dimension and refuses another', () => {
    expect(issuesOf({ ...GOOD, filter: { 'tags.cost_center': '4711' } })).toEqual([]);
    expect(issuesOf({ ...GOOD, filter: { 'tags.project': 'x' } })).toEqual(['filter.tags.project']);
    expect(issuesOf({ ...GOOD, filter: { tag1: '4711' } })).toEqual(['filter.tag1']);
  });

  it.each([
    ['not an object', [], ['']],
    ['no name', { ...GOOD, name: ' ' }, ['name']],
    ['a name of 129 bytes', { ...GOOD, name: 'x'.repeat(129) }, ['name']],
    ['a name of 65 two-byte letters', { ...GOOD, name: 'ä'.repeat(65) }, ['name']],
    ['a name with a line break', { ...GOOD, name: 'a\nb' }, ['name']],
    ['an unknown dimension', { ...GOOD, filter: { colour: 'red' } }, ['filter.colour']],
    ['an empty value', { ...GOOD, filter: { team: '' } }, ['filter.team']],
    ['amount 0', { ...GOOD, amount_usd: '0.00' }, ['amount_usd']],
    ['a negative amount', { ...GOOD, amount_usd: '-5' }, ['amount_usd']],
    ['an amount as a number', { ...GOOD, amount_usd: 500 }, ['amount_usd']],
    ['an amount finer than a picodollar', { ...GOOD, amount_usd: '1.0000000000001' }, ['amount_usd']],
    ['an unknown period', { ...GOOD, period: 'fortnight' }, ['period']],
    ['no thresholds', { ...GOOD, thresholds: [] }, ['thresholds']],
    ['thresholds out of order', { ...GOOD, thresholds: [50, 100, 80] }, ['thresholds[2]']],
    ['a threshold twice', { ...GOOD, thresholds: [50, 50] }, ['thresholds[1]']],
    ['a threshold of 0', { ...GOOD, thresholds: [0, 50] }, ['thresholds[0]']],
    ['a fractional threshold', { ...GOOD, thresholds: [99.5] }, ['thresholds[0]']],
    ['an unknown field', { ...GOOD, amount: '5' }, ['amount']],
    ['paused as text', { ...GOOD, paused: 'yes' }, ['paused']],
    ['several faults at once', { amount_usd: '0', period: 'x' }, ['name', 'period', 'amount_usd']],
  ])('names the field for %s', (_what, json, fields) => {
    expect(issuesOf(json)).toEqual(fields);
  });
});

describe('findCrossedThresholds', () => {
  const budget = parseBudget({ ...GOOD, amount_usd: '0.000000000003', thresholds: [33, 34, 67, 100] }, []);

  it('crosses a threshold at exactly its share and not a picodollar below', () => {
    const whole = parseBudget(GOOD, []);
    // 80 % of $500 is $400.
    expect(findCrossedThresholds(whole, 400n * USD - 1n)).toEqual([50]);
    expect(findCrossedThresholds(whole, 400n * USD)).toEqual([50, 80]);
  });

  it('compares without rounding where a percent is less than a picodollar', () => {
    // 1 of 3 picoUSD is 33.33 %, 2 of 3 are 66.67 %.
    expect(findCrossedThresholds(budget, 1n)).toEqual([33]);
    expect(findCrossedThresholds(budget, 2n)).toEqual([33, 34]);
    expect(findCrossedThresholds(budget, 3n)).toEqual([33, 34, 67, 100]);
  });

  it('crosses nothing below zero, as after a void', () => {
    expect(findCrossedThresholds(budget, -5n)).toEqual([]);
  });
});

describe('governsAlike', () => {
  const budget = parseBudget({ ...GOOD, filter: { team: 'cx', app: 'bot' } }, []);

  it('does not mind pausing or the order of the filter', () => {
    const same = parseBudget({ ...GOOD, filter: { app: 'bot', team: 'cx' }, paused: true }, []);
    expect(governsAlike(budget, same)).toBe(true);
  });

  it('minds amount, thresholds and scope', () => {
    for (const change of [{ amount_usd: '501' }, { thresholds: [50] }, { filter: { team: 'cx' } }])
      expect(
        governsAlike(budget, { ...budget, ...parseBudget({ ...GOOD, filter: budget.scope, ...change }, []) }),
      ).toBe(false);
  });
});

describe('the scope of a budget', () => {
  it('matches the calls that have every value of it', () => {
    const matches = createLeafMatcher({ team: 'cx', 'tags.cost_center': '4711' }, ['project', 'cost_center']);
    expect(matches(leaf({ team: 'cx', tag2: '4711', app: 'bot' }))).toBe(true);
    expect(matches(leaf({ team: 'cx', tag1: '4711' }))).toBe(false);
    expect(matches(leaf({ tag2: '4711' }))).toBe(false);
  });

  it('matches every call when it is empty and none when it names a tag that is not kept', () => {
    expect(createLeafMatcher({}, [])(leaf({}))).toBe(true);
    expect(createLeafMatcher({ 'tags.gone': 'x' }, ['cost_center'])(leaf({ tag1: 'x' }))).toBe(false);
  });
});

describe('the months of a budget', () => {
  it.each([
    ['2026-01-31', '2026-01', '2026-01-01', '2026-02-01'],
    ['2028-02-29', '2028-02', '2028-02-01', '2028-03-01'],
    ['2026-12-01', '2026-12', '2026-12-01', '2027-01-01'],
  ])('puts %s into %s', (day, period, fromDay, toDay) => {
    expect(findPeriod('month', day)).toBe(period);
    expect(listPeriodDays('month', period)).toEqual({ fromDay, toDay });
  });
});
