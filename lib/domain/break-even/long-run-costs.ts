import type { BreakEvenPolicy } from './break-even-policy.ts';
import type { FleetCase } from './fleet-bill.ts';
import type { HostingOffer } from './hosting-offer.ts';
import { computeFleetMonthlyUsd, countMachines, type FleetPrices, sizeFleetReplicas } from './self-host-fleet.ts';
import type { LongRunCosts } from './target-assessment.ts';

/** Flat prices are the headline; the others are shown beside it. @see METHODS of the project, section 6 */
const DECLINE_RATIOS = [0, 0.2, 0.5];

/**
 * Both bills over the policy's horizon, with growth, the fleet re-sized each month. Bought machines are paid for when they
 * are first needed and again when their life ends, each less what it brings in the end.
 *
 * @param cashFleet - the fleet without depreciation
 * @see METHODS of the project, section 5.2 (11)
 */
export function computeLongRunCosts(
  { requestsPerMonth, capacityRequests, apiUsd }: FleetCase,
  cashFleet: FleetPrices,
  offer: HostingOffer,
  policy: BreakEvenPolicy,
): readonly LongRunCosts[] {
  const months = Array.from({ length: policy.horizonMonths }, (_, month) => {
    const volumeRatio = (1 + policy.growthMonthlyRatio) ** month;
    const replicas = sizeFleetReplicas(cashFleet, capacityRequests, requestsPerMonth * volumeRatio);
    return { volumeRatio, replicas, machines: countMachines(cashFleet, replicas) };
  });
  const runningUsd = months.reduce((sum, { replicas }) => sum + computeFleetMonthlyUsd(cashFleet, replicas), 0);
  const boughtUsd = computeBoughtUsd(
    months.map(({ machines }) => machines),
    offer,
  );
  const selfUsd = policy.oneTimeUsd + boughtUsd + runningUsd;
  return DECLINE_RATIOS.map((apiDeclineAnnualRatio) => ({
    apiDeclineAnnualRatio,
    apiUsd: months.reduce(
      (sum, { volumeRatio }, month) =>
        sum + apiUsd * volumeRatio * (1 - apiDeclineAnnualRatio) ** Math.floor(month / 12),
      0,
    ),
    selfUsd,
  }));
}

/** What machines cost less what they bring, by the number needed each month. */
function computeBoughtUsd(machinesByMonth: readonly number[], { machine }: HostingOffer): number {
  let owned = 0;
  let bought = 0;
  for (const [month, machines] of machinesByMonth.entries()) {
    if (machines <= owned) continue;
    bought += (machines - owned) * Math.ceil((machinesByMonth.length - month) / machine.lifeMonths);
    owned = machines;
  }
  return bought * (machine.capexUsd - machine.salvageUsd);
}
