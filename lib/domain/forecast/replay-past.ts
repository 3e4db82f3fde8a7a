import { type DailyHistory, sumSpan } from './daily-history.ts';
import { compareMoments, describeMoment, type Moment } from './moment.ts';
import { forecastRests } from './rest-methods.ts';

/** One forecast that could have been made in the past, beside what came. */
export interface Replay {
  readonly horizonDays: number;
  /** How much it counts: the more alike the moments are, and over its horizon, as neighbours share most of their days. */
  readonly weight: number;
  readonly moment: Moment;
  /** By method, in units. */
  readonly rests: readonly number[];
  /** In units; days without data count as the mean of the others. */
  readonly actual: number;
}

/** A replay needs so many days with data before it. */
const MIN_KNOWN_DAYS = 3;
const MIN_KNOWN_RATIO = 0.7;
/** Farther ahead the past has too few windows that do not overlap. */
const MAX_REPLAYED_DAYS = 31;
/** Older moments say little more and cost as much. */
const MAX_AGE_DAYS = 400;

/** The longest horizon that is replayed for so many days to come. */
export function findReplayedDays(daysLeft: number): number {
  return Math.min(daysLeft, MAX_REPLAYED_DAYS);
}

/**
 * Forecasts from every past day, for the days to come, a half and a quarter of them: short pasts have more of the
 * shorter ones. Each sees only what was known then.
 *
 * @param daysLeft - days to come, one at least
 * @param now - the moment that the past ones are compared with
 */
export function replayPast(history: DailyHistory, daysLeft: number, now: Moment): Replay[] {
  const longest = findReplayedDays(daysLeft);
  const horizons = [...new Set([1, 0.5, 0.25].map((part) => Math.max(1, Math.round(part * longest))))];
  const { length } = history.amounts;
  const replays: Replay[] = [];
  for (let origin = Math.max(MIN_KNOWN_DAYS, length - MAX_AGE_DAYS); origin < length; origin++) {
    if ((history.counts[origin] ?? 0) < MIN_KNOWN_DAYS) continue;
    const over = horizons.filter((horizon) => {
      const end = origin + horizon;
      return end <= length && sumSpan(history, origin, end).count >= MIN_KNOWN_RATIO * horizon;
    });
    if (over.length === 0) continue;
    for (const [index, rests] of forecastRests(history, origin, over).entries()) {
      const horizonDays = over[index] ?? 1;
      const { sum, count } = sumSpan(history, origin, origin + horizonDays);
      const moment = describeMoment(rests, horizonDays);
      const weight = compareMoments(moment, now) / horizonDays;
      replays.push({ horizonDays, weight, moment, rests, actual: (sum * horizonDays) / count });
    }
  }
  return replays;
}
