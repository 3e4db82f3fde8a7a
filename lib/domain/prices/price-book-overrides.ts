import { leastCommonMultiple } from '../money.ts';
import { RATE_STAND_INS, rateTimes, rescaleRate, type TieredRate, type UnitPrice } from './price-book-levels.ts';
import type { ResolvedModel } from './price-catalog-resolve.ts';
import type { Period } from './price-catalog-time.ts';

/** A tenant's own price of one model, as stored, in force for the calls of its period. */
export interface Override extends Period {
  /** Lower case; `*` = every model the catalog knows. */
  readonly model: string;
  /** A catalog provider id; `*` = any provider, a missing one too. */
  readonly provider: string;
  /** Service tier that it is for, in the catalog's words; `*` = every tier. */
  readonly serviceTier: string;
  /** USD per `per` units by unit, exact decimal text. */
  readonly rates: ReadonlyMap<string, string>;
  readonly per: number;
  /** Factor on the list price of every unit that `rates` does not name; `null` = none. */
  readonly multiplier: string | null;
  /** Sets aside everything else known of the model: tiers, other units, earlier overrides. */
  readonly replace: boolean;
}

/** Whether an override is written for the model and the service tier of a call (its period aside). */
export function appliesTo(override: Override, resolved: ResolvedModel, serviceTier: string): boolean {
  if (override.serviceTier !== '*' && override.serviceTier !== serviceTier) return false;
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
  // What multipliers are of where the catalog has no list price.
  const given = new Map<string, TieredRate>();
  for (const override of overrides) {
    if (override.replace) prices = new Map();
    if (override.multiplier !== null) {
      for (const [unit, price] of prices) {
        if (override.rates.has(unit)) continue;
        const list = listOf(unit, catalogPrices);
        const net = rateTimes(list ?? given.get(unit) ?? price.net, override.multiplier);
        prices.set(unit, { ...price, net, list: list ?? net });
      }
    }
    for (const [unit, rate] of override.rates) {
      const before = prices.get(unit);
      const net = mergeRate(before?.net, { base: rate, tiers: [], per: override.per });
      given.set(unit, net);
      const list = listOf(unit, catalogPrices) ?? net;
      prices.set(unit, { unit, list, net, minimum: before?.minimum ?? null });
    }
  }
  return prices;
}

/** The list rate of a unit, its own or the one that it shares. */
function listOf(unit: string, catalogPrices: ReadonlyMap<string, UnitPrice>): TieredRate | undefined {
  return (catalogPrices.get(unit) ?? catalogPrices.get(RATE_STAND_INS.get(unit) ?? ''))?.list;
}

function mergeRate(before: TieredRate | undefined, given: TieredRate): TieredRate {
  if (before === undefined || before.tiers.length === 0) return given;
  const per = Number(leastCommonMultiple(BigInt(before.per), BigInt(given.per)));
  return { ...rescaleRate(given, per), tiers: rescaleRate(before, per).tiers };
}
