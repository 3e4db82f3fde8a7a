import type { Approach, Decision } from './decide.ts';
import type { Market, PerCallOffer } from './market.ts';
import { computeFleetBill } from './own-fleets.ts';
import { findCheapest, isGoodEnough, type PerCallChoice } from './per-call.ts';
import { MIN_QUALITY_RATIOS } from './per-call-models.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** One way to serve the calls, in the fields of answers. USD are model figures, JSON numbers. */
export interface AdviceOption {
  readonly approach: Exclude<Approach, 'none'>;
  /** The model and what it runs on or who serves it; null = nothing on the market. */
  readonly what: string | null;
  /** Null = calls or their lengths are not known. */
  readonly monthly_usd: number | null;
  /** `exact` for the profile, `at_least` where the load is not known, `range` beside its upper end. */
  readonly figure: 'exact' | 'at_least' | 'range';
  readonly monthly_usd_high: number | null;
  readonly usd_per_call: number | null;
  /** Part of the best score on the scale; null = no score. */
  readonly quality_ratio: number | null;
  readonly replicas: number | null;
  /** Calls a month from which it saves enough for good; only of own machines. */
  readonly pays_from_requests: number | null;
  /** Why it is not advised; empty for the one that is. */
  readonly against: readonly string[];
  /** Where its prices were read, and the day of that. */
  readonly price_source: string | null;
  readonly price_checked_on: string | null;
}

/** Every way to serve the calls with its bill: the advised one first, then the cheaper before the dearer. */
export function listOptions(profile: AdviceProfile, market: Market, decision: Decision): readonly AdviceOption[] {
  const { approach: advised, need } = decision;
  const minRatio = MIN_QUALITY_RATIOS[need];
  const isGood = (offer: PerCallOffer): boolean => isGoodEnough(offer, minRatio);
  const isBest = ({ qualityRatio }: PerCallOffer): boolean => (qualityRatio ?? 0) >= MIN_QUALITY_RATIOS.best;
  const against = (approach: Approach): readonly string[] =>
    approach === advised ? [] : listObjections(profile, decision, approach);
  const perCall = (approach: AdviceOption['approach'], accepts: (offer: PerCallOffer) => boolean): AdviceOption =>
    describePerCall(profile, decision, approach, findCheapest(profile, market, accepts), against(approach));
  const options: readonly AdviceOption[] = [
    perCall('api_premium', isBest),
    perCall('api_budget', (offer) => isGood(offer) && !offer.isOpenWeights && !(need === 'best' && isBest(offer))),
    perCall('managed_open', (offer) => isGood(offer) && offer.isOpenWeights),
    describeHybrid(profile, decision, against('hybrid')),
    describeOwn(decision, against('self_hosted')),
    describeDevice(market, against('on_device')),
  ];
  const shown = options.filter((option) => !isLeftOut(option, options, need));
  return shown.toSorted((a, b) => rank(a, advised) - rank(b, advised));
}

/** A way by the call that nobody offers, or that is another one under a better name. */
function isLeftOut(
  { approach, what }: AdviceOption,
  options: readonly AdviceOption[],
  need: Decision['need'],
): boolean {
  if (approach !== 'api_premium' && approach !== 'api_budget' && approach !== 'managed_open') return false;
  const other = options.find((option) => option.approach === 'api_budget');
  return what === null || (approach === 'api_premium' && need !== 'best' && other?.what === what);
}

const NOTHING: Omit<AdviceOption, 'approach' | 'against'> = {
  what: null,
  monthly_usd: null,
  figure: 'exact',
  monthly_usd_high: null,
  usd_per_call: null,
  quality_ratio: null,
  replicas: null,
  pays_from_requests: null,
  price_source: null,
  price_checked_on: null,
};

function describePerCall(
  profile: AdviceProfile,
  { requestsPerMonth }: Decision,
  approach: AdviceOption['approach'],
  choice: PerCallChoice | null,
  against: readonly string[],
): AdviceOption {
  if (choice === null)
    return { ...NOTHING, approach, against: ['No such model on the scale is good enough or priced.'] };
  const { offer, unitUsd } = choice;
  return {
    ...NOTHING,
    approach,
    what: offer.id,
    monthly_usd: requestsPerMonth === null || unitUsd === null ? null : requestsPerMonth * unitUsd,
    usd_per_call: unitUsd,
    quality_ratio: offer.qualityRatio,
    against: isSlower(profile) ? [...against, 'Own machines answer sooner.'] : against,
    price_source: offer.source,
    price_checked_on: offer.checkedOn,
  };
}

function describeHybrid(profile: AdviceProfile, decision: Decision, against: readonly string[]): AdviceOption {
  const { perCall, simple, requestsPerMonth: requests } = decision;
  const shareRatio = profile.simple_share_ratio;
  if (perCall === null || simple === null || shareRatio === null) {
    const why =
      shareRatio === null
        ? 'Nobody says which part of the calls a lesser model would answer well enough.'
        : 'No other model serves the simple calls.';
    return { ...NOTHING, approach: 'hybrid', against: decision.mandate === null ? [why] : against };
  }
  const [usd, simpleUsd] = [perCall.unitUsd, simple.unitUsd];
  const unitUsd = usd === null || simpleUsd === null ? null : usd - shareRatio * (usd - simpleUsd);
  return {
    ...NOTHING,
    approach: 'hybrid',
    what: `${percent(shareRatio)} of the calls to ${simple.offer.id}, the rest to ${perCall.offer.id}`,
    monthly_usd: requests === null || unitUsd === null ? null : requests * unitUsd,
    usd_per_call: unitUsd,
    quality_ratio: perCall.offer.qualityRatio,
    against,
    price_source: perCall.offer.source,
    price_checked_on: perCall.offer.checkedOn,
  };
}

function describeOwn(decision: Decision, against: readonly string[]): AdviceOption {
  const { fleet, requestsPerMonth, paysFromRequests } = decision;
  if (fleet === null) {
    const why = 'No model with open weights that is good enough has measurements, a price and room for such calls.';
    return { ...NOTHING, approach: 'self_hosted', against: [why] };
  }
  const { replicas, monthlyUsd, isLeast } = computeFleetBill(fleet, requestsPerMonth);
  const hardware = fleet.offer?.hosting.hardware;
  return {
    ...NOTHING,
    approach: 'self_hosted',
    what: fleet.id,
    monthly_usd: monthlyUsd,
    figure: isLeast ? 'at_least' : 'exact',
    usd_per_call: isLeast || !requestsPerMonth ? null : monthlyUsd / requestsPerMonth,
    quality_ratio: fleet.offer?.qualityRatio ?? null,
    replicas,
    pays_from_requests: paysFromRequests,
    against,
    price_source: hardware?.source ?? 'typed in',
    price_checked_on: hardware?.checkedOn ?? null,
  };
}

function describeDevice({ device }: Market, against: readonly string[]): AdviceOption {
  if (device === null) return { ...NOTHING, approach: 'on_device', against: ['No price of such a machine is known.'] };
  return {
    ...NOTHING,
    approach: 'on_device',
    what: device.name,
    monthly_usd: device.lowMonthlyUsd,
    figure: 'range',
    monthly_usd_high: device.highMonthlyUsd,
    against,
    price_source: device.source,
    price_checked_on: device.checkedOn,
  };
}

/** Why a way that is not advised is not. */
function listObjections(profile: AdviceProfile, decision: Decision, approach: Approach): readonly string[] {
  const { mandate, need, gates, paysFromRequests, requestsPerMonth: requests } = decision;
  const isApi = approach === 'api_premium' || approach === 'api_budget' || approach === 'managed_open';
  if (decision.approach === 'on_device') return ['It needs a network or a server.'];
  if (approach === 'on_device')
    return ['Models that run without a GPU have no score on the scale and are far below it.'];
  if (mandate === 'privacy' && approach !== 'self_hosted') return ['The data would leave own machines.'];
  if (mandate === 'latency' && approach !== 'self_hosted') return ['Own machines answer sooner.'];
  if (approach === 'api_premium' && need !== 'best') return ['More is paid than such answers need.'];
  if (isApi) return ['It costs more.'];
  if (approach === 'hybrid') {
    return [
      requests === null
        ? 'Calls a month are unknown.'
        : 'Sending simple calls to a lesser model saves less than a change must, or own machines save more.',
    ];
  }
  const isShort = paysFromRequests === null || requests === null || requests < paysFromRequests;
  const slower = profile.latency_critical === true && !isSlower(profile) && profile.local_ttft_ms !== null;
  return [
    ...(paysFromRequests === null ? [describeNever(decision)] : []),
    ...(isShort && paysFromRequests !== null ? ['The calls are fewer than it takes to save enough for good.'] : []),
    ...gates.flatMap(({ name, outcome }) => (outcome === 'pass' ? [] : [describeGate(name, outcome)])),
    ...(slower ? ['The API answers sooner.'] : []),
  ];
}

function describeNever({ fleet }: Decision): string {
  const isUnknown = fleet === null || fleet.capacityRequests === null;
  return isUnknown
    ? 'Without lengths of calls nobody can say when it pays.'
    : 'At no volume does it save enough for good.';
}

function describeGate(name: string, outcome: 'fail' | 'unknown'): string {
  return outcome === 'fail' ? `The gate ${name} fails.` : `The gate ${name} is unknown, which does not pass.`;
}

function isSlower({
  latency_critical: isCritical,
  local_ttft_ms: localMs,
  api_ttft_ms: apiMs,
}: AdviceProfile): boolean {
  return isCritical === true && localMs !== null && apiMs !== null && localMs < apiMs;
}

function rank(option: AdviceOption, advised: Approach): number {
  if (option.approach === advised) return -1;
  return option.monthly_usd ?? Number.MAX_VALUE;
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
