import { spreadOutlook } from '../break-even/spread-outlook.ts';
import type { VolumeOutlook } from '../break-even/volume-outlook.ts';
import type { CountedDay } from '../forecast/daily-history.ts';
import { parseDayNumber } from '../forecast/day-number.ts';
import { type DailyAmount, projectPeriod } from '../forecast/forecast.ts';
import { addDays } from '../local-time.ts';
import { findKeptRatio, widenOutlook } from './careful-outlook.ts';

/**
 * Days ahead over which a saving has to hold. A move is not undone within a month; over a quarter, falling use and the
 * end of a peak show, and the forecast is wider. Tried beside 30 and 180 days: see docs/migrate-now.md.
 */
export const OUTLOOK_DAYS = 90;

/**
 * Where the API bill is going after a day, as multiples of what the trailing window brought: the forecast and a careful
 * look at the same days, so that a verdict only changes where both agree.
 *
 * @param series - the API cost of complete days, in USD (a model figure) or any other unit
 * @param day - the last complete day that may be looked at
 * @param meanOfWindow - cost per day over the trailing window, in the unit of the series
 * @returns null where nothing can be forecast, or the window brought nothing
 */
export function projectOutlook(
  series: readonly DailyAmount[],
  day: string,
  meanOfWindow: number,
): VolumeOutlook | null {
  const periodStart = addDays(day, 1);
  const projection = projectPeriod({ series, asOf: day, periodStart, periodEnd: addDays(day, OUTLOOK_DAYS) });
  const plain = spreadOutlook(projection, meanOfWindow * OUTLOOK_DAYS);
  if (plain === null) return null;
  return widenOutlook(plain, findKeptRatio(countDays(series, day), parseDayNumber(day) ?? 0, OUTLOOK_DAYS));
}

/** The days up to `asOf`, ascending. */
function countDays(series: readonly DailyAmount[], asOf: string): CountedDay[] {
  return series
    .filter(([day]) => day <= asOf)
    .map(([day, amount]): CountedDay => ({ number: parseDayNumber(day) ?? 0, amount }))
    .sort((a, b) => a.number - b.number);
}
