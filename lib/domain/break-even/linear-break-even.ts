/** Two straight bills: a fixed part in USD a month and a part in USD per call. Model figures, not ledger money. */
export interface LinearBills {
  readonly selfFixedUsd: number;
  readonly apiFixedUsd: number;
  readonly apiUnitUsd: number;
  readonly selfUnitUsd: number;
}

/**
 * Calls a month from which self-hosting costs no more than the API: `(F_self - F_api) / (u_api - u_self)`.
 *
 * @returns 0 when self-hosting's fixed part is not the larger one, `null` when it is and no volume makes up for it
 * @see METHODS of the project, sections 5.2 (8) and 5.4
 */
export function findLinearBreakEvenRequests(bills: LinearBills): number | null {
  const extraFixedUsd = bills.selfFixedUsd - bills.apiFixedUsd;
  if (extraFixedUsd <= 0) return 0;
  const savedPerRequestUsd = bills.apiUnitUsd - bills.selfUnitUsd;
  return savedPerRequestUsd > 0 ? extraFixedUsd / savedPerRequestUsd : null;
}
