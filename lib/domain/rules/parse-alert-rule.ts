import { listScopeNames, type ScopeFilter } from '../budgets/budget-scope.ts';
import { parseUsd } from '../money.ts';
import {
  type AlertRule,
  findUnit,
  isOfGpus,
  MAX_RULE_WINDOW_HOURS,
  RULE_COMPARISONS,
  RULE_METRICS,
  RULE_SEVERITIES,
  type RuleMetric,
} from './alert-rule.ts';

/** One thing wrong with a rule: the field, as the sender wrote it, and what it should have been. */
export interface RuleIssue {
  readonly field: string;
  readonly expected: string;
}

const FIELDS = [
  ...['metric', 'comparison', 'threshold', 'window_hours', 'minimum_count', 'filter', 'each', 'severity', 'enabled'],
];
const MAX_VALUE_BYTES = 256;
const MAX_MINIMUM_COUNT = 1_000_000_000;

/** Lowest and highest threshold, as decimal text. */
type ThresholdRange = readonly [low: string, high: string];

const SHARES = { above: ['0', '0.999999999999'], below: ['0.000000000001', '1'] } as const;
const LATENCIES = { above: ['60', '102399'], below: ['50', '90000'] } as const;

/**
 * Thresholds that a value can both break and be better than by a tenth. A percentile is known as a bucket, and does
 * either as a whole: latencies lie in buckets between 50 ms and 102.4 s, quotas between 1 % and 128 %.
 */
const THRESHOLDS: Readonly<Record<RuleMetric, Readonly<Record<AlertRule['comparison'], ThresholdRange>>>> = {
  cost_per_call_usd: { above: ['0', '1000000'], below: ['0.000000000001', '1000000'] },
  error_ratio: SHARES,
  prompt_cache_ratio: SHARES,
  response_cache_ratio: SHARES,
  latency_p95_ms: LATENCIES,
  ttft_p95_ms: LATENCIES,
  quota_used_p95_ratio: { above: ['0.02', '1.27'], below: ['0.01', '1.15'] },
  gpu_utilisation_ratio: SHARES,
};

/** What a rule holds that says nothing of it: a warning, each hour, when something is above the threshold. */
const UNSAID = {
  comparison: 'above',
  windowHours: 1,
  minimumCount: 100,
  filter: {},
  each: null,
  severity: 'warning',
  isEnabled: true,
} as const;

/**
 * Parses a rule from JSON: `{"metric": "error_ratio", "comparison"?: "above", "threshold": "0.01", "window_hours"?: 1,
 * "minimum_count"?: 100, "filter"?: {"team": "cx"}, "each"?: "app", "severity"?: "warning", "enabled"?: true}`.
 *
 * @param before - the rule of this name as it stands; what the JSON leaves out stays as it is there
 * @param tagDimensions - the tags that the tenant keeps; `filter` and `each` may name them as `tags.<name>`
 * @returns the rule, or every field at fault, unknown fields included
 */
export function parseAlertRule(
  name: string,
  json: unknown,
  before: AlertRule | undefined,
  tagDimensions: readonly string[],
): AlertRule | { readonly issues: readonly RuleIssue[] } {
  if (!isObject(json)) return { issues: [{ field: '', expected: 'a JSON object' }] };
  const issues: RuleIssue[] = Object.keys(json)
    .filter((field) => !FIELDS.includes(field))
    .map((field) => ({ field, expected: `nothing: the fields of a rule are ${FIELDS.join(', ')}` }));
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    issues.push({ field: 'name', expected: '1 to 64 small letters, digits and hyphens, a hyphen not first' });
  const base = before ?? UNSAID;
  const choose = <T extends string>(field: string, known: readonly T[], unsaid: T | undefined): T => {
    const value = json[field] === undefined ? unsaid : known.find((one) => one === json[field]);
    if (value === undefined) issues.push({ field, expected: `one of: ${known.join(', ')}` });
    return value ?? (known[0] as T);
  };
  const metric = choose<RuleMetric>('metric', RULE_METRICS, before?.metric);
  const comparison = choose('comparison', RULE_COMPARISONS, base.comparison);
  const rule: AlertRule = {
    name,
    metric,
    comparison,
    thresholdPico: readThreshold(json['threshold'], metric, comparison, before, issues),
    windowHours: readWhole(json['window_hours'], 'window_hours', MAX_RULE_WINDOW_HOURS, base.windowHours, issues),
    minimumCount: readWhole(json['minimum_count'], 'minimum_count', MAX_MINIMUM_COUNT, base.minimumCount, issues),
    filter: readFilter(json['filter'], listNames(metric, tagDimensions), base.filter, issues),
    each: readEach(json['each'], listNames(metric, tagDimensions), base.each, issues),
    severity: choose('severity', RULE_SEVERITIES, base.severity),
    isEnabled: readEnabled(json['enabled'], base.isEnabled, issues),
  };
  return issues.length > 0 ? { issues } : rule;
}

function listNames(metric: RuleMetric, tagDimensions: readonly string[]): readonly string[] {
  return isOfGpus(metric) ? ['deployment'] : listScopeNames(tagDimensions);
}

function readThreshold(
  value: unknown,
  metric: RuleMetric,
  comparison: AlertRule['comparison'],
  before: AlertRule | undefined,
  issues: RuleIssue[],
): bigint {
  const unit = findUnit(metric);
  const unchanged = before && findUnit(before.metric) === unit ? before.thresholdPico : undefined;
  const isText = typeof value === 'string' && /^\d{1,9}(\.\d{1,12})?$/.test(value);
  const threshold = value === undefined ? unchanged : isText ? parseUsd(value) : undefined;
  const [low, high] = THRESHOLDS[metric][comparison];
  const isWithin = threshold !== undefined && threshold >= (parseUsd(low) ?? 0n) && threshold <= (parseUsd(high) ?? 0n);
  if (isWithin) return threshold;
  const unitWords = { usd: 'USD', ratio: 'a ratio such as "0.01" for 1 %', ms: 'milliseconds' }[unit];
  issues.push({
    field: 'threshold',
    expected: `decimal text from ${low} to ${high} with at most 12 decimals (${unitWords})`,
  });
  return 0n;
}

function readWhole(value: unknown, field: string, most: number, unsaid: number, issues: RuleIssue[]): number {
  if (value === undefined) return unsaid;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  issues.push({ field, expected: `a whole number from 1 to ${most}` });
  return unsaid;
}

function readFilter(value: unknown, names: readonly string[], unsaid: ScopeFilter, issues: RuleIssue[]): ScopeFilter {
  const asked = value === undefined ? unsaid : value;
  if (!isObject(asked)) {
    issues.push({ field: 'filter', expected: 'an object of dimension names and values' });
    return {};
  }
  const filter: Record<string, string> = {};
  for (const [name, wanted] of Object.entries(asked)) {
    const field = `filter.${name}`;
    if (!names.includes(name)) issues.push({ field, expected: `a dimension: ${names.join(', ')}` });
    else if (typeof wanted !== 'string' || !isValue(wanted))
      issues.push({ field, expected: `text of 1 to ${MAX_VALUE_BYTES} bytes without control characters` });
    else filter[name] = wanted;
  }
  return filter;
}

/** Users are pseudonyms that nobody could be told about, and there are many: they may be filtered by, not gone through. */
function readEach(value: unknown, names: readonly string[], unsaid: string | null, issues: RuleIssue[]): string | null {
  const each = value === undefined ? unsaid : value;
  const known = names.filter((name) => name !== 'user');
  if (each === null || (typeof each === 'string' && known.includes(each))) return each;
  issues.push({ field: 'each', expected: `null or a dimension: ${known.join(', ')}` });
  return null;
}

function readEnabled(value: unknown, unsaid: boolean, issues: RuleIssue[]): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? unsaid;
  issues.push({ field: 'enabled', expected: 'true or false' });
  return unsaid;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isValue(text: string): boolean {
  const isPlain = text !== '' && text.isWellFormed() && !/\p{Cc}/u.test(text);
  return isPlain && encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, '-').length <= MAX_VALUE_BYTES;
}
