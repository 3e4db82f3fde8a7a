import type { DailyHistory } from './daily-history.ts';
import { estimateWeekdayFactors } from './weekday-pattern.ts';

const WINDOW_DAYS = 56;
const MIN_FACTOR = 0.1;
// The first days of a series say little of its noise; two days of 0.5 are mixed in, and one day alone deviates from nothing.
const PRIOR_DAYS = 2;
const PRIOR_NOISE = 0.5;

/** Mean deviation of the last days from their mean, over that mean, without the weekday; above 0. */
export function measureNoise(history: DailyHistory): number {
  const { length } = history.amounts;
  const factors = estimateWeekdayFactors(history, length);
  const relative: number[] = [];
  for (let index = Math.max(0, length - WINDOW_DAYS); index < length; index++) {
    if (history.isKnown[index] !== true) continue;
    const factor = factors[(history.firstDay + index) % 7] ?? 1;
    relative.push((history.amounts[index] ?? 0) / Math.max(MIN_FACTOR, factor));
  }
  const mean = relative.reduce((total, value) => total + value, 0) / Math.max(1, relative.length);
  const deviation = mean > 0 ? relative.reduce((total, value) => total + Math.abs(value - mean) / mean, 0) : 0;
  return (deviation + PRIOR_NOISE * PRIOR_DAYS) / (Math.max(0, relative.length - 1) + PRIOR_DAYS);
}
