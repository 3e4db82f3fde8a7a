import { findOpenModel } from '../reference/find-reference.ts';
import { toModelKey } from '../reference/reference-names.ts';
import type { Reference } from '../reference/reference-rows.ts';
import type { Workload } from '../workload/workload.ts';
import { type AssessmentContext, assessTarget } from './assess-target.ts';
import type { HostingOffer, HostingTarget, NotOffered } from './hosting-offer.ts';
import { listOffers } from './list-offers.ts';
import { listTargets, type MeanLengths } from './list-targets.ts';
import type { TargetAssessment } from './target-assessment.ts';
import type { TargetDemand } from './target-demand.ts';

/** What is compared. */
export interface ComparisonRequest {
  readonly reference: Reference;
  readonly context: AssessmentContext;
  /** Of the mean call. */
  readonly lengths: MeanLengths;
  /** What the calls ask of a target. */
  readonly measure: (target: HostingTarget) => TargetDemand;
  /** Only this model, in any spelling. */
  readonly targetModel?: string | undefined;
  /** Only the machine of this row, by its id. */
  readonly hardwareId?: string | undefined;
}

/** Every offer that can serve something, and what is not among them. */
export interface TargetComparison {
  /** Best first, see {@link compareAssessments}. */
  readonly ranked: readonly TargetAssessment[];
  /** Those that are not good enough, and where a score was asked for, of which nobody knows it; in the same order. */
  readonly belowQuality: readonly TargetAssessment[];
  readonly notOffered: readonly NotOffered[];
}

/** Assesses every offer that the reference has: every model that fits on every machine that holds it, however paid for. */
export function compareTargets(request: ComparisonRequest): TargetComparison {
  const { reference, context, lengths, measure } = request;
  const listed = listTargets(reference, lengths);
  const targets = listed.targets.filter((target) => isAskedModel(reference, target, request.targetModel));
  const found = listOffers(reference, targets, context.policy);
  const demands = new Map<string, TargetDemand>();
  const assessed: TargetAssessment[] = [];
  const idle = new Set<string>();
  for (const offer of found.offers) {
    if (!isAskedMachine(offer, request.hardwareId)) continue;
    const demand = demands.get(offer.target.id) ?? measure(offer.target);
    demands.set(offer.target.id, demand);
    if (demand.asRecorded.servable.calls > 0) assessed.push(assessTarget(offer, demand, context));
    else idle.add(offer.target.id);
  }
  assessed.sort(compareAssessments);
  const isUnknownEnough = context.policy.quality === null;
  const isGoodEnough = ({ qualityGate }: TargetAssessment): boolean =>
    qualityGate === 'pass' || (isUnknownEnough && qualityGate === 'unknown');
  return {
    ranked: assessed.filter(isGoodEnough),
    belowQuality: assessed.filter((assessment) => !isGoodEnough(assessment)),
    notOffered: [
      ...listed.notOffered,
      ...found.notOffered,
      ...[...idle].map((id): NotOffered => ({ kind: 'target', id, reason: 'no_calls' })),
    ],
  };
}

/**
 * Best first: the lowest bill in all, which is that of the calls that stay on the API whatever is decided and the lowest of
 * API, self-hosting and hybrid for the others. Where the API alone is best for several, the nearest to paying: the lowest
 * self-hosted bill over the API's of the same calls; then by name, so that the order is always the same.
 */
export function compareAssessments(a: TargetAssessment, b: TargetAssessment): number {
  // Bills of the same calls, summed in another order, are equal but for rounding.
  const byBest = toMicros(findBestUsd(a)) - toMicros(findBestUsd(b));
  if (byBest !== 0) return byBest;
  const [ratioA, ratioB] = [rateBills(a), rateBills(b)];
  if (ratioA !== ratioB) return ratioA < ratioB ? -1 : 1;
  const bySelf = toMicros(a.self.usd) - toMicros(b.self.usd);
  if (bySelf !== 0) return bySelf;
  return a.offer.id < b.offer.id ? -1 : 1;
}

/** The self-hosted bill over that of the API, to the millionth. */
function rateBills({ api, self }: TargetAssessment): number {
  return api.usd > 0 ? toMicros(self.usd / api.usd) : Number.POSITIVE_INFINITY;
}

function toMicros(usd: number): number {
  return Math.round(usd * 1e6);
}

/** The lowest bill a month with an offer, calls that it cannot serve included. */
export function findBestUsd({ restMonthlyUsd, api, self, hybrid }: TargetAssessment): number {
  return restMonthlyUsd + Math.min(api.usd, self.usd, hybrid.usd);
}

/** Tokens of the mean call of a workload; 0 without calls. */
export function findMeanLengths({ days }: Workload): MeanLengths {
  let [calls, inputTokens, outputTokens] = [0, 0, 0];
  for (const load of days.flatMap(({ classes }) => classes.flatMap(({ models }) => models))) {
    calls += load.calls;
    inputTokens += load.inputTokens;
    outputTokens += load.outputTokens;
  }
  return calls === 0
    ? { inputTokens: 0, outputTokens: 0 }
    : { inputTokens: inputTokens / calls, outputTokens: outputTokens / calls };
}

/** Every window of a known model, ascending: sizes at which calls have to be told apart before they are compared. */
export function listWindowTokens({ models }: Pick<Reference, 'models'>): readonly number[] {
  const windows = new Set(models.flatMap(({ contextTokens }) => (contextTokens === null ? [] : [contextTokens])));
  return [...windows].sort((a, b) => a - b);
}

function isAskedModel(reference: Reference, { model }: HostingTarget, asked: string | undefined): boolean {
  if (asked === undefined) return true;
  return toModelKey(findOpenModel(reference, asked)?.id ?? asked) === toModelKey(model.id);
}

function isAskedMachine({ hardware }: HostingOffer, asked: string | undefined): boolean {
  return asked === undefined || hardware.id === asked;
}
