import { divideOrNull, isAtLeast } from '../quotient.ts';

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
    apiShareRatio: divideOrNull(savingsUsd, apiUsd),
    selfPremiumRatio: divideOrNull(savingsUsd, selfUsd),
  };
}

/**
 * Calls whose saving earns back bought hardware; `null` when a call saves nothing.
 * @see METHODS of the project, sections 4.1 and 5.4 (`payback_requests`)
 */
export function computePaybackRequests(capexUsd: number, apiUnitUsd: number, selfUnitUsd: number): number | null {
  const savedUsd = apiUnitUsd - selfUnitUsd;
  return savedUsd > 0 ? capexUsd / savedUsd : null;
}

/**
 * Tokens a month whose API price is a fixed bill in USD: 0 without such a bill, `null` where the API is free.
 * @see METHODS of the project, section 5.4 (`breakeven_tokens`)
 */
export function computeBreakEvenTokens(selfFixedUsd: number, usdPerThousandTokens: number): number | null {
  if (selfFixedUsd === 0) return 0;
  return usdPerThousandTokens > 0 ? (selfFixedUsd / usdPerThousandTokens) * 1000 : null;
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
  const saving = apiMonthlyPathsUsd.filter((apiUsd) => {
    const neededUsd = Math.max(minRatio * apiUsd, minUsd);
    return isAtLeast(apiUsd, selfMonthlyUsd + neededUsd);
  });
  return saving.length / apiMonthlyPathsUsd.length;
}
