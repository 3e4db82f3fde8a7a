import type { Leaf } from '../../contracts/dimensions.ts';
import { type Histogram, type Measures, QUOTA_BUCKETS } from '../../contracts/measures.ts';
import { addBuckets, boundLatency, countBuckets, findPercentileBucket } from '../histograms/buckets.ts';
import type { Fraction } from '../money.ts';
import type { RuleMetric } from './alert-rule.ts';

/** Sums of one leaf in one hour, as a rule reads them. */
export interface RuleRow {
  /** UTC hour, `2026-01-29T18`. */
  readonly period: string;
  readonly leaf: Leaf;
  readonly measures: Measures;
  readonly histograms: Readonly<Partial<Record<Histogram, ReadonlyMap<number, bigint>>>>;
}

/**
 * A value of a metric in 1e-12 of its unit, as exactly as the ledger knows it: `low` and `high` are equal where it is
 * exact. Otherwise it is at least `low` and below `high`; null = without an upper bound.
 */
export interface Measured {
  readonly low: Fraction;
  readonly high: Fraction | null;
  /** Calls (GPU: samples) that it is of; never zero. */
  readonly count: bigint;
  /** How much a row has to do with the value, for ranking; in {@link Measured.by}. */
  readonly weigh: (row: RuleRow) => bigint;
  readonly by: ContributionUnit;
}

/** What contributions to a value are counted in; `cost_usd` is picoUSD. */
export type ContributionUnit =
  | 'cost_usd'
  | 'failed_calls'
  | 'uncached_input_tokens'
  | 'calls_without_hit'
  | 'calls_as_high'
  | 'samples';

const PICO = 1_000_000_000_000n;
const PICO_PER_MICRO = 1_000_000_000n;
const PERCENT = 95n;

/**
 * Measures a metric of calls over rows. Rows of credits must not be among them.
 * @returns undefined where there is nothing to measure: no calls, none that have a price or reported it, no cache in use
 */
export function measureMetric(metric: RuleMetric, rows: readonly RuleRow[]): Measured | undefined {
  switch (metric) {
    case 'cost_per_call_usd':
      return measureCost(rows);
    case 'error_ratio':
      return measureShare(rows, ({ measures }) => measures.errors ?? 0n, 'failed_calls');
    case 'prompt_cache_ratio':
      return measurePromptCache(rows);
    case 'response_cache_ratio':
      return measureResponseCache(rows);
    case 'latency_p95_ms':
      return measurePercentile(rows, 'latency_ms', boundLatencyPico);
    case 'ttft_p95_ms':
      return measurePercentile(rows, 'ttft_ms', boundLatencyPico);
    case 'quota_used_p95_ratio':
      return measurePercentile(rows, 'quota_used_percent', boundQuota);
    case 'gpu_utilisation_ratio':
      return undefined;
  }
}

/** The mean of ratios. @returns undefined where there are none */
export function measureMean(ratios: readonly number[]): Measured | undefined {
  if (ratios.length === 0) return undefined;
  const total = ratios.reduce((sum, ratio) => sum + BigInt(Math.round(ratio * Number(PICO))), 0n);
  const count = BigInt(ratios.length);
  return exactly({ numerator: total, denominator: count }, count, () => 0n, 'samples');
}

/** Calls without a price are left out of both sides: they did not cost nothing, it is not known what they cost. */
function measureCost(rows: readonly RuleRow[]): Measured | undefined {
  const count = sum(rows, ({ measures: { calls, unpriced, unpriced_unit } }) => {
    return (calls ?? 0n) - (unpriced ?? 0n) - (unpriced_unit ?? 0n);
  });
  const weigh = ({ measures }: RuleRow): bigint => measures.cost ?? 0n;
  return count > 0n
    ? exactly({ numerator: sum(rows, weigh), denominator: count }, count, weigh, 'cost_usd')
    : undefined;
}

function measureShare(
  rows: readonly RuleRow[],
  weigh: (row: RuleRow) => bigint,
  by: ContributionUnit,
): Measured | undefined {
  const calls = sum(rows, countCalls);
  if (calls <= 0n) return undefined;
  return exactly({ numerator: sum(rows, weigh) * PICO, denominator: calls }, calls, weigh, by);
}

/** Where nothing was read from a cache or written to one, none is in use, and its rate is not zero but unknown. */
function measurePromptCache(rows: readonly RuleRow[]): Measured | undefined {
  const input = sum(rows, ({ measures }) => measures.input_tokens ?? 0n);
  const read = sum(rows, ({ measures }) => measures.cache_read_tokens ?? 0n);
  const written = sum(rows, ({ measures: { cache_write_tokens, cache_write_5m_tokens, cache_write_1h_tokens } }) => {
    return (cache_write_tokens ?? 0n) + (cache_write_5m_tokens ?? 0n) + (cache_write_1h_tokens ?? 0n);
  });
  const calls = sum(rows, countCalls);
  if (input <= 0n || calls <= 0n || read + written <= 0n) return undefined;
  const weigh = ({ measures }: RuleRow): bigint => (measures.input_tokens ?? 0n) - (measures.cache_read_tokens ?? 0n);
  return exactly({ numerator: read * PICO, denominator: input }, calls, weigh, 'uncached_input_tokens');
}

/** A cache of responses leaves no other trace than its hits: without one, there may be none. */
function measureResponseCache(rows: readonly RuleRow[]): Measured | undefined {
  const hits = sum(rows, ({ measures }) => measures.cache_hits ?? 0n);
  const calls = sum(rows, countCalls);
  if (hits <= 0n || calls <= 0n) return undefined;
  const weigh = (row: RuleRow): bigint => countCalls(row) - (row.measures.cache_hits ?? 0n);
  return exactly({ numerator: hits * PICO, denominator: calls }, calls, weigh, 'calls_without_hit');
}

/** The bucket that holds the value of which 95 of 100 are no larger (nearest rank) says between what it lies. */
function measurePercentile(
  rows: readonly RuleRow[],
  histogram: Histogram,
  bound: (bucket: number) => Pick<Measured, 'low' | 'high'>,
): Measured | undefined {
  const counts = new Map<number, bigint>();
  for (const { histograms } of rows) addBuckets(counts, histograms[histogram]);
  const at = findPercentileBucket(counts, PERCENT);
  if (at === undefined) return undefined;
  const weigh = ({ histograms }: RuleRow): bigint =>
    [...(histograms[histogram] ?? [])].reduce((total, [bucket, calls]) => total + (bucket >= at ? calls : 0n), 0n);
  return { ...bound(at), count: countBuckets(counts), weigh, by: 'calls_as_high' };
}

/** Bounds in 1e-12 of a millisecond. */
function boundLatencyPico(bucket: number): Pick<Measured, 'low' | 'high'> {
  const { lowMicros, highMicros } = boundLatency(bucket);
  const pico = (micros: bigint): Fraction => ({ numerator: micros * PICO_PER_MICRO, denominator: 1n });
  return { low: pico(lowMicros), high: highMicros === null ? null : pico(highMicros) };
}

function boundQuota(bucket: number): Pick<Measured, 'low' | 'high'> {
  const percent = (value: number): Fraction => ({ numerator: BigInt(value) * PICO, denominator: 100n });
  return { low: percent(bucket), high: bucket >= QUOTA_BUCKETS - 1 ? null : percent(bucket + 1) };
}

function exactly(value: Fraction, count: bigint, weigh: Measured['weigh'], by: ContributionUnit): Measured {
  return { low: value, high: value, count, weigh, by };
}

function countCalls({ measures }: RuleRow): bigint {
  return measures.calls ?? 0n;
}

function sum(rows: readonly RuleRow[], of: (row: RuleRow) => bigint): bigint {
  return rows.reduce((total, row) => total + of(row), 0n);
}
