import { USAGE_UNITS } from '../contracts/usage-units.ts';
import { formatDecimal, parseDecimal, timesDecimal } from './decimal.ts';
import { LedgerError } from './errors.ts';
import { toProviderId } from './model-name.ts';
import { leastCommonMultiple } from './money.ts';
import { rescaleRate, type TieredRate, type UnitPrice } from './price-book-levels.ts';
import type { ResolvedModel } from './price-catalog-resolve.ts';
import { parseInstant } from './price-catalog-time.ts';
import { showValue } from './shown-value.ts';

/** A tenant's own price of one model, as stored. */
export interface Override {
  /** Lower case; `*` = every model the catalog knows. */
  readonly model: string;
  /** A catalog provider id; `*` = any provider, a missing one too. */
  readonly provider: string;
  /** Period of validity, half open, epoch milliseconds; `null` = open. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** USD per `per` units by unit, exact decimal text. */
  readonly rates: ReadonlyMap<string, string>;
  readonly per: number;
  /** Factor on the list price of every unit that `rates` does not name; `null` = none. */
  readonly multiplier: string | null;
  /** Sets aside everything else known of the model: tiers, other units, earlier overrides. */
  readonly replace: boolean;
}

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

/** Whether an override is written for the model of a call (its period aside). */
export function appliesTo(override: Override, resolved: ResolvedModel): boolean {
  if (override.provider !== '*' && override.provider !== resolved.provider) return false;
  if (override.model === '*') return resolved.hit !== null;
  return resolved.names.includes(override.model) || resolved.hit?.model.id.toLowerCase() === override.model;
}

/**
 * Lays overrides over the catalog's prices, in stored order, unit by unit: what an override does not name stays as
 * it was, size tiers included. List prices stay the catalog's; a unit it does not know has its own price as list.
 */
export function applyOverrides(
  catalogPrices: ReadonlyMap<string, UnitPrice>,
  overrides: readonly Override[],
): ReadonlyMap<string, UnitPrice> {
  let prices = new Map(catalogPrices);
  for (const override of overrides) {
    if (override.replace) prices = new Map();
    if (override.multiplier !== null) {
      for (const [unit, price] of prices) {
        if (override.rates.has(unit)) continue;
        const basis = catalogPrices.get(unit)?.list ?? price.net;
        prices.set(unit, withNet(price, multiply(basis, override.multiplier), catalogPrices));
      }
    }
    for (const [unit, rate] of override.rates) {
      const before = prices.get(unit);
      const net = mergeRate(before?.net, { base: rate, tiers: [], per: override.per });
      prices.set(unit, withNet({ unit, list: net, net, minimum: before?.minimum ?? null }, net, catalogPrices));
    }
  }
  return prices;
}

/**
 * Reads the contract of `catalog override FILE`.
 * @throws {@link InvalidOverridesError} naming every field that is wrong
 */
export function parseOverrides(json: unknown): readonly Override[] {
  if (!isRecord(json) || !Array.isArray(json['overrides'])) {
    throw new InvalidOverridesError(['overrides: expected an object with an array "overrides"']);
  }
  const issues: string[] = [];
  const parsed = json['overrides'].map((entry: unknown, index) => parseOverride(entry, `overrides[${index}]`, issues));
  if (issues.length > 0) throw new InvalidOverridesError(issues);
  return parsed;
}

const FIELDS = ['model', 'provider', 'effective_from', 'effective_to', 'rates', 'per', 'multiplier', 'replace'];

function parseOverride(entry: unknown, path: string, issues: string[]): Override {
  const fields = isRecord(entry) ? entry : {};
  const complain = (field: string, expected: string): void => {
    issues.push(`${path}.${field}: expected ${expected}, got ${showValue(fields[field])}`);
  };
  if (!isRecord(entry)) issues.push(`${path}: expected an object`);
  for (const field of Object.keys(fields))
    if (!FIELDS.includes(field)) issues.push(`${path}.${field}: expected no such field`);
  const { model, provider = '*', per = 1_000_000, replace = false } = fields;
  if (typeof model !== 'string' || model.trim() === '') complain('model', 'a model name');
  if (typeof provider !== 'string' || provider.trim() === '') complain('provider', 'a provider or "*"');
  if (typeof replace !== 'boolean') complain('replace', 'true or false');
  if (typeof per !== 'number' || !Number.isSafeInteger(per) || per <= 0) complain('per', 'a whole number above 0');
  const multiplier = fields['multiplier'] ?? null;
  if (multiplier !== null && !isDecimalText(multiplier)) complain('multiplier', 'decimal text such as "0.85"');
  const rates = parseRates(fields['rates'], `${path}.rates`, issues);
  if (rates.size === 0 && multiplier === null) complain('rates', 'at least one rate, or a multiplier');
  if (replace === true && rates.size === 0)
    complain('rates', 'at least one rate, because replace sets all others aside');
  if (model === '*' && rates.size > 0) complain('model', 'one model, because "*" takes a multiplier only');
  const [fromMs, toMs] = ['effective_from', 'effective_to'].map((field) => {
    const text = fields[field] ?? null;
    const timeMs = typeof text === 'string' ? parseInstant(text) : undefined;
    if (text !== null && timeMs === undefined) complain(field, 'a date or an RFC 3339 time');
    return timeMs ?? null;
  });
  if (typeof fromMs === 'number' && typeof toMs === 'number' && toMs <= fromMs)
    complain('effective_to', 'a time after effective_from');
  return {
    model: String(model).trim().toLowerCase(),
    provider: provider === '*' ? '*' : (toProviderId(String(provider)) ?? '*'),
    fromMs: fromMs ?? null,
    toMs: toMs ?? null,
    rates,
    per: Number(per),
    multiplier: multiplier === null ? null : String(multiplier),
    replace: replace === true,
  };
}

function parseRates(value: unknown, path: string, issues: string[]): ReadonlyMap<string, string> {
  const rates = new Map<string, string>();
  if (value === undefined || value === null) return rates;
  if (!isRecord(value)) {
    issues.push(`${path}: expected an object of unit and rate`);
    return rates;
  }
  for (const [unit, rate] of Object.entries(value)) {
    if (!(USAGE_UNITS as readonly string[]).includes(unit))
      issues.push(`${path}.${unit}: expected a usage unit's name`);
    else if (!isDecimalText(rate))
      issues.push(`${path}.${unit}: expected decimal text such as "0.15", got ${showValue(rate)}`);
    else rates.set(unit, rate);
  }
  return rates;
}

// Bounded so that no stored price can make every later rating expensive.
function isDecimalText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 40 && parseDecimal(value) !== undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withNet(price: UnitPrice, net: TieredRate, catalogPrices: ReadonlyMap<string, UnitPrice>): UnitPrice {
  return { ...price, net, list: catalogPrices.get(price.unit)?.list ?? net };
}

function mergeRate(before: TieredRate | undefined, given: TieredRate): TieredRate {
  if (before === undefined || before.tiers.length === 0) return given;
  const per = Number(leastCommonMultiple(BigInt(before.per), BigInt(given.per)));
  return { ...rescaleRate(given, per), tiers: rescaleRate(before, per).tiers };
}

function multiply(rate: TieredRate, multiplier: string): TieredRate {
  const factor = parseDecimal(multiplier) ?? { digits: 1n, scale: 0 };
  const times = (text: string): string =>
    formatDecimal(timesDecimal(parseDecimal(text) ?? { digits: 0n, scale: 0 }, factor));
  return { ...rate, base: times(rate.base), tiers: rate.tiers.map((tier) => ({ ...tier, rate: times(tier.rate) })) };
}
