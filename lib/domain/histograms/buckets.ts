import { latencyBucketUpperMs } from '../../contracts/measures.ts';

/** How many calls fell into each bucket of a histogram, by the bucket's number. */
export type BucketCounts = ReadonlyMap<number, bigint>;

/** Between what the latencies of a bucket lie, in microseconds rounded outwards: half of the bounds are roots. */
export interface LatencyBounds {
  /** Included. */
  readonly lowMicros: bigint;
  /** Excluded; null = without an upper bound. */
  readonly highMicros: bigint | null;
}

/** Adds counts to others in place. */
export function addBuckets(target: Map<number, bigint>, counts: BucketCounts | undefined): void {
  for (const [bucket, calls] of counts ?? []) target.set(bucket, (target.get(bucket) ?? 0n) + calls);
}

/** Calls of all buckets. */
export function countBuckets(counts: BucketCounts): bigint {
  return [...counts.values()].reduce((total, calls) => total + calls, 0n);
}

/**
 * Finds the bucket that holds the value which so many percent of the calls do not exceed (nearest rank).
 *
 * @param percent - above 0, at most 100
 * @returns undefined where no call is counted
 */
export function findPercentileBucket(counts: BucketCounts, percent: bigint): number | undefined {
  const rank = (countBuckets(counts) * percent + 99n) / 100n;
  if (rank <= 0n) return undefined;
  let behind = 0n;
  for (const [bucket, calls] of [...counts].sort(([a], [b]) => a - b)) {
    behind += calls;
    if (behind >= rank) return bucket;
  }
  return undefined;
}

/** The bounds of a latency bucket (0 to 23). */
export function boundLatency(bucket: number): LatencyBounds {
  const lowerMs = bucket === 0 ? 0 : latencyBucketUpperMs(bucket - 1);
  const upperMs = latencyBucketUpperMs(bucket);
  return {
    lowMicros: BigInt(Math.floor(lowerMs * 1_000)),
    highMicros: upperMs === Number.POSITIVE_INFINITY ? null : BigInt(Math.ceil(upperMs * 1_000)),
  };
}
