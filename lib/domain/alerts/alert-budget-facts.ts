import type { Budget } from '../budgets/budget.ts';
import type { BudgetPeriod } from '../budgets/periods/find-period.ts';
import type { Projection } from '../forecast/forecast.ts';

/** One value of a dimension with its part of the spend. `null` = the calls that named none. */
export interface Contributor {
  readonly value: string | null;
  /** In the unit of the budget's amount. */
  readonly spent: bigint;
}

/** Calls that the spend leaves out in whole or part, by price status. */
export interface UnpricedCalls {
  readonly unpriced: bigint;
  readonly unpriced_unit: bigint;
  readonly partially_priced: bigint;
}

/** Where the spend of a period is heading, in USD or tokens as the budget's amount. */
export interface BudgetForecast {
  readonly projection: Projection;
  /** The day on which the amount is used up at the projected rate; `null` = not within the period. */
  readonly runOutDay: string | null;
}

/** All that a budget alert says. Every figure stands at the same commit. */
export interface BudgetAlertFacts {
  readonly alertId: string;
  readonly tenant: string;
  readonly timeZone: string;
  readonly budget: Budget;
  readonly period: BudgetPeriod;
  /** The value of the budget's `each` that this is about; '' in a budget without. */
  readonly part: string;
  /** `firing`: thresholds were crossed. `resolved`: thresholds told earlier hold no longer. */
  readonly status: 'firing' | 'resolved';
  /** Whether the period was over when that happened: late events or corrections did it. */
  readonly isClosed: boolean;
  /** Thresholds told by this message, ascending, one at least. */
  readonly thresholdsPercent: readonly number[];
  /** What the part may use in the period, in the unit of the budget's amount; above zero. */
  readonly amount: bigint;
  /** In the same unit. */
  readonly spent: bigint;
  /** `null` for a period that is over, and where the forecast failed. */
  readonly forecast: BudgetForecast | null;
  readonly contributorDimension: string;
  /** At most three, largest first. */
  readonly contributors: readonly Contributor[];
  readonly unpricedCalls: UnpricedCalls;
  readonly asOfMs: number;
  readonly commit: number;
  /** Address of the API without a slash at the end; `null` = not known, the link is then a path. */
  readonly apiUrl: string | null;
}
