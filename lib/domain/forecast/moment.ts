import { MEAN_7, MEAN_28 } from './rest-methods.ts';

/** Where a series stands when a forecast is made, as far as it tells which past forecasts were made at a like moment. */
export interface Moment {
  /** What the methods expect of a day, their plain mean, in units. */
  readonly level: number;
  /** Logarithm of the last week over the last four: above 0 after a rise. */
  readonly direction: number;
}

/** Part of the level that is added on both sides of a ratio, so that zeros are far away and not infinitely far. */
const FLOOR_RATIO = 0.1;
const MIN_LEVEL = 1e-9;
/** A move of so many times the usual leaves three fifths of the precedent, of twice as many an eighth. */
const PRECEDENT_REACH = 3;
/** A series that never moved is not surprised by less. */
const LEAST_MOVE = 0.02;

/**
 * Describes the moment at which the methods say so.
 *
 * @param rests - by method, in units
 * @param horizonDays - days that the rests are for
 */
export function describeMoment(rests: readonly number[], horizonDays: number): Moment {
  const level = findMean(rests) / horizonDays;
  const floor = FLOOR_RATIO * Math.max(level, MIN_LEVEL);
  const [week = 0, month = 0] = [rests[MEAN_7], rests[MEAN_28]];
  return { level, direction: Math.log((week / horizonDays + floor) / (month / horizonDays + floor)) };
}

/** How alike two moments are: 1 for equals, less by the ratio of their levels and by twice that of their directions. */
export function compareMoments(one: Moment, other: Moment): number {
  const levels = Math.abs(Math.log(Math.max(MIN_LEVEL, one.level) / Math.max(MIN_LEVEL, other.level)));
  return Math.exp(-levels - 2 * Math.abs(one.direction - other.direction));
}

/**
 * Whether the past has seen what happens now: 1 where the series moves no more than it did, next to 0 after a change like
 * none before.
 *
 * @param past - one moment at least
 */
export function findPrecedent(past: readonly Moment[], now: Moment): number {
  const usualMove = past.reduce((total, { direction }) => total + Math.abs(direction), 0) / past.length;
  return Math.exp(-((now.direction / (PRECEDENT_REACH * (usualMove + LEAST_MOVE))) ** 2) / 2);
}

/** Plain mean; of one value at least. */
export function findMean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
