import { LedgerError } from '../errors.ts';
import type { ScopeFilter } from './budget-scope.ts';
import { type AmountPlan, amountOfPeriod } from './periods/amount-plan.ts';
import type { DayRange } from './periods/find-period.ts';
import { toRawPlan } from './periods/parse-budget-plan.ts';
import type { PlanIssue } from './periods/parse-period-rule.ts';
import type { BudgetSchedule } from './periods/period-rule.ts';

/** What a budget watches, as its owner states it. */
export interface BudgetDefinition {
  /** Unique within the tenant, 1 to 128 bytes, no control characters. */
  readonly name: string;
  readonly scope: ScopeFilter;
  /**
   * A dimension or `tags.<name>` that the scope leaves open: every value of it has a running total, thresholds and
   * messages of its own, which make up a **part** of the budget. Null: the budget is one part, named ''.
   */
  readonly each: string | null;
  readonly schedule: BudgetSchedule;
  /** How much each part may use in a period. */
  readonly amount: AmountPlan;
  /** Whole percents of the amount, ascending, 1 to 20 of them, each 1 to 1,000. */
  readonly thresholdsPercent: readonly number[];
  /** Whole percents that the projected end of a period is held against: as the others, but there may be none. */
  readonly forecastThresholdsPercent: readonly number[];
  /** Who answers for it, 1 to 128 bytes, for reports; null = nobody is named. */
  readonly owner: string | null;
  /** A paused budget is neither evaluated nor told of. */
  readonly paused: boolean;
}

/** A budget as the ledger keeps it. */
export interface Budget extends BudgetDefinition {
  /** Stable for the tenant and name. */
  readonly id: string;
  /** Counts from 1; a change of all but `owner` and `paused` makes the next one, which arms every threshold anew. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** Last commit of the ledger when this version was made; later commits are followed one by one. */
  readonly sinceCommit: number;
}

/** A budget that breaks its format; every fault names its field. */
export class InvalidBudgetError extends LedgerError {
  override readonly name = 'InvalidBudgetError';
  readonly code = 'budget/invalid';
  readonly retryable = false;
  readonly issues: readonly PlanIssue[];
  constructor(issues: readonly PlanIssue[], options?: ErrorOptions) {
    super(
      `budget refused: ${issues.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ')}`,
      options,
    );
    this.issues = issues;
  }
}

/** Whether two definitions govern spend alike, so that no new version is due: pausing and owners change nothing. */
export function governsAlike(a: BudgetDefinition, b: BudgetDefinition): boolean {
  const essence = (budget: BudgetDefinition): string =>
    JSON.stringify([
      Object.entries(budget.scope).sort(([x], [y]) => (x < y ? -1 : 1)),
      budget.each,
      toRawPlan(budget),
      budget.thresholdsPercent,
      budget.forecastThresholdsPercent,
    ]);
  return essence(a) === essence(b);
}

/** The calls that a part of a budget is about: its scope, and with `each` the value that names the part. */
export function scopeOfPart({ scope, each }: BudgetDefinition, part: string): ScopeFilter {
  return each === null ? scope : { ...scope, [each]: part };
}

/** How much each part of a budget may use in one of its periods, in the unit of its amount. */
export function amountOf(budget: BudgetDefinition, period: DayRange): bigint {
  return amountOfPeriod(budget.schedule.rule, budget.amount, period);
}

/**
 * The thresholds that a total has reached: at exactly 80 % of the amount the 80 % threshold is crossed.
 *
 * @param amount - above zero, in the unit of `total`
 */
export function findCrossedThresholds(
  thresholdsPercent: readonly number[],
  amount: bigint,
  total: bigint,
): readonly number[] {
  return thresholdsPercent.filter((percent) => total * 100n >= amount * BigInt(percent));
}
