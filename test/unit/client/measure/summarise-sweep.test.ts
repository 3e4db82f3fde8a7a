import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../../lib/client/measure/call-failure.ts';
import type { MeasuredCall } from '../../../../lib/client/measure/measure-call.ts';
import {
  describeSample,
  findBestLevel,
  type LevelFigures,
  readDecodeSpeed,
  readSpeed,
  summariseLevel,
} from '../../../../lib/client/measure/summarise-sweep.ts';

const call = (over: Partial<MeasuredCall> = {}): MeasuredCall => ({
  ...{ isStreaming: true, startEpochMs: 0, startMs: 0, endMs: 2_000, connection: null, ttftMs: 500, totalMs: 2_000 },
  ...{ failure: null, tokens: { inputTokens: 100, outputTokens: 40, source: 'response' } },
  ...{ reading: undefined, headers: {} },
  ...over,
});
const failed = (kind: FailureKind): MeasuredCall =>
  call({ failure: { kind, detail: null }, tokens: null, ttftMs: null });
const level = (over: Partial<LevelFigures>): LevelFigures => ({
  ...summariseLevel({ concurrency: 1, calls: [call()], wallMs: 1_000, maxInFlight: 1 }),
  ...over,
});

describe('a sample', () => {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => count - index);

  it('has percentiles by the nearest rank', () => {
    // Of 1 to 100 the 50th is 50, the 99th 99.
    expect(describeSample(upTo(100))).toEqual({
      ...{ count: 100, min: 1, mean: 50.5, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 },
    });
  });

  it.each([
    [1, []],
    [2, ['p50']],
    [9, ['p50']],
    [10, ['p50', 'p90']],
    [19, ['p50', 'p90']],
    [20, ['p50', 'p90', 'p95']],
    [99, ['p50', 'p90', 'p95']],
    [100, ['p50', 'p90', 'p95', 'p99']],
  ])('of %i knows only those percentiles beyond which a call lies', (count, known) => {
    const { p50, p90, p95, p99 } = describeSample(upTo(count)) ?? {};
    const told = Object.entries({ p50, p90, p95, p99 }).filter(([, value]) => value !== null);
    expect(told.map(([name]) => name)).toEqual(known);
  });

  it('of nothing is unknown', () => {
    expect(describeSample([])).toBeNull();
  });
});

describe('a call', () => {
  it('writes at the speed of its whole time, and after its first token at another', () => {
    // 40 tokens in 2 s; 39 in the 1.5 s after the first.
    expect(readSpeed(call())).toBe(20);
    expect(readDecodeSpeed(call())).toBe(26);
  });

  it('has no speed after its first token where there is no other, or no time', () => {
    expect(readDecodeSpeed(call({ tokens: { inputTokens: 1, outputTokens: 1, source: 'response' } }))).toBeNull();
    expect(readDecodeSpeed(call({ ttftMs: 2_000 }))).toBeNull();
    expect(readDecodeSpeed(call({ ttftMs: null }))).toBeNull();
    expect(readSpeed(call({ tokens: { inputTokens: 1, outputTokens: 0, source: 'response' } }))).toBeNull();
    expect(readSpeed(failed('http_500'))).toBeNull();
  });
});

describe('a level', () => {
  it('sums the calls that went well over the time of all', () => {
    const calls = [call(), call({ totalMs: 3_000 }), failed('http_429'), failed('http_429'), failed('reset')];
    const figures = summariseLevel({ concurrency: 4, calls, wallMs: 4_000, maxInFlight: 4 });
    expect(figures).toMatchObject({ concurrency: 4, calls: 5, ok: 2 });
    expect([...figures.failures]).toEqual([
      ['http_429', 2],
      ['reset', 1],
    ]);
    // 2 calls, 200 and 80 tokens in 4 s.
    expect(figures.throughput).toEqual({ callsPerS: 0.5, inputTokensPerS: 50, outputTokensPerS: 20 });
    expect(figures.totalMs).toMatchObject({ count: 2, min: 2_000, max: 3_000 });
  });

  it('leaves interrupted calls out of its calls and of its failures', () => {
    const figures = summariseLevel({
      concurrency: 1,
      calls: [call(), failed('interrupted')],
      wallMs: 1,
      maxInFlight: 1,
    });
    expect(figures).toMatchObject({ calls: 1, ok: 1 });
    expect(figures.failures.size).toBe(0);
  });

  it('without a call that went well has no throughput', () => {
    const figures = summariseLevel({ concurrency: 1, calls: [failed('reset')], wallMs: 10, maxInFlight: 1 });
    expect(figures).toMatchObject({ throughput: null, totalMs: null, ttftMs: null, tokensPerS: null });
  });

  it('counts the connections that were opened, by failed calls too', () => {
    const connection = { dnsMs: null, tcpMs: 3, tlsMs: null, totalMs: 3 };
    const calls = [call({ connection }), call(), { ...failed('http_500'), connection }];
    const figures = summariseLevel({ concurrency: 1, calls, wallMs: 10, maxInFlight: 1 });
    expect(figures.connectionMs).toMatchObject({ count: 2, max: 3 });
  });
});

describe('the best level', () => {
  const at = (concurrency: number, outputTokensPerS: number, over: Partial<LevelFigures> = {}): LevelFigures =>
    level({ concurrency, throughput: { callsPerS: 1, inputTokensPerS: 1, outputTokensPerS }, ...over });

  it('wrote most tokens in a second; of equals the first', () => {
    expect(findBestLevel([at(1, 10), at(2, 30), at(4, 20), at(8, 30)])?.concurrency).toBe(2);
  });

  it('is none at which more than one call in twenty failed', () => {
    expect(findBestLevel([at(1, 10), at(2, 30, { calls: 100, ok: 94 })])?.concurrency).toBe(1);
    expect(findBestLevel([at(1, 10), at(2, 30, { calls: 100, ok: 95 })])?.concurrency).toBe(2);
  });

  it('is unknown where nothing went well', () => {
    expect(findBestLevel([at(1, 0, { throughput: null, ok: 0 })])).toBeUndefined();
    expect(findBestLevel([])).toBeUndefined();
  });
});
