import type { DailyHistory } from './daily-history.ts';
import { type LevelSummary, summariseLevel } from './summarise-level.ts';
import { compareWithYearAgo } from './year-ago.ts';

/** How many simple methods are combined: the length of every list of forecasts and shares. */
export const METHOD_COUNT = 11;
/** Where the plain means of 7 and 28 days stand in those lists. */
export const MEAN_7 = 0;
export const MEAN_28 = 1;

/** The mean that growth starts from is about so many days old. */
const GROWTH_LEAD_DAYS = 3;
/** Growth does not go on for longer than it was seen. */
const MAX_GROWTH_DAYS = 30;

/**
 * What each method, standing behind the day before `end`, expects of the next days in all, in units: a list of
 * {@link METHOD_COUNT} for each horizon. The methods are plain means of 7, 28 and 182 days, a mean by weekday, means that
 * fade in 1 and 20 days, one that fades and has its peaks cut, a median, growth, and two that follow last year's course.
 *
 * @param end - index after the last day that may be looked at; one day with data before it at least
 * @param horizons - days to come, one at least
 */
export function forecastRests(history: DailyHistory, end: number, horizons: readonly number[]): number[][] {
  const level = summariseLevel(history, end);
  return horizons.map((horizonDays) =>
    forecastHorizon(level, compareWithYearAgo(history, end, horizonDays), horizonDays),
  );
}

function forecastHorizon(level: LevelSummary, yearRatio: number, horizonDays: number): number[] {
  let factors = 0;
  let weekdayMeans = 0;
  let growing = 0;
  for (let ahead = 0; ahead < horizonDays; ahead++) {
    const weekday = (level.nextWeekday + ahead) % 7;
    const factor = level.weekdayFactors[weekday] ?? 1;
    factors += factor;
    weekdayMeans += level.weekdayMeans56[weekday] ?? 0;
    growing += factor * Math.exp(level.dailyGrowth * Math.min(ahead + GROWTH_LEAD_DAYS, MAX_GROWTH_DAYS));
  }
  return [
    level.mean7 * horizonDays,
    level.mean28 * horizonDays,
    level.mean182 * horizonDays,
    weekdayMeans,
    level.fading1 * factors,
    level.fading20 * factors,
    level.clipped * factors,
    level.median28 * factors,
    level.fading5 * growing,
    level.clipped * factors * yearRatio,
    level.fading5 * factors * yearRatio,
  ];
}
