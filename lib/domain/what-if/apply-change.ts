import type { InputPart } from '../../contracts/usage-units.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { toServiceTier } from '../prices/price-book-tiers.ts';
import type { ResolvedModel } from '../prices/price-catalog-resolve.ts';
import type { AppliedPrice } from '../rating/rated-call.ts';
import { type PricedCall, rateUsage } from '../rating/rating.ts';
import type { CallKind } from '../workload/workload.ts';
import { findCallKind } from '../workload/workload-call.ts';
import type { Branch, BranchContext, LeftReason } from './branch.ts';
import {
  ALL_MILLIONTHS,
  type Change,
  type CompressChange,
  type ModelChange,
  type PromptCacheChange,
  type SelfHostChange,
} from './change.ts';
import { findUnfit, type TargetFacts } from './fit-call.ts';
import { asPlainInput, type Prompt, serveFromCache, shrinkPart, textTokens } from './prompt.ts';

/** What a change makes of a share of a call: the branch it becomes, why it is left, or `nothing` where there is no work. */
export type Applied = Branch | LeftReason | 'nothing';

/**
 * Makes one change on a share of a call that its kind has not taken yet.
 * @param branch - one that still costs something: its `call` is not null
 */
export function applyChange(context: BranchContext, change: Change, branch: Branch): Applied {
  const { call } = branch;
  if (call === null) return 'nothing';
  switch (change.kind) {
    case 'response_cache':
      return { ...branch, call: null, costPicoUsd: 0n };
    case 'self_host':
      return hostSelf(context, change, branch, call);
    case 'model':
      return moveModel(context, change, branch, call);
    case 'tier':
      if (toServiceTier(change.serviceTier) === toServiceTier(call.serviceTier)) return 'nothing';
      return rateAnew(context, { ...call, serviceTier: change.serviceTier }, branch.prompt);
    case 'trim':
      return shorten(context, branch, call, [
        [change.part, ALL_MILLIONTHS - change.reductionMillionths, ALL_MILLIONTHS],
      ]);
    case 'lazy_tools':
      return shorten(context, branch, call, [['tools', 0n, 1n]]);
    case 'compress':
      return compress(context, change, branch, call);
    case 'prompt_cache':
      return serveCached(context, change, branch, call);
  }
}

function hostSelf(context: BranchContext, change: SelfHostChange, branch: Branch, call: PricedCall): Applied {
  const { contextTokens, targetKind } = change;
  const target = {
    kind: targetKind,
    contextTokens,
    maxOutputTokens: null,
    inputModalities: null,
    outputModalities: null,
  };
  const textOnly = targetKind === null ? target : { ...target, inputModalities: ['text'], outputModalities: ['text'] };
  const unfit = findUnfit(textOnly, call, kindOf(context));
  return unfit ?? { ...branch, call: null, costPicoUsd: 0n };
}

function moveModel(context: BranchContext, change: ModelChange, branch: Branch, call: PricedCall): Applied {
  const { book } = context.plan;
  const moved = {
    ...call,
    // A name of another vendor's is looked up like one that a call sends without its provider.
    provider: change.provider ?? (change.model === null ? (call.provider ?? null) : null),
    model: change.model ?? call.model,
    region: change.region ?? call.region ?? null,
  };
  const [from, to] = [resolve(book, call), resolve(book, moved)];
  if (change.region === null && isSameModel(call, from, moved, to)) return 'nothing';
  // Regions are names of a provider's own.
  const region = change.region ?? (from.provider === to.provider ? moved.region : null);
  const placed = { ...moved, region };
  const unfit = findUnfit(resolve(book, placed).hit?.model.facts ?? UNKNOWN, call, kindOf(context));
  if (unfit !== undefined) return unfit;
  const { unpricedUnits } = rateUsage(book, { ...placed, usage: branch.prompt.usage });
  return rateAnew(context, placed, { ...branch.prompt, usage: asPlainInput(branch.prompt.usage, unpricedUnits) });
}

const UNKNOWN: TargetFacts = {
  kind: null,
  contextTokens: null,
  maxOutputTokens: null,
  inputModalities: null,
  outputModalities: null,
};

function isSameModel(call: PricedCall, from: ResolvedModel, moved: PricedCall, to: ResolvedModel): boolean {
  if (from.hit !== null && to.hit !== null)
    return from.provider === to.provider && from.hit.model.id === to.hit.model.id;
  const isNamedAlike = call.model.toLowerCase() === moved.model.toLowerCase();
  return isNamedAlike && (from.provider === to.provider || to.provider === null);
}

function resolve(book: PriceBook, { provider, model, timeMs, serviceTier, region }: PricedCall): ResolvedModel {
  const query = { provider: provider ?? null, model, timeMs, serviceTier: serviceTier ?? null, region: region ?? null };
  return book.modelOf(query);
}

function kindOf({ plan, event, base }: BranchContext): CallKind {
  return findCallKind(event, resolve(plan.book, base).hit?.model.facts?.kind ?? null);
}

function compress(context: BranchContext, change: CompressChange, branch: Branch, call: PricedCall): Applied {
  const { parts, compressedMillionths: share, ratioMillionths: ratio } = change;
  // What is left of a part is 1 - share + share / ratio.
  const [left, all] = [(ALL_MILLIONTHS - share) * ratio + share * ALL_MILLIONTHS, ALL_MILLIONTHS * ratio];
  return shorten(
    context,
    branch,
    call,
    parts.map((part) => [part, left, all]),
  );
}

type Remainder = readonly [part: InputPart, left: bigint, of: bigint];

/** Leaves a fraction of parts of a prompt, rounded up to whole tokens. */
function shorten(context: BranchContext, branch: Branch, call: PricedCall, remainders: readonly Remainder[]): Applied {
  if (branch.prompt.parts === null) return 'parts_not_sent';
  let prompt = branch.prompt;
  for (const [part, left, all] of remainders) prompt = shrinkPart(prompt, part, left, all);
  return textTokens(prompt.usage) === textTokens(branch.prompt.usage) ? 'nothing' : rateAnew(context, call, prompt);
}

function serveCached(context: BranchContext, change: PromptCacheChange, branch: Branch, call: PricedCall): Applied {
  const text = textTokens(branch.prompt.usage);
  const wanted = (text * change.shareMillionths) / ALL_MILLIONTHS;
  const missing = wanted - (branch.prompt.usage.counts.get('cache_read_tokens') ?? 0n);
  if (missing <= 0n) return 'nothing';
  if (text < change.minInputTokens) return 'prompt_too_short';
  const { readsPerWriteMillionths: reads, writeUnit } = change;
  const { price } = rateUsage(context.plan.book, { ...call, usage: branch.prompt.usage });
  const written = chargesWrites(price) ? (missing * ALL_MILLIONTHS + reads - 1n) / reads : 0n;
  const served = serveFromCache(branch.prompt, missing, writeUnit, written);
  if (served.usage.counts.get('cache_read_tokens') === branch.prompt.usage.counts.get('cache_read_tokens')) {
    return 'nothing';
  }
  const changed = rateAnew(context, call, served);
  return changed === 'unpriced' ? 'no_cache_price' : changed;
}

function chargesWrites(price: AppliedPrice | null): boolean {
  return price?.rates.some(({ unit }) => unit.startsWith('cache_write')) === true;
}

function rateAnew({ plan }: BranchContext, call: PricedCall, prompt: Prompt): Branch | 'unpriced' {
  const changed = { ...call, usage: prompt.usage };
  const { status, costPicoUsd } = rateUsage(plan.book, changed);
  if (status !== 'priced' || costPicoUsd === null) return 'unpriced';
  return { call: changed, prompt, costPicoUsd, isRerated: true };
}
