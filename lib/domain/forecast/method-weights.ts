import type { Replay } from './replay-past.ts';
import { METHOD_COUNT } from './rest-methods.ts';

/** Power of its error by which a method loses weight. */
const ERROR_EXPONENT = 20;
/** So many windows of evidence that all methods are alike are mixed in. */
const PRIOR_WINDOWS = 6;
/** Better than so small a part of the mean error is luck. */
const MIN_RELATIVE_ERROR = 0.03;
const MIN_LEVEL = 1e-6;

/**
 * Shares of the methods in the forecast, summing to 1: equal without a past, and the more those of the methods that came
 * closest, the more of it there is.
 */
export function weighMethods(replays: readonly Replay[]): number[] {
  const errors = new Array<number>(METHOD_COUNT).fill(0);
  let windows = 0;
  for (const { horizonDays, rests, actual, weight, moment } of replays) {
    windows += 1 / horizonDays;
    // Over the root of the level: one peak shall not decide alone, nor count as little as any other moment.
    const scaledWeight = weight / Math.sqrt(Math.max(MIN_LEVEL, moment.level));
    for (const [method, rest] of rests.entries()) {
      errors[method] = (errors[method] ?? 0) + scaledWeight * Math.abs(rest - actual);
    }
  }
  const mean = errors.reduce((total, error) => total + error, 0) / METHOD_COUNT;
  // Without a past, or with one that every method met, nothing speaks for any of them.
  if (!(mean > 0)) return errors.map(() => 1 / METHOD_COUNT);
  const exponent = (-ERROR_EXPONENT * windows) / (windows + PRIOR_WINDOWS);
  const shares = errors.map((error) => Math.max(MIN_RELATIVE_ERROR, error / mean) ** exponent);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}
