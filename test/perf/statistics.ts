/**
 * The smallest value that at least this share of all values does not exceed (nearest rank).
 * @param ratio - share, above 0 up to 1; 0.5 gives the median
 * @throws RangeError when there are no values
 */
export function findQuantile(values: readonly number[], ratio: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(ratio * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('there is no quantile of no values');
  return found;
}
