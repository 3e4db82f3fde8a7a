import { type BudgetDefinition, InvalidBudgetError } from './budget.ts';
import type { KeptDimensions } from './budget-scope.ts';
import { parseBudget } from './parse-budget.ts';
import type { PlanIssue } from './periods/parse-period-rule.ts';

/** Most budgets of one list. */
export const MAX_LISTED_BUDGETS = 500;

/**
 * Parses a list of budgets, each as {@link parseBudget} takes it; a name stands in it once.
 *
 * @param kept - what `filter` and `each` may name
 * @throws {@link InvalidBudgetError} naming every fault of every budget, such as `budgets[3].amount_usd`
 */
export function parseBudgetList(json: unknown, kept: KeptDimensions): readonly BudgetDefinition[] {
  if (!Array.isArray(json) || json.length > MAX_LISTED_BUDGETS) {
    throw new InvalidBudgetError([{ field: 'budgets', expected: `a list of at most ${MAX_LISTED_BUDGETS} budgets` }]);
  }
  const issues: PlanIssue[] = [];
  const definitions: BudgetDefinition[] = [];
  for (const [index, each] of json.entries()) {
    try {
      definitions.push(parseBudget(each, kept));
    } catch (error) {
      if (!(error instanceof InvalidBudgetError)) throw error;
      for (const { field, expected } of error.issues) issues.push({ field: placeField(index, field), expected });
    }
  }
  issues.push(...findRepeatedNames(json));
  if (issues.length > 0) throw new InvalidBudgetError(issues);
  return definitions;
}

/** Names are compared as they were sent, so that a budget with another fault is told of its name as well. */
function findRepeatedNames(budgets: readonly unknown[]): readonly PlanIssue[] {
  const firsts = new Map<unknown, number>();
  const issues: PlanIssue[] = [];
  for (const [index, budget] of budgets.entries()) {
    const name = typeof budget === 'object' && budget !== null && 'name' in budget ? budget.name : undefined;
    if (typeof name !== 'string') continue;
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, index);
    else
      issues.push({
        field: placeField(index, 'name'),
        expected: `a name of its own: ${placeField(first, 'name')} is the same`,
      });
  }
  return issues;
}

function placeField(index: number, field: string): string {
  return field === '' ? `budgets[${index}]` : `budgets[${index}].${field}`;
}
