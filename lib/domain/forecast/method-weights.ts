import { FEATURE_DEVIATIONS, FEATURE_MEANS, METHOD_LOGITS } from './coefficients.ts';
import type { Replay } from './replay-past.ts';
import { REST_METHODS } from './rest-methods.ts';

/** How strongly a method's own error on this series lowers its weight; exponents of the error. */
const RECENT_EXPONENT = 2.66;
const LONG_EXPONENT = 7.08;
/** What the second exponent gains by a standard deviation of length, noise and roughness. */
const LONG_EXPONENT_GAINS = [
  { feature: 1, gain: 2.93 },
  { feature: 3, gain: -0.68 },
  { feature: 4, gain: -0.96 },
] as const;
const RECENT_HALF_LIFE_DAYS = 20;
const LONG_HALF_LIFE_DAYS = 80;
/** Better than so small a part of the mean error is luck. */
const MIN_RELATIVE_ERROR = 0.03;
/** Features beyond what was fitted on count as its edge. */
const MAX_DEVIATIONS = 3;

/**
 * Shares of the methods in the forecast, summing to 1: what the kind of series favours, corrected by how each method
 * did on the replayed past of this one, the more so the more of it there is.
 *
 * @param features - from `describeSeries`
 */
export function weighMethods(features: readonly number[], replays: readonly Replay[]): number[] {
  const standard = standardiseFeatures(features);
  const recent = compareErrors(replays, RECENT_HALF_LIFE_DAYS);
  const long = compareErrors(replays, LONG_HALF_LIFE_DAYS);
  const longExponent = LONG_EXPONENT_GAINS.reduce(
    (exponent, { feature, gain }) => exponent + gain * (standard[feature] ?? 0),
    LONG_EXPONENT,
  );
  const logits = METHOD_LOGITS.map((weights, method) => {
    const prior = weights.reduce((total, weight, feature) => total + weight * (standard[feature] ?? 0), 0);
    return prior - RECENT_EXPONENT * (recent[method] ?? 0) - longExponent * (long[method] ?? 0);
  });
  const highest = Math.max(...logits);
  const shares = logits.map((logit) => Math.exp(logit - highest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/** Features in standard deviations from their mean over the series that were fitted on; the constant 1 stays. */
export function standardiseFeatures(features: readonly number[]): number[] {
  return features.map((feature, index) => {
    const deviations = (feature - (FEATURE_MEANS[index] ?? 0)) / (FEATURE_DEVIATIONS[index] ?? 1);
    return Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, deviations));
  });
}

/** Logarithm of each method's error over the mean error of all, drawn to 0 where there is little past. */
function compareErrors(replays: readonly Replay[], halfLifeDays: number): number[] {
  const errors = new Array<number>(REST_METHODS.length).fill(0);
  let weights = 0;
  for (const { rests, actual, ageDays, horizonDays } of replays) {
    const weight = 2 ** (-ageDays / halfLifeDays) / horizonDays;
    weights += weight;
    for (const [method, rest] of rests.entries())
      errors[method] = (errors[method] ?? 0) + weight * Math.abs(rest - actual);
  }
  const mean = errors.reduce((total, error) => total + error, 0) / errors.length;
  // Without a past, or with one that every method met, nothing speaks for any of them.
  if (!(mean > 0)) return errors.map(() => 0);
  const confidence = weights / (weights + 1);
  return errors.map((error) => confidence * Math.log(Math.max(MIN_RELATIVE_ERROR, error / mean)));
}
