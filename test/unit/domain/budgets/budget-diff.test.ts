import { describe, expect, it } from 'vitest';
import { diffBudgets } from '../../../../lib/domain/budgets/budget-diff.ts';
import { parseBudget } from '../../../../lib/domain/budgets/parse-budget.ts';

const KEPT = { tagDimensions: [], trackUsers: false };

const budget = (fields: Readonly<Record<string, unknown>> = {}) =>
  parseBudget({ name: 'support', amount_usd: '500', filter: { team: 'cx', app: 'bot' }, ...fields }, KEPT);

describe('the difference between budgets and a list of them', () => {
  it('is nothing when they are the same, whatever the order in a filter', () => {
    const listed = budget({ filter: { app: 'bot', team: 'cx' }, amount_usd: '500.00' });
    expect(diffBudgets([budget()], [listed])).toEqual([
      { name: 'support', deed: 'unchanged', isListed: true, armsAnew: false, fields: [] },
    ]);
  });

  it('names each field with what it was and what it will be, and that thresholds are armed anew', () => {
    const after = budget({ amount_usd: '600', filter: { team: 'cx' }, owner: 'Ann' });
    expect(diffBudgets([budget()], [after])).toEqual([
      {
        name: 'support',
        deed: 'changed',
        isListed: true,
        armsAnew: true,
        fields: [
          { field: 'amount_usd', before: '500', after: '600' },
          { field: 'filter', before: { team: 'cx', app: 'bot' }, after: { team: 'cx' } },
          { field: 'owner', before: null, after: 'Ann' },
        ],
      },
    ]);
  });

  it('shows both amounts when a budget goes over to tokens', () => {
    const after = budget({ amount_usd: undefined, amount_tokens: '1000' });
    expect(diffBudgets([budget()], [after])[0]?.fields).toEqual([
      { field: 'amount_usd', before: '500', after: null },
      { field: 'amount_tokens', before: null, after: '1000' },
    ]);
  });

  it('keeps the version when only the owner changes', () => {
    expect(diffBudgets([budget()], [budget({ owner: 'Ann' })])).toMatchObject([{ deed: 'changed', armsAnew: false }]);
  });

  it('pauses what the list leaves out, once, behind what is listed', () => {
    const [gone, rest] = [budget({ name: 'gone' }), budget({ name: 'rest', paused: true })];
    expect(diffBudgets([gone, rest, budget()], [budget()])).toEqual([
      { name: 'support', deed: 'unchanged', isListed: true, armsAnew: false, fields: [] },
      {
        name: 'gone',
        deed: 'paused',
        isListed: false,
        armsAnew: false,
        fields: [{ field: 'paused', before: false, after: true }],
      },
      { name: 'rest', deed: 'unchanged', isListed: false, armsAnew: false, fields: [] },
    ]);
  });

  it('resumes what is listed again, and calls it changed when more than that differs', () => {
    const paused = budget({ paused: true });
    expect(diffBudgets([paused], [budget()])).toMatchObject([{ deed: 'resumed', armsAnew: false }]);
    expect(diffBudgets([paused], [budget({ amount_usd: '1' })])).toMatchObject([{ deed: 'changed', armsAnew: true }]);
  });

  it('pauses what the list itself says is paused', () => {
    expect(diffBudgets([budget()], [budget({ paused: true })])).toMatchObject([{ deed: 'paused', isListed: true }]);
  });

  it('creates what was not there, with all its fields', () => {
    expect(diffBudgets([], [budget()])).toMatchObject([
      {
        deed: 'created',
        armsAnew: true,
        fields: [
          { field: 'name', before: null, after: 'support' },
          { field: 'period', before: null, after: 'month' },
          { field: 'amount_usd', before: null, after: '500' },
          { field: 'filter' },
          { field: 'thresholds' },
          { field: 'forecast_thresholds' },
          { field: 'paused', before: null, after: false },
        ],
      },
    ]);
  });
});
