import { type Decimal, decimalOfNumber, parseDecimal } from '../../domain/decimal.ts';
import type { ReportedCounts } from '../../domain/events/usage-shapes.ts';
import { showValue } from '../../domain/shown-value.ts';

/** Raw usage as parsed from JSON. */
export type RawFields = Readonly<Record<string, unknown>>;

/** The object at a field of raw usage; an absent or null one reads as empty. Anything else is an issue. */
export function objectAt(raw: RawFields, field: string, issues: string[]): RawFields {
  const value = raw[field] ?? {};
  if (isFields(value)) return value;
  issues.push(`${field}: expected an object, got ${showValue(value)}`);
  return {};
}

/** Whether a JSON value is an object. */
export function isFields(value: unknown): value is RawFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a count: a JSON integer up to 2^53-1 or decimal digits of any length; absent or null is 0.
 * Anything else is an issue and reads as 0.
 */
export function countAt(raw: RawFields, field: string, issues: string[]): bigint {
  const value = raw[field] ?? 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const decimal = typeof value === 'string' ? parseDecimal(value) : undefined;
  if (decimal?.scale === 0) return decimal.digits;
  issues.push(`${field}: expected a whole number of 0 or more, got ${showValue(value)}`);
  return 0n;
}

/** Reads seconds: a JSON number or decimal text of 0 or more; absent or null is none. Anything else is an issue. */
export function secondsAt(raw: RawFields, field: string, issues: string[]): Decimal | null {
  const value = raw[field] ?? null;
  if (value === null) return null;
  const seconds =
    typeof value === 'number' ? decimalOfNumber(value) : parseDecimal(typeof value === 'string' ? value : '');
  if (seconds === undefined) issues.push(`${field}: expected seconds of 0 or more, got ${showValue(value)}`);
  return seconds ?? null;
}

/**
 * Complains about usage of another shape: it says something, but holds none of the counts that this shape begins with,
 * or only null in their place. Read as zeros it would make the call free. Usage that says nothing at all is none.
 */
export function expectOneOf(raw: RawFields, fields: readonly string[], issues: string[]): void {
  if (Object.keys(raw).length === 0 || fields.some((field) => (raw[field] ?? null) !== null)) return;
  issues.push(`usage: expected ${fields.join(' or ')}, got none of them`);
}

/** Counts to be filled in by unit. */
export function emptyCounts(): ReportedCounts {
  return { counts: new Map(), audioSeconds: null };
}
