import { findPrecedent, type Moment } from './moment.ts';
import type { Replay } from './replay-past.ts';
import { findFloor, toDistance } from './rest-spread.ts';

/** So many windows of replays count as much as all that is known without them. */
const HALF_TRUST_WINDOWS = 0.3;
/** Between a mean and a root mean square: many small errors and a few large ones both count. */
const DISTANCE_EXPONENT = 1.5;
/** A past without any error promises no future without. */
const LEAST_DISTANCE = 0.004;
/** Without a past the scale is so many times the root of what the methods differ by and a part for what is not known yet. */
const PRIOR_FACTOR = 0.85;
const UNKNOWN_DIFFERENCE = 1 / 3;
/** Part of a recent rise, were it to go on for half of the days to come, that the scale is widened by, and its bound. */
const RISE_FACTOR = 0.5;
const MAX_RISE = 2;
/** An older workload has seen rises end. */
const YOUNG_DAYS = 28;
/** Power of how far the methods differ now, over how far they did in the past. */
const SURPRISE_EXPONENT = 0.2;
const LEAST_DIFFERENCE = 0.01;

/** What is known without a past of forecasts. */
export interface Standing {
  /** What the methods say now, in units. */
  readonly rests: readonly number[];
  readonly moment: Moment;
  readonly horizonDays: number;
  readonly knownDays: number;
  /** From `estimateRecentRise`. */
  readonly dailyRise: number;
}

/**
 * Scale of the error of the combined forecast: the mean distance at which it would have fallen in the past, more where
 * the methods differ more than they did then, and drawn to what the moment alone suggests where there is
 * little past or it has seen nothing like it.
 *
 * @param replays - those over as many days as are to come
 * @param combine - the combined forecast of what the methods say
 */
export function estimateScale(
  { rests, moment: now, horizonDays, knownDays, dailyRise }: Standing,
  replays: readonly Replay[],
  combine: (rests: readonly number[]) => number,
): number {
  const difference = measureDifference(rests, combine(rests));
  const prior =
    PRIOR_FACTOR * Math.sqrt(difference + UNKNOWN_DIFFERENCE / knownDays) +
    RISE_FACTOR * Math.min(MAX_RISE, (dailyRise * horizonDays) / 2) * Math.min(1, YOUNG_DAYS / knownDays);
  let distances = 0;
  let differences = 0;
  let windows = 0;
  for (const replay of replays) {
    const forecast = combine(replay.rests);
    const distance = Math.abs(toDistance(replay.actual, forecast, findFloor(forecast, replay.rests)));
    distances += replay.weight * distance ** DISTANCE_EXPONENT;
    differences += replay.weight * measureDifference(replay.rests, forecast);
    windows += replay.weight;
  }
  if (windows === 0) return prior;
  const precedent = findPrecedent(
    replays.map(({ moment }) => moment),
    now,
  );
  const trust = (precedent * windows) / (windows + HALF_TRUST_WINDOWS);
  const surprise = (difference + LEAST_DIFFERENCE) / (differences / windows + LEAST_DIFFERENCE);
  const seen = ((distances / windows) ** (1 / DISTANCE_EXPONENT) + LEAST_DISTANCE) * surprise ** SURPRISE_EXPONENT;
  return prior ** (1 - trust) * seen ** trust;
}

/** Mean distance of what the methods say from the combined forecast. */
function measureDifference(rests: readonly number[], forecast: number): number {
  const floor = findFloor(forecast, rests);
  return rests.reduce((total, rest) => total + Math.abs(toDistance(rest, forecast, floor)), 0) / rests.length;
}
