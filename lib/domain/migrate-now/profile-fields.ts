import type { Purchase } from '../break-even/hosting-offer.ts';
import { parseDayNumber } from '../forecast/day-number.ts';

/** What a number must be. */
export interface NumberRule {
  readonly fallback?: number;
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

/** Reads fields one by one and gathers what is wrong, so that a file is corrected in one go. */
export class ProfileFields {
  readonly issues: string[] = [];
  readonly defaulted: string[] = [];
  readonly #json: Record<string, unknown>;

  constructor(json: Record<string, unknown>) {
    this.#json = json;
  }

  refuseUnknown(json: Record<string, unknown>, known: ReadonlySet<string>, prefix: string): void {
    for (const key of Object.keys(json)) if (!known.has(key)) this.issues.push(`${prefix}${key}: not a known field`);
  }

  text(field: string): string {
    const value = this.#json[field];
    if (isPlainText(value)) return value;
    this.issues.push(`${field}: expected text in one line of 1 to ${MAX_TEXT_LENGTH} characters`);
    return '';
  }

  object(field: string): Record<string, unknown> {
    const value = this.#json[field];
    if (isObject(value)) return value;
    if (value !== undefined) this.issues.push(`${field}: expected an object`);
    return {};
  }

  optionalText(field: string): string | null {
    return this.#json[field] === undefined ? null : this.text(field);
  }

  optionalDay(value: unknown, field: string): string | null {
    if (value === undefined || value === null) return null;
    if (typeof value === 'string' && parseDayNumber(value) !== undefined) return value;
    this.issues.push(`${field}: expected a day such as 2026-01-29`);
    return null;
  }

  optionalNumber(field: string, rule: NumberRule = {}): number | null {
    return this.#json[field] === undefined ? null : this.number(field, rule);
  }

  number(field: string, rule: NumberRule = {}): number {
    const value = this.#json[field];
    if (value === undefined && rule.fallback !== undefined) {
      this.defaulted.push(field);
      return rule.fallback;
    }
    return this.check(field, value, rule);
  }

  check(field: string, value: unknown, rule: NumberRule): number {
    const { min = 0, max = Number.MAX_VALUE } = rule;
    if (typeof value === 'number' && value >= min && value <= max && (!rule.whole || Number.isInteger(value))) {
      return value;
    }
    const kind = rule.whole ? 'a whole number' : 'a number';
    const bound = rule.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
    this.issues.push(`${field}: expected ${kind} ${bound}, got ${JSON.stringify(value) ?? 'nothing'}`);
    return Number.NaN;
  }

  purchase(): Purchase | null {
    const value = this.#json['purchase'];
    const found = PURCHASES.find((known) => known === value);
    if (value !== undefined && found === undefined)
      this.issues.push(`purchase: expected one of ${PURCHASES.join(', ')}`);
    return found ?? null;
  }

  choice<T extends string>(gates: Record<string, unknown>, gate: string, allowed: readonly T[]): T | undefined {
    const value = gates[gate];
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) this.issues.push(`gates.${gate}: expected one of ${allowed.join(', ')}`);
    return found;
  }
}

/** A message quotes these texts line by line, and must not outgrow what a topic takes. */
const MAX_TEXT_LENGTH = 300;

/** Whether a value is text that may stand in a line of a message. */
export function isPlainText(value: unknown): value is string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_TEXT_LENGTH) return false;
  return value.isWellFormed() && !/\p{Cc}/u.test(value);
}

const PURCHASES: readonly Purchase[] = ['on_demand', 'reserved', 'owned'];

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
