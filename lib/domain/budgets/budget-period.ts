import { invariant } from '../errors.ts';
import { type DayRange, namePeriod, readBudgetPeriod } from './periods/find-period.ts';
import { CALENDAR_MONTH, type PeriodRule } from './periods/period-rule.ts';

export type { DayRange } from './periods/find-period.ts';

/** Kinds of period that a budget may have. */
export const BUDGET_PERIODS = ['month'] as const;

/** One kind of {@link BUDGET_PERIODS}. */
export type BudgetPeriodKind = (typeof BUDGET_PERIODS)[number];

const RULES: Readonly<Record<BudgetPeriodKind, PeriodRule>> = { month: CALENDAR_MONTH };

/** The period of that kind which a local day (`2026-01-29`) falls into, e.g. `2026-01`. */
export function findPeriod(kind: BudgetPeriodKind, day: string): string {
  return namePeriod(RULES[kind], day);
}

/**
 * The local days of a period that {@link findPeriod} named.
 *
 * @throws {@link InvariantError} when the name is of no such period
 */
export function listPeriodDays(kind: BudgetPeriodKind, period: string): DayRange {
  const found = readBudgetPeriod({ rule: RULES[kind] }, period);
  invariant(found !== undefined, `${period} is no period of kind ${kind}`);
  return { fromDay: found.fromDay, toDay: found.toDay };
}
