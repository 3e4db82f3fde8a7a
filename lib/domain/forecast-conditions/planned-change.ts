import { type KeptDimensions, listKeptNames, type ScopeFilter } from '../budgets/budget-scope.ts';
import { parseScope } from '../budgets/parse-budget.ts';
import { isCalendarDate } from '../budgets/periods/calendar-date.ts';
import type { PlanIssue } from '../budgets/periods/parse-period-rule.ts';
import { type Decimal, decimalOfNumber, formatDecimal, parseDecimal, powerOfTen } from '../decimal.ts';

/** A change of use that somebody knows of: from a local day on, the calls of a scope are so many times what they were. */
export interface PlannedChange {
  /** The first local day on which it holds, `2026-03-01`; it holds for good. */
  readonly day: string;
  readonly scope: ScopeFilter;
  /** 0 to {@link MAX_FACTOR}, at most {@link MAX_FACTOR_DECIMALS} decimals; 0 = the calls end. */
  readonly factor: Decimal;
  readonly note: string | null;
}

/** Largest factor of one planned change. */
export const MAX_FACTOR = 1_000;

/** Decimals that a factor may have. */
export const MAX_FACTOR_DECIMALS = 6;

/** Longest note of a planned change, and all values of its filter together, in UTF-8 bytes. */
export const MAX_PLANNED_TEXT_BYTES = 256;

const FIELDS = ['date', 'factor', 'filter', 'note'];
const FIRST_DAY = '2000-01-01';
const LAST_DAY = '2999-12-31';

/**
 * Reads a planned change from JSON: `{"date": "2026-03-01", "factor": "1.5", "filter"?: {"team": "cx"}, "note"?: "..."}`.
 *
 * @param kept - what a filter may name: dimensions and `tags.<name>` that the tenant keeps
 * @param issues - takes in every fault; the answer is meaningless when there is one
 */
export function parsePlannedChange(
  json: Readonly<Record<string, unknown>>,
  kept: KeptDimensions,
  issues: PlanIssue[],
): PlannedChange {
  for (const field of Object.keys(json).filter((name) => !FIELDS.includes(name)))
    issues.push({ field, expected: `nothing: the fields of a planned change are ${FIELDS.join(', ')}` });
  return {
    day: parseDay(json['date'], issues),
    factor: parseFactor(json['factor'], issues),
    scope: parseFilter(json['filter'], kept, issues),
    note: parseNote(json['note'], issues),
  };
}

/** The factor as decimal text without needless zeros. */
export function formatFactor({ factor }: Pick<PlannedChange, 'factor'>): string {
  return formatDecimal(factor);
}

function parseDay(value: unknown, issues: PlanIssue[]): string {
  if (typeof value === 'string' && isCalendarDate(value) && value >= FIRST_DAY && value <= LAST_DAY) return value;
  issues.push({ field: 'date', expected: `a local day from ${FIRST_DAY} to ${LAST_DAY}, such as "2026-03-01"` });
  return FIRST_DAY;
}

function parseFactor(value: unknown, issues: PlanIssue[]): Decimal {
  const factor =
    typeof value === 'string' ? parseDecimal(value) : typeof value === 'number' ? decimalOfNumber(value) : undefined;
  const isFactor =
    factor !== undefined &&
    factor.scale <= MAX_FACTOR_DECIMALS &&
    factor.digits <= BigInt(MAX_FACTOR) * powerOfTen(factor.scale);
  if (isFactor) return factor;
  issues.push({
    field: 'factor',
    expected: `a number from 0 to ${MAX_FACTOR} with at most ${MAX_FACTOR_DECIMALS} decimals, such as "1.5"`,
  });
  return { digits: 1n, scale: 0 };
}

function parseFilter(value: unknown, kept: KeptDimensions, issues: PlanIssue[]): ScopeFilter {
  const scope = parseScope(value ?? undefined, listKeptNames(kept), issues);
  if (countUtf8Bytes(Object.values(scope).join('')) > MAX_PLANNED_TEXT_BYTES)
    issues.push({ field: 'filter', expected: `values of at most ${MAX_PLANNED_TEXT_BYTES} bytes together` });
  return scope;
}

function parseNote(value: unknown, issues: PlanIssue[]): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && isPlainText(value) && countUtf8Bytes(value) <= MAX_PLANNED_TEXT_BYTES) return value;
  issues.push({
    field: 'note',
    expected: `text of at most ${MAX_PLANNED_TEXT_BYTES} bytes without control characters`,
  });
  return null;
}

function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function countUtf8Bytes(text: string): number {
  return encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, '-').length;
}
