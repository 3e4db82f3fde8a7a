import { MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { USAGE_UNITS } from '../../contracts/usage-units.ts';
import { type Decimal, parseDecimal, powerOfTen } from '../decimal.ts';
import { LedgerError } from '../errors.ts';
import { textBytes } from '../field-reading.ts';
import { showValue } from '../shown-value.ts';
import { toProviderId } from './model-name.ts';
import type { ModelAlias } from './price-book-aliases.ts';
import type { CapacityCover } from './price-book-capacities.ts';
import type { Override } from './price-book-overrides.ts';
import { REPORTED_COST_BOUNDS, type ReportedCostRule } from './price-book-reported-cost.ts';
import { DEFAULT_TIER, toServiceTier } from './price-book-tiers.ts';
import { type Period, parseInstant } from './price-catalog-time.ts';

/** A file of overrides broke its contract; each issue names the field. */
export class InvalidOverridesError extends LedgerError {
  override readonly name = 'InvalidOverridesError';
  readonly code = 'overrides/invalid';
  readonly retryable = false;
  readonly issues: readonly string[];
  constructor(issues: readonly string[], options?: ErrorOptions) {
    super(`overrides rejected: ${issues.join('; ')}`, options);
    this.issues = issues;
  }
}

/** What a stored change says: prices, names, and whether providers' own charges count (null = nothing said). */
export interface OverrideFile {
  readonly overrides: readonly Override[];
  readonly aliases: readonly ModelAlias[];
  readonly reportedCost: ReportedCostRule | null;
  /** A version of a capacity with a fixed price; a file that people write has none. */
  readonly capacity: CapacityCover | null;
}

/** The largest block a rate may be quoted for; every other one divides it, so that rates of all blocks can be added. */
const LARGEST_BLOCK = 27_000_000_000_000;

// Bounds above any price there is, so that the cost of a call and the sums of calls stay numbers that the ledger can hold.
const MAX_USD_PER_UNIT = 10_000n;
const MAX_MULTIPLIER = 1_000n;
const MAX_REPORTED_USD = 1_000_000_000n;

/**
 * Reads the contract of `catalog override FILE`: `overrides`, `aliases` and `reported_cost`, at least one of them.
 * @throws {@link InvalidOverridesError} naming every field that is wrong
 */
export function parseOverrideFile(json: unknown): OverrideFile {
  const issues: string[] = [];
  const file = new Fields(json, '', issues);
  file.expectOnly(['overrides', 'aliases', 'reported_cost']);
  const overrides = file.list('overrides').map(parseOverride);
  const aliases = file.list('aliases').map(parseAlias);
  const reportedCost = file.has('reported_cost') ? parseReportedCost(file.inner('reported_cost')) : null;
  if (issues.length === 0 && file.names().length === 0) {
    file.complain('overrides', 'at least one of overrides, aliases and reported_cost');
  }
  if (issues.length > 0) throw new InvalidOverridesError(issues);
  return { overrides, aliases, reportedCost, capacity: null };
}

const OVERRIDE_FIELDS = ['model', 'provider', 'service_tier', 'rates', 'per', 'multiplier', 'replace'];

function parseOverride(fields: Fields): Override {
  fields.expectOnly([...OVERRIDE_FIELDS, ...PERIOD_FIELDS]);
  const model = fields.text('model', 'a model name');
  const provider = fields.has('provider') ? fields.text('provider', 'a provider or "*"') : '*';
  const isReplacing = fields.flag('replace', false);
  const multiplier = fields.has('multiplier') ? fields.decimal('multiplier', '0.85', MAX_MULTIPLIER) : null;
  const per = parseBlock(fields);
  const given = fields.inner('rates');
  const rates = parseRates(given, per);
  if (given.names().length === 0 && multiplier === null) fields.complain('rates', 'at least one rate, or a multiplier');
  if (isReplacing && rates.size === 0) {
    fields.complain('rates', 'at least one rate, because replace sets all others aside');
  }
  if (model === '*' && rates.size > 0) fields.complain('model', 'one model, because "*" takes a multiplier only');
  // What a tier costs is its own matter; a discount is on whatever is bought.
  const otherwise = rates.size > 0 ? DEFAULT_TIER : '*';
  const tier = fields.has('service_tier') ? fields.text('service_tier', 'a service tier or "*"') : otherwise;
  return {
    model,
    provider: provider === '*' ? '*' : (toProviderId(provider) ?? '*'),
    serviceTier: tier === '*' ? '*' : toServiceTier(tier),
    ...parsePeriod(fields),
    rates,
    per,
    multiplier,
    replace: isReplacing,
  };
}

function parseBlock(fields: Fields): number {
  const per = fields.value('per') ?? 1_000_000;
  if (typeof per === 'number' && Number.isSafeInteger(per) && per > 0 && LARGEST_BLOCK % per === 0) return per;
  fields.complain('per', 'a whole block such as 1, 1000, 3600 or 1000000');
  return 1_000_000;
}

function parseRates(fields: Fields, per: number): ReadonlyMap<string, string> {
  const rates = new Map<string, string>();
  for (const unit of fields.names()) {
    if (!(USAGE_UNITS as readonly string[]).includes(unit)) fields.complain(unit, "a usage unit's name", false);
    else rates.set(unit, fields.decimal(unit, '0.15', MAX_USD_PER_UNIT * BigInt(per)));
  }
  return rates;
}

function parseAlias(fields: Fields): ModelAlias {
  fields.expectOnly(['name', 'provider', 'model', ...PERIOD_FIELDS]);
  const name = fields.text('name', 'the name that calls use');
  const model = fields.text('model', 'the model that the name stands for');
  const provider = toProviderId(fields.text('provider', 'the provider of the model')) ?? '';
  if (provider === '*') fields.complain('provider', 'one provider');
  if (name === '*') fields.complain('name', 'one name');
  if (model === '*') fields.complain('model', 'one model');
  return { name, provider, model, ...parsePeriod(fields) };
}

function parseReportedCost(fields: Fields): ReportedCostRule {
  fields.expectOnly(['use', 'providers', 'max_factor', 'max_usd', ...PERIOD_FIELDS]);
  const providers = fields.has('providers') ? fields.texts('providers') : null;
  const maxFactor = fields.has('max_factor') ? fields.decimal('max_factor', '10') : REPORTED_COST_BOUNDS.maxFactor;
  if (Number(maxFactor) < 1) fields.complain('max_factor', 'a factor of at least 1');
  return {
    use: fields.flag('use'),
    providers: providers?.map((provider) => toProviderId(provider) ?? '') ?? null,
    maxFactor,
    maxUsd: fields.has('max_usd') ? fields.decimal('max_usd', '1000', MAX_REPORTED_USD) : REPORTED_COST_BOUNDS.maxUsd,
    ...parsePeriod(fields),
  };
}

const PERIOD_FIELDS = ['effective_from', 'effective_to'];

function parsePeriod(fields: Fields): Period {
  const fromMs = fields.instant('effective_from');
  const toMs = fields.instant('effective_to');
  if (fromMs !== null && toMs !== null && toMs <= fromMs) {
    fields.complain('effective_to', 'a time after effective_from');
  }
  return { fromMs, toMs };
}

/** The fields of one object of the file, each read as what it must be; what is not becomes an issue naming it. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #issues: string[];

  constructor(value: unknown, path: string, issues: string[]) {
    this.#fields = isRecord(value) ? value : {};
    this.#path = path;
    this.#issues = issues;
    if (!isRecord(value)) issues.push(`${path === '' ? 'file' : path}: expected an object`);
  }

  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  value(field: string): unknown {
    return Object.hasOwn(this.#fields, field) ? (this.#fields[field] ?? null) : null;
  }

  has(field: string): boolean {
    return this.value(field) !== null;
  }

  expectOnly(known: readonly string[]): void {
    for (const field of this.names()) if (!known.includes(field)) this.complain(field, 'no such field', false);
  }

  /** Text in lower case, without blanks around it. */
  text(field: string, expected: string): string {
    const value = this.value(field);
    const text = typeof value === 'string' ? value.trim() : '';
    const bytes = textBytes(text);
    if (bytes > 0 && bytes <= MAX_TEXT_BYTES) return text.toLowerCase();
    // No call can have such a name, because an event that has it is refused.
    const isUnfit = bytes !== 0;
    this.complain(
      field,
      isUnfit ? `${expected}, at most ${MAX_TEXT_BYTES} bytes without control characters` : expected,
    );
    return '';
  }

  texts(field: string): readonly string[] {
    const value = this.value(field);
    const isName = (it: unknown): boolean => typeof it === 'string' && it.trim() !== '' && it.trim() !== '*';
    if (Array.isArray(value) && value.length > 0 && value.every(isName)) return value;
    this.complain(field, 'a list of providers by name; without it, all are meant');
    return [];
  }

  flag(field: string, otherwise?: boolean): boolean {
    const value = this.value(field) ?? otherwise;
    if (typeof value !== 'boolean') this.complain(field, 'true or false');
    return value === true;
  }

  /** Plain decimal text from 0 up to `most`, where there is such a bound. */
  decimal(field: string, example: string, most?: bigint): string {
    const value = this.value(field);
    // Bounded so that no stored price can make every later rating expensive.
    const number = typeof value === 'string' && value.length <= MAX_DECIMAL ? parseDecimal(value) : undefined;
    if (typeof value === 'string' && number !== undefined && isAtMost(number, most)) return value;
    const isLong = typeof value === 'string' && value.length > MAX_DECIMAL;
    const bound = number !== undefined && most !== undefined ? ` of at most ${most}` : '';
    this.complain(
      field,
      `decimal text such as "${example}"${isLong ? ` of at most ${MAX_DECIMAL} characters` : bound}`,
    );
    return '1';
  }

  instant(field: string): number | null {
    if (!this.has(field)) return null;
    const text = this.value(field);
    const timeMs = typeof text === 'string' ? parseInstant(text) : undefined;
    if (timeMs === undefined) this.complain(field, 'a date or an RFC 3339 time');
    return timeMs ?? null;
  }

  inner(field: string): Fields {
    return new Fields(this.value(field) ?? {}, this.#at(field), this.#issues);
  }

  list(field: string): readonly Fields[] {
    const value = this.value(field) ?? [];
    if (!Array.isArray(value)) {
      this.complain(field, 'an array');
      return [];
    }
    return value.map((it, index) => new Fields(it, `${this.#at(field)}[${index}]`, this.#issues));
  }

  complain(field: string, expected: string, isValueShown = true): void {
    const got = isValueShown ? `, got ${showValue(this.#fields[field])}` : '';
    this.#issues.push(`${this.#at(field)}: expected ${expected}${got}`);
  }

  #at(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }
}

const MAX_DECIMAL = 40;

function isAtMost({ digits, scale }: Decimal, most: bigint | undefined): boolean {
  return most === undefined || digits <= most * powerOfTen(scale);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
