import { describe, expect, it } from 'vitest';
import { findCrossedThresholds, governsAlike, InvalidBudgetError } from '../../../lib/domain/budgets/budget.ts';
import { createLeafMatcher } from '../../../lib/domain/budgets/budget-scope.ts';
import { parseBudget, toRawBudget } from '../../../lib/domain/budgets/parse-budget.ts';
import { leaf, USD } from '../../helpers/alert-world.ts';

const KEPT = { tagDimensions: [], trackUsers: false };

const GOOD = { name: 'Support', amount_usd: '500.00', filter: { team: 'cx' } };

function issuesOf(json: unknown): readonly string[] {
  try {
    parseBudget(json, { ...KEPT, tagDimensions: ['cost_center'] });
  } catch (error) {
    if (error instanceof InvalidBudgetError) return error.issues.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('parseBudget', () => {
  it('reads a budget and fills in month and the thresholds 50, 80 and 100 %', () => {
    expect(parseBudget(GOOD, KEPT)).toEqual({
      name: 'Support',
      scope: { team: 'cx' },
      each: null,
      schedule: { rule: { kind: 'month', anchorDay: 1 } },
      amount: { unit: 'pico_usd', amounts: [500n * USD] },
      thresholdsPercent: [50, 80, 100],
      forecastThresholdsPercent: [100],
      owner: null,
      paused: false,
    });
  });

  it('reads every field, and writes it as it was read', () => {
    const raw = {
      name: 'Teams',
      amount_tokens: '2000000',
      period: { kind: 'month', anchor_day: 31 },
      start_date: '2026-01-01',
      end_date: '2027-01-01',
      filter: { environment: 'prod' },
      each: 'tags.cost_center',
      thresholds: [90],
      forecast_thresholds: [],
      owner: 'Ann',
      paused: true,
    };
    const budget = parseBudget(raw, { ...KEPT, tagDimensions: ['cost_center'] });
    expect(budget).toMatchObject({
      each: 'tags.cost_center',
      schedule: { rule: { kind: 'month', anchorDay: 31 }, fromDay: '2026-01-01', toDay: '2027-01-01' },
      amount: { unit: 'tokens', amounts: [2_000_000n] },
      forecastThresholdsPercent: [],
      owner: 'Ann',
    });
    expect(toRawBudget(budget)).toEqual(raw);
  });

  it('keeps an amount exact to the picodollar', () => {
    expect(parseBudget({ ...GOOD, amount_usd: '0.000000000001' }, KEPT).amount.amounts).toEqual([1n]);
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
    ['each of an unknown dimension', { ...GOOD, each: 'colour' }, ['each']],
    ['each of what the filter fixes', { ...GOOD, each: 'team' }, ['each']],
    ['each user where users are not kept', { ...GOOD, each: 'user' }, ['each']],
    ['a filter by user where users are not kept', { ...GOOD, filter: { user: 'u-1' } }, ['filter.user']],
    ['each of a tag that is not kept', { ...GOOD, each: 'tags.project' }, ['each']],
    ['an anchor day of 32', { ...GOOD, period: { kind: 'month', anchor_day: 32 } }, ['period.anchor_day']],
    ['an end before the start', { ...GOOD, start_date: '2026-02-01', end_date: '2026-01-01' }, ['end_date']],
    ['both amounts', { ...GOOD, amount_tokens: 5 }, ['amount_tokens']],
    ['0 tokens', { name: 'T', amount_tokens: 0 }, ['amount_tokens']],
    ['one amount of twelve that is 0', { ...GOOD, amount_usd: [...Array(11).fill('1'), '0'] }, ['amount_usd[11]']],
    ['forecast thresholds out of order', { ...GOOD, forecast_thresholds: [100, 90] }, ['forecast_thresholds[1]']],
    ['an owner of 129 bytes', { ...GOOD, owner: 'x'.repeat(129) }, ['owner']],
    ['paused as text', { ...GOOD, paused: 'yes' }, ['paused']],
    ['several faults at once', { amount_usd: '0', period: 'x' }, ['name', 'period', 'amount_usd']],
  ])('names the field for %s', (_what, json, fields) => {
    expect(issuesOf(json)).toEqual(fields);
  });
});

describe('findCrossedThresholds', () => {
  const budget = parseBudget({ ...GOOD, amount_usd: '0.000000000003', thresholds: [33, 34, 67, 100] }, KEPT);

  it('crosses a threshold at exactly its share and not a picodollar below', () => {
    const whole = parseBudget(GOOD, KEPT);
    // 80 % of $500 is $400.
    expect(findCrossedThresholds(whole.thresholdsPercent, 500n * USD, 400n * USD - 1n)).toEqual([50]);
    expect(findCrossedThresholds(whole.thresholdsPercent, 500n * USD, 400n * USD)).toEqual([50, 80]);
  });

  it('compares without rounding where a percent is less than a picodollar', () => {
    // 1 of 3 picoUSD is 33.33 %, 2 of 3 are 66.67 %.
    expect(findCrossedThresholds(budget.thresholdsPercent, 3n, 1n)).toEqual([33]);
    expect(findCrossedThresholds(budget.thresholdsPercent, 3n, 2n)).toEqual([33, 34]);
    expect(findCrossedThresholds(budget.thresholdsPercent, 3n, 3n)).toEqual([33, 34, 67, 100]);
  });

  it('crosses nothing below zero, as after a void', () => {
    expect(findCrossedThresholds(budget.thresholdsPercent, 3n, -5n)).toEqual([]);
  });
});

describe('governsAlike', () => {
  const budget = parseBudget({ ...GOOD, filter: { team: 'cx', app: 'bot' } }, KEPT);

  it('does not mind pausing, the owner or the order of the filter', () => {
    const same = parseBudget({ ...GOOD, filter: { app: 'bot', team: 'cx' }, owner: 'Ann', paused: true }, KEPT);
    expect(governsAlike(budget, same)).toBe(true);
  });

  it('minds amount, thresholds, scope, parts, period and dates', () => {
    for (const change of [
      { amount_usd: '501' },
      { thresholds: [50] },
      { forecast_thresholds: [] },
      { filter: { team: 'cx' } },
      { each: 'model' },
      { period: 'week' },
      { end_date: '2027-01-01' },
    ])
      expect(
        governsAlike(budget, { ...budget, ...parseBudget({ ...GOOD, filter: budget.scope, ...change }, KEPT) }),
      ).toBe(false);
  });
});

it('takes users for a dimension where the tenant keeps them, and says why it does not elsewhere', () => {
  const ofUsers = { ...GOOD, filter: {}, each: 'user' };
  expect(parseBudget(ofUsers, { ...KEPT, trackUsers: true }).each).toBe('user');
  expect(() => parseBudget(ofUsers, KEPT)).toThrow('each: expected a dimension that filter leaves open');
  expect(() => parseBudget(ofUsers, KEPT)).toThrow('users are kept only where the tenant tracks them');
  const fixed = { ...GOOD, filter: { user: 'u-1' }, each: 'user' };
  expect(() => parseBudget(fixed, { ...KEPT, trackUsers: true })).not.toThrow('users are kept only');
  expect(() => parseBudget(fixed, { ...KEPT, trackUsers: true })).toThrow('each: expected');
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
