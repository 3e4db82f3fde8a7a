import { computeOwnershipCost } from '../calculators/ownership-cost.ts';

/** Three years of both bills in USD (model figures) under one assumed fall of API prices. */
export interface ThreeYearCosts {
  /** Share by which API prices fall at each year's end. */
  readonly apiDeclineAnnualRatio: number;
  readonly apiUsd: number;
  readonly selfUsd: number;
}

/** Flat prices are the headline; the others are shown beside it. @see METHODS of the project, section 6 */
const DECLINE_RATIOS = [0, 0.2, 0.5];

/** Both bills over 36 months of today's volume, one entry per assumed decline of API prices: 0, 20 and 50 % a year. */
export function computeThreeYearCosts(
  oneTimeUsd: number,
  apiMonthlyUsd: number,
  selfMonthlyUsd: number,
): readonly ThreeYearCosts[] {
  return DECLINE_RATIOS.map((apiDeclineAnnualRatio) => {
    const { apiUsd, selfUsd } = computeOwnershipCost({
      months: 36,
      apiVariableUsd: apiMonthlyUsd,
      apiFixedUsd: 0,
      selfMonthlyUsd,
      oneTimeUsd,
      growthMonthlyRatio: 0,
      apiDeclineAnnualRatio,
    });
    return { apiDeclineAnnualRatio, apiUsd, selfUsd };
  });
}
