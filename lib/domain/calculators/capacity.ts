import { roundUpWhole } from '../quotient.ts';

/** What replicas have to serve. `utilisationRatio` in (0, 1]; `peakFactor` is peak over mean; service time above 0. */
export interface CapacityNeed {
  readonly requestsPerMonth: number;
  readonly hoursPerMonth: number;
  readonly peakFactor: number;
  readonly utilisationRatio: number;
  /** Seconds of one replica that a call takes under full batching. */
  readonly serviceTimeS: number;
  /** Whole. */
  readonly minReplicas: number;
}

/**
 * Replicas for the peak: each takes `rho / t` calls a second, and there are at least the minimum. A load that fills
 * whole replicas exactly needs no further one.
 *
 * @see METHODS of the project, sections 5.2 (3) and 5.4 (`capacity`)
 */
export function computeCapacity(need: CapacityNeed): {
  readonly meanRps: number;
  readonly peakRps: number;
  readonly maxRpsPerReplica: number;
  readonly replicas: number;
} {
  const meanRps = need.requestsPerMonth / (3600 * need.hoursPerMonth);
  const peakRps = meanRps * need.peakFactor;
  const maxRpsPerReplica = need.utilisationRatio / need.serviceTimeS;
  const replicas = Math.max(need.minReplicas, roundUpWhole(peakRps / maxRpsPerReplica));
  return { meanRps, peakRps, maxRpsPerReplica, replicas };
}
