import type { ForecastStanding } from '../../domain/budgets/forecast-thresholds.ts';
import type { AmountUnit } from '../../domain/budgets/periods/amount-plan.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import type { Projection } from '../../domain/forecast/forecast.ts';

/** Where the spend of a period was going when an hour's projection was made. */
export interface StoredProjection {
  /** `null` for the tenant's whole spend in the running local month. */
  readonly budget: { readonly id: string; readonly name: string; readonly version: number } | null;
  /** Name of the period, `2026-01`, and its local days. */
  readonly period: string;
  readonly days: DayRange;
  /** Value of the dimension that the budget keeps a total of each for; empty for a budget with one total. */
  readonly part: string;
  readonly unit: AmountUnit;
  /** The budget's for this period, in the unit; `null` without a budget. */
  readonly amount: bigint | null;
  /** Exact, in the unit: what was recorded of the period up to `commit`. */
  readonly spent: bigint;
  readonly commit: number;
  /** Whole hours since 1970 in which it was made, and when exactly. */
  readonly hour: number;
  readonly projectedAtMs: number;
  /** In USD or tokens: an estimate. Its `pExceed` is about the amount. */
  readonly projection: Projection;
  /** The local day on which the expected course uses the amount up; `null` = not in the period. */
  readonly runOutDay: string | null;
  /** One for each forecast threshold of the budget, ascending. */
  readonly standings: readonly ForecastStanding[];
}

/** The last projection of each running budget period. Errors are the store's own. */
export interface ProjectionStore {
  /** All that are stored of a tenant: the month's first, then those of its budgets. */
  list(tenant: string): Promise<readonly StoredProjection[]>;
  /**
   * Stores a projection in the place of the one made in `overHour` (`undefined`: there is none of this version, period
   * and part).
   * @returns `behind` when somebody stored another meanwhile; nothing was written then
   */
  save(tenant: string, projection: StoredProjection, overHour: number | undefined): Promise<'saved' | 'behind'>;
  /** Removes a projection, unless a later one has taken its place. */
  remove(tenant: string, projection: StoredProjection): Promise<void>;
}
