import type { DailyHistory } from './daily-history.ts';

const MAX_WEEKS = 6;
const MIN_WEEKS = 3;
const MIN_DAYS_OF_WEEK = 4;
const MAX_DAILY_GROWTH = 0.015;

/**
 * Daily change of the logarithm of the level, from a line through the last weekly means: 0 with fewer than three of
 * them, drawn towards 0 as far as it is no larger than its own error, at most 1.5 % a day either way.
 *
 * @param end - index after the last day that may be looked at
 */
export function estimateDailyGrowth(history: DailyHistory, end: number): number {
  const weeks = listWeeklyLogs(history, end);
  if (weeks.length < MIN_WEEKS) return 0;
  const middle = (weeks.length - 1) / 2;
  const mean = weeks.reduce((total, value) => total + value, 0) / weeks.length;
  let product = 0;
  let square = 0;
  for (const [index, value] of weeks.entries()) {
    product += (middle - index) * value;
    square += (middle - index) ** 2;
  }
  const weekly = product / square;
  let residual = 0;
  for (const [index, value] of weeks.entries()) residual += (value - mean - weekly * (middle - index)) ** 2;
  const error = Math.sqrt(residual / (weeks.length - 2) / square);
  const certainty = (weekly / (error + 1e-8)) ** 2;
  const growth = ((weekly / 7) * certainty * weeks.length) / ((certainty + 2) * (weeks.length + 1));
  return Math.max(-MAX_DAILY_GROWTH, Math.min(MAX_DAILY_GROWTH, growth));
}

/** Logarithms of the means of the last whole weeks, newest first, up to the first that is empty or mostly unknown. */
function listWeeklyLogs({ amounts, isKnown }: DailyHistory, end: number): number[] {
  const weeks: number[] = [];
  for (let week = 0; week < MAX_WEEKS; week++) {
    let total = 0;
    let count = 0;
    for (let index = end - 1 - 7 * week; index > end - 8 - 7 * week && index >= 0; index--) {
      if (isKnown[index] !== true) continue;
      total += amounts[index] ?? 0;
      count += 1;
    }
    if (count < MIN_DAYS_OF_WEEK || total <= 0) break;
    weeks.push(Math.log(total / count));
  }
  return weeks;
}
