import { findMean } from './moment.ts';
import { computeNormalProbability } from './normal-distribution.ts';

/**
 * Where the rest of a period may come to lie around its forecast, in units. Its middle is the forecast; a scale of 0 is
 * certainty.
 */
export interface RestSpread {
  readonly forecast: number;
  /** From {@link findFloor}; above 0 unless the scale is 0. */
  readonly floor: number;
  readonly scale: number;
}

/**
 * Amount that the rest does not exceed with the given probability; never below 0.
 *
 * @param deviations - the probability as a point of the standard normal distribution, 0 = one half
 */
export function findRestQuantile({ forecast, floor, scale }: RestSpread, deviations: number): number {
  if (scale === 0 || deviations === 0) return forecast;
  return Math.max(0, (forecast + floor) * Math.exp(scale * stretch(deviations)) - floor);
}

/** Probability that the rest exceeds an amount from 0 on. */
export function computeRestExceedance({ forecast, floor, scale }: RestSpread, amount: number): number {
  if (scale === 0) return forecast > amount ? 1 : 0;
  return 1 - computeNormalProbability(shrink(toDistance(amount, forecast, floor) / scale));
}

/** Errors are compared as a logarithm, with this part of the forecast added on both sides. */
const FLOOR_RATIO = 0.1;
const MIN_FLOOR = 1e-9;

/**
 * What is added on both sides before a forecast and an outcome are compared, so that a rest of nothing is far away and
 * not infinitely far. A forecast of next to nothing, as the middle of rare peaks, takes it from what the methods say.
 *
 * @param rests - by method, in units
 */
export function findFloor(forecast: number, rests: readonly number[]): number {
  return Math.max(MIN_FLOOR, FLOOR_RATIO * Math.max(forecast, findMean(rests)));
}

/** Distance of an amount from a forecast: above 0 where the amount is the larger one. */
export function toDistance(amount: number, forecast: number, floor: number): number {
  return Math.log((amount + floor) / (forecast + floor));
}

/**
 * How far, in scales, the given deviations of a normal distribution lie: errors of forecasts have longer tails, the
 * upper one above all. Printed by `npm run backtest -- fit`, at 0.5, 2.5, 10, 25, 50, 75, 90, 97.5 and 99.5 %.
 */
const STRETCH: readonly (readonly [deviations: number, distance: number])[] = [
  [-2.5758, -4.46],
  [-1.96, -2.34],
  [-1.2816, -1.2],
  [-0.6745, -0.54],
  [0, 0],
  [0.6745, 0.73],
  [1.2816, 1.45],
  [1.96, 2.73],
  [2.5758, 5.66],
];

const stretch = (deviations: number): number => interpolate(deviations, 0, 1);
const shrink = (distance: number): number => interpolate(distance, 1, 0);

/** Straight lines between the rows of {@link STRETCH}; beyond them the last line goes on. */
function interpolate(value: number, from: 0 | 1, to: 0 | 1): number {
  const next = STRETCH.findIndex((row) => row[from] >= value);
  const upper = Math.max(1, next === -1 ? STRETCH.length - 1 : next);
  const [low, high] = [STRETCH[upper - 1], STRETCH[upper]];
  if (low === undefined || high === undefined) return value;
  return low[to] + ((value - low[from]) * (high[to] - low[to])) / (high[from] - low[from]);
}
