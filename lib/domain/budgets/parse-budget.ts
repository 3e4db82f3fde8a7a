import { type BudgetDefinition, InvalidBudgetError } from './budget.ts';
import { type KeptDimensions, listKeptNames, type ScopeFilter } from './budget-scope.ts';
import { PLAN_FIELDS, parseBudgetPlan, toRawPlan } from './periods/parse-budget-plan.ts';
import type { PlanIssue } from './periods/parse-period-rule.ts';

/** Thresholds of a budget that names none, in percent. */
export const DEFAULT_THRESHOLDS_PERCENT: readonly number[] = [50, 80, 100];

/** Forecast thresholds of a budget that names none, in percent. */
export const DEFAULT_FORECAST_THRESHOLDS_PERCENT: readonly number[] = [100];

const FIELDS = ['name', ...PLAN_FIELDS, 'filter', 'each', 'thresholds', 'forecast_thresholds', 'owner', 'paused'];
const MAX_NAME_BYTES = 128;
const MAX_THRESHOLDS = 20;
const MAX_THRESHOLD_PERCENT = 1_000;

/**
 * Parses a budget from JSON: `{"name", "filter"?: {"team": "cx"}, "each"?: "app", "thresholds"?: [50, 80, 100],
 * "forecast_thresholds"?: [100], "owner"?: "Ann", "paused"?: false}` and the fields of {@link parseBudgetPlan}:
 * `period`, `start_date`, `end_date` and one of `amount_usd` and `amount_tokens`.
 *
 * @param kept - what `filter` and `each` may name: of its tags `tags.<name>`
 * @throws {@link InvalidBudgetError} naming every field at fault, unknown fields included
 */
export function parseBudget(json: unknown, kept: KeptDimensions): BudgetDefinition {
  if (!isObject(json)) throw new InvalidBudgetError([{ field: '', expected: 'a JSON object' }]);
  const issues: PlanIssue[] = Object.keys(json)
    .filter((field) => !FIELDS.includes(field))
    .map((field) => ({ field, expected: `nothing: the fields of a budget are ${FIELDS.join(', ')}` }));
  const name = parseName(json['name'], issues);
  const names = listKeptNames(kept);
  const scope = parseScope(json['filter'], names, issues);
  const definition: BudgetDefinition = {
    name,
    scope,
    each: parseEach(json['each'], scope, names, issues),
    ...parseBudgetPlan(json, issues),
    thresholdsPercent: parseThresholds(json['thresholds'], 'thresholds', DEFAULT_THRESHOLDS_PERCENT, issues),
    forecastThresholdsPercent: parseThresholds(
      json['forecast_thresholds'],
      'forecast_thresholds',
      DEFAULT_FORECAST_THRESHOLDS_PERCENT,
      issues,
    ),
    owner: parseOwner(json['owner'], issues),
    paused: parsePaused(json['paused'], issues),
  };
  if (issues.length > 0) throw new InvalidBudgetError(issues);
  return definition;
}

/** A budget as JSON that {@link parseBudget} reads back as the same definition. */
export function toRawBudget(budget: BudgetDefinition): Readonly<Record<string, unknown>> {
  return {
    name: budget.name,
    ...toRawPlan(budget),
    filter: budget.scope,
    ...(budget.each === null ? {} : { each: budget.each }),
    thresholds: budget.thresholdsPercent,
    forecast_thresholds: budget.forecastThresholdsPercent,
    ...(budget.owner === null ? {} : { owner: budget.owner }),
    paused: budget.paused,
  };
}

function parseName(value: unknown, issues: PlanIssue[]): string {
  if (isName(value)) return value;
  issues.push({ field: 'name', expected: `text of 1 to ${MAX_NAME_BYTES} bytes without control characters` });
  return '';
}

/**
 * Reads a filter: an object of names and values of 1 to 256 bytes.
 *
 * @param names - the dimensions and `tags.<name>` that it may name
 * @param issues - takes in every fault; those of a dimension stand under `filter.<name>`
 */
export function parseScope(value: unknown, names: readonly string[], issues: PlanIssue[]): ScopeFilter {
  if (value === undefined) return {};
  if (!isObject(value)) {
    issues.push({ field: 'filter', expected: 'an object of dimension names and values' });
    return {};
  }
  const scope: Record<string, string> = {};
  for (const [name, wanted] of Object.entries(value)) {
    const field = `filter.${name}`;
    if (!names.includes(name))
      issues.push({ field, expected: `a dimension: ${names.join(', ')}${explainUser(name, names)}` });
    else if (typeof wanted !== 'string' || wanted === '' || utf8Bytes(wanted) > 256 || !isPlainText(wanted))
      issues.push({ field, expected: 'text of 1 to 256 bytes without control characters' });
    else scope[name] = wanted;
  }
  return scope;
}

function parseEach(value: unknown, scope: ScopeFilter, names: readonly string[], issues: PlanIssue[]): string | null {
  if (value === undefined || value === null) return null;
  const open = names.filter((name) => scope[name] === undefined);
  if (typeof value === 'string' && open.includes(value)) return value;
  issues.push({
    field: 'each',
    expected: `a dimension that filter leaves open: ${open.join(', ')}${explainUser(value, names)}`,
  });
  return null;
}

function explainUser(given: unknown, names: readonly string[]): string {
  return given === 'user' && !names.includes('user') ? '; users are kept only where the tenant tracks them' : '';
}

function parseThresholds(
  value: unknown,
  field: 'thresholds' | 'forecast_thresholds',
  byDefault: readonly number[],
  issues: PlanIssue[],
): readonly number[] {
  if (value === undefined) return byDefault;
  const least = field === 'thresholds' ? 1 : 0;
  if (!Array.isArray(value) || value.length < least || value.length > MAX_THRESHOLDS) {
    issues.push({ field, expected: `a list of ${least} to ${MAX_THRESHOLDS} whole percents` });
    return [];
  }
  const thresholds: number[] = [];
  for (const [index, percent] of value.entries()) {
    const before = thresholds.at(-1);
    if (typeof percent !== 'number' || !Number.isInteger(percent) || percent < 1 || percent > MAX_THRESHOLD_PERCENT)
      issues.push({
        field: `${field}[${index}]`,
        expected: `a whole percent from 1 to ${MAX_THRESHOLD_PERCENT}`,
      });
    else if (before !== undefined && percent <= before)
      issues.push({
        field: `${field}[${index}]`,
        expected: `more than ${before}, the one before it: thresholds ascend`,
      });
    else thresholds.push(percent);
  }
  return thresholds;
}

function parseOwner(value: unknown, issues: PlanIssue[]): string | null {
  if (value === undefined || value === null) return null;
  if (isName(value)) return value;
  issues.push({ field: 'owner', expected: `text of 1 to ${MAX_NAME_BYTES} bytes without control characters, or null` });
  return null;
}

function parsePaused(value: unknown, issues: PlanIssue[]): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  issues.push({ field: 'paused', expected: 'true or false' });
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && utf8Bytes(value) <= MAX_NAME_BYTES && isPlainText(value);
}

function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function utf8Bytes(text: string): number {
  return encodeURIComponent(text.toWellFormed()).replace(/%[0-9A-F]{2}/g, '-').length;
}
