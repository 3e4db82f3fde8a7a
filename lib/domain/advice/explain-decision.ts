import { formatCount, formatPercent, formatUsd } from '../migrate-now/format-figures.ts';
import { type Approach, DEFAULT_NEED, type Decision } from './decide.ts';
import type { Market } from './market.ts';
import { computeFleetBill } from './own-fleets.ts';
import { MIN_QUALITY_RATIOS } from './per-call-models.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** Something to know before following an advice, in the fields of answers. */
export interface AdviceWarning {
  readonly code:
    | 'privacy_unknown'
    | 'need_assumed'
    | 'over_budget'
    | 'quality_below_need'
    | 'low_precision'
    | 'no_expertise'
    | 'unscored_model'
    | 'unpriced_model'
    | 'not_chat'
    | 'unscored_machine'
    | 'tuned_price'
    | 'unknown_quality_on_device';
  readonly text: string;
}

/** Each approach in one phrase. */
export const APPROACH_WORDS: Readonly<Record<Approach, string>> = {
  api_premium: 'pay by the call for a model of the best',
  api_budget: 'pay by the call for a cheap model of a vendor',
  managed_open: 'pay by the call for an open model that somebody else runs',
  hybrid: 'send simple calls to a lesser model and the rest to a better one',
  self_hosted: 'run an open model on own machines',
  on_device: 'run a small model on the device',
  none: 'nothing on the market does what is asked for',
};

/** Why it was decided so, a sentence each. */
export function explainDecision(profile: AdviceProfile, market: Market, decision: Decision): readonly string[] {
  const { approach, mandate, need } = decision;
  return [
    ...(approach === 'on_device' ? ['Without a network nothing else works.'] : []),
    ...(mandate === 'privacy' ? ['The data must stay on own machines, whatever that costs.'] : []),
    ...(mandate === 'latency'
      ? [`Own machines answer first after ${profile.local_ttft_ms} ms, the API after ${profile.api_ttft_ms} ms.`]
      : []),
    `Answers must be ${need.replace('_', ' ')}: ${formatPercent(MIN_QUALITY_RATIOS[need])} of the best score on ${market.scale}.`,
    ...explainPerCall(decision),
    ...explainRouting(profile, decision),
    ...explainOwn(decision),
    ...(decision.isFineTuned ? ['The base model is measured to fall short, which fine-tuning can mend.'] : []),
  ];
}

/** What the advice leaves open or cannot promise. */
export function listWarnings(profile: AdviceProfile, market: Market, decision: Decision): readonly AdviceWarning[] {
  const { approach, need, fleet, requestsPerMonth, perCall } = decision;
  const leaves = approach !== 'self_hosted' && approach !== 'on_device' && approach !== 'none';
  const isOwn = approach === 'self_hosted';
  const monthlyUsd = findMonthlyUsd(profile, decision);
  const budgetUsd = profile.budget_usd_per_month;
  const warnings: readonly (AdviceWarning | false)[] = [
    leaves &&
      profile.privacy_required === null && {
        code: 'privacy_unknown',
        text: 'The calls leave own machines, and nobody says whether they may.',
      },
    profile.quality_need === null && {
      code: 'need_assumed',
      text: `Nobody says how good answers must be: ${DEFAULT_NEED.replace('_', ' ')} is assumed.`,
    },
    budgetUsd !== null &&
      monthlyUsd !== null &&
      monthlyUsd > budgetUsd && {
        code: 'over_budget',
        text: `${formatUsd(monthlyUsd)} a month is above the budget of ${formatUsd(budgetUsd)}.`,
      },
    isOwn &&
      (fleet?.offer?.qualityRatio ?? 1) < MIN_QUALITY_RATIOS[need] && {
        code: 'quality_below_need',
        text: 'No open model that is measured reaches the quality asked for; a lesser one stands in, as the data must stay.',
      },
    isOwn &&
      (fleet?.offer?.hosting.target.bits ?? 16) < 8 && {
        code: 'low_precision',
        text: 'Weights of 4 bits: the score is of the full model, so test your own calls.',
      },
    isOwn &&
      (profile.team_expertise ?? 'none') === 'none' && {
        code: 'no_expertise',
        text: 'Own machines need somebody to run them, and nobody is known to.',
      },
    perCall?.offer.isNamed === true &&
      perCall.offer.qualityRatio === null && {
        code: 'unscored_model',
        text: `${perCall.offer.model} has no score on ${market.scale}; that it is good enough is the asker's word.`,
      },
    market.namedKind !== null && {
      code: 'not_chat',
      text: `${profile.api_model} does not chat: the catalog has it for ${market.namedKind}, so it is left out.`,
    },
    isOwn &&
      fleet?.offer === null && {
        code: 'unscored_machine',
        text: 'What runs on the machine typed in has no score here; that it is good enough is the asker’s word.',
      },
    profile.api_model !== null &&
      market.namedKind === null &&
      !market.perCall.some(({ isNamed }) => isNamed) && {
        code: 'unpriced_model',
        text: `The catalog has no price of ${profile.api_model}, so it is left out; a seller before it, as in groq/NAME, may help.`,
      },
    decision.isFineTuned &&
      leaves && {
        code: 'tuned_price',
        text: 'A tuned model of a vendor costs about twice its base by the call; the bills here are of the base.',
      },
    approach === 'on_device' && {
      code: 'unknown_quality_on_device',
      text: `Small models have no score on ${market.scale}, and ${requestsPerMonth === null ? 'the load is' : 'their speed is'} unknown: test it.`,
    },
  ];
  return warnings.filter((it) => it !== false);
}

function explainPerCall({ perCall, requestsPerMonth: requests }: Decision): readonly string[] {
  if (perCall === null) return ['No model that is paid by the call is good enough and holds such calls.'];
  const { offer, unitUsd } = perCall;
  if (unitUsd === null) return [`Of those paid by the call ${offer.id} is cheapest; lengths of calls are unknown.`];
  if (requests === null)
    return [`Of those paid by the call ${offer.id} is cheapest: ${formatUsd(unitUsd * 1000)} per 1,000 calls.`];
  const bill = `${formatCount(requests)} calls are ${formatUsd(requests * unitUsd)} a month`;
  return [`Of those paid by the call ${offer.id} is cheapest: ${bill}.`];
}

function explainRouting(profile: AdviceProfile, { simple, doesRoutingPay }: Decision): readonly string[] {
  const { simple_share_ratio: shareRatio } = profile;
  if (shareRatio === null || simple === null) return [];
  const saves = doesRoutingPay ? 'saves enough' : 'does not save enough';
  return [`Sending ${formatPercent(shareRatio)} of the calls to ${simple.offer.id} ${saves}.`];
}

function explainOwn({
  fleet,
  requestsPerMonth: requests,
  paysFromRequests,
  gates,
  mandate,
}: Decision): readonly string[] {
  if (fleet === null) return ['No open model on a priced machine is good enough and holds such calls.'];
  const { replicas, monthlyUsd, isLeast } = computeFleetBill(fleet, requests);
  const size = isLeast ? `${replicas} replicas at least` : `${replicas} replicas`;
  const bill = `Own machines (${fleet.id}) cost ${formatUsd(monthlyUsd)} a month with ${size}`;
  if (mandate !== null) return [`${bill}.`];
  const never =
    fleet.capacityRequests === null
      ? 'without lengths of calls nobody can say from what volume they pay'
      : 'at no volume do they save enough for good';
  const volume =
    paysFromRequests === null
      ? never
      : `they save enough for good from ${formatCount(Math.ceil(paysFromRequests))} calls a month`;
  const closed = gates.filter(({ outcome }) => outcome !== 'pass').map(({ name, outcome }) => `${name} (${outcome})`);
  return [`${bill}; ${volume}.`, ...(closed.length > 0 ? [`Gates that do not pass: ${closed.join(', ')}.`] : [])];
}

/** Bill of the advised way; null where it is not known. */
function findMonthlyUsd(profile: AdviceProfile, decision: Decision): number | null {
  const { approach, fleet, perCall, simple, requestsPerMonth: requests } = decision;
  if (approach === 'self_hosted') return fleet && computeFleetBill(fleet, requests).monthlyUsd;
  const [usd, simpleUsd] = [perCall?.unitUsd ?? null, simple?.unitUsd ?? null];
  if (requests === null || usd === null) return null;
  if (approach !== 'hybrid' || simpleUsd === null) return requests * usd;
  return requests * (usd - (profile.simple_share_ratio ?? 0) * (usd - simpleUsd));
}
