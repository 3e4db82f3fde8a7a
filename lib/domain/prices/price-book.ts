import { type BookStamp, NO_OVERRIDES } from './book-stamp.ts';
import { type ModelAlias, resolveCall } from './price-book-aliases.ts';
import { type CapacityCover, type CoverFacts, findCover, narrowSpan } from './price-book-capacities.ts';
import { compileLevel, type PriceLevel, type TieredRate, type UnitPrice } from './price-book-levels.ts';
import { appliesTo, applyOverrides, type Override } from './price-book-overrides.ts';
import type { ReportedCostRule } from './price-book-reported-cost.ts';
import { rowsOfTier, spanAround, unitPrices } from './price-book-rows.ts';
import { toServiceTier } from './price-book-tiers.ts';
import type { Catalog, SizeTier } from './price-catalog.ts';
import type { ResolvedModel } from './price-catalog-resolve.ts';
import { isWithin } from './price-catalog-time.ts';

/** What a price depends on, besides the size of the request. */
export interface PriceQuery {
  readonly provider: string | null;
  readonly model: string;
  readonly timeMs: number;
  readonly serviceTier: string | null;
  readonly region: string | null;
  /** By what capacities choose the calls that they cover; absent = the price is asked as if there were none. */
  readonly facts?: CoverFacts | undefined;
}

/** The price of a model in force at a time, for requests of any size. */
export interface ResolvedPrice {
  /** The rates for a request of this many input tokens, cached ones included. Equal arguments give the same object. */
  level(inputSizeTokens: bigint): PriceLevel;
}

/** Catalog and overrides at one pair of versions: everything a writer needs to price calls. */
export interface PriceBook {
  readonly catalog: Catalog;
  readonly catalogVersion: string;
  readonly overrideVersion: string | null;
  /** The last override changes in it. */
  readonly stamp: BookStamp;
  /** Every stored version of the capacities with a fixed price, in the order stored. */
  readonly capacities: readonly CapacityCover[];
  /** The capacity that covers a call; null = none. */
  coverOf(query: PriceQuery): CapacityCover | null;
  /** @returns null when nothing known prices the call */
  resolve(query: PriceQuery): ResolvedPrice | null;
  /** The same, with how long it has held and will hold for the same call at another time. */
  spanOf(query: PriceQuery): PriceSpan;
  /** The model that a call's name means, by the tenant's names and the catalog's. */
  modelOf(query: PriceQuery): ResolvedModel;
  /** Whether and within what bounds a provider's own charge for the call counts; null where nobody asked for that. */
  reportedCostRule(query: PriceQuery): ReportedCostRule | null;
}

/** What a price book is made of; overrides, aliases and rules in the order in which they were stored. */
export interface PriceBookParts {
  readonly catalog: Catalog;
  readonly overrides?: readonly Override[];
  readonly aliases?: readonly ModelAlias[];
  readonly reportedCost?: readonly ReportedCostRule[];
  readonly capacities?: readonly CapacityCover[];
  readonly overrideVersion?: string | null;
  /** @default no overrides */
  readonly stamp?: BookStamp;
}

/** A price and the time in which it holds, from included, to excluded; infinite where nothing is known to change it. */
export interface PriceSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly price: ResolvedPrice | null;
}

// Names are chosen by senders, so what is remembered about them has a bound.
const MAX_REMEMBERED = 20_000;

/** Builds a price book. Prices are remembered with the span of time in which they hold. */
export function createPriceBook(parts: PriceBookParts): PriceBook {
  const { catalog, aliases = [], reportedCost = [], capacities = [] } = parts;
  const remembered = new Map<string, PriceSpan[]>();
  const search = createSearch(parts);
  const coverOf = (query: PriceQuery): CapacityCover | null => {
    const { facts, timeMs } = query;
    if (capacities.length === 0 || facts === undefined) return null;
    return findCover(capacities, { timeMs, facts, findProvider: () => resolveCall(catalog, aliases, query).provider });
  };
  const lookUp = (query: PriceQuery): PriceSpan => {
    const cover = coverOf(query);
    const covered = cover === null ? '' : `\u0000${capacities.indexOf(cover)}`;
    const key = `${query.provider ?? ''}\u0000${query.model}\u0000${query.serviceTier ?? ''}\u0000${query.region ?? ''}${covered}`;
    let spans = remembered.get(key);
    if (spans === undefined) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      spans = [];
      remembered.set(key, spans);
    }
    for (const span of spans) if (span.fromMs <= query.timeMs && query.timeMs < span.toMs) return span;
    const found = search(query, cover);
    // Daily windows make many short spans; old ones are cheap to find again.
    if (spans.length >= 64) spans.length = 0;
    spans.push(found);
    return found;
  };
  return {
    catalog,
    catalogVersion: catalog.version,
    overrideVersion: parts.overrideVersion ?? null,
    stamp: parts.stamp ?? NO_OVERRIDES,
    capacities,
    coverOf,
    resolve: (query) => lookUp(query).price,
    spanOf(query) {
      const span = lookUp(query);
      if (capacities.length === 0 || query.facts === undefined) return span;
      return { ...narrowSpan(span, query.timeMs, capacities), price: span.price };
    },
    modelOf: (query) => resolveCall(catalog, aliases, query),
    reportedCostRule(query) {
      if (reportedCost.length === 0) return null;
      const { provider } = resolveCall(catalog, aliases, query);
      const speaksOf = (rule: ReportedCostRule): boolean =>
        isWithin(query.timeMs, rule) && (rule.providers === null || rule.providers.includes(provider ?? ''));
      const rule = reportedCost.findLast(speaksOf);
      return rule?.use === true ? rule : null;
    },
  };
}

/** Makes the search for the price of a call: the catalog's rates of its tier and place with the overrides on top. */
function createSearch(parts: PriceBookParts): (query: PriceQuery, cover: CapacityCover | null) => PriceSpan {
  const { catalog, aliases = [], overrideVersion = null } = parts;
  const levels = new Map<string, PriceLevel>();
  return (query, cover) => {
    const listed = layOut(parts, cover?.list ? { ...query, ...cover.list, serviceTier: null, region: null } : query);
    const { span, listPrices, inForce } = listed;
    const prices = cover ? atNoCost(listed.prices) : listed.prices;
    if (prices.size === 0 && cover === null) return { ...span, price: null };
    const identity = cover
      ? identifyCovered(resolveCall(catalog, aliases, query), listed.resolved, query.model, cover)
      : identify(listed.resolved, listPrices, inForce);
    const price = createResolvedPrice(prices, (level, sizeTier) => {
      const versions = { catalogVersion: catalog.version, overrideVersion };
      const compiled = compileLevel(prices, level, { ...identity, ...versions, tier: sizeTier });
      const known = levels.get(compiled.price.key);
      if (known === undefined) levels.set(compiled.price.key, compiled);
      return known ?? compiled;
    });
    return { ...span, price };
  };
}

/** Lays out what prices a call without any capacity: rates by unit, and how long they hold. */
function layOut({ catalog, aliases = [], overrides = [] }: PriceBookParts, query: PriceQuery) {
  const tier = toServiceTier(query.serviceTier);
  const resolved = resolveCall(catalog, aliases, query);
  const own = overrides.filter((override) => appliesTo(override, resolved, tier));
  const rows = rowsOfTier(resolved.hit?.model.rows() ?? [], tier);
  const span = spanAround(query.timeMs, rows, [...own, ...resolved.periods]);
  const inForce = own.filter((override) => isWithin(query.timeMs, override));
  const listPrices = unitPrices(rows, query.timeMs, resolved.surcharge?.factor ?? '1');
  return { resolved, span, inForce, listPrices, prices: applyOverrides(listPrices, inForce) };
}

const NO_COST: TieredRate = { base: '0', tiers: [], per: 1 };

/** What a capacity with a fixed price makes of rates: list prices stay, and nothing more is to be paid. */
function atNoCost(prices: ReadonlyMap<string, UnitPrice>): ReadonlyMap<string, UnitPrice> {
  return new Map([...prices].map(([unit, price]) => [unit, { ...price, net: NO_COST }]));
}

/** Spend stays under the call's own provider and model, whatever model its list price is taken from. */
function identifyCovered(
  own: ResolvedModel,
  listed: ResolvedModel,
  model: string,
  { name, list }: CapacityCover,
): Pick<PriceLevel['price'], 'provider' | 'modelId' | 'method' | 'surcharge' | 'capacity'> {
  const surcharge = listed.surcharge === null ? {} : { surcharge: listed.surcharge };
  const standIn = list && { provider: list.provider, modelId: listed.hit?.model.id ?? list.model };
  return {
    provider: own.provider,
    modelId: own.hit?.model.id ?? model,
    method: 'capacity',
    ...surcharge,
    capacity: standIn ? { name, list: standIn } : { name },
  };
}

function identify(
  resolved: ResolvedModel,
  listPrices: ReadonlyMap<string, UnitPrice>,
  inForce: readonly Override[],
): Pick<PriceLevel['price'], 'provider' | 'modelId' | 'method' | 'surcharge'> {
  const { provider, hit } = resolved;
  const surcharge = resolved.surcharge === null || listPrices.size === 0 ? {} : { surcharge: resolved.surcharge };
  const override = inForce.findLast((it) => it.replace) ?? (listPrices.size === 0 ? inForce.at(-1) : undefined);
  if (override === undefined)
    return { provider, modelId: hit?.model.id ?? '', method: hit?.method ?? '', ...surcharge };
  return { provider, modelId: hit?.model.id ?? override.model, method: 'override', ...surcharge };
}

function createResolvedPrice(
  prices: ReadonlyMap<string, UnitPrice>,
  compile: (level: bigint, tier: string | null) => PriceLevel,
): ResolvedPrice {
  const thresholds = thresholdsOf(prices);
  const compiled: Array<PriceLevel | undefined> = [];
  return {
    level(inputSizeTokens) {
      let index = 0;
      while (index < thresholds.length && inputSizeTokens >= (thresholds[index]?.from ?? 0n)) index += 1;
      const reached = thresholds[index - 1];
      const known = compiled[index];
      if (known !== undefined) return known;
      const level = compile(reached?.from ?? 0n, reached?.label ?? null);
      compiled[index] = level;
      return level;
    },
  };
}

/** The sizes at which some unit's rate changes, ascending; `from` is the smallest size that is above. */
function thresholdsOf(prices: ReadonlyMap<string, UnitPrice>): ReadonlyArray<{ from: bigint; label: string }> {
  const found = new Map<bigint, string>();
  const add = (tier: SizeTier): void => {
    found.set(tier.operator === '>' ? tier.over + 1n : tier.over, `${tier.operator}${tier.over}`);
  };
  for (const { net, list } of prices.values()) {
    net.tiers.forEach(add);
    list.tiers.forEach(add);
  }
  return [...found].map(([from, label]) => ({ from, label })).sort((a, b) => (a.from < b.from ? -1 : 1));
}
