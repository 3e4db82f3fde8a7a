/**
 * What self-hosting saves, in USD (model figures) and as shares of either bill; a share of an empty bill is `null`.
 * Only the share of the API bill is a saving in the usual sense.
 *
 * @see METHODS of the project, section 5.4 (`savings`)
 */
export function computeSavings(
  apiUsd: number,
  selfUsd: number,
): { readonly savingsUsd: number; readonly apiShareRatio: number | null; readonly selfPremiumRatio: number | null } {
  const savingsUsd = apiUsd - selfUsd;
  return {
    savingsUsd,
    apiShareRatio: apiUsd === 0 ? null : savingsUsd / apiUsd,
    selfPremiumRatio: selfUsd === 0 ? null : savingsUsd / selfUsd,
  };
}

/**
 * Months until a one-time cost is earned back by the monthly difference; `null` when there is no positive difference.
 * `selfCashMonthlyUsd` leaves depreciation out, so that owned hardware is not counted twice.
 *
 * @see METHODS of the project, section 5.2 (10)
 */
export function computePaybackMonths(
  oneTimeUsd: number,
  apiMonthlyUsd: number,
  selfCashMonthlyUsd: number,
): number | null {
  const gainedUsd = apiMonthlyUsd - selfCashMonthlyUsd;
  return gainedUsd > 0 ? oneTimeUsd / gainedUsd : null;
}

/**
 * Share of forecast API bills (USD, model figures) under which moving saves at least `minRatio` of that bill and
 * `minUsd`. At least one path.
 *
 * @see METHODS of the project, section 5.2 (14)
 */
export function computeSavingsProbability(
  apiMonthlyPathsUsd: readonly number[],
  selfMonthlyUsd: number,
  minRatio: number,
  minUsd: number,
): number {
  const saving = apiMonthlyPathsUsd.filter((apiUsd) => apiUsd - selfMonthlyUsd >= Math.max(minRatio * apiUsd, minUsd));
  return saving.length / apiMonthlyPathsUsd.length;
}
