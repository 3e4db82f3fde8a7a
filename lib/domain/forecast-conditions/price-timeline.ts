import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import type { Measures } from '../../contracts/measures.ts';
import { USAGE_UNITS } from '../../contracts/usage-units.ts';
import { toCoverFacts } from '../capacity/cover-facts.ts';
import { type DisjointUsage, inputSizeTokens, splitInclusive } from '../events/usage-shapes.ts';
import { addDays, type Zone } from '../local-time.ts';
import { toPicoUsd } from '../money.ts';
import type { PriceBook, PriceQuery, PriceSpan, ResolvedPrice } from '../prices/price-book.ts';
import { rateUsage } from '../rating/rating.ts';

/** What one leaf used, with the sums that tell the mix of it. */
export interface UsedLine {
  readonly leaf: Leaf;
  readonly measures: Measures;
}

/** The prices of a book laid out by local day, as far as a forecast asks for them. */
export interface PriceTimeline {
  /**
   * What a line that cost an amount on one day would have cost on another: the amount times the price of the line's own
   * units on that day over their price on the first. The very same amount where the prices are the same, where the other
   * day has none, and for the part of the calls whose provider named the charge.
   *
   * Requests are taken to be of the line's mean size and spread evenly over the day: a line of small and large requests
   * together is priced as one of middling ones, and a price that changes within a day counts by whole hours.
   *
   * @param costPicoUsd - where it is 0 and the first day had no price or a free one, the price of the other day is taken
   */
  restate(line: UsedLine, costPicoUsd: bigint, fromDay: string, toDay: string): bigint;
}

/** Prices of one day, each with the hours for which it holds; equal `id` means equal prices. */
interface DayPrices {
  readonly id: string;
  readonly hoursByPrice: ReadonlyMap<ResolvedPrice | null, number>;
}

const HOURS = 24;
const HOUR_MS = 3_600_000;
const AUDIO_SCALE = 6;

const POSITIONS = {
  provider: DIMENSIONS.indexOf('provider'),
  model: DIMENSIONS.indexOf('model'),
  serviceTier: DIMENSIONS.indexOf('service_tier'),
  region: DIMENSIONS.indexOf('region'),
} as const;

/** Makes the timeline of a book. What was looked up is remembered, so one timeline serves all forecasts of a tenant. */
export function createPriceTimeline(book: PriceBook, zone: Zone): PriceTimeline {
  const findDayPrices = createDayPrices(book, zone);
  return {
    restate(line, costPicoUsd, fromDay, toDay) {
      const calls = line.measures.calls ?? 0n;
      if (calls <= 0n || fromDay === toDay) return costPicoUsd;
      const from = findDayPrices(line.leaf, fromDay);
      const to = findDayPrices(line.leaf, toDay);
      if (from.id === to.id) return costPicoUsd;
      const usage = readUsage(line.measures);
      const after = usage && priceDay(book, to, usage, calls);
      if (after === null) return costPicoUsd;
      const before = (usage && priceDay(book, from, usage, calls)) ?? 0n;
      // What a provider charged is its own business, whatever the book says.
      const ownCalls = calls - (line.measures.reported ?? 0n);
      if (before > 0n)
        return toPicoUsd({
          numerator: costPicoUsd * (after * ownCalls + before * (calls - ownCalls)),
          denominator: before * calls,
        });
      return costPicoUsd === 0n
        ? toPicoUsd({ numerator: after * ownCalls, denominator: calls * BigInt(HOURS) })
        : costPicoUsd;
    },
  };
}

function createDayPrices(book: PriceBook, zone: Zone): (leaf: Leaf, day: string) => DayPrices {
  const known = new Map<string, Map<string, DayPrices>>();
  // Callers that ask often have one leaf object for all days.
  const knownByLeaf = new WeakMap<Leaf, Map<string, DayPrices>>();
  const findKnown = (leaf: Leaf): Map<string, DayPrices> => {
    const { provider, model, serviceTier, region } = toQuery(leaf);
    // A capacity may cover the calls of one leaf and not those of another. Senders' texts hold no control characters,
    // so the parts cannot run into each other.
    const parts = book.capacities.length > 0 ? leaf : [provider, model, serviceTier, region];
    const key = parts.join('\u0000');
    const byDay = known.get(key) ?? new Map<string, DayPrices>();
    known.set(key, byDay);
    knownByLeaf.set(leaf, byDay);
    return byDay;
  };
  const ids = new Map<ResolvedPrice | null, number>();
  const idOf = (price: ResolvedPrice | null): number => {
    const id = ids.get(price) ?? ids.size;
    ids.set(price, id);
    return id;
  };
  return (leaf, day) => {
    const byDay = knownByLeaf.get(leaf) ?? findKnown(leaf);
    const found = byDay.get(day);
    if (found) return found;
    const hoursByPrice = findHours(book, toQuery(leaf), {
      startMs: zone.dayStartMs(day),
      endMs: zone.dayStartMs(addDays(day, 1)),
    });
    const id = [...hoursByPrice].map(([price, hours]) => `${idOf(price)}x${hours}`).join();
    const prices = { id, hoursByPrice };
    byDay.set(day, prices);
    return prices;
  };
}

function findHours(
  book: PriceBook,
  query: Omit<PriceQuery, 'timeMs'>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): ReadonlyMap<ResolvedPrice | null, number> {
  const spanAt = (timeMs: number): PriceSpan => book.spanOf({ ...query, timeMs });
  let span = spanAt(startMs);
  if (span.toMs >= endMs) return new Map([[span.price, HOURS]]);
  const hours = new Map<ResolvedPrice | null, number>();
  for (let hour = 0; hour < HOURS; hour++) {
    // Hours of the clock, also where a day has one more or less: prices by time of day then make all days alike.
    const timeMs = Math.min(startMs + hour * HOUR_MS, endMs - 1);
    if (timeMs >= span.toMs) span = spanAt(timeMs);
    hours.set(span.price, (hours.get(span.price) ?? 0) + 1);
  }
  return hours;
}

function toQuery(leaf: Leaf): Omit<PriceQuery, 'timeMs'> {
  const at = (position: number): string | null => leaf[position] ?? null;
  return {
    provider: at(POSITIONS.provider),
    model: at(POSITIONS.model) ?? '',
    serviceTier: at(POSITIONS.serviceTier),
    region: at(POSITIONS.region),
    facts: toCoverFacts(leaf),
  };
}

function readUsage(measures: Measures): DisjointUsage | null {
  const counts = new Map<string, bigint>();
  for (const unit of USAGE_UNITS) if (unit !== 'audio_seconds') counts.set(unit, measures[unit] ?? 0n);
  const audio = measures.audio_seconds ?? 0n;
  const reading = splitInclusive({ counts, audioSeconds: audio > 0n ? { digits: audio, scale: AUDIO_SCALE } : null });
  return reading.ok ? reading.usage : null;
}

/** The cost of usage at the prices of a day, times the hours of a day; null where none of them prices it. */
function priceDay(book: PriceBook, { hoursByPrice }: DayPrices, usage: DisjointUsage, calls: bigint): bigint | null {
  const sizeTokens = inputSizeTokens(usage) / calls;
  let total: bigint | null = null;
  for (const [price, hours] of hoursByPrice) {
    if (price === null) continue;
    // One sum stands for many calls, so the size that rates go by is pinned to that of the mean call.
    const pinned: PriceBook = { ...book, resolve: () => ({ level: () => price.level(sizeTokens) }) };
    const { costPicoUsd } = rateUsage(pinned, { model: '', timeMs: 0, usage });
    if (costPicoUsd !== null) total = (total ?? 0n) + costPicoUsd * BigInt(hours);
  }
  return total;
}
