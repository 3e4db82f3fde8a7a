import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyBucket } from '../../lib/contracts/measures.ts';
import { type PerformanceRow, summarisePerformance } from '../../lib/domain/performance/summarise-performance.ts';

/** A call of some hour; a latency of null was not reported. */
interface Call {
  readonly hour: number;
  readonly latencyMs: number | null;
  readonly outputTokens: number;
}

const calls = fc.array(
  fc.record<Call>({
    hour: fc.integer({ min: 0, max: 5 }),
    latencyMs: fc.option(fc.double({ min: 0, max: 250_000, noNaN: true }), { freq: 8 }),
    outputTokens: fc.integer({ min: 0, max: 100_000 }),
  }),
  { maxLength: 40 },
);

const toRow = ({ latencyMs, outputTokens }: Call): PerformanceRow => ({
  measures: { calls: 1n, output_tokens: BigInt(outputTokens) },
  histograms: latencyMs === null ? {} : { latency_ms: new Map([[latencyBucket(latencyMs), 1n]]) },
});

/** The sums of each hour, as the ledger keeps them. */
function foldHours(all: readonly Call[]): readonly PerformanceRow[] {
  return [0, 1, 2, 3, 4, 5].flatMap((hour) => {
    const inHour = all.filter((call) => call.hour === hour);
    const counts = new Map<number, bigint>();
    let tokens = 0n;
    for (const { latencyMs, outputTokens } of inHour) {
      tokens += BigInt(outputTokens);
      if (latencyMs === null) continue;
      const bucket = latencyBucket(latencyMs);
      counts.set(bucket, (counts.get(bucket) ?? 0n) + 1n);
    }
    const measures = { calls: BigInt(inHour.length), output_tokens: tokens };
    return inHour.length === 0 ? [] : [{ measures, histograms: { latency_ms: counts } }];
  });
}

describe('tokens a second', () => {
  it('lie between the bounds that are told of them, whatever the calls', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const isWhole = ({ hour }: Call) => all.every((call) => call.hour !== hour || call.latencyMs !== null);
        const timed = all.filter(isWhole);
        const tokens = timed.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
        const seconds = timed.reduce((sum, { latencyMs }) => sum + (latencyMs ?? 0), 0) / 1_000;
        const { speed } = summarisePerformance(foldHours(all));
        expect(speed === null).toBe(tokens === 0);
        if (!speed) return;
        expect(speed.calls).toBe(BigInt(timed.length));
        // Multiplied out, as calls may have taken no time at all; floats of sums are exact to 1e-9 of themselves.
        expect(speed.atLeast * seconds).toBeLessThanOrEqual(tokens * (1 + 1e-9));
        if (speed.atMost !== null) expect(speed.atMost * seconds).toBeGreaterThanOrEqual(tokens * (1 - 1e-9));
      }),
    );
  });
});

describe('percentiles, shares and sums', () => {
  it('are the same whether calls are summed by the hour or one by one', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const { speed: _byHour, ...hours } = summarisePerformance(foldHours(all));
        const { speed: _byCall, ...single } = summarisePerformance(all.map(toRow));
        expect(hours).toEqual(single);
      }),
    );
  });
});
