import type { Decision } from './decide.ts';
import { doOwnMachinesPay } from './decide.ts';
import { computeFleetBill, findCheapestFleet, type OwnFleet } from './own-fleets.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** A way to grow, in the fields of answers. */
export interface ScalingStrategy {
  readonly strategy: 'horizontal' | 'vertical' | 'model' | 'hybrid';
  /** Null = not enough is known to say. */
  readonly applies: boolean | null;
  /** When it applies, whatever the workload. */
  readonly when: string;
  readonly why: string;
  readonly source: string;
}

/** Mean load of own machines above which they are scaled up, and below which they are scaled down. */
const SCALE_UP_RATIO = 0.85;
const SCALE_DOWN_RATIO = 0.3;

/**
 * Tells which of the four ways of guide S4 to grow apply. The bounds of load are those of its alerts: its other section
 * says 75 % up.
 *
 * @see guide S4, lines 438 to 522 and 803 to 808
 */
export function listScalingStrategies(profile: AdviceProfile, decision: Decision): readonly ScalingStrategy[] {
  return [
    scaleOut(profile, decision),
    scaleUp(decision),
    scaleByModel(profile, decision),
    scaleWithApi(profile, decision),
  ];
}

function scaleOut(profile: AdviceProfile, { fleet, requestsPerMonth, approach }: Decision): ScalingStrategy {
  const facts = {
    strategy: 'horizontal',
    when: 'Own machines whose peak takes more replicas than the least, or whose load is above 85 %.',
    source: 'guide S4, lines 440-460',
  } as const;
  const { gpu_utilisation_ratio: loadRatio } = profile;
  if (loadRatio !== null) {
    const percent = `${Math.round(loadRatio * 100)} %`;
    if (loadRatio > SCALE_UP_RATIO) return { ...facts, applies: true, why: `They run at ${percent}: add replicas.` };
    const why = loadRatio < SCALE_DOWN_RATIO ? 'take some away' : 'as many as there are will do';
    return { ...facts, applies: false, why: `They run at ${percent}: ${why}.` };
  }
  if (approach !== 'self_hosted') return { ...facts, applies: false, why: 'There are no own machines to add to.' };
  if (fleet === null || fleet.capacityRequests === null || requestsPerMonth === null) {
    return { ...facts, applies: null, why: 'Calls or their lengths are unknown.' };
  }
  const { replicas } = computeFleetBill(fleet, requestsPerMonth);
  const isMore = replicas > fleet.prices.minReplicas;
  const asks = isMore ? 'their peak asks for them' : `${fleet.prices.minReplicas} run whatever comes`;
  return { ...facts, applies: isMore, why: `${replicas} replicas: ${asks}.` };
}

function scaleUp({ fleets, fleet, requestsPerMonth, approach }: Decision): ScalingStrategy {
  const facts = {
    strategy: 'vertical',
    when: 'A larger machine carries the same calls for less, or a model does not fit the smaller one.',
    source: 'guide S4, lines 462-479',
  } as const;
  if (fleet === null || fleet.offer === null)
    return { ...facts, applies: null, why: 'No machines of the catalog to compare.' };
  if (approach !== 'self_hosted') return { ...facts, applies: false, why: 'There are no own machines to replace.' };
  const smallest = findSmallest(fleets);
  if (requestsPerMonth === null || smallest === null) {
    return { ...facts, applies: null, why: 'Calls or their lengths are unknown.' };
  }
  const isLarger = countGpus(fleet) > countGpus(smallest);
  const why = isLarger
    ? `${fleet.id} costs less than ${smallest.id}.`
    : `The smallest replicas, ${countGpus(smallest)} GPU each, cost least.`;
  return { ...facts, applies: isLarger, why };
}

function scaleByModel(profile: AdviceProfile, { doesRoutingPay, simple, perCall }: Decision): ScalingStrategy {
  const facts = {
    strategy: 'model',
    when: 'A known part of the calls is simple, and sending it to a lesser model saves enough.',
    source: 'guide S4, lines 481-498',
  } as const;
  if (profile.simple_share_ratio === null) {
    return { ...facts, applies: null, why: 'Nobody says which part is simple: state simple_share_ratio.' };
  }
  const saving = doesRoutingPay ? 'saves enough' : 'does not save enough';
  const why =
    simple === null || perCall === null
      ? 'The cheapest model that is good enough serves all calls already.'
      : `Sending simple calls to ${simple.offer.id} instead of ${perCall.offer.id} ${saving}.`;
  return { ...facts, applies: doesRoutingPay, why };
}

/**
 * Own machines that are full at the mean load and leave the peaks to the API: less than all on own machines where these have
 * to be sized for the peak.
 */
function scaleWithApi(profile: AdviceProfile, decision: Decision): ScalingStrategy {
  const facts = {
    strategy: 'hybrid',
    when: 'Own machines pay at the mean load but not at the peak: they serve the base, the API the rest.',
    source: 'guide S4, lines 500-522; the local share and its fixed cost counted once',
  } as const;
  const { fleets, requestsPerMonth: requests, perCall, gates } = decision;
  const unitUsd = perCall?.unitUsd ?? null;
  if (fleets.length === 0) {
    return { ...facts, applies: false, why: 'No open model on a priced machine is good enough and holds such calls.' };
  }
  if (requests === null || unitUsd === null) {
    return { ...facts, applies: null, why: 'Calls, their lengths or prices are unknown.' };
  }
  const level = findCheapestFleet(
    fleets.map((fleet) => ({
      ...fleet,
      capacityRequests: fleet.capacityRequests === null ? null : fleet.capacityRequests * profile.peak_factor,
    })),
    requests,
  );
  const doesMeanPay = level !== null && computeFleetBill(level, requests).monthlyUsd < requests * unitUsd;
  const doesPeakPay = doOwnMachinesPay({ ...decision, gates: [] });
  const isGated = gates.some(({ outcome }) => outcome === 'fail');
  const why = doesPeakPay
    ? 'Own machines pay with their peaks already.'
    : doesMeanPay
      ? 'Machines for the mean load cost less than the API for it.'
      : 'Own machines cost more than the API even if the load had no peaks.';
  return { ...facts, applies: doesMeanPay && !doesPeakPay && !isGated, why };
}

function findSmallest(fleets: readonly OwnFleet[]): OwnFleet | null {
  return fleets.reduce<OwnFleet | null>(
    (least, fleet) => (least === null || countGpus(fleet) < countGpus(least) ? fleet : least),
    null,
  );
}

function countGpus({ offer }: OwnFleet): number {
  return offer?.hosting.target.gpusPerReplica ?? 1;
}
