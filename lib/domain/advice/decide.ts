import { chooseFineTuning } from '../calculators/fine-tuning-choice.ts';
import { computePaybackMonths } from '../calculators/savings.ts';
import { countMonthlyQueries } from '../calculators/universal-cost.ts';
import type { Market } from './market.ts';
import { computeFleetBill, findCheapestFleet, findPayingVolume, listFleets, type OwnFleet } from './own-fleets.ts';
import { findCheapest, isGoodEnough, type PerCallChoice } from './per-call.ts';
import { MIN_QUALITY_RATIOS } from './per-call-models.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** What to do. */
export const APPROACHES = [
  'api_premium',
  'api_budget',
  'managed_open',
  'hybrid',
  'self_hosted',
  'on_device',
  'none',
] as const;

/** One of {@link APPROACHES}; `none` = nothing on the market does what must be done. */
export type Approach = (typeof APPROACHES)[number];

/** A gate before own machines are advised for their cost; `unknown` does not pass. */
export interface Gate {
  readonly name: 'stage' | 'expertise' | 'timeline' | 'budget' | 'upfront';
  readonly outcome: 'pass' | 'fail' | 'unknown';
}

/** A decision and what it rests on. */
export interface Decision {
  readonly approach: Approach;
  /** Whether a measured lack of accuracy or format asks for fine-tuning. */
  readonly isFineTuned: boolean;
  readonly requestsPerMonth: number | null;
  readonly need: keyof typeof MIN_QUALITY_RATIOS;
  /** The cheapest by the call that does what is needed; null = none does. */
  readonly perCall: PerCallChoice | null;
  /** What simple calls could go to, whether any are known or not; null where it is no other model. */
  readonly simple: PerCallChoice | null;
  /** Whether sending simple calls there saves enough. */
  readonly doesRoutingPay: boolean;
  readonly fleets: readonly OwnFleet[];
  /** The fleet with the least bill. */
  readonly fleet: OwnFleet | null;
  /** Calls a month from which some fleet saves enough for good; null = at no volume, or unknown. */
  readonly paysFromRequests: number | null;
  readonly gates: readonly Gate[];
  readonly paybackMonths: number | null;
  /** Own machines are asked for whatever they cost. */
  readonly mandate: 'privacy' | 'latency' | null;
}

/** Need that is reckoned with where nobody says it. */
export const DEFAULT_NEED = 'very_good';

/** Months that a plan must outlast the payback, and its least length. @see METHODS of the project, section 6 */
const MONTHS_AFTER_PAYBACK = 3;
const MIN_TIMELINE_MONTHS = 6;

/** Calls a month, as stated or from users on 30 days; null = unknown. */
export function countRequests(profile: AdviceProfile): number | null {
  const { requests_per_month: requests, users, queries_per_user_per_day: queries } = profile;
  if (requests !== null) return requests;
  return users === null || queries === null ? null : countMonthlyQueries(users, queries);
}

/**
 * Decides what to do with a workload. What must be goes first: a device without network, own machines for privacy or for a
 * latency that was measured. Otherwise the cheapest way that is good enough and asks for no commitment, and own machines
 * only where they save enough for good and every gate is known to pass.
 */
export function decide(profile: AdviceProfile, market: Market): Decision {
  const requests = countRequests(profile);
  const need = profile.quality_need ?? DEFAULT_NEED;
  const perCall = findCheapest(profile, market, (offer) => isGoodEnough(offer, MIN_QUALITY_RATIOS[need]));
  const simple = findSimple(profile, market, need, perCall);
  const savedUsd = computeRoutingSavedUsd(profile, perCall, simple);
  const doesRoutingPay = paysRouting(profile, requests, perCall, savedUsd);
  const fleets = listServingFleets(profile, market, need);
  const fleet = findCheapestFleet(fleets, requests);
  const unitUsd = perCall?.unitUsd ?? null;
  const referenceUsd = unitUsd === null ? null : unitUsd - (doesRoutingPay ? (savedUsd ?? 0) : 0);
  const paysFromRequests = findLeastPaying(profile, fleets, referenceUsd);
  const paybackMonths = computePayback(profile, requests, referenceUsd, fleet);
  const gates = judgeGates(profile, fleet && computeFleetBill(fleet, requests).monthlyUsd, paybackMonths);
  const findings = {
    ...{ isFineTuned: asksForFineTuning(profile, requests), requestsPerMonth: requests, need, perCall, simple },
    ...{ doesRoutingPay, fleets, fleet, paysFromRequests, gates, paybackMonths, mandate: findMandate(profile) },
  };
  return { ...findings, approach: chooseApproach(profile, findings) };
}

/** Whether a volume is one from which own machines pay and every gate passes. */
export function doOwnMachinesPay({
  requestsPerMonth,
  paysFromRequests,
  gates,
}: Pick<Decision, 'requestsPerMonth' | 'paysFromRequests' | 'gates'>): boolean {
  const isEnough = requestsPerMonth !== null && paysFromRequests !== null && requestsPerMonth >= paysFromRequests;
  return isEnough && gates.every(({ outcome }) => outcome === 'pass');
}

function chooseApproach(profile: AdviceProfile, findings: Omit<Decision, 'approach'>): Approach {
  const { perCall, fleet, mandate, need } = findings;
  if (profile.offline_required === true) return 'on_device';
  if (mandate === 'privacy') return fleet === null ? 'none' : 'self_hosted';
  if (mandate === 'latency' && fleet !== null) return 'self_hosted';
  const isApiFaster = profile.latency_critical === true && compareLatency(profile) === 'api';
  if (perCall === null) return fleet === null ? 'none' : 'self_hosted';
  if (!isApiFaster && doOwnMachinesPay(findings)) return 'self_hosted';
  if (findings.doesRoutingPay) return 'hybrid';
  if (need === 'best') return 'api_premium';
  return perCall.offer.isOpenWeights ? 'managed_open' : 'api_budget';
}

/** Where the data must stay, the model that is least below the need is better than none. */
function listServingFleets(profile: AdviceProfile, market: Market, need: Decision['need']): readonly OwnFleet[] {
  const fleets = listFleets(profile, market, MIN_QUALITY_RATIOS[need]);
  if (fleets.length > 0 || profile.privacy_required !== true || need === 'good_enough') return fleets;
  return listServingFleets(profile, market, need === 'best' ? 'very_good' : 'good_enough');
}

function findMandate(profile: AdviceProfile): Decision['mandate'] {
  if (profile.privacy_required === true) return 'privacy';
  return profile.latency_critical === true && compareLatency(profile) === 'local' ? 'latency' : null;
}

/** Ties go to the API, as in the comparison report. */
function compareLatency({ local_ttft_ms: localMs, api_ttft_ms: apiMs }: AdviceProfile): 'local' | 'api' | null {
  if (localMs === null || apiMs === null) return null;
  return localMs < apiMs ? 'local' : 'api';
}

function findSimple(
  profile: AdviceProfile,
  market: Market,
  need: Decision['need'],
  perCall: PerCallChoice | null,
): PerCallChoice | null {
  if (need === 'good_enough' || perCall === null) return null;
  const simple = findCheapest(profile, market, (offer) => isGoodEnough(offer, MIN_QUALITY_RATIOS.good_enough));
  return simple?.offer === perCall.offer ? null : simple;
}

/** What routing saves on the mean call; null = unknown. */
function computeRoutingSavedUsd(
  { simple_share_ratio: shareRatio }: AdviceProfile,
  perCall: PerCallChoice | null,
  simple: PerCallChoice | null,
): number | null {
  const [usd, simpleUsd] = [perCall?.unitUsd ?? null, simple?.unitUsd ?? null];
  return shareRatio === null || usd === null || simpleUsd === null ? null : shareRatio * (usd - simpleUsd);
}

function paysRouting(
  profile: AdviceProfile,
  requests: number | null,
  perCall: PerCallChoice | null,
  savedUsd: number | null,
): boolean {
  if (requests === null || savedUsd === null || savedUsd <= 0) return false;
  const isShare = savedUsd >= profile.min_savings_ratio * (perCall?.unitUsd ?? 0);
  return isShare && savedUsd * requests >= profile.min_savings_usd;
}

function findLeastPaying(
  profile: AdviceProfile,
  fleets: readonly OwnFleet[],
  referenceUsd: number | null,
): number | null {
  if (referenceUsd === null) return null;
  const margins = { minSavingsRatio: profile.min_savings_ratio, minSavingsUsd: profile.min_savings_usd };
  const volumes = fleets.flatMap((fleet) => findPayingVolume(fleet, referenceUsd, margins) ?? []);
  return volumes.length === 0 ? null : Math.min(...volumes);
}

function computePayback(
  profile: AdviceProfile,
  requests: number | null,
  referenceUsd: number | null,
  fleet: OwnFleet | null,
): number | null {
  if (requests === null || referenceUsd === null || fleet === null) return null;
  return computePaybackMonths(
    profile.one_time_usd,
    requests * referenceUsd,
    computeFleetBill(fleet, requests).monthlyUsd,
  );
}

function judgeGates(profile: AdviceProfile, fleetUsd: number | null, paybackMonths: number | null): readonly Gate[] {
  const { stage, team_expertise: expertise, timeline_months: months, budget_usd_per_month: budgetUsd } = profile;
  const neededMonths = Math.max(MIN_TIMELINE_MONTHS, (paybackMonths ?? 0) + MONTHS_AFTER_PAYBACK);
  const isAffordable = budgetUsd === null || fleetUsd === null || fleetUsd <= budgetUsd;
  const isUpfront = profile.upfront_budget_usd === null || profile.one_time_usd <= profile.upfront_budget_usd;
  return [
    { name: 'stage', outcome: stage === 'development' ? 'fail' : 'pass' },
    { name: 'expertise', outcome: expertise === null ? 'unknown' : expertise === 'none' ? 'fail' : 'pass' },
    { name: 'timeline', outcome: months === null ? 'unknown' : months >= neededMonths ? 'pass' : 'fail' },
    { name: 'budget', outcome: isAffordable ? 'pass' : 'fail' },
    { name: 'upfront', outcome: isUpfront ? 'pass' : 'fail' },
  ];
}

/** The matrix of guide S2 without its rules of volume and privacy, which are decided by cost and mandate here. */
function asksForFineTuning(profile: AdviceProfile, requests: number | null): boolean {
  const choice = chooseFineTuning({
    requestsPerMonth: requests ?? 0,
    baseAccuracyRatio: profile.base_accuracy_ratio ?? 1,
    formatComplianceRatio: profile.format_compliance_ratio ?? 1,
    isDomainTask: profile.is_domain_task ?? false,
    needsConsistentFormat: profile.needs_consistent_format ?? false,
    isPrivacyRequired: false,
  });
  return choice === 'fine_tuning';
}
