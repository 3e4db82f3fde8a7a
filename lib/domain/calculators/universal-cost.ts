import { HOURS_PER_MONTH } from '../break-even/self-host-fleet.ts';
import { computeApiBill } from './api-bill.ts';
import { computeOpsUsd, computeRentedMonthlyUsd } from './hosting-bill.ts';

/** Days of a month in the guide's formula; its instances run 730 hours all the same. */
const DAYS_PER_MONTH = 30;

/** Calls of a month of 30 days. */
export function countMonthlyQueries(users: number, queriesPerUserPerDay: number): number {
  return users * queriesPerUserPerDay * DAYS_PER_MONTH;
}

/** A month on an API in USD: only the tokens grow with the calls. Token prices are USD per 1M. */
export function computeUniversalApiBill(workload: {
  readonly queries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly inputPriceUsd: number;
  readonly outputPriceUsd: number;
  readonly infrastructureUsd: number;
  readonly operationsUsd: number;
}): { readonly variableUsd: number; readonly monthlyUsd: number } {
  const { queries, infrastructureUsd, operationsUsd, ...tokens } = workload;
  const fixedUsd = infrastructureUsd + operationsUsd;
  return computeApiBill({ ...tokens, requests: queries, cachedTokens: 0, cachedPriceUsd: 0, fixedUsd });
}

/** A month on rented instances in USD, none of which depends on the calls. */
export function computeUniversalHostingUsd(
  instances: number,
  usdPerHour: number,
  opsBaseUsd: number,
  opsPerInstanceUsd: number,
): number {
  const rentUsd = computeRentedMonthlyUsd(instances, usdPerHour, HOURS_PER_MONTH, 0);
  return rentUsd + computeOpsUsd(instances, opsBaseUsd, opsPerInstanceUsd);
}
