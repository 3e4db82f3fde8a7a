import { INPUT_PARTS, USAGE_UNITS } from './usage-units.ts';

/**
 * What a rollup sums, in the order in which answers list it. Frozen with contract v1: every measure is kept from the
 * first release, whether or not anything reads it yet. All are whole numbers (bigint), summed with ADD.
 *
 * - `cost`, `saved_cost`, `reported_cost`: picoUSD. `discount` is list cost minus cost, so `list_cost` is their sum and
 *   costs no storage where nothing is discounted.
 * - `calls` counts every entry; `unpriced`, `unpriced_unit`, `partially_priced` and `reported` count those states, and
 *   the rest of the calls is `priced`.
 * - `audio_seconds` is in microseconds; `quality_sum` in billionths; other units and input parts are counts.
 */
export const MEASURES = [
  'cost',
  'discount',
  'saved_cost',
  'reported_cost',
  'calls',
  'errors',
  'aborted',
  'cache_hits',
  'unpriced',
  'unpriced_unit',
  'partially_priced',
  'reported',
  'quality_sum',
  'quality_count',
  ...USAGE_UNITS,
  ...INPUT_PARTS.map((part) => `part_${part}` as const),
] as const;

/** One measure of {@link MEASURES}. */
export type Measure = (typeof MEASURES)[number];

/** Sums by measure; an absent measure is zero. */
export type Measures = Readonly<Partial<Record<Measure, bigint>>>;

/** Fraction of a second in which `audio_seconds` is summed. */
export const AUDIO_SECOND_SCALE = 1_000_000;

/** Fraction of a point in which `quality_sum` is summed. */
export const QUALITY_SCALE = 1_000_000_000;

/** Histograms kept per hour and leaf beside the measures. */
export const HISTOGRAMS = ['latency_ms', 'ttft_ms', 'quota_used_percent'] as const;

/** One histogram of {@link HISTOGRAMS}. */
export type Histogram = (typeof HISTOGRAMS)[number];

/** Buckets of the two latency histograms: below 50 ms, then half octaves, the last open (from about 102 s). */
export const LATENCY_BUCKETS = 24;

/** Buckets of the quota histogram: whole percent, the last holds everything from 128 % on. */
export const QUOTA_BUCKETS = 129;

/** Upper bound (excluded) of a latency bucket in milliseconds; infinite for the last. */
export function latencyBucketUpperMs(bucket: number): number {
  return bucket >= LATENCY_BUCKETS - 1 ? Number.POSITIVE_INFINITY : 50 * 2 ** (bucket / 2);
}

/** The bucket (0 to 23) that a latency in milliseconds falls into. */
export function latencyBucket(latencyMs: number): number {
  let bucket = 0;
  while (latencyMs >= latencyBucketUpperMs(bucket)) bucket++;
  return bucket;
}

/** The bucket (0 to 128) of a used quota ratio: its whole percent, exact for ratios of up to nine decimals. */
export function quotaBucket(quotaUsedRatio: number): number {
  // 0.29 times 100 is a little less than 29 as a float.
  return Math.min(QUOTA_BUCKETS - 1, Math.floor(Math.round(quotaUsedRatio * 1e9) / 1e7));
}
