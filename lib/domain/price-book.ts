import { compileLevel, type PriceLevel, type UnitPrice } from './price-book-levels.ts';
import { appliesTo, applyOverrides, type Override } from './price-book-overrides.ts';
import type { Catalog, CatalogRow, DailyWindow, SizeTier } from './price-catalog.ts';
import { type ResolvedModel, resolveModel } from './price-catalog-resolve.ts';

/** What a price depends on, besides the size of the request. */
export interface PriceQuery {
  readonly provider: string | null;
  readonly model: string;
  readonly timeMs: number;
  readonly serviceTier: string | null;
  readonly region: string | null;
}

/** The price of a model in force at a time, for requests of any size. */
export interface ResolvedPrice {
  /** The rates for a request of this many input tokens, cached ones included. Equal arguments give the same object. */
  level(inputSizeTokens: bigint): PriceLevel;
}

/** Catalog and overrides at one pair of versions: everything a writer needs to price calls. */
export interface PriceBook {
  readonly catalogVersion: string;
  readonly overrideVersion: string | null;
  /** @returns null when nothing known prices the call */
  resolve(query: PriceQuery): ResolvedPrice | null;
}

/** What a price book is made of; `overrides` in the order in which they were stored. */
export interface PriceBookParts {
  readonly catalog: Catalog;
  readonly overrides?: readonly Override[];
  readonly overrideVersion?: string | null;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly price: ResolvedPrice | null;
}

// Names are chosen by senders, so what is remembered about them has a bound.
const MAX_REMEMBERED = 20_000;

/** Builds a price book. Prices are remembered with the span of time in which they hold. */
export function createPriceBook(parts: PriceBookParts): PriceBook {
  const overrideVersion = parts.overrideVersion ?? null;
  const remembered = new Map<string, Span[]>();
  const levels = new Map<string, PriceLevel>();
  const search = (query: PriceQuery): Span => {
    const resolved = resolveModel(parts.catalog, query);
    const overrides = (parts.overrides ?? []).filter((override) => appliesTo(override, resolved));
    const rows = isDefaultTier(query.serviceTier) ? (resolved.hit?.model.rows() ?? []) : [];
    const span = spanAround(query.timeMs, rows, overrides);
    const inForce = isDefaultTier(query.serviceTier) ? overrides.filter((it) => isWithin(query.timeMs, it)) : [];
    const prices = applyOverrides(unitPrices(rows, query.timeMs), inForce);
    if (prices.size === 0) return { ...span, price: null };
    const identity = identify(resolved, rows, inForce);
    const price = createResolvedPrice(prices, (level, tier) => {
      const compiled = compileLevel(prices, level, {
        ...identity,
        catalogVersion: parts.catalog.version,
        overrideVersion,
        tier,
      });
      const known = levels.get(compiled.price.key);
      if (known === undefined) levels.set(compiled.price.key, compiled);
      return known ?? compiled;
    });
    return { ...span, price };
  };
  return {
    catalogVersion: parts.catalog.version,
    overrideVersion,
    resolve(query) {
      const key = `${query.provider ?? ''}\u0000${query.model}\u0000${query.serviceTier ?? ''}\u0000${query.region ?? ''}`;
      let spans = remembered.get(key);
      if (spans === undefined) {
        if (remembered.size >= MAX_REMEMBERED) remembered.clear();
        spans = [];
        remembered.set(key, spans);
      }
      for (const span of spans) if (span.fromMs <= query.timeMs && query.timeMs < span.toMs) return span.price;
      const found = search(query);
      // Daily windows make many short spans; old ones are cheap to find again.
      if (spans.length >= 64) spans.length = 0;
      spans.push(found);
      return found.price;
    },
  };
}

/** Whether a service tier as sent, or none, is the one that list prices are quoted for. */
export function isDefaultTier(sent: string | null): boolean {
  return (
    sent === null || ['', 'default', 'standard', 'auto', 'on_demand', 'on-demand'].includes(sent.trim().toLowerCase())
  );
}

function isWithin(timeMs: number, period: { readonly fromMs: number | null; readonly toMs: number | null }): boolean {
  return (period.fromMs ?? Number.NEGATIVE_INFINITY) <= timeMs && timeMs < (period.toMs ?? Number.POSITIVE_INFINITY);
}

function identify(resolved: ResolvedModel, rows: readonly CatalogRow[], inForce: readonly Override[]) {
  const override = inForce.findLast((it) => it.replace) ?? (rows.length === 0 ? inForce.at(-1) : undefined);
  if (override === undefined) {
    return { provider: resolved.provider, modelId: resolved.hit?.model.id ?? '', method: resolved.hit?.method ?? '' };
  }
  return { provider: resolved.provider, modelId: resolved.hit?.model.id ?? override.model, method: 'override' };
}

/** The catalog's rates in force; of several rows of a unit the last one counts. */
function unitPrices(rows: readonly CatalogRow[], timeMs: number): Map<string, UnitPrice> {
  const prices = new Map<string, UnitPrice>();
  for (const row of rows) {
    if (row.serviceTier !== 'default' || !isWithin(timeMs, row)) continue;
    if (row.windows.length > 0 && !row.windows.some((window) => isInWindow(timeMs, window))) continue;
    const rate = { base: row.rate, tiers: row.tiers, per: row.per };
    prices.set(row.unit, { unit: row.unit, list: rate, net: rate, minimum: row.minimum });
  }
  return prices;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function isInWindow(timeMs: number, window: DailyWindow): boolean {
  const day = Math.floor(timeMs / DAY_MS);
  const inDayMs = timeMs - day * DAY_MS;
  const [fromMs, toMs] = [window.fromMinute * MINUTE_MS, window.toMinute * MINUTE_MS];
  const passesMidnight = toMs <= fromMs;
  const startedYesterday = passesMidnight && inDayMs < toMs;
  if (!startedYesterday && (inDayMs < fromMs || (!passesMidnight && inDayMs >= toMs))) return false;
  // 1970-01-01 was a Thursday.
  const weekday = (((day - (startedYesterday ? 1 : 0) + 4) % 7) + 7) % 7;
  return window.weekdays === null || window.weekdays.includes(weekday);
}

/** The longest stretch around a time, of those that are cheap to know, in which no row or override begins or ends. */
function spanAround(timeMs: number, rows: readonly CatalogRow[], overrides: readonly Override[]) {
  let fromMs = Number.NEGATIVE_INFINITY;
  let toMs = Number.POSITIVE_INFINITY;
  const cutAt = (boundaryMs: number | null): void => {
    if (boundaryMs === null) return;
    if (boundaryMs <= timeMs) fromMs = Math.max(fromMs, boundaryMs);
    else toMs = Math.min(toMs, boundaryMs);
  };
  const dayMs = Math.floor(timeMs / DAY_MS) * DAY_MS;
  for (const period of [...rows, ...overrides]) {
    cutAt(period.fromMs);
    cutAt(period.toMs);
  }
  for (const window of rows.flatMap((row) => row.windows)) {
    cutAt(dayMs);
    cutAt(dayMs + DAY_MS);
    cutAt(dayMs + window.fromMinute * MINUTE_MS);
    cutAt(dayMs + window.toMinute * MINUTE_MS);
  }
  return { fromMs, toMs };
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
