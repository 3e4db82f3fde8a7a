/** Standard deviation of normal values over their median absolute deviation. */
const NORMAL_PER_MAD = 1.4826;

/** The middle value; of an even number the mean of the two in the middle. NaN for none. */
export function findMedian(values: readonly number[]): number {
  // Sorts numbers as such without asking for each pair.
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Standard deviation of values around zero by their median absolute value, which a few wild ones do not move. */
export function estimateSpread(residuals: readonly number[]): number {
  return NORMAL_PER_MAD * findMedian(residuals.map(Math.abs));
}

/** The arithmetic mean; 0 for none. */
export function findMean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value, or the bound that it lies beyond. */
export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

const PICO_USD_PER_USD = 1e12;

/** An amount as a statistical number of USD: to estimate with, never to book. */
export function toStatisticalUsd(picoUsd: bigint): number {
  return Number(picoUsd) / PICO_USD_PER_USD;
}

/** An estimate in USD as whole picoUSD; finite. */
export function fromStatisticalUsd(usd: number): bigint {
  return BigInt(Math.round(usd * PICO_USD_PER_USD));
}
