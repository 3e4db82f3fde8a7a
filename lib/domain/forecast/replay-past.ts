import type { DailyHistory } from './daily-history.ts';
import { forecastRests } from './rest-methods.ts';
import { summariseLevel } from './summarise-level.ts';

/** One forecast that could have been made in the past, beside what came. */
export interface Replay {
  readonly horizonDays: number;
  /** Days between the end of its horizon and now. */
  readonly ageDays: number;
  /** By method, in units. */
  readonly rests: readonly number[];
  /** In units; days without data count as the mean of the others. Lone outliers are cut down. */
  readonly actual: number;
  /** The same with the outliers as they came. */
  readonly uncutActual: number;
}

/** A replay needs so many days with data before it. */
const MIN_KNOWN_DAYS = 3;
const MIN_KNOWN_RATIO = 0.7;
/** Farther ahead the past has too few windows that do not overlap. */
export const MAX_REPLAYED_DAYS = 31;

/**
 * Forecasts from every past day, for the horizon asked for, a half and a quarter of it: the same day of earlier periods
 * is among them, and short pasts have more of the shorter ones.
 */
export function replayPast(history: DailyHistory, elapsedDays: number, horizonDays: number): Replay[] {
  const longest = Math.min(horizonDays, MAX_REPLAYED_DAYS);
  const horizons = new Set([1, 0.5, 0.25].map((part) => Math.max(1, Math.round(part * longest))));
  const { amounts, uncutAmounts, isKnown } = history;
  const sums = accumulate(amounts);
  const uncutSums = accumulate(uncutAmounts);
  const counts = accumulate(isKnown.map((known) => (known ? 1 : 0)));
  const replays: Replay[] = [];
  for (let origin = MIN_KNOWN_DAYS; origin < amounts.length; origin++) {
    const knownBefore = counts[origin] ?? 0;
    if (knownBefore < MIN_KNOWN_DAYS) continue;
    let level: ReturnType<typeof summariseLevel> | undefined;
    for (const horizon of horizons) {
      const end = origin + horizon;
      if (end > amounts.length) continue;
      const known = between(counts, origin, end);
      if (known < MIN_KNOWN_RATIO * horizon) continue;
      level ??= summariseLevel(history, origin, Math.min(elapsedDays, origin));
      replays.push({
        horizonDays: horizon,
        ageDays: amounts.length - end,
        rests: forecastRests(level, horizon),
        actual: (between(sums, origin, end) * horizon) / known,
        uncutActual: (between(uncutSums, origin, end) * horizon) / known,
      });
    }
  }
  return replays;
}

function accumulate(values: readonly number[]): number[] {
  const sums = [0];
  for (const [index, value] of values.entries()) sums.push((sums[index] ?? 0) + value);
  return sums;
}

function between(sums: readonly number[], from: number, to: number): number {
  return (sums[to] ?? 0) - (sums[from] ?? 0);
}
