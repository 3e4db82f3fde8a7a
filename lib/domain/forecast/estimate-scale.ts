import { standardiseFeatures } from './method-weights.ts';
import { MAX_REPLAYED_DAYS, type Replay } from './replay-past.ts';
import { toDistance } from './rest-spread.ts';

/**
 * Weight of each feature of `describeSeries` in the logarithm of the scale, fitted beside the coefficients of the methods.
 * The constant is 0.03 above the fit: the world changes in more ways than the families that were fitted on.
 */
const FEATURE_WEIGHTS = [-0.92, 0.0, 0.1, 0.57, 0.07, -0.1, 0.0, 0.02, 0.06, -0.04, 0.09, 0.1, -0.14];
/** More days to come even noise out. */
const NOISE_BY_HORIZON_WEIGHT = -0.06;
/** What the distances of the past over the noise of a day add: of all replays, and of those for the same days to come. */
const ALL_REPLAYS_WEIGHT = 0.74;
const SAME_HORIZON_WEIGHT = 0.44;
const ALL_BY_HORIZON_WEIGHT = 0.05;
const SAME_BY_LENGTH_WEIGHT = -0.15;
/** Places of the logarithms of length, days to come and noise among the features. */
const [LENGTH, HORIZON, NOISE] = [1, 2, 3] as const;

const HALF_LIFE_DAYS = 60;
/** An error beyond this is a matter of the tails and does not widen the middle. */
const MAX_DISTANCE = 4;
const LEAST_DISTANCE = 0.01;
const MIN_FORECAST = 1e-9;

/**
 * Scale of the error of the combined forecast: what the kind of series suggests, moved towards the distances at which
 * its own past forecasts fell, the more so the more of them there are.
 *
 * @param combine - the combined forecast of what the methods say
 * @param daysLeft - days to come, one at least
 */
export function estimateScale(
  features: readonly number[],
  replays: readonly Replay[],
  combine: (rests: readonly number[]) => number,
  daysLeft: number,
): number {
  const standard = standardiseFeatures(features);
  const noiseLog = features[NOISE] ?? 0;
  const longestDays = Math.min(daysLeft, MAX_REPLAYED_DAYS);
  const all = measureDistance(replays, combine, noiseLog);
  const same = measureDistance(
    replays.filter(({ horizonDays }) => horizonDays === longestDays),
    combine,
    noiseLog,
  );
  const prior = FEATURE_WEIGHTS.reduce((total, weight, index) => total + weight * (standard[index] ?? 0), 0);
  return Math.exp(
    prior +
      NOISE_BY_HORIZON_WEIGHT * (standard[HORIZON] ?? 0) * (standard[NOISE] ?? 0) +
      (ALL_REPLAYS_WEIGHT + ALL_BY_HORIZON_WEIGHT * (standard[HORIZON] ?? 0)) * all +
      (SAME_HORIZON_WEIGHT + SAME_BY_LENGTH_WEIGHT * (standard[LENGTH] ?? 0)) * same,
  );
}

/** Logarithm of the mean distance of past forecasts over the noise of a day, drawn to 0 where there are few. */
function measureDistance(
  replays: readonly Replay[],
  combine: (rests: readonly number[]) => number,
  noiseLog: number,
): number {
  let total = 0;
  let weight = 0;
  for (const { rests, uncutActual, ageDays, horizonDays } of replays) {
    const share = 2 ** (-ageDays / HALF_LIFE_DAYS) / horizonDays;
    const distance = Math.abs(toDistance(uncutActual / Math.max(combine(rests), MIN_FORECAST)));
    total += share * Math.min(MAX_DISTANCE, distance);
    weight += share;
  }
  if (weight === 0) return 0;
  return ((Math.log(total / weight + LEAST_DISTANCE) - noiseLog) * weight) / (weight + 1);
}
