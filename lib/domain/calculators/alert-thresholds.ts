/**
 * Thresholds at which the guide tells somebody, each strictly exceeded: USD a query and shares. It scales up at two
 * different utilisations in two places; both are kept.
 *
 * @see guide S4, lines 745 and 804 to 809, and METHODS of the project, section 4.2
 */
export const GUIDE_THRESHOLDS = {
  costPerQueryUsd: 0.05,
  gpuScaleUpRatio: 0.85,
  gpuScaleUpEarlyRatio: 0.75,
  errorRatio: 0.01,
  rateLimitRatio: 0.8,
} as const;

/** For each value whether it is above the threshold. */
export function findExceeding(values: readonly number[], threshold: number): readonly boolean[] {
  return values.map((value) => value > threshold);
}
