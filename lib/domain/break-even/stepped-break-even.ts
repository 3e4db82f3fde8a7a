import { computeFleetMonthlyUsd, computeReplicaUsd, type FleetPrices } from './self-host-fleet.ts';

/** A straight API bill against a self-hosted staircase. USD figures are model inputs, not ledger money. */
export interface SteppedBills {
  /** API cost of one call. */
  readonly apiUnitUsd: number;
  /** API cost a month that does not depend on the calls. */
  readonly apiFixedUsd: number;
  readonly fleet: FleetPrices;
  /** Calls a month that one replica serves, above 0. */
  readonly capacityRequests: number;
}

/** Where the two bills cross, in calls a month. */
export interface SteppedBreakEven {
  /** What the API charges for as many calls as a full replica serves. */
  readonly fullReplicaValueUsd: number;
  /** What a further replica costs. Self-hosting can pay for good only when this is below the value. */
  readonly replicaUsd: number;
  /** The smallest volume at which self-hosting costs no more; 0 = always from the start, `null` = never. */
  readonly firstRequests: number | null;
  /** The volume from which no further replica makes self-hosting lose again; `null` = there is none. */
  readonly stableRequests: number | null;
}

/**
 * First and stable break-even of whole replicas against a price per call. Each added replica lifts the self-hosted
 * bill by a step, so the bills can cross many times (a saw-tooth); both answers are found without walking the steps.
 *
 * @see METHODS of the project, section 5.2 (9); agreement with a walk over volumes is a test
 */
export function findSteppedBreakEven(bills: SteppedBills): SteppedBreakEven {
  const replicaUsd = computeReplicaUsd(bills.fleet);
  const fullReplicaValueUsd = bills.apiUnitUsd * bills.capacityRequests;
  const firstRequests = findFirstRequests(bills, fullReplicaValueUsd - replicaUsd);
  const pays = firstRequests !== null && fullReplicaValueUsd > replicaUsd;
  const stableRequests = pays ? findLastCrossingRequests(bills, Number.POSITIVE_INFINITY) : null;
  return { fullReplicaValueUsd, replicaUsd, firstRequests, stableRequests };
}

/**
 * The highest volume, on a fleet of at most `maxReplicas`, below which self-hosting starts to lose; 0 when it never
 * does. At a volume that pays today this is what would reverse it.
 *
 * @param maxReplicas - whole, at least the fleet's minimum; infinite only when a full replica earns its cost
 */
export function findLastCrossingRequests(bills: SteppedBills, maxReplicas: number): number {
  const { capacityRequests, fleet } = bills;
  const gainUsd = bills.apiUnitUsd * capacityRequests - computeReplicaUsd(fleet);
  // Crossing n lies above the lower end (n - 1)*C of its step exactly while n * gain < F(0) + u*C.
  const boundUsd = crossedUsd(bills, 0) + bills.apiUnitUsd * capacityRequests;
  const top = gainUsd > 0 ? Math.min(maxReplicas, Math.ceil(boundUsd / gainUsd)) : maxReplicas;
  // The division may be off by one step; the comparison decides.
  for (const replicas of [top + 1, top, top - 1]) {
    if (replicas > maxReplicas || replicas <= fleet.minReplicas) continue;
    const requests = crossingRequests(bills, replicas);
    if (requests > (replicas - 1) * capacityRequests) return requests;
  }
  return Math.max(0, crossingRequests(bills, fleet.minReplicas));
}

function findFirstRequests(bills: SteppedBills, gainUsd: number): number | null {
  const { capacityRequests, fleet } = bills;
  if (crossedUsd(bills, fleet.minReplicas) <= 0) return 0;
  if (bills.apiUnitUsd <= 0) return null;
  const atMinimum = crossingRequests(bills, fleet.minReplicas);
  if (atMinimum <= fleet.minReplicas * capacityRequests) return atMinimum;
  // Where a full replica does not earn its cost, more of them only widen the loss.
  if (gainUsd <= 0) return null;
  const near = Math.ceil(crossedUsd(bills, 0) / gainUsd);
  for (const replicas of [near - 1, near, near + 1]) {
    if (replicas <= fleet.minReplicas) continue;
    const requests = crossingRequests(bills, replicas);
    if (requests <= replicas * capacityRequests) return requests;
  }
  return null;
}

/** F(n): what the fleet costs beyond the API's fixed part. */
function crossedUsd(bills: SteppedBills, replicas: number): number {
  return computeFleetMonthlyUsd(bills.fleet, replicas) - bills.apiFixedUsd;
}

/** R_n: the volume at which the API bill reaches the bill of n replicas. */
function crossingRequests(bills: SteppedBills, replicas: number): number {
  const usd = crossedUsd(bills, replicas);
  return usd === 0 ? 0 : usd / bills.apiUnitUsd;
}
