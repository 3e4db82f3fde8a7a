import { parseDecimal } from '../domain/decimal.ts';
import { LedgerError } from '../domain/errors.ts';
import type { Catalog } from '../domain/price-catalog.ts';
import { parseInstant } from '../domain/price-catalog-time.ts';
import { showValue } from '../domain/shown-value.ts';
import { decodeSnapshot, type SnapshotModel, type SnapshotPeriod, type SnapshotRate } from './snapshot.ts';

/** A file of catalog rows broke its contract; each issue names row and field. */
export class InvalidCatalogError extends LedgerError {
  override readonly name = 'InvalidCatalogError';
  readonly code = 'catalog/invalid';
  readonly retryable = false;
  readonly issues: readonly string[];
  constructor(issues: readonly string[], options?: ErrorOptions) {
    super(`catalog rejected: ${issues.join('; ')}`, options);
    this.issues = issues;
  }
}

/**
 * Reads a file of rows, `{"rows":[...]}`, one row per model, unit and period:
 * `{"provider","model","aliases"?,"unit","rate","per"?,"service_tier"?,"effective_from"?,"effective_to"?,
 * "tiers"?:[{"over","operator","rate"}],"windows"?:[{"from","to","weekdays"?}],"minimum"?,"source"?,"checked_on"?}`.
 * Rates are decimal text in USD per `per` units (1,000,000 unless given). A later row wins over an earlier one.
 *
 * @param version - names these rows in every rating
 * @throws {@link InvalidCatalogError} naming every field that is wrong
 */
export function readCatalogRows(json: unknown, version: string): Catalog {
  const rows = isRecord(json) ? json['rows'] : json;
  if (!Array.isArray(rows)) throw new InvalidCatalogError(['rows: expected an array of rows']);
  const issues: string[] = [];
  const sources: Array<{ source: string; checkedOn: string }> = [];
  const models = new Map<string, Map<string, SnapshotModel>>();
  for (const [index, row] of rows.entries()) {
    const fields = new RowFields(row, `rows[${index}]`, issues);
    const provider = fields.text('provider').toLowerCase();
    const id = fields.text('model');
    sources.push({ source: fields.text('source', 'file'), checkedOn: fields.text('checked_on', 'unknown') });
    const period: SnapshotPeriod = { ...readPeriod(fields), source: index };
    const ofProvider = models.get(provider) ?? new Map<string, SnapshotModel>();
    models.set(provider, ofProvider);
    const before = ofProvider.get(id) ?? { id, names: [id.toLowerCase()], periods: [] };
    const names = new Set([...(before.names ?? []), ...fields.texts('aliases').map((name) => name.toLowerCase())]);
    ofProvider.set(id, { ...before, names: [...names], periods: [...before.periods, period] });
  }
  if (issues.length > 0) throw new InvalidCatalogError(issues);
  const listed = Object.fromEntries([...models].map(([provider, byId]) => [provider, [...byId.values()]]));
  return decodeSnapshot({ version, library: 'file', checkedOn: 'unknown', sources, fallbacks: {}, models: listed });
}

function readPeriod(fields: RowFields): SnapshotPeriod {
  const tiers = fields.objects('tiers').map((tier): readonly ['>' | '>=', number, string] => {
    return [tier.oneOf('operator', ['>', '>=']), tier.wholeNumber('over', 0), tier.decimal('rate')];
  });
  const minimum = fields.has('minimum') ? { minimum: fields.decimal('minimum') } : {};
  const rate: SnapshotRate = {
    rate: fields.decimal('rate'),
    per: fields.wholeNumber('per', 1_000_000),
    tiers,
    ...minimum,
  };
  const windows = fields.objects('windows').map((window) => ({
    from: window.timeOfDay('from'),
    to: window.timeOfDay('to'),
    ...(window.has('weekdays') ? { weekdays: window.weekdays('weekdays') } : {}),
  }));
  return {
    ...(fields.has('effective_from') ? { from: fields.instant('effective_from') } : {}),
    ...(fields.has('effective_to') ? { to: fields.instant('effective_to') } : {}),
    ...(windows.length > 0 ? { windows } : {}),
    tier: fields.text('service_tier', 'default'),
    rates: { [fields.text('unit')]: rate },
  };
}

/** One row's fields, each read as what it must be; what is not becomes an issue that names it. */
class RowFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #issues: string[];

  constructor(value: unknown, path: string, issues: string[]) {
    this.#fields = isRecord(value) ? value : {};
    this.#path = path;
    this.#issues = issues;
    if (!isRecord(value)) issues.push(`${path}: expected an object`);
  }

  has(field: string): boolean {
    return (this.#fields[field] ?? null) !== null;
  }

  text(field: string, otherwise?: string): string {
    const value = this.#fields[field] ?? otherwise;
    return typeof value === 'string' && value !== '' ? value : this.#complain(field, 'text', '');
  }

  texts(field: string): readonly string[] {
    const value = this.#fields[field] ?? [];
    if (Array.isArray(value) && value.every((it) => typeof it === 'string')) return value;
    return this.#complain(field, 'an array of text', []);
  }

  decimal(field: string): string {
    const text = this.text(field);
    return text === '' || parseDecimal(text) !== undefined ? text : this.#complain(field, 'decimal text', '');
  }

  wholeNumber(field: string, otherwise: number): number {
    const value = this.#fields[field] ?? otherwise;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= Math.min(1, otherwise)) return value;
    return this.#complain(field, 'a whole number', 1);
  }

  oneOf<T extends string>(field: string, values: readonly [T, ...T[]]): T {
    const found = values.find((it) => it === this.#fields[field]);
    return found ?? this.#complain(field, values.join(' or '), values[0]);
  }

  instant(field: string): string {
    const text = this.text(field);
    return parseInstant(text) === undefined ? this.#complain(field, 'a date or an RFC 3339 time', '') : text;
  }

  timeOfDay(field: string): string {
    const text = this.text(field);
    return /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text) ? text : this.#complain(field, 'a time of day, HH:MM', '');
  }

  weekdays(field: string): readonly number[] {
    const value = this.#fields[field];
    if (Array.isArray(value) && value.every((day) => Number.isInteger(day) && day >= 0 && day <= 6)) return value;
    return this.#complain(field, 'weekdays from 0 (Sunday) to 6', []);
  }

  objects(field: string): readonly RowFields[] {
    const value = this.#fields[field] ?? [];
    if (!Array.isArray(value)) return this.#complain(field, 'an array', []);
    return value.map((it, index) => new RowFields(it, `${this.#path}.${field}[${index}]`, this.#issues));
  }

  #complain<T>(field: string, expected: string, otherwise: T): T {
    const issue = `${this.#path}.${field}: expected ${expected}, got ${showValue(this.#fields[field])}`;
    if (!this.#issues.includes(issue)) this.#issues.push(issue);
    return otherwise;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
