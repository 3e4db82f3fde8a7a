import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyBucket } from '../../../../lib/contracts/measures.ts';
import {
  addBuckets,
  boundLatency,
  countBuckets,
  findPercentileBucket,
} from '../../../../lib/domain/histograms/buckets.ts';

describe('a percentile of a histogram', () => {
  it('lies in the bucket that holds the value at its rank', () => {
    // 19 of 20 calls in bucket 3, one in bucket 9: rank 19 of 95 % is still in 3, rank 20 of 96 % in 9.
    const counts = new Map([
      [9, 1n],
      [3, 19n],
    ]);
    expect([50n, 95n, 96n, 100n].map((percent) => findPercentileBucket(counts, percent))).toEqual([3, 3, 9, 9]);
  });

  it('is not there where nothing is counted', () => {
    expect(findPercentileBucket(new Map(), 95n)).toBeUndefined();
    expect(findPercentileBucket(new Map([[4, 0n]]), 95n)).toBeUndefined();
  });

  it('lies between the bounds that are given for it, whatever the latencies', () => {
    const latencies = fc.array(fc.double({ min: 0, max: 300_000, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(latencies, fc.integer({ min: 1, max: 100 }), (all, percent) => {
        const counts = new Map<number, bigint>();
        for (const latencyMs of all) addBuckets(counts, new Map([[latencyBucket(latencyMs), 1n]]));
        expect(countBuckets(counts)).toBe(BigInt(all.length));
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.ceil((all.length * percent) / 100) - 1] ?? Number.NaN;
        const { lowMicros, highMicros } = boundLatency(findPercentileBucket(counts, BigInt(percent)) ?? -1);
        expect(exact * 1_000).toBeGreaterThanOrEqual(Number(lowMicros));
        expect(exact * 1_000).toBeLessThan(highMicros === null ? Number.POSITIVE_INFINITY : Number(highMicros));
      }),
    );
  });
});

describe('the bounds of a latency bucket', () => {
  it('begin at nothing, go up by half octaves, and end open', () => {
    expect(boundLatency(0)).toEqual({ lowMicros: 0n, highMicros: 50_000n });
    // 50 ms x 2 ^ 0.5 = 70.710678... ms: the lower one is rounded down, the upper one up.
    expect(boundLatency(1)).toEqual({ lowMicros: 50_000n, highMicros: 70_711n });
    expect(boundLatency(2)).toEqual({ lowMicros: 70_710n, highMicros: 100_000n });
    // 50 ms x 2 ^ 11 = 102,400 ms
    expect(boundLatency(23)).toEqual({ lowMicros: 102_400_000n, highMicros: null });
  });
});
