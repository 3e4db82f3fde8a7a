import type { UsageEvent } from '../events/usage-event.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { Rating } from '../rating/rated-call.ts';
import { rateUsage } from '../rating/rating.ts';
import { toBaseCall } from './base-call.ts';
import { billFront, layOutPrompt, type Prompt } from './prompt.ts';

/** Smallest prefix that is worth caching, in tokens, included. */
export const MIN_PREFIX_TOKENS = 1_000;

/** Fewest calls in the busiest minute with which a cache is kept warm, included. */
export const MIN_CALLS_PER_MINUTE = 10;

/** A prefix of which at least this share is read from a cache is cached already. */
const CACHED_SHARE_PERCENT = 50n;

/** Minutes after a call in which the cache is surely warm: it holds for five minutes from its last use. */
const WARM_MINUTES = 4;

const MINUTE_MS = 60_000;

/** Calls of one minute whose prefix is long enough, and what a cache would have saved them, picoUSD. */
export interface PrefixMinute {
  readonly calls: number;
  /** If every one had read its prefix from the cache. */
  readonly savingPicoUsd: bigint;
  /** What it would cost if the one that it costs most had written its prefix to the cache instead. */
  readonly writePicoUsd: bigint;
}

/** How the prompts of one app and feature begin, with one model. */
export interface PrefixUse {
  readonly app: string | null;
  readonly feature: string | null;
  readonly provider: string | null;
  readonly model: string;
  /** Priced calls that told their parts. */
  readonly calls: number;
  /** Those of them with a prefix (system and tools) of at least {@link MIN_PREFIX_TOKENS}; the figures below are theirs. */
  readonly longCalls: number;
  readonly prefixTokens: bigint;
  /** Tokens of their prefixes that a cache served. */
  readonly cachedTokens: bigint;
  /** Those of them whose model has no price for reading from a cache. */
  readonly uncacheableCalls: number;
  /** By whole minutes since the epoch. */
  readonly minutes: ReadonlyMap<number, PrefixMinute>;
}

/** What is to be said of a prefix: that it should be cached, or why not. */
export type CachingVerdict =
  | 'advised'
  | 'prefix_too_short'
  | 'too_few_requests'
  | 'cached_already'
  | 'no_cache_price'
  | 'no_saving';

/** Whether a prefix should be cached, and what that rests on. */
export interface CachingAdvice {
  readonly use: PrefixUse;
  readonly verdict: CachingVerdict;
  /** Mean of the long prefixes; 0 without any. */
  readonly meanPrefixTokens: number;
  /** The busiest minute, whole minutes since the epoch; null without a long prefix. */
  readonly peakMinute: number | null;
  readonly peakCalls: number;
  /** Calls that would have written the prefix: the first after a pause. */
  readonly writes: number;
  /** Over the recorded time, picoUSD: all other calls read their prefix. Never above what caching would have saved. */
  readonly savingPicoUsd: bigint;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type OpenUse = Omit<Writable<PrefixUse>, 'minutes'> & { readonly minutes: Map<number, PrefixMinute> };

/** Collects how prompts begin, and what a cache of their beginnings would have saved. */
export class PrefixFold {
  readonly #book: PriceBook;
  readonly #uses = new Map<string, OpenUse>();

  constructor(book: PriceBook) {
    this.#book = book;
  }

  /** Adds a recorded call; one without parts, without a price or answered from a cache of responses says nothing. */
  add({ event, rating }: { readonly event: UsageEvent; readonly rating: Rating }): void {
    if (event.input_parts === undefined || event.response_cache_hit === true) return;
    const base = toBaseCall(event);
    const now = rateUsage(this.#book, base);
    if (now.status !== 'priced' || now.costPicoUsd === null || rating.price?.capacity !== undefined) return;
    const use = this.#useOf(event, rating.price?.provider ?? event.provider ?? null);
    use.calls += 1;
    const prompt = layOutPrompt(base.usage, event.input_parts, new Map());
    const prefix = (prompt.parts?.get('system') ?? 0n) + (prompt.parts?.get('tools') ?? 0n);
    if (prefix < MIN_PREFIX_TOKENS) return;
    const cached = base.usage.counts.get('cache_read_tokens') ?? 0n;
    use.longCalls += 1;
    use.prefixTokens += prefix;
    use.cachedTokens += cached < prefix ? cached : prefix;
    const costOf = (unit: 'cache_read_tokens' | 'cache_write_5m_tokens'): bigint | null => {
      const changed: Prompt = cached < prefix ? billFront(prompt, prefix, unit) : prompt;
      const { status, costPicoUsd } = rateUsage(this.#book, { ...base, usage: changed.usage });
      return status === 'priced' ? costPicoUsd : null;
    };
    const read = costOf('cache_read_tokens');
    if (read === null) use.uncacheableCalls += 1;
    const saving = read === null ? 0n : now.costPicoUsd - read;
    // Where writing has no price of its own, a write is billed as plain input.
    const write = read === null ? 0n : (costOf('cache_write_5m_tokens') ?? now.costPicoUsd) - read;
    addMinute(use.minutes, Math.floor(event.timeMs / MINUTE_MS), {
      calls: 1,
      savingPicoUsd: saving,
      writePicoUsd: write,
    });
  }

  uses(): readonly PrefixUse[] {
    return [...this.#uses.values()];
  }

  #useOf(event: UsageEvent, provider: string | null): OpenUse {
    const names = { app: event.app ?? null, feature: event.feature ?? null, provider, model: event.model };
    const key = keyOf(names);
    const use = this.#uses.get(key) ?? { ...names, ...EMPTY, minutes: new Map() };
    this.#uses.set(key, use);
    return use;
  }
}

const EMPTY = { calls: 0, longCalls: 0, prefixTokens: 0n, cachedTokens: 0n, uncacheableCalls: 0 };

/** Joins what was collected from parts of a period. */
export function joinPrefixUses(parts: readonly (readonly PrefixUse[])[]): readonly PrefixUse[] {
  const joined = new Map<string, OpenUse>();
  for (const use of parts.flat()) {
    const { app, feature, provider, model } = use;
    const whole = joined.get(keyOf(use)) ?? { app, feature, provider, model, ...EMPTY, minutes: new Map() };
    joined.set(keyOf(use), whole);
    whole.calls += use.calls;
    whole.longCalls += use.longCalls;
    whole.prefixTokens += use.prefixTokens;
    whole.cachedTokens += use.cachedTokens;
    whole.uncacheableCalls += use.uncacheableCalls;
    for (const [minute, sums] of use.minutes) addMinute(whole.minutes, minute, sums);
  }
  return [...joined.values()];
}

/** What a judgement hangs on: the figures that decide, each with its bound. */
export function listBounds({
  use,
  meanPrefixTokens,
  peakCalls,
}: CachingAdvice): ReadonlyArray<{ readonly input: string; readonly value: number; readonly bound: number }> {
  return [
    { input: 'prefix_tokens_mean', value: meanPrefixTokens, bound: MIN_PREFIX_TOKENS },
    { input: 'peak_calls_per_minute', value: peakCalls, bound: MIN_CALLS_PER_MINUTE },
    { input: 'cached_ratio', value: findCachedRatio(use) ?? 0, bound: Number(CACHED_SHARE_PERCENT) / 100 },
  ];
}

/** The share of the long prefixes that a cache served; null without any. */
export function findCachedRatio({ longCalls, cachedTokens, prefixTokens }: PrefixUse): number | null {
  return longCalls === 0 ? null : Number(cachedTokens) / Number(prefixTokens);
}

/** Judges every prefix; those that should be cached first, the largest saving in front, then by calls. */
export function adviseCaching(uses: readonly PrefixUse[]): readonly CachingAdvice[] {
  return uses.map(judge).sort((a, b) => {
    const [left, right] = [a.verdict === 'advised', b.verdict === 'advised'];
    if (left !== right) return left ? -1 : 1;
    if (left && a.savingPicoUsd !== b.savingPicoUsd) return a.savingPicoUsd > b.savingPicoUsd ? -1 : 1;
    if (a.use.calls !== b.use.calls) return b.use.calls - a.use.calls;
    return keyOf(a.use) < keyOf(b.use) ? -1 : 1;
  });
}

function judge(use: PrefixUse): CachingAdvice {
  let [peakMinute, peakCalls, writes, saving]: [number | null, number, number, bigint] = [null, 0, 0, 0n];
  let before = Number.NEGATIVE_INFINITY;
  for (const [minute, sums] of [...use.minutes].sort(([a], [b]) => a - b)) {
    if (sums.calls > peakCalls) [peakMinute, peakCalls] = [minute, sums.calls];
    const isCold = minute - before > WARM_MINUTES;
    writes += isCold ? 1 : 0;
    saving += sums.savingPicoUsd - (isCold ? sums.writePicoUsd : 0n);
    before = minute;
  }
  const meanPrefixTokens = use.longCalls === 0 ? 0 : Number(use.prefixTokens) / use.longCalls;
  const verdict = findVerdict(use, peakCalls, saving);
  return { use, verdict, meanPrefixTokens, peakMinute, peakCalls, writes, savingPicoUsd: saving };
}

function findVerdict(use: PrefixUse, peakCalls: number, savingPicoUsd: bigint): CachingVerdict {
  if (use.longCalls === 0) return 'prefix_too_short';
  if (use.cachedTokens * 100n >= use.prefixTokens * CACHED_SHARE_PERCENT) return 'cached_already';
  if (peakCalls < MIN_CALLS_PER_MINUTE) return 'too_few_requests';
  if (use.uncacheableCalls === use.longCalls) return 'no_cache_price';
  return savingPicoUsd > 0n ? 'advised' : 'no_saving';
}

function addMinute(minutes: Map<number, PrefixMinute>, minute: number, sums: PrefixMinute): void {
  const before = minutes.get(minute) ?? { calls: 0, savingPicoUsd: 0n, writePicoUsd: 0n };
  minutes.set(minute, {
    calls: before.calls + sums.calls,
    savingPicoUsd: before.savingPicoUsd + sums.savingPicoUsd,
    writePicoUsd: before.writePicoUsd > sums.writePicoUsd ? before.writePicoUsd : sums.writePicoUsd,
  });
}

function keyOf({ app, feature, provider, model }: Pick<PrefixUse, 'app' | 'feature' | 'provider' | 'model'>): string {
  return JSON.stringify([app, feature, provider, model]);
}
