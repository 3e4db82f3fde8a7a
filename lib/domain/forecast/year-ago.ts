import { type DailyHistory, sumSpan } from './daily-history.ts';

/** Whole weeks, so that the weekdays fall on each other. */
const YEAR_DAYS = 364;
const MONTH_DAYS = 28;
/** Part of the days of a span that must have data. */
const MIN_KNOWN_RATIO = 0.5;
const MAX_RATIO = 4;

/**
 * How the days to come compared with the four weeks before them a year ago, half believed: the square root of the
 * ratio of the means, from a half to 2. 1 where the history does not reach back so far, or nothing was counted then.
 *
 * @param end - index after the last day that may be looked at
 * @param horizonDays - days to come, one at least
 */
export function compareWithYearAgo(history: DailyHistory, end: number, horizonDays: number): number {
  const then = end - YEAR_DAYS;
  if (then < MONTH_DAYS) return 1;
  const days = Math.min(horizonDays, YEAR_DAYS);
  const before = sumSpan(history, then - MONTH_DAYS, then);
  const after = sumSpan(history, then, then + days);
  if (before.count < MIN_KNOWN_RATIO * MONTH_DAYS || after.count < MIN_KNOWN_RATIO * days) return 1;
  if (!(before.sum > 0 && after.sum > 0)) return 1;
  const ratio = after.sum / after.count / (before.sum / before.count);
  return Math.sqrt(Math.max(1 / MAX_RATIO, Math.min(MAX_RATIO, ratio)));
}
