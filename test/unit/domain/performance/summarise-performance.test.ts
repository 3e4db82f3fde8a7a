import { describe, expect, it } from 'vitest';
import { latencyBucket } from '../../../../lib/contracts/measures.ts';
import { type PerformanceRow, summarisePerformance } from '../../../../lib/domain/performance/summarise-performance.ts';

const latencies = (...allMs: number[]): Map<number, bigint> => {
  const counts = new Map<number, bigint>();
  for (const latencyMs of allMs) {
    const bucket = latencyBucket(latencyMs);
    counts.set(bucket, (counts.get(bucket) ?? 0n) + 1n);
  }
  return counts;
};

const row = (measures: PerformanceRow['measures'], ...latencyMs: number[]): PerformanceRow => ({
  measures,
  histograms: latencyMs.length > 0 ? { latency_ms: latencies(...latencyMs) } : {},
});

describe('how calls went', () => {
  it('is told in shares of the sums of all rows', () => {
    const figures = summarisePerformance([
      row({ calls: 6n, errors: 1n, cache_hits: 2n, input_tokens: 700n, cache_read_tokens: 300n }),
      row({ calls: 2n, aborted: 1n, input_tokens: 300n, quality_sum: 1_600_000_000n, quality_count: 2n }),
    ]);
    // (8 - 1 - 1) / 8, 2 / 8, 300 / 1,000, 1.6 / 2
    expect(figures).toMatchObject({
      ...{ availabilityRatio: 0.75, responseCacheRatio: 0.25, promptCacheRatio: 0.3, meanQuality: 0.8 },
      measures: { calls: 8n, errors: 1n, aborted: 1n },
    });
  });

  it('is unknown and not zero where nothing was reported', () => {
    expect(summarisePerformance([])).toEqual({
      measures: {},
      ...{ availabilityRatio: null, responseCacheRatio: null, promptCacheRatio: null, meanQuality: null },
      ...{ latency: null, ttft: null, speed: null, cost: null },
    });
  });
});

describe('a cache', () => {
  it('is in use once anything is written to it, and before that its rate is unknown and not zero', () => {
    expect(summarisePerformance([row({ calls: 1n, input_tokens: 10n })])).toMatchObject({
      promptCacheRatio: null,
      responseCacheRatio: null,
    });
    const written = row({ calls: 1n, input_tokens: 10n, cache_write_5m_tokens: 10n });
    expect(summarisePerformance([written]).promptCacheRatio).toBe(0);
  });
});

describe('latency', () => {
  it('has each percentile between the bounds of its bucket', () => {
    // Of 100 calls 60 took 120 ms (100 to 141.4), 34 took 300 (282.8 to 400), 5 took 900 (800 to 1,131.4), one 200 s (open).
    const { latency } = summarisePerformance([
      row({ calls: 60n }, ...Array<number>(60).fill(120)),
      row({ calls: 40n }, ...Array<number>(34).fill(300), ...Array<number>(5).fill(900), 200_000),
    ]);
    expect(latency).toEqual({
      calls: 100n,
      percentiles: [
        { percent: 50, atLeastMs: 100, belowMs: 141.422 },
        { percent: 90, atLeastMs: 282.842, belowMs: 400 },
        { percent: 95, atLeastMs: 800, belowMs: 1131.371 },
        { percent: 99, atLeastMs: 800, belowMs: 1131.371 },
      ],
    });
  });

  it('has no upper bound in the last bucket, and says nothing of time to first token', () => {
    const { latency, ttft } = summarisePerformance([row({ calls: 1n }, 102_400)]);
    expect(latency?.percentiles[0]).toEqual({ percent: 50, atLeastMs: 102_400, belowMs: null });
    expect(ttft).toBeNull();
  });
});

describe('tokens a second', () => {
  it('lie between the tokens over the longest and over the shortest time that the calls can have taken', () => {
    // Two calls of 100 to 141.422 ms: 300 tokens over 0.282844 s are 1,060.655..., over 0.2 s 1,500.
    const { speed } = summarisePerformance([row({ calls: 2n, output_tokens: 300n }, 120, 130)]);
    expect(speed).toEqual({ calls: 2n, atLeast: 1060.655, atMost: 1500 });
  });

  it('are of the rows in which every call reported its latency: the tokens of others are nobody knows whose', () => {
    const { speed } = summarisePerformance([
      row({ calls: 2n, output_tokens: 300n }, 120, 130),
      row({ calls: 2n, output_tokens: 1_000_000n }, 120),
      row({ calls: 3n, output_tokens: 1_000_000n }),
    ]);
    expect(speed).toEqual({ calls: 2n, atLeast: 1060.655, atMost: 1500 });
  });

  it('have no bound on the side that a bucket leaves open, and are unknown without tokens', () => {
    const speedAt = (latencyMs: number) =>
      summarisePerformance([row({ calls: 1n, output_tokens: 1_024n }, latencyMs)]).speed;
    // Below 50 ms: 1,024 tokens over 0.05 s are 20,480. From 102.4 s on: over 102.4 s 10.
    expect(speedAt(10)).toEqual({ calls: 1n, atLeast: 20_480, atMost: null });
    expect(speedAt(200_000)).toEqual({ calls: 1n, atLeast: 0, atMost: 10 });
    expect(summarisePerformance([row({ calls: 1n }, 10)]).speed).toBeNull();
  });
});

describe('cost', () => {
  it('is of the calls that have a price, each quotient rounded once', () => {
    // 10 calls, 3 without a price: 100 / 7 = 14.28..., 100,000 / 7 = 14,285.71..., 14.28... / 0.5 = 28.57...
    const { cost } = summarisePerformance([
      row({ calls: 8n, unpriced: 2n, cost: 60n, quality_sum: 500_000_000n, quality_count: 1n }),
      row({ calls: 2n, unpriced_unit: 1n, cost: 40n }),
    ]);
    expect(cost).toEqual({
      costPicoUsd: 100n,
      perCallPicoUsd: 14n,
      perThousandCallsPicoUsd: 14_286n,
      perQualityPointPicoUsd: 29n,
    });
  });

  it('is unknown where no call has a price, and has no quality point where the quality is zero or unknown', () => {
    expect(summarisePerformance([row({ calls: 2n, unpriced: 2n })]).cost).toBeNull();
    expect(summarisePerformance([row({ calls: 2n, cost: 2n })]).cost?.perQualityPointPicoUsd).toBeNull();
    const ofNone = row({ calls: 2n, cost: 2n, quality_count: 2n });
    expect(summarisePerformance([ofNone]).cost?.perQualityPointPicoUsd).toBeNull();
  });
});
