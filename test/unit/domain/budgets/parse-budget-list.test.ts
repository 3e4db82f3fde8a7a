import { describe, expect, it } from 'vitest';
import { InvalidBudgetError } from '../../../../lib/domain/budgets/budget.ts';
import { MAX_LISTED_BUDGETS, parseBudgetList } from '../../../../lib/domain/budgets/parse-budget-list.ts';

const KEPT = { tagDimensions: [], trackUsers: false };

const line = (name: string, fields: Readonly<Record<string, unknown>> = {}) => ({ name, amount_usd: '5', ...fields });

function faultsOf(json: unknown): readonly string[] {
  try {
    parseBudgetList(json, KEPT);
  } catch (error) {
    if (error instanceof InvalidBudgetError) return error.issues.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('a list of budgets', () => {
  it('is read in its order', () => {
    expect(parseBudgetList([line('b'), line('a')], KEPT).map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('may be empty', () => {
    expect(parseBudgetList([], KEPT)).toEqual([]);
  });

  it('names every fault of every budget with its place', () => {
    const faulty = [
      line('a'),
      line('b', { amount_usd: '0', period: 'fortnight' }),
      7,
      line('d', { filter: { x: 'y' } }),
    ];
    expect(faultsOf(faulty)).toEqual([
      'budgets[1].period',
      'budgets[1].amount_usd',
      'budgets[2]',
      'budgets[3].filter.x',
    ]);
  });

  it('holds a name once, and says so beside the other faults of the budget', () => {
    expect(faultsOf([line('a'), line('b'), line('a', { amount_usd: '0' }), line('a')])).toEqual([
      'budgets[2].amount_usd',
      'budgets[2].name',
      'budgets[3].name',
    ]);
  });

  it(`holds ${MAX_LISTED_BUDGETS} budgets and not one more`, () => {
    const many = Array.from({ length: MAX_LISTED_BUDGETS }, (_, index) => line(`b-${index}`));
    expect(parseBudgetList(many, KEPT)).toHaveLength(500);
    expect(faultsOf([...many, line('one more')])).toEqual(['budgets']);
  });

  it.each([
    ['an object', {}],
    ['nothing', undefined],
    ['text', 'a'],
  ])('is no list when it is %s', (_, json) => {
    expect(faultsOf(json)).toEqual(['budgets']);
  });
});
