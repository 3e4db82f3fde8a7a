/** Middle of the values, the mean of the two middle ones of an even count; 0 of none. */
export function findMedian(values: readonly number[]): number {
  const sorted = new Float64Array(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Median distance from `center`, scaled to the standard deviation of normal values. */
export function findMedianDeviation(values: readonly number[], center: number): number {
  return 1.4826 * findMedian(values.map((value) => Math.abs(value - center)));
}
