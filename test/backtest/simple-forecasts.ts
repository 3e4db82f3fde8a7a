import type { SeriesDay } from './windows.ts';

/** The methods that the forecast has to match, in the order of {@link forecastSimply}. */
export const SIMPLE_METHODS = ['run-rate', 'last-7', 'last-28', 'weekday-mean', 'seasonal-naive'] as const;

/** How many of {@link SIMPLE_METHODS}, from the first, the bar is set by. */
export const BAR_METHODS = 4;

const WEEKDAY_WINDOW_DAYS = 56;

/**
 * What each simple method expects of the days after `asOf`.
 *
 * @param known - days with data up to `asOf`, ascending, at least one of them in the period
 */
export function forecastSimply(
  known: readonly SeriesDay[],
  asOf: number,
  elapsedDays: number,
  daysLeft: number,
): number[] {
  const meanOf = (windowDays: number): number => {
    const within = known.filter(({ number }) => number > asOf - windowDays);
    return within.reduce((total, { amount }) => total + amount, 0) / Math.max(1, within.length);
  };
  const weekdays = meanByWeekday(known, asOf - WEEKDAY_WINDOW_DAYS, meanOf(WEEKDAY_WINDOW_DAYS));
  const lastWeek = meanByWeekday(known, asOf - 7, meanOf(7));
  const ahead = Array.from({ length: daysLeft }, (_, day) => (asOf + 1 + day) % 7);
  const follow = (week: readonly number[]): number => ahead.reduce((total, weekday) => total + (week[weekday] ?? 0), 0);
  return [
    meanOf(elapsedDays) * daysLeft,
    meanOf(7) * daysLeft,
    meanOf(28) * daysLeft,
    follow(weekdays),
    follow(lastWeek),
  ];
}

function meanByWeekday(known: readonly SeriesDay[], after: number, otherwise: number): number[] {
  return Array.from({ length: 7 }, (_, weekday) => {
    const same = known.filter(({ number }) => number > after && number % 7 === weekday);
    return same.length === 0 ? otherwise : same.reduce((total, { amount }) => total + amount, 0) / same.length;
  });
}
