/** The mean of numbers; 0 of none. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

/**
 * The value that so many percent of the numbers do not exceed (nearest rank); 0 of none.
 *
 * @param values - none negative
 * @param percent - whole, 1 to 100
 */
export function findPercentile(values: Float64Array, percent: number): number {
  const rank = Math.ceil((values.length * percent) / 100);
  // Most minutes are idle, and sorting is most of what measuring costs.
  const busy = new Float64Array(values.length);
  let count = 0;
  for (const value of values) if (value > 0) busy[count++] = value;
  const place = rank - 1 - (values.length - count);
  return place < 0 ? 0 : (busy.subarray(0, count).sort()[place] ?? 0);
}
