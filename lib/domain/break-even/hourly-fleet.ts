import { roundUpWhole } from '../quotient.ts';
import type { HourDemand } from '../workload/demand.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import type { HostingOffer } from './hosting-offer.ts';
import { HOURS_PER_MONTH } from './self-host-fleet.ts';
import type { HourlyFleet } from './target-assessment.ts';

/**
 * A fleet that each hour has the replicas of that hour's busiest minute, never fewer than the policy's least nor more than
 * the standing fleet: it serves what that one serves. Operations are paid for as many replicas as there ever are.
 *
 * @param maxReplicas - of the standing fleet
 * @returns null where machines cannot be had by the hour, or the hours are not known
 */
export function computeHourlyFleet(
  offer: HostingOffer,
  policy: BreakEvenPolicy,
  hours: readonly HourDemand[],
  maxReplicas: number,
): HourlyFleet | null {
  const { hourlyUsd } = offer.machine;
  const minutes = hours.reduce((sum, hour) => sum + hour.minutes, 0);
  if (hourlyUsd === null || minutes === 0) return null;
  let replicaMinutes = 0;
  let machineMinutes = 0;
  for (const hour of hours) {
    const needed = roundUpWhole(hour.peakBusyReplicas / policy.utilisationRatio);
    const replicas = Math.min(maxReplicas, Math.max(policy.minReplicas, needed));
    replicaMinutes += replicas * hour.minutes;
    machineMinutes += Math.ceil((replicas + policy.spareReplicas) / offer.replicasPerMachine) * hour.minutes;
  }
  const rentUsd = (machineMinutes / minutes) * HOURS_PER_MONTH * hourlyUsd;
  const opsUsd = policy.opsBaseUsd + policy.opsPerReplicaUsd * (maxReplicas + policy.spareReplicas);
  return {
    minReplicas: Math.min(policy.minReplicas, maxReplicas),
    maxReplicas,
    meanReplicas: replicaMinutes / minutes,
    monthlyUsd: rentUsd + opsUsd + policy.otherUsd,
  };
}
