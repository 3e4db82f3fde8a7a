import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import type { UnitPrice } from '../../domain/anomaly/finding.ts';
import { addDays } from '../../domain/local-time.ts';
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

/** A change so much up or down is told of whenever it comes. */
const LARGE_FACTOR = 1.5;

/** Days after an alert of a model's price before the next small change: what changes daily is told of once a week. */
const QUIET_DAYS = 7;

/** What people know of prices. */
export interface ToldPrices {
  /** What models cost as it was last told of, or found the first time. */
  readonly prices: KnownPrices;
  /** Local days on which changes of models were told of, by model; of the last {@link QUIET_DAYS} only. */
  readonly changedOn: Readonly<Record<string, string>>;
}

/**
 * Compares what models cost with what people know. What changes a little every day, as prices in another currency do, is
 * told of once a week, then with all that it has come to; a large change at once.
 *
 * @param today - local day on which it is looked at
 * @returns units whose change is to be told of, each once, and what people know then
 */
export function followPrices(
  before: ToldPrices,
  now: KnownPrices,
  today: string,
): { readonly changes: readonly UnitPrice[]; readonly known: ToldPrices } {
  const recent = Object.entries(before.changedOn).filter(([, day]) => addDays(day, QUIET_DAYS) > today);
  const changedOn = new Map(recent);
  const changes: UnitPrice[] = [];
  const later: [name: string, price: string][] = [];
  for (const [name, text] of Object.entries(now)) {
    const found = comparePrices(before.prices[name], text, name);
    const waits = found.some(({ model }) => changedOn.has(model)) && !found.some(isLarge);
    if (waits) later.push([name, before.prices[name] ?? text]);
    else changes.push(...found);
  }
  const distinct = [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
  const told = distinct.map(({ model }) => [model, today] as const);
  const known = { ...now, ...Object.fromEntries(later) };
  return {
    changes: distinct,
    known: { prices: mergePrices(before.prices, known), changedOn: Object.fromEntries([...changedOn, ...told]) },
  };
}

function isLarge({ beforeUsd, nowUsd }: UnitPrice): boolean {
  const [before, now] = [Number(beforeUsd), Number(nowUsd)];
  return Math.max(before, now) >= LARGE_FACTOR * Math.min(before, now);
}

/** What is remembered after a day: prices seen now, and those that were known before of what was not used. */
function mergePrices(before: KnownPrices, now: KnownPrices): KnownPrices {
  const older = Object.entries(before).filter(([name]) => !Object.hasOwn(now, name));
  const room = Math.max(0, MAX_PRICES - Object.keys(now).length);
  return Object.fromEntries([...Object.entries(now), ...older.slice(0, room)]);
}

/** Units whose price is another one than before; what was not known before is not among them. */
function comparePrices(known: string | undefined, text: string, name: string): readonly UnitPrice[] {
  if (known === undefined || known === text) return [];
  const [, model] = JSON.parse(name) as readonly [unknown, string];
  const [small, large] = readRates(text);
  const [smallBefore, largeBefore] = readRates(known);
  const changed = compareRates(model, smallBefore, small);
  // Where the first size class changed, that says enough.
  return changed.length > 0 ? changed : compareRates(model, largeBefore, large);
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
