import { USAGE_UNITS } from '../../contracts/usage-units.ts';
import { type Decimal, formatDecimal, parseDecimal, powerOfTen, timesDecimal } from '../decimal.ts';
import { invariant } from '../errors.ts';
import { greatestCommonDivisor, leastCommonMultiple, PICO_USD_SCALE } from '../money.ts';
import type { AppliedPrice, AppliedRate } from '../rating/rated-call.ts';
import type { SizeTier } from './price-catalog.ts';

/**
 * Units that share another unit's rate when the vendor quotes none of their own: a cache write without a quoted time
 * to live is the only or the 5-minute one, and reasoning is output. A 1-hour write is never priced as another.
 */
export const RATE_STAND_INS: ReadonlyMap<string, string> = new Map([
  ['cache_write_5m_tokens', 'cache_write_tokens'],
  ['cache_write_tokens', 'cache_write_5m_tokens'],
  ['reasoning_tokens', 'output_tokens'],
]);

/** USD per `per` units: the base rate and the rates of larger requests, ascending. Exact decimal text. */
export interface TieredRate {
  readonly base: string;
  readonly tiers: readonly SizeTier[];
  readonly per: number;
}

/** What one unit costs: at list price, and after overrides. Equal where no override applies. */
export interface UnitPrice {
  readonly unit: string;
  readonly list: TieredRate;
  readonly net: TieredRate;
  /** Smallest billed count, decimal text; `null` = none. */
  readonly minimum: string | null;
}

/** One unit's rates as whole numbers: picoUSD per unit, times the level's common `denominator`. */
export interface UnitFactor {
  readonly net: bigint;
  readonly list: bigint;
  readonly minimum: Decimal | null;
}

/** The rates of requests of one size class, ready to multiply. */
export interface PriceLevel {
  readonly price: AppliedPrice;
  readonly factors: ReadonlyMap<string, UnitFactor>;
  readonly denominator: bigint;
}

/**
 * Picks every unit's rate for requests of at least `sizeTokens` and brings the rates to one denominator, so that
 * pricing a call is multiplying and adding integers.
 */
export function compileLevel(
  prices: ReadonlyMap<string, UnitPrice>,
  sizeTokens: bigint,
  identity: Omit<AppliedPrice, 'key' | 'rates'>,
): PriceLevel {
  const rates: AppliedRate[] = [];
  for (const price of [...prices.values()].sort((a, b) => compareUnits(a.unit, b.unit))) {
    const per = Number(leastCommonMultiple(BigInt(price.net.per), BigInt(price.list.per)));
    const rate = formatDecimal(rateAt(price.net, sizeTokens, per));
    const listRate = formatDecimal(rateAt(price.list, sizeTokens, per));
    const minimum = price.minimum === null ? {} : { minimum: price.minimum };
    rates.push({ unit: price.unit, rate, listRate, per, ...minimum });
  }
  let denominator = 1n;
  for (const { rate, listRate, per } of rates) {
    denominator = leastCommonMultiple(denominator, denominatorOf(toDecimal(rate), per));
    denominator = leastCommonMultiple(denominator, denominatorOf(toDecimal(listRate), per));
  }
  const factors = new Map<string, UnitFactor>();
  for (const { unit, rate, listRate, per, minimum } of rates) {
    factors.set(unit, {
      net: factorOf(toDecimal(rate), per, denominator),
      list: factorOf(toDecimal(listRate), per, denominator),
      minimum: minimum === undefined ? null : toDecimal(minimum),
    });
  }
  return { price: { key: JSON.stringify([identity, rates]), ...identity, rates }, factors, denominator };
}

/** Brings a rate to blocks of `per` units, a multiple of its own. */
export function rescaleRate(rate: TieredRate, per: number): TieredRate {
  const factor: Decimal = { digits: BigInt(per / rate.per), scale: 0 };
  const rescale = (text: string): string => formatDecimal(timesDecimal(toDecimal(text), factor));
  return { base: rescale(rate.base), tiers: rate.tiers.map((tier) => ({ ...tier, rate: rescale(tier.rate) })), per };
}

/** The rate with its size tiers times a factor, exactly. @param factor - decimal text */
export function rateTimes(rate: TieredRate, factor: string): TieredRate {
  if (factor === '1') return rate;
  const times = (text: string): string => formatDecimal(timesDecimal(toDecimal(text), toDecimal(factor)));
  return { ...rate, base: times(rate.base), tiers: rate.tiers.map((tier) => ({ ...tier, rate: times(tier.rate) })) };
}

function rateAt(rate: TieredRate, sizeTokens: bigint, per: number): Decimal {
  let text = rate.base;
  for (const tier of rate.tiers) {
    if (tier.operator === '>' ? sizeTokens > tier.over : sizeTokens >= tier.over) text = tier.rate;
  }
  return timesDecimal(toDecimal(text), { digits: BigInt(per / rate.per), scale: 0 });
}

function denominatorOf(rate: Decimal, per: number): bigint {
  const denominator = powerOfTen(rate.scale) * BigInt(per);
  const numerator = rate.digits * powerOfTen(PICO_USD_SCALE);
  return numerator === 0n ? 1n : denominator / greatestCommonDivisor(numerator, denominator);
}

function factorOf(rate: Decimal, per: number, denominator: bigint): bigint {
  return (rate.digits * powerOfTen(PICO_USD_SCALE) * denominator) / (powerOfTen(rate.scale) * BigInt(per));
}

/** The decimal a price holds; prices are checked where they enter, so other text is a defect. */
function toDecimal(text: string): Decimal {
  const value = parseDecimal(text);
  invariant(value !== undefined, `a price holds "${text}", expected a plain decimal`);
  return value;
}

// Answers list units in the contract's order, so that equal prices read alike.
function compareUnits(a: string, b: string): number {
  const units: readonly string[] = USAGE_UNITS;
  return units.indexOf(a) - units.indexOf(b);
}
