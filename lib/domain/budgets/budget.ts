import { LedgerError } from '../errors.ts';
import { parseUsd } from '../money.ts';
import { BUDGET_PERIODS, type BudgetPeriodKind } from './budget-period.ts';
import { listScopeNames, type ScopeFilter } from './budget-scope.ts';

/** What a budget watches, as its owner states it. */
export interface BudgetDefinition {
  /** Unique within the tenant, 1 to 128 bytes, no control characters. */
  readonly name: string;
  readonly scope: ScopeFilter;
  readonly period: BudgetPeriodKind;
  /** Above zero. */
  readonly amountPicoUsd: bigint;
  /** Whole percents of the amount, ascending, 1 to 20 of them, each 1 to 1,000. */
  readonly thresholdsPercent: readonly number[];
  /** A paused budget is neither evaluated nor told of. */
  readonly paused: boolean;
}

/** A budget as the ledger keeps it. */
export interface Budget extends BudgetDefinition {
  /** Stable for the tenant and name. */
  readonly id: string;
  /** Counts from 1; a changed scope, period, amount or threshold makes the next one, which arms every threshold anew. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** Last commit of the ledger when this version was made; later commits are followed one by one. */
  readonly sinceCommit: number;
}

/** One thing wrong with a budget: the field, as the sender wrote it, and what it should have been. */
export interface BudgetIssue {
  readonly field: string;
  readonly expected: string;
}

/** A budget that breaks its format; every fault names its field. */
export class InvalidBudgetError extends LedgerError {
  override readonly name = 'InvalidBudgetError';
  readonly code = 'budget/invalid';
  readonly retryable = false;
  readonly issues: readonly BudgetIssue[];
  constructor(issues: readonly BudgetIssue[], options?: ErrorOptions) {
    super(
      `budget refused: ${issues.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ')}`,
      options,
    );
    this.issues = issues;
  }
}

/** Thresholds of a budget that names none, in percent. */
export const DEFAULT_THRESHOLDS_PERCENT: readonly number[] = [50, 80, 100];

const FIELDS = ['name', 'amount_usd', 'period', 'filter', 'thresholds', 'paused'];
const MAX_NAME_BYTES = 128;
const MAX_THRESHOLDS = 20;
const MAX_THRESHOLD_PERCENT = 1_000;

/**
 * Parses a budget from JSON: `{"name", "amount_usd": "500.00", "period"?: "month", "filter"?: {"team": "cx"},
 * "thresholds"?: [50, 80, 100], "paused"?: false}`.
 *
 * @param tagDimensions - the tags that the tenant keeps; a filter may name them as `tags.<name>`
 * @throws {@link InvalidBudgetError} naming every field at fault, unknown fields included
 */
export function parseBudget(json: unknown, tagDimensions: readonly string[]): BudgetDefinition {
  if (!isObject(json)) throw new InvalidBudgetError([{ field: '', expected: 'a JSON object' }]);
  const issues: BudgetIssue[] = Object.keys(json)
    .filter((field) => !FIELDS.includes(field))
    .map((field) => ({ field, expected: `nothing: the fields of a budget are ${FIELDS.join(', ')}` }));
  const definition: BudgetDefinition = {
    name: parseName(json['name'], issues),
    scope: parseScope(json['filter'], tagDimensions, issues),
    period: parsePeriod(json['period'], issues),
    amountPicoUsd: parseAmount(json['amount_usd'], issues),
    thresholdsPercent: parseThresholds(json['thresholds'], issues),
    paused: parsePaused(json['paused'], issues),
  };
  if (issues.length > 0) throw new InvalidBudgetError(issues);
  return definition;
}

/** Whether two definitions govern spend alike, so that no new version is due; pausing and resuming changes nothing. */
export function governsAlike(a: BudgetDefinition, b: BudgetDefinition): boolean {
  const essence = (budget: BudgetDefinition): string =>
    JSON.stringify([
      Object.entries(budget.scope).sort(([x], [y]) => (x < y ? -1 : 1)),
      budget.period,
      budget.amountPicoUsd.toString(),
      budget.thresholdsPercent,
    ]);
  return essence(a) === essence(b);
}

/** The thresholds that a total has reached: at exactly 80 % of the amount the 80 % threshold is crossed. */
export function findCrossedThresholds(budget: BudgetDefinition, totalPicoUsd: bigint): readonly number[] {
  return budget.thresholdsPercent.filter((percent) => totalPicoUsd * 100n >= budget.amountPicoUsd * BigInt(percent));
}

function parseName(value: unknown, issues: BudgetIssue[]): string {
  if (typeof value === 'string' && value.trim() !== '' && utf8Bytes(value) <= MAX_NAME_BYTES && isPlainText(value))
    return value;
  issues.push({ field: 'name', expected: `text of 1 to ${MAX_NAME_BYTES} bytes without control characters` });
  return '';
}

function parseScope(value: unknown, tagDimensions: readonly string[], issues: BudgetIssue[]): ScopeFilter {
  if (value === undefined) return {};
  if (!isObject(value)) {
    issues.push({ field: 'filter', expected: 'an object of dimension names and values' });
    return {};
  }
  const names = listScopeNames(tagDimensions);
  const scope: Record<string, string> = {};
  for (const [name, wanted] of Object.entries(value)) {
    const field = `filter.${name}`;
    if (!names.includes(name)) issues.push({ field, expected: `a dimension: ${names.join(', ')}` });
    else if (typeof wanted !== 'string' || wanted === '' || utf8Bytes(wanted) > 256 || !isPlainText(wanted))
      issues.push({ field, expected: 'text of 1 to 256 bytes without control characters' });
    else scope[name] = wanted;
  }
  return scope;
}

function parsePeriod(value: unknown, issues: BudgetIssue[]): BudgetPeriodKind {
  const period = BUDGET_PERIODS.find((known) => known === (value ?? 'month'));
  if (period === undefined) issues.push({ field: 'period', expected: `one of: ${BUDGET_PERIODS.join(', ')}` });
  return period ?? 'month';
}

function parseAmount(value: unknown, issues: BudgetIssue[]): bigint {
  const isAmount = typeof value === 'string' && /^\d{1,12}(\.\d{1,12})?$/.test(value);
  const amount = (isAmount ? parseUsd(value) : undefined) ?? 0n;
  if (amount <= 0n)
    issues.push({
      field: 'amount_usd',
      expected: 'decimal text above zero with at most 12 decimals, such as "500.00"',
    });
  return amount;
}

function parseThresholds(value: unknown, issues: BudgetIssue[]): readonly number[] {
  if (value === undefined) return DEFAULT_THRESHOLDS_PERCENT;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_THRESHOLDS) {
    issues.push({ field: 'thresholds', expected: `a list of 1 to ${MAX_THRESHOLDS} whole percents` });
    return [];
  }
  const thresholds: number[] = [];
  for (const [index, percent] of value.entries()) {
    const field = `thresholds[${index}]`;
    const before = thresholds.at(-1);
    if (typeof percent !== 'number' || !Number.isInteger(percent) || percent < 1 || percent > MAX_THRESHOLD_PERCENT)
      issues.push({ field, expected: `a whole percent from 1 to ${MAX_THRESHOLD_PERCENT}` });
    else if (before !== undefined && percent <= before)
      issues.push({ field, expected: `more than ${before}, the one before it: thresholds ascend` });
    else thresholds.push(percent);
  }
  return thresholds;
}

function parsePaused(value: unknown, issues: BudgetIssue[]): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  issues.push({ field: 'paused', expected: 'true or false' });
  return false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function utf8Bytes(text: string): number {
  return encodeURIComponent(text.toWellFormed()).replace(/%[0-9A-F]{2}/g, '-').length;
}
