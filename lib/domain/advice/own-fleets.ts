import {
  computeFleetMonthlyUsd,
  computeReplicaCapacityRequests,
  type FleetPrices,
  HOURS_PER_MONTH,
  sizeFleetReplicas,
} from '../break-even/self-host-fleet.ts';
import { findSteppedBreakEven } from '../break-even/stepped-break-even.ts';
import { computeReplicaRentUsd, type Market, type OwnOffer } from './market.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** Own machines that could serve the calls of a profile. */
export interface OwnFleet {
  readonly id: string;
  /** Null = machines that were typed in. */
  readonly offer: OwnOffer | null;
  readonly prices: FleetPrices;
  /** Calls a month of one replica with their peaks; null = their lengths are not known. */
  readonly capacityRequests: number | null;
}

/**
 * Fleets for a profile. Machines that were typed in stand in the place of all others: they are what the asker has. Otherwise
 * models that reach a part of the best score and can hold a mean call.
 */
export function listFleets(profile: AdviceProfile, market: Market, minQualityRatio: number): readonly OwnFleet[] {
  const { self_host_monthly_usd: typedUsd, self_host_requests_per_month: typedRequests } = profile;
  if (typedUsd !== null && typedRequests !== null) {
    const costs = { opsPerReplicaUsd: 0, opsBaseUsd: 0, otherUsd: 0 };
    const prices = { replicaMonthlyUsd: typedUsd, ...costs, minReplicas: profile.min_replicas };
    return [{ id: 'the machine typed in', offer: null, prices, capacityRequests: typedRequests }];
  }
  const { input_tokens_per_request: inputTokens, output_tokens_per_request: outputTokens } = profile;
  return market.own
    .filter(
      ({ hosting, qualityRatio }) =>
        qualityRatio >= minQualityRatio &&
        (inputTokens ?? 0) + (outputTokens ?? 0) <= hosting.target.model.contextTokens,
    )
    .map((offer) => ({
      id: offer.hosting.id,
      offer,
      prices: priceFleet(profile, offer),
      capacityRequests:
        inputTokens === null || outputTokens === null
          ? null
          : computeReplicaCapacityRequests({
              serviceTime: offer.hosting.target.serviceTime.fit,
              inputTokens,
              outputTokens,
              utilisationRatio: profile.utilisation_ratio,
              peakFactor: profile.peak_factor,
              hoursPerMonth: HOURS_PER_MONTH,
            }),
    }));
}

/** What a fleet costs a month; at its least size where calls or their lengths are not known: no fleet is cheaper. */
export function computeFleetBill(
  { prices, capacityRequests }: OwnFleet,
  requests: number | null,
): {
  readonly replicas: number;
  readonly monthlyUsd: number;
  /** Whether it is the least size only because nobody knows the load. */
  readonly isLeast: boolean;
} {
  const isLeast = capacityRequests === null || requests === null;
  const replicas = isLeast ? prices.minReplicas : sizeFleetReplicas(prices, capacityRequests, requests);
  return { replicas, monthlyUsd: computeFleetMonthlyUsd(prices, replicas), isLeast };
}

/** The fleet with the least bill; of equal ones the first. */
export function findCheapestFleet(fleets: readonly OwnFleet[], requests: number | null): OwnFleet | null {
  let best: { readonly fleet: OwnFleet; readonly usd: number } | null = null;
  for (const fleet of fleets) {
    const usd = computeFleetBill(fleet, requests).monthlyUsd;
    if (best === null || usd < best.usd) best = { fleet, usd };
  }
  return best?.fleet ?? null;
}

/**
 * Calls a month from which a fleet saves enough for good, against a price per call: no further machine makes it lose again.
 * A volume between a first and the last crossing pays only until the next machine is needed, and is not counted on.
 *
 * @returns null when no volume does, or lengths are not known
 */
export function findPayingVolume(
  { prices, capacityRequests }: OwnFleet,
  apiUnitUsd: number,
  margins: { readonly minSavingsRatio: number; readonly minSavingsUsd: number },
): number | null {
  if (capacityRequests === null || apiUnitUsd <= 0 || capacityRequests <= 0) return null;
  const bills = { apiFixedUsd: 0, fleet: prices, capacityRequests };
  const byRatio = findSteppedBreakEven({ ...bills, apiUnitUsd: apiUnitUsd * (1 - margins.minSavingsRatio) });
  const withMargin = { ...prices, otherUsd: prices.otherUsd + margins.minSavingsUsd };
  const byAmount = findSteppedBreakEven({ ...bills, fleet: withMargin, apiUnitUsd });
  if (byRatio.stableRequests === null || byAmount.stableRequests === null) return null;
  return Math.max(byRatio.stableRequests, byAmount.stableRequests);
}

function priceFleet(profile: AdviceProfile, { hosting }: OwnOffer): FleetPrices {
  return {
    replicaMonthlyUsd: computeReplicaRentUsd(hosting),
    opsPerReplicaUsd: profile.ops_per_replica_usd,
    opsBaseUsd: profile.ops_base_usd,
    otherUsd: profile.other_usd,
    minReplicas: profile.min_replicas,
    replicasPerMachine: hosting.replicasPerMachine,
  };
}
