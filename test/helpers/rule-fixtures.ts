import type { Dimension } from '../../lib/contracts/dimensions.ts';
import type { Measures } from '../../lib/contracts/measures.ts';
import { parseUsd } from '../../lib/domain/money.ts';
import type { AlertRule } from '../../lib/domain/rules/alert-rule.ts';
import type { RuleFacts } from '../../lib/domain/rules/judge-rule.ts';
import type { RuleRow } from '../../lib/domain/rules/measure-metric.ts';
import { leaf, NOON_MS } from './alert-world.ts';

export const HOUR_MS = 3_600_000;

/** A rule on failed calls above 1 % in an hour with 100 calls, unless fields say otherwise. */
export function ruleOf({ threshold = '0.01', ...fields }: Partial<AlertRule> & { threshold?: string } = {}): AlertRule {
  return {
    name: 'error-rate',
    metric: 'error_ratio',
    comparison: 'above',
    thresholdPico: parseUsd(threshold) ?? 0n,
    windowHours: 1,
    minimumCount: 100,
    filter: {},
    each: null,
    severity: 'warning',
    isEnabled: true,
    ...fields,
  };
}

/** A row of the hour before noon, or of the hour that begins so many hours before noon. */
export function rowOf(
  measures: Measures,
  values: Partial<Record<Dimension, string>> = {},
  { hoursBack = 1, histograms = {} }: { hoursBack?: number; histograms?: RuleRow['histograms'] } = {},
): RuleRow {
  const period = new Date(NOON_MS - hoursBack * HOUR_MS).toISOString().slice(0, 13);
  return { period, leaf: leaf({ model: 'm-1', ...values }), measures, histograms };
}

/** What rules are judged by: these rows, and no GPU samples where nothing else is said. */
export function factsOf(rows: readonly RuleRow[], gpuHours: RuleFacts['gpuHours'] = []): RuleFacts {
  return { rows, gpuHours, tagDimensions: ['cost_center'] };
}
