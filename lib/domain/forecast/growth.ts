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

/** Days back over which a rise is looked for, and how many of them must have data. */
const RISE_DAYS = 14;
const MIN_RISE_DAYS = 3;
/** Part of the mean that is added to each day, so that a zero has a logarithm. */
const RISE_FLOOR = 0.05;
/** Squared distance from the line, in all, that a few days may have by luck alone. */
const LEAST_RESIDUAL = 0.1;

/**
 * Daily rise of the logarithm of the amounts, from a line through the last fortnight: 0 where they fall or are fewer than
 * three, drawn towards 0 as far as it is no larger than its own error. It says what may happen, not what is forecast: most
 * rises end soon.
 *
 * @param end - index after the last day that may be looked at
 */
export function estimateRecentRise({ amounts, isKnown, sums }: DailyHistory, end: number): number {
  const start = Math.max(0, end - RISE_DAYS);
  const floor = (RISE_FLOOR * ((sums[end] ?? 0) - (sums[start] ?? 0))) / (end - start);
  if (!(floor > 0)) return 0;
  const points: { readonly x: number; readonly y: number }[] = [];
  for (let index = start; index < end; index++) {
    if (isKnown[index] === true) points.push({ x: index, y: Math.log((amounts[index] ?? 0) + floor) });
  }
  if (points.length < MIN_RISE_DAYS) return 0;
  const meanX = points.reduce((total, { x }) => total + x, 0) / points.length;
  const meanY = points.reduce((total, { y }) => total + y, 0) / points.length;
  const square = points.reduce((total, { x }) => total + (x - meanX) ** 2, 0);
  const slope = points.reduce((total, { x, y }) => total + (x - meanX) * (y - meanY), 0) / square;
  if (slope <= 0) return 0;
  const residual = points.reduce((total, { x, y }) => total + (y - meanY - slope * (x - meanX)) ** 2, LEAST_RESIDUAL);
  const errorSquare = residual / (points.length - 2) / square;
  return (slope * slope ** 2) / (slope ** 2 + 2 * errorSquare);
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
