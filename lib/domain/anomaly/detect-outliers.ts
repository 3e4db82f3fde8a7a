import { compareAmounts, type Finding } from './finding.ts';

/** One call and what it cost. */
export interface CallCost {
  readonly id: string;
  readonly model: string;
  /** Of the call, epoch milliseconds. */
  readonly timeMs: number;
  readonly costPicoUsd: bigint;
}

/** When one call is an anomaly; every figure is a setting. */
export interface OutlierRule {
  /** Above this always, picoUSD. */
  readonly limitPicoUsd: bigint;
  /** Above so many times what 99 of 100 calls of its model cost... */
  readonly factor: number;
  /** ...where so many calls of it are known, and the call costs so much at least, picoUSD. */
  readonly minCalls: number;
  readonly minPicoUsd: bigint;
}

/** A dollar, or 20 times the model's 99th percentile and five cents. */
export const OUTLIER_RULE: OutlierRule = {
  limitPicoUsd: 1_000_000_000_000n,
  factor: 20,
  minCalls: 100,
  minPicoUsd: 50_000_000_000n,
};

/**
 * Finds single calls that cost far more than others of their model (A6), each beside the 99th percentile of its model.
 *
 * @param calls - those in question
 * @param usualPicoUsd - costs of earlier calls, by model; a model may be absent
 * @returns in the order of the calls
 */
export function detectOutliers(
  calls: readonly CallCost[],
  usualPicoUsd: ReadonlyMap<string, readonly bigint[]>,
  rule: OutlierRule = OUTLIER_RULE,
): readonly Finding[] {
  const percentiles = new Map(
    [...usualPicoUsd].map(([model, costs]) => [model, costs.length < rule.minCalls ? null : find99th(costs)]),
  );
  return calls.flatMap(({ id, model, timeMs, costPicoUsd }): readonly Finding[] => {
    const usual = percentiles.get(model) ?? null;
    const isFar = usual !== null && costPicoUsd >= rule.minPicoUsd && Number(costPicoUsd) > rule.factor * Number(usual);
    if (costPicoUsd <= rule.limitPicoUsd && !isFar) return [];
    const compared = compareAmounts(costPicoUsd, usual ?? 0n, { limitRatio: isFar ? rule.factor : null, z: null });
    return [
      {
        detector: 'call_outlier',
        key: { dimension: 'model', value: model },
        period: { startMs: timeMs, endMs: timeMs + 1 },
        evidence: { ...compared, expectedPicoUsd: usual, calls: { id, count: 1 } },
        isTold: true,
      },
    ];
  });
}

/** The cost that 99 of 100 calls do not exceed: the nearest rank. Not for an empty list. */
function find99th(costs: readonly bigint[]): bigint {
  const sorted = costs.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0n;
}
