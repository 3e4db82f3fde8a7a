import { AUDIO_SECOND_SCALE } from '../../contracts/measures.ts';
import type { Zone } from '../local-time.ts';
import type { PriceBook, PriceQuery } from '../prices/price-book.ts';
import { isDefaultTier, toServiceTier } from '../prices/price-book-tiers.ts';
import { lacksPrice } from '../rating/compare-ratings.ts';
import type { PriceStatus, RatedCall } from '../rating/rated-call.ts';

/**
 * Why calls have no full price, as far as the price book in force tells. `price_known_by_now`: it prices them, so they
 * were recorded before it was there and are priced without anyone's doing.
 */
export const UNPRICED_CAUSES = [
  'unknown_provider',
  'unknown_model',
  'no_price_in_region',
  'no_price_for_tier',
  'no_price_at_time',
  'unit_without_rate',
  'price_known_by_now',
] as const;

/** One of {@link UNPRICED_CAUSES}. */
export type UnpricedCause = (typeof UNPRICED_CAUSES)[number];

/** A status that leaves tokens without a price. */
export type UnpricedStatus = Extract<PriceStatus, 'unpriced' | 'unpriced_unit' | 'partially_priced'>;

/** A recorded call that lacks a full price. */
export type UnpricedCall = Pick<RatedCall, 'event' | 'rating'>;

/** Calls of one model in one local month that lack a price in the same way. */
export interface UnpricedModel {
  /** Local month, `2026-01`. */
  readonly month: string;
  /** The resolved provider where there is one, else the one sent; null = neither. */
  readonly provider: string | null;
  /** As sent. */
  readonly model: string;
  readonly status: UnpricedStatus;
  readonly calls: number;
  /** What the calls reported, by unit as sent; `audio_seconds` in microseconds. */
  readonly units: ReadonlyMap<string, bigint>;
  /** Units that have no rate; empty where nothing has one. */
  readonly unpricedUnits: readonly string[];
  /** Service tiers of the calls, in the catalog's words; one at least. Each has prices of its own. */
  readonly serviceTiers: readonly string[];
  /** Time of the earliest call, epoch milliseconds. */
  readonly sinceMs: number;
  /** The capacity with a fixed price that covers them all, so that only their list cost is missing; null = none does. */
  readonly capacity: string | null;
  /** The earliest call, as its price would be looked up. */
  readonly query: PriceQuery;
}

/** Sums up calls by month, provider, model and status, those with the most calls first. Fully priced ones are left out. */
export function groupUnpriced(zone: Zone, calls: readonly UnpricedCall[]): readonly UnpricedModel[] {
  const groups = new Map<string, UnpricedModel[]>();
  for (const call of calls) {
    if (!lacksPrice(call.rating)) continue;
    const one = toGroup(zone, call);
    const key = nameUnpriced(one);
    const known = groups.get(key);
    if (known) known.push(one);
    else groups.set(key, [one]);
  }
  return bySize([...groups.values()].map(sumUp));
}

/** Puts together what the same model lacks in several months, those with the most calls first. */
export function mergeMonths(models: readonly UnpricedModel[]): readonly UnpricedModel[] {
  const groups = Map.groupBy(models, (model) => nameUnpriced({ ...model, month: '' }));
  return bySize([...groups.values()].map(sumUp));
}

/** What tells groups apart, as one text: month, provider, model and status. */
export function nameUnpriced({ month, provider, model, status }: UnpricedModel): string {
  return JSON.stringify([month, provider, model, status]);
}

/** Asks a price book why it has no price for a model's calls. */
export function findCause(book: PriceBook, { status, query }: UnpricedModel): UnpricedCause {
  if (status !== 'unpriced') return 'unit_without_rate';
  if (book.resolve(query) !== null) return 'price_known_by_now';
  const { hit, provider } = book.modelOf(query);
  if (hit !== null) {
    const isTier = !isDefaultTier(query.serviceTier) && book.resolve({ ...query, serviceTier: null }) !== null;
    return isTier ? 'no_price_for_tier' : 'no_price_at_time';
  }
  if (query.region !== null && book.modelOf({ ...query, region: null }).hit !== null) return 'no_price_in_region';
  return provider === null ? 'unknown_provider' : 'unknown_model';
}

function toGroup(zone: Zone, { event, rating }: UnpricedCall): UnpricedModel {
  const units = new Map<string, bigint>();
  for (const [unit, count = 0] of Object.entries(event.usage)) {
    if (count > 0) units.set(unit, BigInt(Math.round(unit === 'audio_seconds' ? count * AUDIO_SECOND_SCALE : count)));
  }
  return {
    month: zone.localMonth(zone.localDay(event.timeMs)),
    provider: rating.price?.provider ?? event.provider ?? null,
    model: event.model,
    // Only these lack a price; any other is left out before.
    status: rating.status as UnpricedStatus,
    calls: 1,
    units,
    unpricedUnits: rating.unpricedUnits,
    serviceTiers: [toServiceTier(event.service_tier)],
    sinceMs: event.timeMs,
    capacity: rating.price?.capacity?.name ?? null,
    query: {
      provider: event.provider ?? null,
      model: event.model,
      timeMs: event.timeMs,
      serviceTier: event.service_tier ?? null,
      region: event.region ?? null,
    },
  };
}

/** Sums of groups of one name, one at least. */
function sumUp(groups: readonly UnpricedModel[]): UnpricedModel {
  const units = new Map<string, bigint>();
  const unpricedUnits = new Set<string>();
  const serviceTiers = new Set<string>();
  let calls = 0;
  for (const group of groups) {
    calls += group.calls;
    for (const [unit, count] of group.units) units.set(unit, (units.get(unit) ?? 0n) + count);
    for (const unit of group.unpricedUnits) unpricedUnits.add(unit);
    for (const tier of group.serviceTiers) serviceTiers.add(tier);
  }
  const earliest = groups.reduce((a, b) => (b.sinceMs < a.sinceMs ? b : a));
  const capacity = groups.every((group) => group.capacity === earliest.capacity) ? earliest.capacity : null;
  return { ...earliest, capacity, calls, units, unpricedUnits: [...unpricedUnits], serviceTiers: [...serviceTiers] };
}

function bySize(models: readonly UnpricedModel[]): readonly UnpricedModel[] {
  return [...models].sort((a, b) => b.calls - a.calls || (nameUnpriced(a) < nameUnpriced(b) ? -1 : 1));
}
