import type { Leaf } from '../contracts/dimensions.ts';
import {
  AUDIO_SECOND_SCALE,
  type Histogram,
  latencyBucket,
  type Measure,
  QUALITY_SCALE,
  quotaBucket,
} from '../contracts/measures.ts';
import { INPUT_PARTS, USAGE_UNITS } from '../contracts/usage-units.ts';
import type { Credit } from './corrections/credit.ts';
import type { UsageEvent } from './events/usage-event.ts';
import { parseUsd } from './money.ts';
import type { RatedCall, Rating } from './rating/rated-call.ts';

/** What a sum is kept under: a measure, or one bucket of a histogram. */
export type SumName = Measure | `${Histogram}:${number}`;

/** Sums of entries; only names with a non-zero sum are present. */
export type Sums = Map<SumName, bigint>;

/** Which tags, and whether users, are kept as dimensions of calls made from a time on. */
export interface LeafChange {
  /** Epoch milliseconds; 0 for what held from the beginning. */
  readonly fromMs: number;
  readonly tags: readonly string[];
  readonly trackUsers: boolean;
}

/** The part of a tenant's configuration that decides an entry's leaf. */
export interface LeafSettings {
  /** Every tag that was ever a dimension, in the order of `tag1` to `tag3`: a place is never given to another tag. */
  readonly tagDimensions: readonly string[];
  /** Whether users are a dimension, as last decided. */
  readonly trackUsers: boolean;
  /** What held when, by time, the first from 0; absent while nothing was ever changed. */
  readonly leafChanges?: readonly LeafChange[];
}

/**
 * The leaf that a call belongs to, one value per dimension. It depends on what was kept at the call's own time and on
 * nothing else, so that an audit comes to the same leaf years later. A credit may lie ahead of changes that nobody knew of
 * when it was given, so it keeps every tag it was given with.
 */
export function leafOf(settings: LeafSettings, event: UsageEvent, rating: Rating, credit?: Credit): Leaf {
  const kept = credit ? undefined : settings.leafChanges?.findLast(({ fromMs }) => fromMs <= event.timeMs);
  const tag = (index: number): string | null => {
    const name = settings.tagDimensions[index] ?? '';
    // A tag may be called `constructor`: what every object has is no tag of this one.
    if (!event.tags || !Object.hasOwn(event.tags, name) || (kept && !kept.tags.includes(name))) return null;
    return event.tags[name] ?? null;
  };
  return [
    event.app ?? null,
    event.environment ?? null,
    event.team ?? null,
    event.feature ?? null,
    rating.price?.provider ?? event.provider ?? null,
    event.model,
    event.operation ?? null,
    event.service_tier ?? null,
    event.region ?? null,
    event.billing_account ?? null,
    event.deployment ?? null,
    (kept ?? settings).trackUsers ? (event.user ?? null) : null,
    tag(0),
    tag(1),
    tag(2),
  ];
}

/** Adds an amount under a name; a sum that becomes zero is dropped, so that equal sums are equal maps. */
export function addSum(sums: Sums, name: SumName, amount: bigint): void {
  const sum = (sums.get(name) ?? 0n) + amount;
  if (sum === 0n) sums.delete(name);
  else sums.set(name, sum);
}

/** An entry as far as sums depend on it. */
export type SummedCall = Pick<RatedCall, 'event' | 'rating' | 'credit'>;

/** Adds one call to the sums of its leaf and period. A credit is no call: it adds to cost and discount alone. */
export function addCall(sums: Sums, { event, rating, credit }: SummedCall): void {
  if (credit) {
    addAmounts(sums, rating);
    return;
  }
  addSum(sums, 'calls', 1n);
  if (event.status === 'error') addSum(sums, 'errors', 1n);
  if (event.status === 'aborted') addSum(sums, 'aborted', 1n);
  if (event.response_cache_hit) addSum(sums, 'cache_hits', 1n);
  addRating(sums, rating);
  addUsage(sums, event);
  if (event.quality !== undefined) {
    addSum(sums, 'quality_sum', BigInt(Math.round(event.quality * QUALITY_SCALE)));
    addSum(sums, 'quality_count', 1n);
  }
  if (event.reported_cost_usd !== undefined) addSum(sums, 'reported_cost', parseUsd(event.reported_cost_usd) ?? 0n);
  if (event.latency_ms !== undefined) addSum(sums, `latency_ms:${latencyBucket(event.latency_ms)}`, 1n);
  if (event.ttft_ms !== undefined) addSum(sums, `ttft_ms:${latencyBucket(event.ttft_ms)}`, 1n);
  if (event.quota_used_ratio !== undefined)
    addSum(sums, `quota_used_percent:${quotaBucket(event.quota_used_ratio)}`, 1n);
}

/**
 * Adds what a correction makes of an entry: everything that it counts for afterwards less everything that it counted
 * for before. `null` = nothing, it is void.
 */
export function addCorrection(
  sums: Sums,
  call: Omit<SummedCall, 'rating'>,
  before: Rating | null,
  after: Rating | null,
): void {
  if (after) addCall(sums, { ...call, rating: after });
  if (!before) return;
  const taken: Sums = new Map();
  addCall(taken, { ...call, rating: before });
  for (const [name, amount] of taken) addSum(sums, name, -amount);
}

function addAmounts(sums: Sums, { costPicoUsd: cost, listCostPicoUsd: listCost }: Rating): void {
  if (cost !== null) addSum(sums, 'cost', cost);
  if (listCost !== null) addSum(sums, 'discount', listCost - (cost ?? 0n));
}

function addRating(sums: Sums, rating: Rating): void {
  addAmounts(sums, rating);
  if (rating.savedPicoUsd !== undefined) addSum(sums, 'saved_cost', rating.savedPicoUsd);
  if (rating.status !== 'priced') addSum(sums, rating.status, 1n);
}

function addUsage(sums: Sums, event: UsageEvent): void {
  for (const unit of USAGE_UNITS) {
    const count = event.usage[unit];
    if (count === undefined || count === 0) continue;
    addSum(sums, unit, unit === 'audio_seconds' ? BigInt(Math.round(count * AUDIO_SECOND_SCALE)) : BigInt(count));
  }
  if (!event.input_parts) return;
  for (const part of INPUT_PARTS) {
    const count = event.input_parts[part];
    if (count) addSum(sums, `part_${part}`, BigInt(count));
  }
}
