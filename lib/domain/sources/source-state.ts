import type { Zone } from '../local-time.ts';
import type { EmitterChunks } from './emitter-chunks.ts';
import { type MissingSpan, mergeSpans } from './missing-spans.ts';
import type { SightedCommit, Sighting } from './sighting.ts';
import { nameSource, noteArrival, rankSource, type Source, sourcesOf } from './source.ts';

/** Who sends to a tenant, as far as its log was followed. */
export interface SourceState {
  /** Commits up to this number are in it. */
  readonly followedTo: number;
  /** Latest time of a recorded call, epoch milliseconds; null before the first. */
  readonly freshestMs: number | null;
  readonly sources: readonly Source[];
  /** Calls that are missing for long enough to be counted; late ones may still come. */
  readonly missing: readonly MissingSpan[];
  /** When more of them are to be counted, epoch milliseconds; null = none that are known. */
  readonly settlesAtMs: number | null;
  /** Missing calls that are counted for ever, because their emitter is no longer kept. */
  readonly closed: readonly MissingSpan[];
}

/** The state of a tenant whose log nobody has followed yet. */
export const UNWATCHED: SourceState = {
  followedTo: 0,
  freshestMs: null,
  sources: [],
  missing: [],
  settlesAtMs: null,
  closed: [],
};

/** Sources that are kept; senders choose their names. With the longest ones they fit into an item of 400 KB. */
export const MAX_SOURCES = 1_000;

/** Spans that are told apart of each sort. */
const MAX_SPANS = 400;

/** Takes a commit in: its sources into the state that is returned, its numbers into the emitters. */
export function foldCommit(
  zone: Zone,
  state: SourceState,
  emitters: EmitterChunks,
  { number, atMs, sightings }: SightedCommit,
): SourceState {
  const numbered = sightings.filter(({ emitterId, sequence }) => emitterId !== undefined && sequence !== undefined);
  // In order, so that calls which arrive together open no gaps between each other.
  for (const call of numbered.toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0))) {
    const { emitterId = '', sequence = 0, day, timeMs, app = null } = call;
    emitters.take(emitterId, { sequence, day, timeMs, atMs, app });
  }
  const latestMs = sightings.reduce((latest, { timeMs }) => Math.max(latest, timeMs), Number.NEGATIVE_INFINITY);
  const freshestMs = sightings.length === 0 ? state.freshestMs : Math.max(state.freshestMs ?? latestMs, latestMs);
  return { ...state, followedTo: number, freshestMs, sources: foldSources(zone, state.sources, sightings, atMs) };
}

/** The state with what its emitters miss by now. */
export function settleGaps(state: SourceState, emitters: EmitterChunks, nowMs: number): SourceState {
  const { spans, settlesAtMs } = emitters.missing(nowMs);
  const closed = mergeSpans([...state.closed, ...emitters.closed], MAX_SPANS);
  return { ...state, missing: mergeSpans(spans, MAX_SPANS), settlesAtMs, closed };
}

function foldSources(
  zone: Zone,
  known: readonly Source[],
  sightings: readonly Sighting[],
  atMs: number,
): readonly Source[] {
  if (sightings.length === 0) return known;
  const calls = new Map<string, { readonly source: Pick<Source, 'kind' | 'name'>; readonly calls: Sighting[] }>();
  for (const sighting of sightings) {
    for (const source of sourcesOf(sighting)) {
      const name = nameSource(source);
      const found = calls.get(name) ?? { source, calls: [] };
      found.calls.push(sighting);
      calls.set(name, found);
    }
  }
  const sources = new Map(known.map((source) => [nameSource(source), source]));
  for (const [name, { source, calls: own }] of calls)
    sources.set(name, noteArrival(zone, sources.get(name), source, own, atMs));
  if (sources.size === known.length) return [...sources.values()];
  const kept = [...sources.values()].sort((a, b) => rankSource(b) - rankSource(a) || compareNames(a, b));
  return kept.slice(0, MAX_SOURCES).sort(compareNames);
}

function compareNames(a: Source, b: Source): number {
  const [nameA, nameB] = [nameSource(a), nameSource(b)];
  if (nameA === nameB) return 0;
  return nameA < nameB ? -1 : 1;
}
