import type { Snapshot, SnapshotModel, SnapshotRate, SnapshotResale } from '../snapshot.ts';
import { namesOf } from './merge.ts';
import { toTimeText } from './periods.ts';
import {
  cutTogether,
  type Element,
  isSameOffer,
  NEVER,
  type Segment,
  surchargeTimelinesOf,
  type Timeline,
  timelinesOf,
} from './timeline.ts';

/**
 * Says what changed from one snapshot to the next, a line each: `~` a price that changed and since when, `+` and `-`
 * prices, models and resales that came and went, `=` names and facts. Empty = nothing that a call could notice.
 */
export function describeDifferences(before: Snapshot | undefined, after: Snapshot): readonly string[] {
  const lines: string[] = [];
  for (const provider of new Set([...Object.keys(before?.models ?? {}), ...Object.keys(after.models)])) {
    const old = new Map((before?.models[provider] ?? []).map((model) => [model.id, model]));
    const now = new Map((after.models[provider] ?? []).map((model) => [model.id, model]));
    for (const id of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      const [was, is] = [old.get(id), now.get(id)];
      const name = `${provider} ${id}`;
      if (was === undefined && is !== undefined) lines.push(`+ ${name}: ${pricesOf(is, after)}`);
      else if (was !== undefined && is === undefined) lines.push(`- ${name}: ${pricesOf(was, before)}`);
      else lines.push(...describeModel(name, [was, before], [is, after]));
    }
  }
  return [...lines, ...describeResales(before, after)];
}

function describeResales(before: Snapshot | undefined, after: Snapshot): readonly string[] {
  const [old, now] = [readResales(before), readResales(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === is) return [];
    if (was === undefined) return [`+ ${name} ${is}`];
    return is === undefined ? [`- ${name} ${was}`] : [`~ ${name} ${was} -> ${is}`];
  });
}

/** Terms by reseller and vendor, in words. The vendors' order counts where two know a name. */
function readResales(snapshot: Snapshot | undefined): ReadonlyMap<string, string> {
  const resales = Object.entries(snapshot?.fallbacks ?? {}).flatMap(([reseller, vendors]) =>
    vendors.map((resale, index): [string, string] => {
      const vendor = typeof resale === 'string' ? resale : resale.provider;
      return [`${reseller} resells ${vendor}`, `as number ${index + 1}, ${termsText(resale)}`];
    }),
  );
  return new Map(resales);
}

function termsText(resale: SnapshotResale): string {
  if (typeof resale === 'string') return "on the vendor's terms";
  const tiers = resale.withoutTiers.length === 0 ? [] : [`without ${resale.withoutTiers.join(', ')}`];
  const surcharges = resale.surcharges.map(
    ({ regions, factor, from, to }) =>
      `surcharge ${regions.join('/')} x${factor}${from === undefined ? '' : ` from ${from}`}${to === undefined ? '' : ` to ${to}`}`,
  );
  return [...tiers, ...(surcharges.length === 0 ? ['without surcharges'] : surcharges)].join(', ');
}

type Side = readonly [model: SnapshotModel | undefined, snapshot: Snapshot | undefined];

function describeModel(name: string, before: Side, after: Side): readonly string[] {
  const [was, is] = [before[0], after[0]];
  const lines = [...describeTimelines(name, readTimelines(before), readTimelines(after))];
  const [oldNames, newNames] = [was === undefined ? [] : namesOf(was), is === undefined ? [] : namesOf(is)];
  const renamed = [
    ...newNames.filter((it) => !oldNames.includes(it)).map((it) => `also ${it}`),
    ...oldNames.filter((it) => !newNames.includes(it)).map((it) => `no longer ${it}`),
  ];
  if (renamed.length > 0) lines.push(`= ${name} names: ${renamed.join(', ')}`);
  if (JSON.stringify(was?.match) !== JSON.stringify(is?.match)) lines.push(`= ${name} is recognised by another clause`);
  if (was?.variesByRegion !== is?.variesByRegion) {
    lines.push(`= ${name} ${is?.variesByRegion === true ? 'varies' : 'no longer varies'} by region`);
  }
  for (const fact of ['kind', 'contextTokens', 'maxOutputTokens', 'inputModalities', 'outputModalities'] as const) {
    const [old, now] = [was?.facts?.[fact], is?.facts?.[fact]].map((it) => (it === undefined ? 'unknown' : String(it)));
    if (old !== now) lines.push(`= ${name} ${fact} ${old} -> ${now}`);
  }
  return lines;
}

function readTimelines([model, snapshot]: Side): ReadonlyMap<string, Timeline> {
  const sources = { sources: snapshot?.sources ?? [] };
  const surcharges = [...surchargeTimelinesOf(model, sources, null)].map(
    ([key, it]) => [`surcharge ${key}`, it] as const,
  );
  return new Map([...timelinesOf(model, sources, null), ...surcharges]);
}

function describeTimelines(
  name: string,
  before: ReadonlyMap<string, Timeline>,
  after: ReadonlyMap<string, Timeline>,
): readonly string[] {
  return [...new Map([...before, ...after])].flatMap(([key, { tier, unit }]) => {
    const label = `${name} ${tier === 'default' ? '' : `${tier} `}${unit}`;
    const isFactor = tier === 'surcharge';
    return changedStretches(before.get(key)?.segments ?? NEVER, after.get(key)?.segments ?? NEVER).map(
      ({ fromMs, toMs, left, right }) => {
        const [old, now] = [left, right].map((offer) => offerText(offer, isFactor));
        const when = periodText(fromMs, toMs);
        if (left.length === 0) return `+ ${label} ${now}${blockText(right, isFactor)}${when}`;
        if (right.length === 0) return `- ${label} ${old}${blockText(left, isFactor)}${when}`;
        return `~ ${label} ${old} -> ${now}${blockText(right, isFactor)}${when}`;
      },
    );
  });
}

function changedStretches(before: readonly Segment[], after: readonly Segment[]) {
  const changed: Array<ReturnType<typeof cutTogether>[number]> = [];
  for (const stretch of cutTogether(before, after)) {
    if (isSameOffer(stretch.left, stretch.right)) continue;
    const last = changed.at(-1);
    const goesOn =
      last?.toMs === stretch.fromMs && isSameOffer(last.left, stretch.left) && isSameOffer(last.right, stretch.right);
    if (goesOn) changed[changed.length - 1] = { ...last, toMs: stretch.toMs };
    else changed.push(stretch);
  }
  return changed;
}

function pricesOf(model: SnapshotModel, snapshot: Snapshot | undefined): string {
  const prices = [...timelinesOf(model, { sources: snapshot?.sources ?? [] }, null).values()].flatMap(
    ({ tier, unit, segments }) =>
      segments
        .filter(({ offer }) => offer.length > 0)
        .map(({ fromMs, toMs, offer }) => {
          const label = `${tier === 'default' ? '' : `${tier} `}${unit}`;
          return `${label} ${offerText(offer, false)}${blockText(offer, false)}${periodText(fromMs, toMs)}`;
        }),
  );
  return prices.length === 0 ? 'no price' : prices.join('; ');
}

function offerText(offer: readonly Element[], isFactor: boolean): string {
  return offer.map((element) => `${isFactor ? 'x' : ''}${rateText(element.rate)}${windowsText(element)}`).join(', ');
}

function rateText(entry: SnapshotRate): string {
  if (typeof entry === 'string') return entry;
  const tiers = (entry.tiers ?? []).map(
    ([operator, over, rate]) => `${rate} ${operator === '>' ? 'above' : 'from'} ${over}`,
  );
  const notes = [...tiers, ...(entry.minimum === undefined ? [] : [`at least ${entry.minimum}`])];
  return notes.length === 0 ? entry.rate : `${entry.rate} (${notes.join(', ')})`;
}

function windowsText({ windows }: Element): string {
  if (windows === null) return '';
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const texts = windows.map(({ from, to, weekdays }) => {
    const on = weekdays === undefined ? '' : ` ${weekdays.map((day) => days[day]).join('/')}`;
    return `${from}-${to}${on}`;
  });
  return ` at ${texts.join(' and ')} UTC`;
}

function blockText(offer: readonly Element[], isFactor: boolean): string {
  if (isFactor) return '';
  const [first] = offer;
  const per = first === undefined || typeof first.rate === 'string' ? 1_000_000 : (first.rate.per ?? 1_000_000);
  return ` USD per ${per === 1_000_000 ? '1M' : per === 1000 ? '1K' : per}`;
}

function periodText(fromMs: number, toMs: number): string {
  const from = Number.isFinite(fromMs) ? ` from ${toTimeText(fromMs)}` : '';
  return Number.isFinite(toMs) ? `${from} to ${toTimeText(toMs)}` : from;
}
