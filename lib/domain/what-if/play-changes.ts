import type { Leaf } from '../../contracts/dimensions.ts';
import type { UsageEvent } from '../events/usage-event.ts';
import { toPicoUsd } from '../money.ts';
import type { Rating } from '../rating/rated-call.ts';
import { type PricedCall, rateUsage } from '../rating/rating.ts';
import { applyChange } from './apply-change.ts';
import { toBaseCall } from './base-call.ts';
import type { Branch, BranchContext, ChangePlan, LeftReason } from './branch.ts';
import { ALL_MILLIONTHS, CHANGE_KINDS, type Change, isInScope, shareOf, takesRest } from './change.ts';
import { layOutPrompt } from './prompt.ts';

/** A recorded call as far as changes look at it. */
export interface PlayedCall {
  readonly event: UsageEvent;
  /** What it counts for now, all corrections made. */
  readonly rating: Rating;
  readonly leaf: Leaf;
}

/** What one change does to one call. */
export interface StepOutcome {
  /** After less before, picoUSD. */
  readonly differencePicoUsd: bigint;
  /** Whether any of the call was changed. */
  readonly isTouched: boolean;
  /** Why some of it, or all, was left. */
  readonly left: readonly LeftReason[];
}

/** What a call cost and would have cost. Unknown amounts count as nothing on both sides. */
export interface PlayOutcome {
  /** Whether no cost of the call is known at all. */
  readonly isUnpriced: boolean;
  readonly beforePicoUsd: bigint;
  readonly afterPicoUsd: bigint;
  /** By change, in the plan's order; undefined = the change is not about the call. */
  readonly steps: readonly (StepOutcome | undefined)[];
  /**
   * What comes of rating the changed part of the call with today's price book before anything is changed: not 0 only
   * where its recorded cost was another. `after - before` is this and all steps together.
   */
  readonly reratedPicoUsd: bigint;
}

interface WeighedBranch extends Branch {
  readonly weight: bigint;
  /** Its weight when the changes of the kind at hand began. */
  readonly entered: bigint;
  /** Whether a change of the kind at hand made it what it is, or would have if it were not that already. */
  readonly isTaken: boolean;
}

/** A whole call. Every kind of change that takes shares multiplies weights by millionths at most once. */
const WHOLE = ALL_MILLIONTHS ** BigInt(CHANGE_KINDS.length);

/**
 * Plays changes on one recorded call: kind by kind, each change takes its share of what reached its kind, and what it
 * took is rated anew by the rate core as it would have been made. Shares are of the call itself, so that an answer is an
 * expectation without any chance in it; its amount after each change is rounded once, half-even.
 */
export function playChanges(plan: ChangePlan, played: PlayedCall): PlayOutcome {
  const { event, rating, leaf } = played;
  const before = rating.costPicoUsd ?? 0n;
  const inScope = plan.changes.map((change) => isInScope(change, event, leaf));
  const base = inScope.includes(true) ? findBase(plan, played) : undefined;
  if (typeof base === 'object') return playInTurn(plan, event, before, base, inScope);
  const outcome: StepOutcome = { differencePicoUsd: 0n, isTouched: false, left: base === undefined ? [] : [base] };
  const steps = inScope.map((isAbout) => (isAbout ? outcome : undefined));
  const isUnpriced = rating.costPicoUsd === null;
  return { isUnpriced, beforePicoUsd: before, afterPicoUsd: before, steps, reratedPicoUsd: 0n };
}

/** A call before any change, and what it costs with today's price book. */
interface Base {
  readonly call: PricedCall;
  readonly costPicoUsd: bigint;
}

function findBase({ book }: ChangePlan, { event, rating }: PlayedCall): Base | LeftReason {
  if (event.response_cache_hit === true) return 'answered_from_cache';
  if (rating.price?.capacity !== undefined) return 'fixed_price';
  const isKnown = rating.costPicoUsd !== null && (rating.status === 'priced' || rating.status === 'reported');
  if (!isKnown) return 'unpriced_before';
  const call = toBaseCall(event);
  const { status, costPicoUsd } = rateUsage(book, call);
  return status === 'priced' && costPicoUsd !== null ? { call, costPicoUsd } : 'unpriced_before';
}

function playInTurn(
  plan: ChangePlan,
  event: UsageEvent,
  before: bigint,
  base: Base,
  inScope: readonly boolean[],
): PlayOutcome {
  const context: BranchContext = { plan, event, base: base.call };
  const prompt = layOutPrompt(base.call.usage, event.input_parts, plan.assumedParts);
  const whole = { call: base.call, prompt, costPicoUsd: before, isRerated: false, weight: WHOLE };
  let branches: WeighedBranch[] = [{ ...whole, entered: WHOLE, isTaken: false }];
  let [cost, rerated] = [before, 0n];
  let kind: Change['kind'] | undefined;
  const steps = plan.changes.map((change, index): StepOutcome | undefined => {
    if (inScope[index] !== true) return undefined;
    if (change.kind !== kind) branches = branches.map((it) => ({ ...it, entered: it.weight, isTaken: false }));
    kind = change.kind;
    const taken = takeShare(context, change, branches);
    branches = taken.branches;
    const [costBefore, reratedBefore] = [cost, rerated];
    if (taken.isTouched) {
      cost = weigh(branches, ({ costPicoUsd }) => costPicoUsd);
      rerated = weigh(branches, ({ isRerated }) => (isRerated ? base.costPicoUsd - before : 0n));
    }
    const differencePicoUsd = cost - costBefore - (rerated - reratedBefore);
    return { differencePicoUsd, isTouched: taken.isTouched, left: [...taken.left] };
  });
  return { isUnpriced: false, beforePicoUsd: before, afterPicoUsd: cost, steps, reratedPicoUsd: rerated };
}

function takeShare(
  context: BranchContext,
  change: Change,
  branches: readonly WeighedBranch[],
): { branches: WeighedBranch[]; isTouched: boolean; left: ReadonlySet<LeftReason> } {
  const share = shareOf(change, context.event);
  if (share === undefined) return { branches: [...branches], isTouched: false, left: new Set(['complexity_not_sent']) };
  // Summaries and trims of the same prompt follow one another; every other kind decides once.
  const isRepeatable = change.kind === 'trim' || change.kind === 'compress';
  const after: WeighedBranch[] = [];
  const left = new Set<LeftReason>();
  let isTouched = false;
  for (const branch of branches) {
    const weight = takesRest(change) ? branch.weight : (branch.entered * share) / ALL_MILLIONTHS;
    const isOpen = branch.call !== null && weight > 0n && (isRepeatable || !branch.isTaken);
    const changed = isOpen ? applyChange(context, change, branch) : 'nothing';
    // What is so already is this change's share like any other; what it had to leave, the rest may still take.
    const isShare = isOpen && !isRepeatable && (changed === 'nothing' || typeof changed !== 'string');
    if (typeof changed === 'string' && changed !== 'nothing') left.add(changed);
    if (typeof changed !== 'string') isTouched = true;
    const made = typeof changed === 'string' ? branch : { ...branch, ...changed };
    if (!isShare) {
      after.push(made);
      continue;
    }
    after.push({ ...made, weight, entered: weight, isTaken: true });
    if (weight < branch.weight) after.push({ ...branch, weight: branch.weight - weight });
  }
  return { branches: after, isTouched, left };
}

function weigh(branches: readonly WeighedBranch[], amountOf: (branch: WeighedBranch) => bigint): bigint {
  const numerator = branches.reduce((sum, branch) => sum + branch.weight * amountOf(branch), 0n);
  return toPicoUsd({ numerator, denominator: WHOLE });
}
