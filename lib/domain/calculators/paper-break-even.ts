import { divideOrNull } from '../quotient.ts';

/** A machine that runs at a steady rate in working hours. Token prices are USD per 1M tokens. */
export interface PaperWorkload {
  readonly capexUsd: number;
  readonly electricityMonthlyUsd: number;
  readonly tokensPerS: number;
  readonly hoursPerDay: number;
  readonly daysPerMonth: number;
  /** Share of the tokens that the API would charge as input. */
  readonly inputShareRatio: number;
  readonly inputPriceUsd: number;
  readonly outputPriceUsd: number;
}

/**
 * Months until bought hardware has earned its price by the API bill of the tokens it makes; `null` when its electricity
 * costs as much as the API.
 *
 * @see METHODS of the project, section 5.4 (`paper_breakeven_months`): after Pan and others, 2025
 */
export function computePaperBreakEven(workload: PaperWorkload): {
  readonly tokensPerMonth: number;
  readonly apiMonthlyUsd: number;
  readonly months: number | null;
} {
  const tokensPerMonth = workload.tokensPerS * 3600 * workload.hoursPerDay * workload.daysPerMonth;
  const { inputShareRatio } = workload;
  const blendedUsd = inputShareRatio * workload.inputPriceUsd + (1 - inputShareRatio) * workload.outputPriceUsd;
  const apiMonthlyUsd = (tokensPerMonth * blendedUsd) / 1e6;
  const earnedUsd = Math.max(0, apiMonthlyUsd - workload.electricityMonthlyUsd);
  return { tokensPerMonth, apiMonthlyUsd, months: divideOrNull(workload.capexUsd, earnedUsd) };
}
