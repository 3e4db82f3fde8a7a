import { formatDecimal, parseDecimal } from '../../domain/decimal.ts';
import { parseInstant } from '../../domain/prices/price-catalog-time.ts';
import type { Snapshot, SnapshotModel, SnapshotPeriod, SnapshotRate } from '../snapshot.ts';

/** A named place where prices were read, and when. */
export interface Source {
  readonly source: string;
  readonly checkedOn: string;
}

/** One price that holds over a stretch of time, all day or in its daily windows. */
export interface Element {
  /** `null` = all day. */
  readonly windows: NonNullable<SnapshotPeriod['windows']> | null;
  readonly rate: SnapshotRate;
  /** `null` = the list of the library from which the snapshot is built. */
  readonly source: Source | null;
}

/** What one unit costs between two moments: the all-day price, then the windows that win over it. Empty = no price. */
export interface Segment {
  /** Epoch milliseconds, half open; infinite where open. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly offer: readonly Element[];
}

/** What one unit of a model costs at one service tier, from the beginning of time to its end, without gaps. */
export interface Timeline {
  readonly tier: string;
  readonly unit: string;
  readonly segments: readonly Segment[];
}

/** The segments of something that never had a price. */
export const NEVER: readonly Segment[] = [
  { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, offer: [] },
];

/** A stretch of time in which a price may hold, before it is laid out in order. */
interface Stretch extends Element {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Reads a model's periods as one timeline per service tier and unit, in the order in which they are first named.
 * @param ownSource - what a period without a source of its own was taken from; `null` = the library being built from
 */
export function timelinesOf(
  model: SnapshotModel | undefined,
  snapshot: Pick<Snapshot, 'sources'>,
  ownSource: Source | null,
): Map<string, Timeline> {
  const stretches = new Map<string, { tier: string; unit: string; found: Stretch[] }>();
  for (const period of model?.periods ?? []) {
    const tier = period.tier ?? 'default';
    const source = period.source === undefined ? ownSource : (snapshot.sources[period.source] ?? ownSource);
    for (const [unit, rate] of Object.entries(period.rates)) {
      const key = `${tier} ${unit}`;
      const entry = stretches.get(key) ?? { tier, unit, found: [] };
      stretches.set(key, entry);
      entry.found.push({ ...boundsOf(period), windows: period.windows ?? null, rate, source });
    }
  }
  return new Map([...stretches].map(([key, { tier, unit, found }]) => [key, { tier, unit, segments: layOut(found) }]));
}

/** Reads a model's regional surcharges the same way, one timeline per list of regions; the rate is the factor. */
export function surchargeTimelinesOf(
  model: SnapshotModel | undefined,
  snapshot: Pick<Snapshot, 'sources'>,
  ownSource: Source | null,
): Map<string, Timeline> {
  const stretches = new Map<string, Stretch[]>();
  for (const surcharge of model?.surcharges ?? []) {
    const key = [...surcharge.regions].sort().join(',');
    const source = surcharge.source === undefined ? ownSource : (snapshot.sources[surcharge.source] ?? ownSource);
    const stretch = { ...boundsOf(surcharge), windows: null, rate: surcharge.factor, source };
    stretches.set(key, [...(stretches.get(key) ?? []), stretch]);
  }
  return new Map(
    [...stretches].map(([key, found]) => [key, { tier: 'surcharge', unit: key, segments: layOut(found) }]),
  );
}

/** Whether two offers cost the same; where they were read does not matter. */
export function isSameOffer(left: readonly Element[], right: readonly Element[]): boolean {
  return offerKey(left) === offerKey(right);
}

/** Whether two timelines cost the same at every moment. */
export function isSameCost(left: readonly Segment[], right: readonly Segment[]): boolean {
  return cutTogether(left, right).every(({ left: one, right: other }) => isSameOffer(one, other));
}

/** Cuts two timelines, at more moments where wanted, into stretches in which neither changes. */
export function cutTogether(
  left: readonly Segment[],
  right: readonly Segment[],
  cutsMs: readonly number[] = [],
): ReadonlyArray<{ fromMs: number; toMs: number; left: readonly Element[]; right: readonly Element[] }> {
  const starts = new Set([...left.map(({ fromMs }) => fromMs), ...right.map(({ fromMs }) => fromMs), ...cutsMs]);
  const ordered = [...starts].sort((a, b) => a - b);
  return ordered.map((fromMs, index) => ({
    fromMs,
    toMs: ordered[index + 1] ?? Number.POSITIVE_INFINITY,
    left: offerAt(left, fromMs),
    right: offerAt(right, fromMs),
  }));
}

/** Joins neighbours that cost the same and were read at the same place. */
export function joinSegments(segments: readonly Segment[]): readonly Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    const isSame = last !== undefined && isSameOffer(last.offer, segment.offer) && isSameSource(last, segment);
    if (isSame) joined[joined.length - 1] = { ...last, toMs: segment.toMs };
    else joined.push(segment);
  }
  return joined;
}

/** Rate text without meaningless zeros, so that `1.50` is `1.5`. */
export function plainRate(text: string): string {
  const decimal = parseDecimal(text);
  return decimal === undefined ? text : formatDecimal(decimal);
}

function boundsOf({ from, to }: { readonly from?: string; readonly to?: string }): { fromMs: number; toMs: number } {
  return {
    fromMs: from === undefined ? Number.NEGATIVE_INFINITY : (parseInstant(from) ?? Number.NaN),
    toMs: to === undefined ? Number.POSITIVE_INFINITY : (parseInstant(to) ?? Number.NaN),
  };
}

function layOut(stretches: readonly Stretch[]): readonly Segment[] {
  const starts = new Set([Number.NEGATIVE_INFINITY, ...stretches.flatMap(({ fromMs, toMs }) => [fromMs, toMs])]);
  starts.delete(Number.POSITIVE_INFINITY);
  const ordered = [...starts].sort((a, b) => a - b);
  const segments = ordered.map((fromMs, index) => ({
    fromMs,
    toMs: ordered[index + 1] ?? Number.POSITIVE_INFINITY,
    offer: offerOf(stretches.filter((it) => it.fromMs <= fromMs && fromMs < it.toMs)),
  }));
  return joinSegments(segments);
}

/** Of prices in force together the later ones win: an all-day price over all before it, a window over its like. */
function offerOf(inForce: readonly Stretch[]): readonly Element[] {
  const wholeDay = inForce.findLastIndex(({ windows }) => windows === null);
  const candidates = inForce.slice(Math.max(0, wholeDay));
  return candidates
    .filter((it, index) => !candidates.slice(index + 1).some((later) => windowsKey(later) === windowsKey(it)))
    .map(({ windows, rate, source }) => ({ windows, rate, source }));
}

function offerAt(segments: readonly Segment[], timeMs: number): readonly Element[] {
  return segments.find(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs)?.offer ?? [];
}

function isSameSource(left: Segment, right: Segment): boolean {
  return left.offer.every((it, index) => {
    const other = right.offer[index]?.source ?? null;
    return it.source?.source === other?.source && it.source?.checkedOn === other?.checkedOn;
  });
}

function offerKey(offer: readonly Element[]): string {
  return offer.map((element) => `${windowsKey(element)}=${rateKey(element.rate)}`).join(';');
}

function windowsKey({ windows }: Pick<Element, 'windows'>): string {
  return (windows ?? []).map(({ from, to, weekdays }) => `${from}-${to}/${weekdays?.join('') ?? ''}`).join(',');
}

function rateKey(rate: SnapshotRate): string {
  if (typeof rate === 'string') return `${plainRate(rate)}/1000000`;
  const tiers = (rate.tiers ?? []).map(([operator, over, tierRate]) => `${operator}${over}:${plainRate(tierRate)}`);
  return `${plainRate(rate.rate)}/${rate.per ?? 1_000_000}${tiers.map((it) => `,${it}`).join('')}${
    rate.minimum === undefined ? '' : ` min ${plainRate(rate.minimum)}`
  }`;
}
