import type { ScopeFilter } from '../budgets/budget-scope.ts';

/**
 * What a rule may watch. Ratios are 0 to 1. `_p95_` is the 95th percentile, known as far as the histograms of an hour
 * tell it.
 *
 * - `cost_per_call_usd`: cost of the calls that have a price, over their number
 * - `error_ratio`: calls with status `error`, over all calls
 * - `prompt_cache_ratio`: `cache_read_tokens` over `input_tokens`
 * - `response_cache_ratio`: calls with `response_cache_hit`, over all calls
 * - `latency_p95_ms`, `ttft_p95_ms`, `quota_used_p95_ratio`: of the calls that reported it
 * - `gpu_utilisation_ratio`: mean of the samples of own deployments
 */
export const RULE_METRICS = [
  'cost_per_call_usd',
  'error_ratio',
  'prompt_cache_ratio',
  'response_cache_ratio',
  'latency_p95_ms',
  'ttft_p95_ms',
  'quota_used_p95_ratio',
  'gpu_utilisation_ratio',
] as const;

/** One metric of {@link RULE_METRICS}. */
export type RuleMetric = (typeof RULE_METRICS)[number];

/** On which side of its threshold a value is told of; a value that is exactly the threshold is on neither. */
export const RULE_COMPARISONS = ['above', 'below'] as const;

/** How urgent the alerts of a rule may be. */
export const RULE_SEVERITIES = ['info', 'warning', 'critical'] as const;

/** One condition that a tenant wants to hear of. */
export interface AlertRule {
  /** Unique within the tenant: small letters, digits and hyphens, 1 to 64 of them. */
  readonly name: string;
  readonly metric: RuleMetric;
  readonly comparison: (typeof RULE_COMPARISONS)[number];
  /** In 1e-12 of the metric's unit: picoUSD, or the same fraction of 1 or of a millisecond. 0 or more. */
  readonly thresholdPico: bigint;
  /** Complete hours that are judged together, 1 to {@link MAX_RULE_WINDOW_HOURS}. */
  readonly windowHours: number;
  /** Calls (GPU: samples) that the window must hold for a verdict, from 1. */
  readonly minimumCount: number;
  readonly filter: ScopeFilter;
  /** A dimension or `tags.<name>`, each value of which is judged by itself; null = all that is meant together. */
  readonly each: string | null;
  readonly severity: (typeof RULE_SEVERITIES)[number];
  readonly isEnabled: boolean;
}

/** Longest window of a rule. */
export const MAX_RULE_WINDOW_HOURS = 24;

/** Rules that a tenant may store, changed defaults among them. */
export const MAX_STORED_RULES = 40;

/** Values of an `each` that are judged, those with the most calls; one that is firing is judged in any case. */
export const MAX_RULE_KEYS = 20;

/** Values of a rule's `each` that were told of and have no calls any more, as many of which are remembered. */
export const MAX_GONE_KEYS = 100;

/** What the numbers of a metric are. */
export type RuleUnit = 'usd' | 'ratio' | 'ms';

/** The unit of a metric, which its name ends with. */
export function findUnit(metric: RuleMetric): RuleUnit {
  if (metric.endsWith('_usd')) return 'usd';
  return metric.endsWith('_ms') ? 'ms' : 'ratio';
}

/** Whether a metric is measured on GPU samples, which know of no dimension but their deployment. */
export function isOfGpus(metric: RuleMetric): boolean {
  return metric === 'gpu_utilisation_ratio';
}

/** Whether a metric is a part of a whole, which is never above 1. A quota may be overdrawn. */
export function isShare(metric: RuleMetric): boolean {
  return metric.endsWith('_ratio') && metric !== 'quota_used_p95_ratio';
}

/** What decides a rule's verdicts, as one text; a change of it arms the rule anew. */
export function describeEssence(rule: AlertRule): string {
  return JSON.stringify([
    rule.metric,
    rule.comparison,
    rule.thresholdPico.toString(),
    rule.windowHours,
    rule.minimumCount,
    Object.entries(rule.filter).sort(([a], [b]) => (a < b ? -1 : 1)),
    rule.each,
  ]);
}
