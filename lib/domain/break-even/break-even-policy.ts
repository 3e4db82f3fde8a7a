/**
 * How a fleet would be run and judged: what no ledger knows. USD figures are inputs of a model (numbers), never ledger
 * money. Ratios are shares: 0.7 = 70 %.
 */
export interface BreakEvenPolicy {
  /** Load aimed at at the peak, in (0, 1]. */
  readonly utilisationRatio: number;
  /** Whole, at least 1. */
  readonly minReplicas: number;
  /** Replicas beside those that serve; 1 = N+1. */
  readonly spareReplicas: number;
  /** Operations a month, whatever the size. */
  readonly opsBaseUsd: number;
  readonly opsPerReplicaUsd: number;
  /** Storage, vector database, load balancer, bandwidth, backups and monitoring a month. */
  readonly otherUsd: number;
  /** What setting it up costs once, bought machines apart. */
  readonly oneTimeUsd: number;
  /** Peak over mean of the service time demanded, where minutes were not measured. */
  readonly peakFactor: number;
  /** Off the price on demand, for machines whose row has no reserved price; 0 = none is offered so. */
  readonly reservedDiscountRatio: number;
  readonly horizonMonths: number;
  /** Growth of the volume from month to month. */
  readonly growthMonthlyRatio: number;
  /** Part of the API bill that output tokens cost; null = as if an output token cost four times an input token. */
  readonly outputCostRatio: number | null;
  /** For bought machines whose row does not say it. */
  readonly lifeYears: number;
  /** USD per kWh, for bought machines whose row does not say it. */
  readonly tariffUsd: number;
  /** Score that a target must reach; null = nearly that of today's model. Scores of other scales do not count. */
  readonly quality: { readonly scale: string; readonly minScore: number } | null;
  /** A saving counts as one when it is at least this share of the API bill and this much a month. */
  readonly minSavingsRatio: number;
  readonly minSavingsUsd: number;
}

/**
 * Defaults. Operations and other costs are those of guide S4 for a small installation (500 and 200 a replica; 140
 * without its vector database, which is needed either way); the rest is of METHODS, sections 3, 5.1 and 6.
 */
export const DEFAULT_BREAK_EVEN_POLICY: BreakEvenPolicy = {
  utilisationRatio: 0.7,
  minReplicas: 2,
  spareReplicas: 0,
  opsBaseUsd: 500,
  opsPerReplicaUsd: 200,
  otherUsd: 140,
  oneTimeUsd: 0,
  peakFactor: 4,
  reservedDiscountRatio: 0,
  horizonMonths: 36,
  growthMonthlyRatio: 0,
  outputCostRatio: null,
  lifeYears: 3,
  tariffUsd: 0.15,
  quality: null,
  minSavingsRatio: 0.2,
  minSavingsUsd: 500,
};
