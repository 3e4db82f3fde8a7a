import type { UsageEvent } from '../events/usage-event.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { PricedCall } from '../rating/rating.ts';
import type { Change } from './change.ts';
import type { UnfitReason } from './fit-call.ts';
import type { PartShares, Prompt } from './prompt.ts';

/**
 * Why a change left a call that it is about as it was: the target does not fit it, prices for it are not known (before or
 * after), a cache of responses answered it already, a capacity with
 * a fixed price serves it, it did not tell its parts or its complexity, its prompt is too short
 * for a prompt cache, or the model has none.
 */
export type LeftReason =
  | UnfitReason
  | 'unpriced'
  | 'unpriced_before'
  | 'answered_from_cache'
  | 'fixed_price'
  | 'parts_not_sent'
  | 'complexity_not_sent'
  | 'prompt_too_short'
  | 'no_cache_price';

/** What changes are played with. */
export interface ChangePlan {
  readonly book: PriceBook;
  /** As `orderChanges` orders them; shares of no kind may take more than all of a call. */
  readonly changes: readonly Change[];
  /** Parts of prompts whose calls did not tell them. */
  readonly assumedParts: PartShares;
}

/** A share of a call, as the changes so far made it. */
export interface Branch {
  /** The call as it would be made; null = it costs nothing any more. */
  readonly call: PricedCall | null;
  readonly prompt: Prompt;
  /** Of the whole branch; what is recorded as long as nothing was changed. */
  readonly costPicoUsd: bigint;
  readonly isRerated: boolean;
}

/** What the calls before any change are, for those who change them. */
export interface BranchContext {
  readonly plan: ChangePlan;
  readonly event: UsageEvent;
  readonly base: PricedCall;
}
