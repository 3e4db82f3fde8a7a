import { computeFleetMonthlyUsd, computeReplicaUsd, countMachines, type FleetPrices } from './self-host-fleet.ts';

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
 * First and stable break-even of whole replicas against a price per call. Each added replica or machine lifts the
 * self-hosted bill by a step, so the bills can cross many times (a saw-tooth); both answers are found without walking
 * more steps than one machine has. Where a full replica's value and cost are equal but for rounding, so uncertain is
 * which of its many steps is named.
 *
 * @see METHODS of the project, section 5.2 (9); agreement with a walk over volumes is a test
 */
export function findSteppedBreakEven(bills: SteppedBills): SteppedBreakEven {
  const replicaUsd = computeReplicaUsd(bills.fleet);
  const fullReplicaValueUsd = bills.apiUnitUsd * bills.capacityRequests;
  const firstRequests = findFirstRequests(bills);
  const pays = firstRequests !== null && computeGainUsd(bills) > 0;
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
  const { minReplicas, replicasPerMachine = 1 } = bills.fleet;
  const gainUsd = computeGainUsd(bills);
  const stepUsd = bills.apiUnitUsd * bills.capacityRequests;
  // A machine's first replica lies above its lower end when any does, so the places of one machine are all to try.
  const boundUsd = baseUsd(bills) + (replicasPerMachine - 1) * bills.fleet.replicaMonthlyUsd + stepUsd;
  // The division may be off by a step; the comparison in the loop decides.
  const top = gainUsd > 0 ? Math.min(maxReplicas, Math.ceil(boundUsd / gainUsd) + 1) : maxReplicas;
  // Counted in steps: beyond 2^53 a number less one is the number itself.
  for (let step = 0; step <= replicasPerMachine + 1; step++) {
    const replicas = top - step;
    if (!(replicas > minReplicas)) break;
    // R_n lies above the lower end (n - 1)*C of its step exactly while n * gain < F(0) + u*C.
    if (replicas * gainUsd < baseUsd(bills) + emptyPlacesUsd(bills, replicas) + stepUsd) {
      return crossingRequests(bills, replicas);
    }
  }
  return Math.max(0, crossingRequests(bills, minReplicas));
}

function findFirstRequests(bills: SteppedBills): number | null {
  const { minReplicas, replicasPerMachine = 1 } = bills.fleet;
  const gainUsd = computeGainUsd(bills);
  if (crossedUsd(bills, minReplicas) <= 0) return 0;
  if (bills.apiUnitUsd <= 0) return null;
  // R_n lies within what n replicas serve, n*C, exactly when n * gain >= F(0). A full machine has no empty places, so
  // the end of the machine after the quotient is the last to try; where a full replica does not earn its cost, more
  // machines than the fewest only widen the loss.
  const near = gainUsd > 0 ? Math.ceil(baseUsd(bills) / gainUsd) - 1 : minReplicas;
  const start = Math.max(minReplicas, near);
  for (let step = 0; step <= replicasPerMachine + 1; step++) {
    const replicas = start + step;
    if (replicas * gainUsd >= baseUsd(bills) + emptyPlacesUsd(bills, replicas))
      return crossingRequests(bills, replicas);
  }
  return null;
}

/** A gain of a smaller share of a replica's cost is none: it is no more than sums of binary fractions are off by. */
const ROUNDING_RATIO = 1e-9;

/** What a full replica earns beyond its cost; both answers compare with this one figure, so they cannot disagree. */
function computeGainUsd(bills: SteppedBills): number {
  const replicaUsd = computeReplicaUsd(bills.fleet);
  const gainUsd = bills.apiUnitUsd * bills.capacityRequests - replicaUsd;
  return Math.abs(gainUsd) > ROUNDING_RATIO * replicaUsd ? gainUsd : 0;
}

/** F(0): what there is to pay before a replica serves, machines shared evenly, beyond the API's fixed part. */
function baseUsd({ fleet, apiFixedUsd }: SteppedBills): number {
  return (fleet.spareReplicas ?? 0) * computeReplicaUsd(fleet) + fleet.opsBaseUsd + fleet.otherUsd - apiFixedUsd;
}

/** Rent of the places of machines on which no replica runs. */
function emptyPlacesUsd({ fleet }: SteppedBills, replicas: number): number {
  const { replicasPerMachine = 1, spareReplicas = 0 } = fleet;
  const places = countMachines(fleet, replicas) * replicasPerMachine;
  return (places - replicas - spareReplicas) * fleet.replicaMonthlyUsd;
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
