import { roundUpWhole } from '../quotient.ts';
import { computeServiceTimeS, type ServiceTimeFit } from './service-time.ts';

/** Hours in a month wherever a monthly figure is modelled: a twelfth of 8,760. */
export const HOURS_PER_MONTH = 730;

/** What calls ask of a replica. `utilisationRatio` in (0, 1] is the load aimed at; `peakFactor` >= 1 is peak over mean. */
export interface ReplicaLoad {
  readonly serviceTime: ServiceTimeFit;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly utilisationRatio: number;
  readonly peakFactor: number;
  readonly hoursPerMonth: number;
}

/** What a fleet costs in USD a month, by number of replicas. Model figures, not ledger money; all non-negative. */
export interface FleetPrices {
  /** Of a machine that holds one replica, or the replica's part of a machine that holds several. */
  readonly replicaMonthlyUsd: number;
  readonly opsPerReplicaUsd: number;
  readonly opsBaseUsd: number;
  readonly otherUsd: number;
  /** Whole and at least 1: these run even without a call. */
  readonly minReplicas: number;
  /** Whole and at least 1. Machines are paid for whole, also where not all their places are taken. @default 1 */
  readonly replicasPerMachine?: number;
  /** Whole. Replicas that run beside those that serve, so that one may fail. @default 0 */
  readonly spareReplicas?: number;
}

/**
 * Calls a month that one replica serves at the target utilisation with its peak: `rho / (t * peak_factor) * 3600 * H`.
 * Infinite when the calls take no time.
 *
 * @see METHODS of the project, section 5.2 (9)
 */
export function computeReplicaCapacityRequests(load: ReplicaLoad): number {
  const serviceTimeS = computeServiceTimeS(load.serviceTime, load.inputTokens, load.outputTokens);
  return (load.utilisationRatio / (serviceTimeS * load.peakFactor)) * 3600 * load.hoursPerMonth;
}

/**
 * Replicas that serve a volume: whole, and never below the fleet's minimum; spare ones are not among them. Capacity is
 * per replica and month.
 */
export function sizeFleetReplicas(prices: FleetPrices, capacityRequests: number, requestsPerMonth: number): number {
  return Math.max(prices.minReplicas, roundUpWhole(requestsPerMonth / capacityRequests));
}

/** Machines that hold so many serving replicas and the spare ones. */
export function countMachines({ replicasPerMachine = 1, spareReplicas = 0 }: FleetPrices, replicas: number): number {
  return Math.ceil((replicas + spareReplicas) / replicasPerMachine);
}

/** What each further replica adds in USD a month, machines shared evenly: its rent and its share of operations. */
export function computeReplicaUsd(prices: FleetPrices): number {
  return prices.replicaMonthlyUsd + prices.opsPerReplicaUsd;
}

/**
 * The fleet's bill in USD a month.
 *
 * @param replicas - those that serve; at least the minimum
 * @see METHODS of the project, section 5.2 (4, 6)
 */
export function computeFleetMonthlyUsd(prices: FleetPrices, replicas: number): number {
  const { replicasPerMachine = 1, spareReplicas = 0 } = prices;
  const rentUsd = countMachines(prices, replicas) * replicasPerMachine * prices.replicaMonthlyUsd;
  return rentUsd + (replicas + spareReplicas) * prices.opsPerReplicaUsd + prices.opsBaseUsd + prices.otherUsd;
}
