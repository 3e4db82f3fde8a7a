import type { FailureKind } from './call-failure.ts';
import type { MeasuredCall } from './measure-call.ts';
import type { SweepLevel } from './run-sweep.ts';

/** Figures of a sample; a percentile is null where there are too few to know it. */
export interface SampleFigures {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number;
}

/** What calls of one level came to. What there is nothing to tell of is null, never zero. */
export interface LevelFigures {
  readonly concurrency: number;
  readonly maxInFlight: number;
  readonly calls: number;
  readonly ok: number;
  /** Calls of each kind of failure; those that were interrupted stand in none. */
  readonly failures: ReadonlyMap<FailureKind, number>;
  /** Of the calls that went well, in milliseconds. */
  readonly totalMs: SampleFigures | null;
  readonly ttftMs: SampleFigures | null;
  /** Output tokens of a call over its time. */
  readonly tokensPerS: SampleFigures | null;
  /** Output tokens after the first over the time after the first. */
  readonly decodeTokensPerS: SampleFigures | null;
  /** Calls that opened a connection. */
  readonly connectionMs: SampleFigures | null;
  /** All calls that went well together, over the time from the first start to the last end. */
  readonly throughput: Throughput | null;
}

/** What an endpoint did in a second. */
export interface Throughput {
  readonly callsPerS: number;
  readonly inputTokensPerS: number;
  readonly outputTokensPerS: number;
}

/** Sums a level up. */
export function summariseLevel({ concurrency, calls, wallMs, maxInFlight }: SweepLevel): LevelFigures {
  const good = calls.filter(({ failure }) => failure === null);
  return {
    concurrency,
    maxInFlight,
    calls: calls.filter(({ failure }) => failure?.kind !== 'interrupted').length,
    ok: good.length,
    failures: countFailures(calls),
    totalMs: describeSample(good.map(({ totalMs }) => totalMs)),
    ttftMs: describeSample(good.flatMap(({ ttftMs }) => ttftMs ?? [])),
    tokensPerS: describeSample(good.flatMap((call) => readSpeed(call) ?? [])),
    decodeTokensPerS: describeSample(good.flatMap((call) => readDecodeSpeed(call) ?? [])),
    connectionMs: describeSample(calls.flatMap(({ connection }) => connection?.totalMs ?? [])),
    throughput: describeThroughput(good, wallMs),
  };
}

/**
 * Percentiles by the nearest rank. One is told only where as much as one call lies beyond it: the median from 2 on, the
 * 90th from 10, the 95th from 20, the 99th from 100.
 */
export function describeSample(values: readonly number[]): SampleFigures | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return null;
  const count = sorted.length;
  const rank = (percent: number): number | null =>
    count * (100 - percent) < 100 ? null : (sorted[Math.ceil((count * percent) / 100) - 1] ?? null);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  return { count, min, mean, p50: rank(50), p90: rank(90), p95: rank(95), p99: rank(99), max };
}

/** Output tokens of a call over its whole time; null where either is nothing. */
export function readSpeed({ tokens, totalMs }: MeasuredCall): number | null {
  return tokens === null || tokens.outputTokens === 0 || totalMs <= 0 ? null : (tokens.outputTokens / totalMs) * 1_000;
}

/** Output tokens of a call after the first, over the time after the first; null where that is nothing. */
export function readDecodeSpeed({ tokens, totalMs, ttftMs }: MeasuredCall): number | null {
  if (tokens === null || ttftMs === null || tokens.outputTokens < 2 || totalMs <= ttftMs) return null;
  return ((tokens.outputTokens - 1) / (totalMs - ttftMs)) * 1_000;
}

/** Calls of each kind of failure, the most frequent first. */
export function countFailures(calls: readonly MeasuredCall[]): ReadonlyMap<FailureKind, number> {
  const counts = new Map<FailureKind, number>();
  for (const { failure } of calls)
    if (failure !== null && failure.kind !== 'interrupted')
      counts.set(failure.kind, (counts.get(failure.kind) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

/**
 * The level at which an endpoint wrote most tokens in a second, of those at which 95 % of the calls went well at least.
 *
 * @returns undefined where there is none
 */
export function findBestLevel(
  levels: readonly LevelFigures[],
): (LevelFigures & { throughput: Throughput }) | undefined {
  let best: (LevelFigures & { throughput: Throughput }) | undefined;
  for (const level of levels) {
    const { throughput, ok, calls } = level;
    if (throughput === null || ok < calls * MIN_OK_RATIO) continue;
    if (throughput.outputTokensPerS > (best?.throughput.outputTokensPerS ?? 0)) best = { ...level, throughput };
  }
  return best;
}

/** Where fewer calls go well, an endpoint is beyond what it can do, and not recommended. */
export const MIN_OK_RATIO = 0.95;

function describeThroughput(good: readonly MeasuredCall[], wallMs: number): Throughput | null {
  if (good.length === 0 || wallMs <= 0) return null;
  const sum = (read: (call: MeasuredCall) => number): number => good.reduce((total, call) => total + read(call), 0);
  const perS = (count: number): number => (count / wallMs) * 1_000;
  return {
    callsPerS: perS(good.length),
    inputTokensPerS: perS(sum(({ tokens }) => tokens?.inputTokens ?? 0)),
    outputTokensPerS: perS(sum(({ tokens }) => tokens?.outputTokens ?? 0)),
  };
}
