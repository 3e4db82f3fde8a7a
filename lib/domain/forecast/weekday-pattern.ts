import type { DailyHistory } from './daily-history.ts';

const WINDOW_DAYS = 59;
/** The ratio of a day looks three days ahead; later days would let a replay of the past see its future. */
const SETTLED_DAYS = 4;
const MIN_FACTOR = 0.02;

/**
 * What a weekday is to the mean day, as seven factors of mean 1, by the remainder of the day number. Each is a mean with
 * one even week mixed in, so that a day seen once counts half.
 *
 * @param end - index after the last day that may be looked at
 */
export function estimateWeekdayFactors({ weekRatios, firstDay }: DailyHistory, end: number): number[] {
  const sums = new Array<number>(7).fill(1);
  const counts = new Array<number>(7).fill(1);
  for (let index = Math.max(0, end - WINDOW_DAYS); index <= end - SETTLED_DAYS; index++) {
    const ratio = weekRatios[index] ?? Number.NaN;
    if (Number.isNaN(ratio)) continue;
    const weekday = (firstDay + index) % 7;
    sums[weekday] = (sums[weekday] ?? 0) + ratio;
    counts[weekday] = (counts[weekday] ?? 0) + 1;
  }
  const means = sums.map((sum, weekday) => sum / (counts[weekday] ?? 1));
  const mean = means.reduce((total, value) => total + value, 0) / 7;
  return means.map((value) => Math.max(MIN_FACTOR, value / mean));
}
