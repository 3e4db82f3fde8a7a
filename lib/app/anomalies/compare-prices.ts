import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import type { UnitPrice } from '../../domain/anomaly/finding.ts';
import type { PriceBook } from '../../domain/prices/price-book.ts';

/** Prices of models that are in use: by who serves a model, how and where, what each unit of it costs, as text. */
export type KnownPrices = Readonly<Record<string, string>>;

/** What decides a price beside the time. */
const PRICED_BY = ['provider', 'model', 'service_tier', 'region'] as const;

/** Prices that are remembered. Senders choose the names of models. */
const MAX_PRICES = 500;

/** Requests of so many tokens have the rates of the largest. */
const LARGE_REQUEST_TOKENS = 1n << 40n;

/** What the models of some calls cost at a time, as the book says; none for what it has no price for. */
export function listPrices(book: PriceBook, leaves: Iterable<Leaf>, atMs: number): KnownPrices {
  const prices = new Map<string, string>();
  for (const leaf of leaves) {
    const [provider = null, model, serviceTier = null, region = null] = PRICED_BY.map(
      (name) => leaf[DIMENSIONS.indexOf(name)] ?? null,
    );
    const name = JSON.stringify([provider, model, serviceTier, region]);
    if (prices.has(name) || prices.size >= MAX_PRICES || model === null || model === undefined) continue;
    const price = book.resolve({ provider, model, serviceTier, region, timeMs: atMs });
    if (!price) continue;
    const sizes = [price.level(0n), price.level(LARGE_REQUEST_TOKENS)];
    const rates = sizes.map(({ price: applied }) => applied.rates.map(({ unit, rate, per }) => [unit, per, rate]));
    prices.set(name, JSON.stringify(rates));
  }
  return Object.fromEntries(prices);
}

/** What is remembered after a day: prices seen now, and those that were known before of what was not used. */
export function mergePrices(before: KnownPrices, now: KnownPrices): KnownPrices {
  const older = Object.entries(before).filter(([name]) => !Object.hasOwn(now, name));
  const room = Math.max(0, MAX_PRICES - Object.keys(now).length);
  return Object.fromEntries([...Object.entries(now), ...older.slice(0, room)]);
}

/** Units of models whose price is another one than before; what was not known before is not among them. */
export function comparePrices(before: KnownPrices, now: KnownPrices): readonly UnitPrice[] {
  return Object.entries(now).flatMap(([name, text]) => {
    const known = before[name];
    if (known === undefined || known === text) return [];
    const [, model] = JSON.parse(name) as readonly [unknown, string];
    const [small, large] = readRates(text);
    const [smallBefore, largeBefore] = readRates(known);
    const changed = compareRates(model, smallBefore, small);
    // Where the first size class changed, that says enough.
    return changed.length > 0 ? changed : compareRates(model, largeBefore, large);
  });
}

type Rates = ReadonlyMap<string, string>;

function readRates(text: string): readonly [small: Rates, large: Rates] {
  const [small = [], large = []] = JSON.parse(text) as readonly (readonly (readonly [string, number, string])[])[];
  const toRates = (rates: typeof small): Rates =>
    new Map(rates.map(([unit, per, rate]) => [`${unit} per ${per}`, rate]));
  return [toRates(small), toRates(large)];
}

function compareRates(model: string, before: Rates, now: Rates): readonly UnitPrice[] {
  return [...now].flatMap(([unit, nowUsd]) => {
    const beforeUsd = before.get(unit);
    return beforeUsd === undefined || beforeUsd === nowUsd ? [] : [{ model, unit, beforeUsd, nowUsd }];
  });
}
