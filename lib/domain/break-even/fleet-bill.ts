import type { BreakEvenPolicy } from './break-even-policy.ts';
import type { HostingOffer } from './hosting-offer.ts';
import { computeFleetMonthlyUsd, type FleetPrices, sizeFleetReplicas } from './self-host-fleet.ts';

/** A fleet of one offer beside the API, at the volume that was recorded. USD figures are model figures. */
export interface FleetCase {
  /** What a machine costs a month, depreciation included. */
  readonly fleet: FleetPrices;
  /** Calls a month that one replica serves at its peak. */
  readonly capacityRequests: number;
  readonly requestsPerMonth: number;
  /** API bill of these calls. */
  readonly apiUsd: number;
}

/** The fleet of an offer under a policy. @param machineUsd - a machine's month in USD */
export function priceFleet(offer: HostingOffer, policy: BreakEvenPolicy, machineUsd: number): FleetPrices {
  return {
    replicaMonthlyUsd: machineUsd / offer.replicasPerMachine,
    opsPerReplicaUsd: policy.opsPerReplicaUsd,
    opsBaseUsd: policy.opsBaseUsd,
    otherUsd: policy.otherUsd,
    minReplicas: policy.minReplicas,
    replicasPerMachine: offer.replicasPerMachine,
    spareReplicas: policy.spareReplicas,
  };
}

/** Capacity of a replica whose calls take no time. */
const UNBOUNDED_REQUESTS = 1e18;

/**
 * Calls a month that a replica serves: at a volume `v` times the recorded one the peak is `v` times the recorded peak.
 *
 * @param peakBusyReplicas - replicas busy at the recorded peak
 */
export function findCapacityRequests(
  requestsPerMonth: number,
  peakBusyReplicas: number,
  utilisationRatio: number,
): number {
  return peakBusyReplicas > 0 ? (requestsPerMonth * utilisationRatio) / peakBusyReplicas : UNBOUNDED_REQUESTS;
}

/** The fleet's bill at a multiple of the recorded volume, re-sized. */
export function billFleetUsd({ fleet, capacityRequests, requestsPerMonth }: FleetCase, volumeRatio: number): number {
  return computeFleetMonthlyUsd(fleet, sizeFleetReplicas(fleet, capacityRequests, requestsPerMonth * volumeRatio));
}
