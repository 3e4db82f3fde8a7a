import { parseDecimal } from '../domain/decimal.ts';
import { parseInstant } from '../domain/prices/price-catalog-time.ts';
import { showValue } from '../domain/shown-value.ts';

/** The fields of one object of a file, each read as what it must be; what is not becomes an issue that names it. */
export class RowFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #issues: string[];

  /**
   * @param path - names the object in issues, e.g. `rows[3]`
   * @param issues - where issues are added
   * @param known - the fields it may have; another one is an issue, because a slip of the pen must not be a price
   */
  constructor(value: unknown, path: string, issues: string[], known: readonly string[]) {
    this.#fields = isRecord(value) ? value : {};
    this.#path = path;
    this.#issues = issues;
    if (!isRecord(value)) issues.push(`${path}: expected an object`);
    for (const field of Object.keys(this.#fields)) {
      if (!known.includes(field)) issues.push(`${path}.${field}: no field of this name; expected ${known.join(', ')}`);
    }
  }

  /** Whether the field is there and not null. */
  has(field: string): boolean {
    return (this.#fields[field] ?? null) !== null;
  }

  /** Text that is not empty. */
  text(field: string, otherwise?: string): string {
    const value = this.#fields[field] ?? otherwise;
    return typeof value === 'string' && value !== '' ? value : this.complain(field, 'text', '');
  }

  /** A list of texts, none when the field is missing. */
  texts(field: string): readonly string[] {
    const value = this.#fields[field] ?? [];
    if (Array.isArray(value) && value.every((it) => typeof it === 'string' && it !== '')) return value;
    return this.complain(field, 'an array of text', []);
  }

  /** Plain decimal text. */
  decimal(field: string): string {
    const text = this.text(field);
    return text === '' || parseDecimal(text) !== undefined ? text : this.complain(field, 'decimal text', '');
  }

  /** A whole number of at least `least`; without `otherwise` the field must be there. */
  wholeNumber(field: string, least: number, otherwise?: number): number {
    const value = this.#fields[field] ?? otherwise;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
    return this.complain(field, least === 0 ? 'a whole number' : `a whole number from ${least} on`, least);
  }

  /** `true` or `false`, the latter when the field is missing. */
  flag(field: string): boolean {
    const value = this.#fields[field] ?? false;
    return typeof value === 'boolean' ? value : this.complain(field, 'true or false', false);
  }

  /** One of the given words. */
  oneOf<T extends string>(field: string, values: readonly [T, ...T[]]): T {
    const found = values.find((it) => it === this.#fields[field]);
    return found ?? this.complain(field, values.join(' or '), values[0]);
  }

  /** A date or an RFC 3339 time. */
  instant(field: string): string {
    const text = this.text(field);
    return parseInstant(text) === undefined ? this.complain(field, 'a date or an RFC 3339 time', '') : text;
  }

  /** A period from `effective_from` to `effective_to`, either or both of which may be missing. */
  period(): { readonly from?: string; readonly to?: string } {
    const from = this.has('effective_from') ? { from: this.instant('effective_from') } : {};
    const to = this.has('effective_to') ? { to: this.instant('effective_to') } : {};
    const [fromMs, toMs] = [parseInstant(from.from ?? ''), parseInstant(to.to ?? '')];
    if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
      this.complain('effective_to', 'a time after effective_from', '');
    }
    return { ...from, ...to };
  }

  /** A time of day, `HH:MM`. */
  timeOfDay(field: string): string {
    const text = this.text(field);
    return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text) ? text : this.complain(field, 'a time of day, HH:MM', '');
  }

  /** Days from 0 = Sunday, at least one. */
  weekdays(field: string): readonly number[] {
    const value = this.#fields[field];
    const areDays =
      Array.isArray(value) && value.length > 0 && value.every((day) => Number.isInteger(day) && day >= 0 && day <= 6);
    return areDays ? value : this.complain(field, 'weekdays from 0 (Sunday) to 6', []);
  }

  /** An object within, none when the field is missing. */
  object(field: string, known: readonly string[]): RowFields | undefined {
    if (!this.has(field)) return undefined;
    return new RowFields(this.#fields[field], `${this.#path}.${field}`, this.#issues, known);
  }

  /** A list of objects within. */
  objects(field: string, known: readonly string[]): readonly RowFields[] {
    const value = this.#fields[field] ?? [];
    if (!Array.isArray(value)) return this.complain(field, 'an array', []);
    return value.map((it, index) => new RowFields(it, `${this.#path}.${field}[${index}]`, this.#issues, known));
  }

  /** Adds an issue about a field and goes on with another value. */
  complain<T>(field: string, expected: string, otherwise: T): T {
    const issue = `${this.#path}.${field}: expected ${expected}, got ${showValue(this.#fields[field])}`;
    if (!this.#issues.includes(issue)) this.#issues.push(issue);
    return otherwise;
  }
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
