import type { Replay } from './replay-past.ts';
import { toDistance } from './rest-spread.ts';

/** How far the replays are believed when there are very many, the rest being left to the noise of a day. */
const MAX_TRUST = 0.75;
/** So many windows of replays are believed half as far. */
const HALF_TRUST_WINDOWS = 1;
/** An error beyond this is a matter of the tails and does not widen the middle. */
const MAX_DISTANCE = 4;
/** A past without any error promises no future without. */
const LEAST_DISTANCE = 0.004;
const MIN_FORECAST = 1e-9;

/**
 * Scale of the error of the combined forecast: the mean distance at which it would have fallen in the past, drawn to
 * the noise of a day where there is little past.
 *
 * @param noise - from `measureNoise`
 * @param replays - those over as many days as are to come
 * @param combine - the combined forecast of what the methods say
 */
export function estimateScale(
  noise: number,
  replays: readonly Replay[],
  combine: (rests: readonly number[]) => number,
): number {
  let distances = 0;
  let windows = 0;
  for (const { rests, actual, weight } of replays) {
    const distance = Math.abs(toDistance(actual / Math.max(combine(rests), MIN_FORECAST)));
    distances += weight * Math.min(MAX_DISTANCE, distance);
    windows += weight;
  }
  if (windows === 0) return noise;
  const trust = (MAX_TRUST * windows) / (windows + HALF_TRUST_WINDOWS);
  return noise ** (1 - trust) * (distances / windows + LEAST_DISTANCE) ** trust;
}
