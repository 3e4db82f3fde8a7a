import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import { amountOf, type Budget } from '../../domain/budgets/budget.ts';
import { createFoldRule, measureIn, WHOLE } from '../../domain/budgets/budget-total.ts';
import { type BudgetPeriod, findBudgetPeriod } from '../../domain/budgets/periods/find-period.ts';
import { addDays } from '../../domain/local-time.ts';
import type { TenantConfig } from '../ports.ts';

/** One running total of a budget: what a projection of its period is made for. */
export interface BudgetSubject {
  readonly budget: Budget;
  readonly period: BudgetPeriod;
  readonly part: string;
  /** What the part may use in the period, in the budget's unit. */
  readonly amount: bigint;
}

/** A budget that is in force, with its running period. */
export type RunningBudget = Pick<BudgetSubject, 'budget' | 'period'>;

/** Parts of a budget that are projected, those that use most; the others are told of when they have crossed. */
export const MAX_PROJECTED_PARTS = 50;

/** A part that was busy so many days before today is projected from the first day of a new period on. */
const RANKED_DAYS = 28;

/** The budgets that are in force today, each with its running period. */
export function listRunning(budgets: readonly Budget[], today: string): readonly RunningBudget[] {
  return budgets.flatMap((budget) => {
    const period = findBudgetPeriod(budget.schedule, today);
    return period ? [{ budget, period }] : [];
  });
}

/**
 * The totals of a budget to project: the one of a budget without `each`, else the parts that used most since the period
 * began and in the four weeks before today, largest first.
 *
 * @param rows - day rows of the tenant that reach as far back
 * @returns with how many parts that used anything are left out
 */
export function listSubjects(
  { budget, period }: RunningBudget,
  rows: readonly LeafDay[],
  tenant: Pick<TenantConfig, 'tagDimensions'>,
  today: string,
): { readonly subjects: readonly BudgetSubject[]; readonly partsLeftOut: number } {
  const amount = amountOf(budget, period);
  if (budget.each === null) return { subjects: [{ budget, period, part: WHOLE, amount }], partsLeftOut: 0 };
  const { partOf, unit } = createFoldRule(budget, tenant.tagDimensions);
  const rankedFrom = addDays(today, -RANKED_DAYS);
  const fromDay = period.fromDay < rankedFrom ? period.fromDay : rankedFrom;
  const used = new Map<string, bigint>();
  for (const row of rows) {
    const part = row.period >= fromDay ? partOf(row.leaf) : undefined;
    if (part !== undefined) used.set(part, (used.get(part) ?? 0n) + measureIn(unit, row.measures));
  }
  const ranked = [...used].sort(([a, x], [b, y]) => (x > y ? -1 : x < y ? 1 : a < b ? -1 : 1));
  const subjects = ranked.slice(0, MAX_PROJECTED_PARTS).map(([part]) => ({ budget, period, part, amount }));
  return { subjects, partsLeftOut: ranked.length - subjects.length };
}
