import { buildHistory, type CountedDay } from './daily-history.ts';
import { describeSeries } from './describe-series.ts';
import { estimateScale } from './estimate-scale.ts';
import { weighMethods } from './method-weights.ts';
import { replayPast } from './replay-past.ts';
import { forecastRests } from './rest-methods.ts';
import type { RestSpread } from './rest-spread.ts';
import { summariseLevel } from './summarise-level.ts';

/** Farther ahead than this nothing was tried; the spread is then twice as wide. */
export const MAX_TRIED_DAYS = 45;

/**
 * Forecasts the days to come of a series: the simple methods, weighed by the kind of series and by their own replayed
 * past, and the scale of their error, found in the same way. No randomness is involved.
 *
 * @param days - complete days with data, ascending, at least one, none after `asOf`
 * @param elapsedDays - days of the period that are over; 0 when it has not begun
 * @param daysLeft - days to come, one at least
 */
export function projectRest(
  days: readonly CountedDay[],
  asOf: number,
  elapsedDays: number,
  daysLeft: number,
): RestSpread & { readonly knownDays: number } {
  const history = buildHistory(days, asOf);
  const level = summariseLevel(history, history.amounts.length, elapsedDays);
  const features = describeSeries(history, level, elapsedDays, daysLeft);
  const replays = replayPast(history, elapsedDays, daysLeft);
  const shares = weighMethods(features, replays);
  const combine = (rests: readonly number[]): number =>
    rests.reduce((total, rest, method) => total + rest * (shares[method] ?? 0), 0);
  const scale = estimateScale(features, replays, combine, daysLeft) * (daysLeft > MAX_TRIED_DAYS ? 2 : 1);
  return {
    forecast: combine(forecastRests(level, daysLeft)) * history.unit,
    scale,
    knownDays: history.knownDays,
  };
}
