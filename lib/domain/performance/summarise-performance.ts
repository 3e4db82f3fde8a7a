import { type Histogram, type Measures, QUALITY_SCALE } from '../../contracts/measures.ts';
import {
  addBuckets,
  type BucketCounts,
  boundLatency,
  countBuckets,
  findPercentileBucket,
} from '../histograms/buckets.ts';
import { toPicoUsd } from '../money.ts';

/** Sums of calls of one hour or more, with the histograms that are kept beside them. */
export interface PerformanceRow {
  readonly measures: Measures;
  readonly histograms: Readonly<Partial<Record<Histogram, BucketCounts>>>;
}

/** Percentiles that are answered, in percent. */
export const PERCENTILES = [50, 90, 95, 99] as const;

/** A percentile as exactly as the histogram knows it: at least the one bound, below the other. */
export interface PercentileBounds {
  readonly percent: (typeof PERCENTILES)[number];
  /** Milliseconds, to the microsecond. */
  readonly atLeastMs: number;
  /** Null = without an upper bound. */
  readonly belowMs: number | null;
}

/** Percentiles of the calls that reported a time. */
export interface TimeFigures {
  /** Calls that reported it; never zero. */
  readonly calls: bigint;
  readonly percentiles: readonly PercentileBounds[];
}

/** Output tokens for each second of the calls' own time, between bounds; to the thousandth, rounded outwards. */
export interface SpeedFigures {
  /** Calls that it is of; never zero. */
  readonly calls: bigint;
  readonly atLeast: number;
  /** Null = without an upper bound. */
  readonly atMost: number | null;
}

/** What some calls cost; all in picoUSD, each quotient rounded once, half-even. */
export interface CostFigures {
  readonly costPicoUsd: bigint;
  readonly perCallPicoUsd: bigint;
  readonly perThousandCallsPicoUsd: bigint;
  /** Cost of a call over mean quality; null without a quality above zero. */
  readonly perQualityPointPicoUsd: bigint | null;
}

/** How calls went. What there is nothing to tell of is null, never zero. */
export interface PerformanceFigures {
  readonly measures: Measures;
  /** Share of calls that ended neither in an error nor aborted. */
  readonly availabilityRatio: number | null;
  /** Share of calls that were answered from a cache of responses; null without a single hit, as there may be none. */
  readonly responseCacheRatio: number | null;
  /** Share of input tokens that were read from a prompt cache; null where none was read from or written to. */
  readonly promptCacheRatio: number | null;
  /** Mean of the reported qualities, 0 to 1. */
  readonly meanQuality: number | null;
  readonly latency: TimeFigures | null;
  readonly ttft: TimeFigures | null;
  readonly speed: SpeedFigures | null;
  /** Null where no call has a price. Calls without one are left out of both sides of each quotient. */
  readonly cost: CostFigures | null;
}

const MICROS_PER_SECOND = 1_000_000n;
const MILLI = 1_000n;

/** Sums rows of calls and tells how the calls went. Rows of credits must not be among them. */
export function summarisePerformance(rows: Iterable<PerformanceRow>): PerformanceFigures {
  const sums = new Map<keyof Measures, bigint>();
  const [latency, ttft, timed] = [new Map<number, bigint>(), new Map<number, bigint>(), new Map<number, bigint>()];
  let timedTokens = 0n;
  for (const { measures, histograms } of rows) {
    for (const [name, sum] of Object.entries(measures) as [keyof Measures, bigint][])
      sums.set(name, (sums.get(name) ?? 0n) + sum);
    addBuckets(latency, histograms.latency_ms);
    addBuckets(ttft, histograms.ttft_ms);
    // Where some calls reported no latency, nobody knows which of the output tokens are theirs.
    if (countBuckets(histograms.latency_ms ?? new Map()) !== measures.calls) continue;
    addBuckets(timed, histograms.latency_ms);
    timedTokens += measures.output_tokens ?? 0n;
  }
  const measures: Measures = Object.fromEntries(sums);
  const { calls = 0n, errors = 0n, aborted = 0n, quality_sum = 0n, quality_count = 0n } = measures;
  return {
    measures,
    availabilityRatio: divide(calls - errors - aborted, calls),
    responseCacheRatio: measures.cache_hits ? divide(measures.cache_hits, calls) : null,
    promptCacheRatio: dividePromptCache(measures),
    meanQuality: divide(quality_sum, quality_count * BigInt(QUALITY_SCALE)),
    latency: describeTimes(latency),
    ttft: describeTimes(ttft),
    speed: describeSpeed(timedTokens, timed),
    cost: describeCost(measures),
  };
}

function divide(part: bigint, whole: bigint): number | null {
  return whole > 0n ? Number(part) / Number(whole) : null;
}

function dividePromptCache(measures: Measures): number | null {
  const { input_tokens: input = 0n, cache_read_tokens: read = 0n } = measures;
  const { cache_write_tokens = 0n, cache_write_5m_tokens = 0n, cache_write_1h_tokens = 0n } = measures;
  const isInUse = read + cache_write_tokens + cache_write_5m_tokens + cache_write_1h_tokens > 0n;
  return isInUse ? divide(read, input) : null;
}

function describeTimes(counts: BucketCounts): TimeFigures | null {
  const percentiles = PERCENTILES.flatMap((percent) => {
    const bucket = findPercentileBucket(counts, BigInt(percent));
    if (bucket === undefined) return [];
    const { lowMicros, highMicros } = boundLatency(bucket);
    return [{ percent, atLeastMs: toMs(lowMicros), belowMs: highMicros === null ? null : toMs(highMicros) }];
  });
  return percentiles.length > 0 ? { calls: countBuckets(counts), percentiles } : null;
}

function toMs(micros: bigint): number {
  return Number(micros) / 1_000;
}

/** A bucket without an upper bound leaves none below for the speed; calls that may all have taken no time none above. */
function describeSpeed(tokens: bigint, counts: BucketCounts): SpeedFigures | null {
  if (tokens <= 0n) return null;
  let [least, most, isOpen] = [0n, 0n, false];
  for (const [bucket, calls] of counts) {
    const { lowMicros, highMicros } = boundLatency(bucket);
    least += lowMicros * calls;
    most += (highMicros ?? 0n) * calls;
    isOpen ||= highMicros === null && calls > 0n;
  }
  const thousandths = tokens * MICROS_PER_SECOND * MILLI;
  return {
    calls: countBuckets(counts),
    atLeast: isOpen ? 0 : Number(thousandths / most) / 1_000,
    atMost: least === 0n ? null : Number((thousandths + least - 1n) / least) / 1_000,
  };
}

function describeCost(measures: Measures): CostFigures | null {
  const { cost = 0n, calls = 0n, unpriced = 0n, unpriced_unit = 0n, quality_sum = 0n, quality_count = 0n } = measures;
  const priced = calls - unpriced - unpriced_unit;
  if (priced <= 0n) return null;
  const perPoint = { numerator: cost * quality_count * BigInt(QUALITY_SCALE), denominator: priced * quality_sum };
  return {
    costPicoUsd: cost,
    perCallPicoUsd: toPicoUsd({ numerator: cost, denominator: priced }),
    perThousandCallsPicoUsd: toPicoUsd({ numerator: cost * 1_000n, denominator: priced }),
    perQualityPointPicoUsd: quality_sum > 0n ? toPicoUsd(perPoint) : null,
  };
}
