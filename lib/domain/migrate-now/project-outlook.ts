import { spreadOutlook } from '../break-even/spread-outlook.ts';
import type { VolumeOutlook } from '../break-even/volume-outlook.ts';
import { type DailyAmount, projectPeriod } from '../forecast/forecast.ts';
import { addDays } from '../local-time.ts';

/**
 * Days ahead over which a saving has to hold. A move is not undone within a month; over a quarter, falling use and the
 * end of a peak show, and the forecast is wider. Tried beside 30 and 180 days: see docs/migrate-now.md.
 */
export const OUTLOOK_DAYS = 90;

/**
 * Where the API bill is going after a day, as multiples of what the trailing window brought.
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
  return spreadOutlook(projection, meanOfWindow * OUTLOOK_DAYS);
}
