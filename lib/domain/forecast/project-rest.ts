import { buildHistory, type CountedDay } from './daily-history.ts';
import { estimateScale } from './estimate-scale.ts';
import { estimateRecentRise } from './growth.ts';
import { weighMethods } from './method-weights.ts';
import { describeMoment } from './moment.ts';
import { findReplayedDays, replayPast } from './replay-past.ts';
import { forecastRests } from './rest-methods.ts';
import { findFloor, type RestSpread } from './rest-spread.ts';

/** Farther ahead than this nothing was tried; the spread is then twice as wide. */
export const MAX_TRIED_DAYS = 45;

/**
 * Forecasts the days to come of a series: the simple methods, weighed by their own replayed past, and the scale of their
 * error, found in the same way. No randomness is involved.
 *
 * @param days - complete days with data, ascending, at least one, none after `asOf`
 * @param daysLeft - days to come, one at least
 */
export function projectRest(
  days: readonly CountedDay[],
  asOf: number,
  daysLeft: number,
): RestSpread & { readonly knownDays: number } {
  const history = buildHistory(days, asOf);
  const { length } = history.amounts;
  const [rests = []] = forecastRests(history, length, [daysLeft]);
  const moment = describeMoment(rests, daysLeft);
  const replays = replayPast(history, daysLeft, moment);
  const shares = weighMethods(replays);
  const combine = (parts: readonly number[]): number =>
    parts.reduce((total, rest, method) => total + rest * (shares[method] ?? 0), 0);
  const horizonDays = findReplayedDays(daysLeft);
  const scale = estimateScale(
    {
      rests,
      moment,
      horizonDays,
      knownDays: history.counts[length] ?? 1,
      dailyRise: estimateRecentRise(history, length),
    },
    replays.filter((replay) => replay.horizonDays === horizonDays),
    combine,
  );
  const forecast = combine(rests);
  return {
    forecast: forecast * history.unit,
    floor: findFloor(forecast, rests) * history.unit,
    scale: daysLeft > MAX_TRIED_DAYS ? 2 * scale : scale,
    knownDays: history.knownDays,
  };
}
