import { addDays, type Zone } from '../local-time.ts';
import type { Sighting } from './sighting.ts';

/** What may fall silent. */
export const SOURCE_KINDS = ['app', 'billing_account'] as const;

/** One of {@link SOURCE_KINDS}. */
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** A silence that was noticed. */
export interface Silence {
  /** Arrival of the last call before it, epoch milliseconds; names the silence. */
  readonly sinceMs: number;
  /** Whether it is known to be told of. */
  readonly isTold: boolean;
  /** Arrival of the first call after it; null = it goes on. */
  readonly returnedMs: number | null;
}

/** An app or billing account that calls were recorded of. Times are epoch milliseconds. */
export interface Source {
  readonly kind: SourceKind;
  readonly name: string;
  /** Earliest and latest time of its calls. */
  readonly firstEventMs: number;
  readonly lastEventMs: number;
  /** When its first and its last call were committed. */
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
  /** Local days on which calls arrived, up to the last one and seven before: a bit for each hour, lowest for midnight. */
  readonly hours: Readonly<Record<string, number>>;
  /** Versions of its emitters, each with its last arrival. */
  readonly versions: Readonly<Record<string, number>>;
  readonly silence: Silence | null;
  /** When it came back from the last silence that was told of; null = there was none. */
  readonly returnedMs: number | null;
}

/** Days whose hours are kept, the last one included. */
const KEPT_DAYS = 8;

/** Versions that are told apart, the latest ones, and how long their names may be together; the latest one is always kept. */
const MAX_VERSIONS = 10;
const MAX_VERSIONS_CHARACTERS = 128;

/** Text that names a source among those of its tenant. */
export function nameSource({ kind, name }: Pick<Source, 'kind' | 'name'>): string {
  return `${kind}:${name}`;
}

/** The sources that a call tells of. */
export function sourcesOf({ app, billingAccount }: Sighting): readonly Pick<Source, 'kind' | 'name'>[] {
  return [
    ...(app === undefined ? [] : [{ kind: 'app', name: app } as const]),
    ...(billingAccount === undefined ? [] : [{ kind: 'billing_account', name: billingAccount } as const]),
  ];
}

/**
 * A source after calls of it arrived together.
 *
 * @param known - the source before; undefined where these are its first calls
 * @param calls - one at least
 */
export function noteArrival(
  zone: Zone,
  known: Source | undefined,
  { kind, name }: Pick<Source, 'kind' | 'name'>,
  calls: readonly Sighting[],
  atMs: number,
): Source {
  const times = calls.map(({ timeMs }) => timeMs);
  const firstMs = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const lastMs = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const lastArrivalMs = Math.max(known?.lastArrivalMs ?? atMs, atMs);
  const silence = known?.silence ?? null;
  return {
    kind,
    name,
    firstEventMs: Math.min(known?.firstEventMs ?? firstMs, firstMs),
    lastEventMs: Math.max(known?.lastEventMs ?? lastMs, lastMs),
    firstArrivalMs: Math.min(known?.firstArrivalMs ?? atMs, atMs),
    lastArrivalMs,
    hours: noteHour(zone, known?.hours ?? {}, atMs, lastArrivalMs),
    versions: noteVersions(known?.versions ?? {}, calls, atMs),
    silence: silence && { ...silence, returnedMs: silence.returnedMs ?? atMs },
    returnedMs: known?.returnedMs ?? null,
  };
}

function noteHour(zone: Zone, hours: Source['hours'], atMs: number, lastArrivalMs: number): Source['hours'] {
  const day = zone.localDay(atMs);
  const oldest = addDays(zone.localDay(lastArrivalMs), 1 - KEPT_DAYS);
  const noted = { ...hours, [day]: (hours[day] ?? 0) | (1 << zone.localHour(atMs)) };
  return Object.fromEntries(Object.entries(noted).filter(([kept]) => kept >= oldest));
}

function noteVersions(known: Source['versions'], calls: readonly Sighting[], atMs: number): Source['versions'] {
  const versions = new Map(Object.entries(known));
  for (const { emitterVersion } of calls)
    if (emitterVersion !== undefined) versions.set(emitterVersion, Math.max(versions.get(emitterVersion) ?? 0, atMs));
  const latest = [...versions].sort(([a, aMs], [b, bMs]) => bMs - aMs || (a < b ? -1 : 1));
  let characters = 0;
  const isKept = ([version]: readonly [string, number], index: number): boolean => {
    characters += version.length;
    return index === 0 || (index < MAX_VERSIONS && characters <= MAX_VERSIONS_CHARACTERS);
  };
  return Object.fromEntries(latest.filter(isKept));
}

/**
 * How long a source is kept before others where there are too many, as a time: it gains a day with each day on which it
 * called, so that names which are made up call by call push out none that calls every day and has just stopped.
 */
export function rankSource({ lastArrivalMs, hours }: Source): number {
  return lastArrivalMs + Object.keys(hours).length * 86_400_000;
}
