/** Quantiles of a month's end over simulated rests; in the unit of the paths. */
export interface MonthEnd {
  readonly median: number;
  readonly lo80: number;
  readonly hi80: number;
  readonly lo95: number;
  readonly hi95: number;
  /** Share of paths strictly above the budget; `null` without one. */
  readonly pExceed: number | null;
}

/**
 * The month's end from what is spent and at least one simulated rest: quantiles by linear interpolation between order
 * statistics.
 *
 * @see METHODS of the project, sections 1.4 (8) and 5.4 (`month_end_from_paths`)
 */
export function summariseMonthEnd(spent: number, remainingPaths: readonly number[], budget: number | null): MonthEnd {
  const totals = remainingPaths.map((rest) => spent + rest).sort((a, b) => a - b);
  const at = (probability: number) => interpolate(totals, probability * (totals.length - 1));
  return {
    median: at(0.5),
    lo80: at(0.1),
    hi80: at(0.9),
    lo95: at(0.025),
    hi95: at(0.975),
    pExceed: budget === null ? null : totals.filter((total) => total > budget).length / totals.length,
  };
}

function interpolate(sorted: readonly number[], position: number): number {
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (position - below);
}
