import { parseUsd } from '../money.ts';
import type { AlertRule } from './alert-rule.ts';

/**
 * The rules of every tenant that has not changed them. Thresholds are those of the guide where it names one; the
 * others are high enough that a workload in order does not meet them. `docs/operational-rules.md` gives the reasons.
 */
export const DEFAULT_RULES: readonly AlertRule[] = [
  // A mix of models that costs more than this on average over a whole day wants looking at, not an hour of it.
  define('cost-per-call', { metric: 'cost_per_call_usd', threshold: '0.05', windowHours: 24, minimumCount: 200 }),
  // Six hours, looked at every hour: when everything fails the first of them says so, and chance comes and goes less.
  define('error-rate', { metric: 'error_ratio', threshold: '0.01', windowHours: 6, minimumCount: 500 }),
  define('quota-use', {
    ...{ metric: 'quota_used_p95_ratio', threshold: '0.8', windowHours: 6, minimumCount: 100, each: 'model' },
  }),
  // A day, because models serve other work by night: slow calls say so when they are a twentieth of it. The next bound
  // of the histogram is 102.4 s: from there on it is certain.
  define('latency-p95', {
    ...{ metric: 'latency_p95_ms', threshold: '90000', windowHours: 24, minimumCount: 200, each: 'model' },
  }),
  define('prompt-cache', {
    ...{ metric: 'prompt_cache_ratio', comparison: 'below', threshold: '0.1', windowHours: 24, minimumCount: 1_000 },
    severity: 'info',
  }),
  define('gpu-busy', { metric: 'gpu_utilisation_ratio', threshold: '0.85', minimumCount: 6, each: 'deployment' }),
  define('gpu-idle', {
    ...{ metric: 'gpu_utilisation_ratio', comparison: 'below', threshold: '0.3', windowHours: 2, minimumCount: 12 },
    each: 'deployment',
    severity: 'info',
  }),
];

function define(
  name: string,
  {
    threshold,
    ...fields
  }: Partial<AlertRule> & Pick<AlertRule, 'metric' | 'minimumCount'> & { readonly threshold: string },
): AlertRule {
  return {
    name,
    comparison: 'above',
    windowHours: 1,
    filter: {},
    each: null,
    severity: 'warning',
    isEnabled: true,
    thresholdPico: parseUsd(threshold) ?? 0n,
    ...fields,
  };
}
