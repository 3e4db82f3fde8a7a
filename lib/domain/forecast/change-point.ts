/** The strongest change of level among the last days. */
export interface ChangePoint {
  /** Days since the change; 0 when there are too few days to tell. */
  readonly days: number;
  /** Difference of the mean logarithms before and after, in standard errors. */
  readonly score: number;
}

const MIN_DAYS_AFTER = 2;
const MAX_DAYS_AFTER = 28;
const MIN_DAYS_BEFORE = 3;
const MAX_DAYS_BEFORE = 28;
// Three days of a tenth keep a few equal days from making any difference look certain.
const PRIOR_DAYS = 3;
const PRIOR_VARIANCE = 0.01;
const MIN_VARIANCE = 0.0025;

/**
 * Looks for the split of the last days whose two sides differ most.
 *
 * @param logs - logarithms of the days' amounts without their weekday, newest first
 */
export function findChangePoint(logs: readonly number[]): ChangePoint {
  const sums = [0];
  const squares = [0];
  for (const [index, value] of logs.entries()) {
    sums.push((sums[index] ?? 0) + value);
    squares.push((squares[index] ?? 0) + value * value);
  }
  let strongest: ChangePoint = { days: 0, score: 0 };
  for (let after = MIN_DAYS_AFTER; after <= Math.min(MAX_DAYS_AFTER, logs.length - MIN_DAYS_BEFORE); after++) {
    const both = Math.min(logs.length, after + MAX_DAYS_BEFORE);
    const before = both - after;
    const meanAfter = (sums[after] ?? 0) / after;
    const meanBefore = ((sums[both] ?? 0) - (sums[after] ?? 0)) / before;
    const within = (squares[both] ?? 0) - after * meanAfter ** 2 - before * meanBefore ** 2;
    const variance = (Math.max(0, within) + PRIOR_DAYS * PRIOR_VARIANCE) / (both - 2 + PRIOR_DAYS) + MIN_VARIANCE;
    const score = Math.abs(meanAfter - meanBefore) / Math.sqrt(variance * (1 / after + 1 / before));
    if (score > strongest.score) strongest = { days: after, score };
  }
  return strongest;
}
