import { computeNormalProbability } from './normal-distribution.ts';

/**
 * Where the rest of a period may come to lie around its forecast, in units. Its middle is the forecast; a scale of 0 is
 * certainty.
 */
export interface RestSpread {
  readonly forecast: number;
  readonly scale: number;
}

/**
 * Amount that the rest does not exceed with the given probability; never below 0.
 *
 * @param deviations - the probability as a point of the standard normal distribution, 0 = one half
 */
export function findRestQuantile({ forecast, scale }: RestSpread, deviations: number): number {
  if (scale === 0 || deviations === 0) return forecast;
  return Math.max(0, forecast * fromDistance(scale * stretch(deviations)));
}

/** Probability that the rest exceeds an amount from 0 on. */
export function computeRestExceedance({ forecast, scale }: RestSpread, amount: number): number {
  if (scale === 0 || forecast === 0) return forecast > amount ? 1 : 0;
  return 1 - computeNormalProbability(shrink(toDistance(amount / forecast) / scale));
}

/**
 * Errors are compared as the logarithm of what came over what was forecast, each with a tenth of the forecast added, so
 * that a rest of nothing is far away and not infinitely far.
 */
const FLOOR_RATIO = 0.1;

/** Distance of an amount, as a multiple of its forecast, from that forecast. */
export function toDistance(ratio: number): number {
  return Math.log((ratio + FLOOR_RATIO) / (1 + FLOOR_RATIO));
}

function fromDistance(distance: number): number {
  return (1 + FLOOR_RATIO) * Math.exp(distance) - FLOOR_RATIO;
}

/**
 * How far, in scales, the given deviations of a normal distribution lie: errors of forecasts have longer tails, the
 * upper one above all. Printed by `npm run backtest -- fit`, at 0.5, 2.5, 10, 25, 50, 75, 90, 97.5 and 99.5 %.
 */
const STRETCH: readonly (readonly [deviations: number, distance: number])[] = [
  [-2.5758, -4.98],
  [-1.96, -2.16],
  [-1.2816, -1.14],
  [-0.6745, -0.51],
  [0, 0],
  [0.6745, 0.7],
  [1.2816, 1.44],
  [1.96, 2.91],
  [2.5758, 6.61],
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
