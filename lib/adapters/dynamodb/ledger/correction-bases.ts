import { invariant } from '../../../domain/errors.ts';
import type { EntryPlace } from '../../../domain/events/entry.ts';
import type { Commit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import type { StoredCorrection } from './correction-codec.ts';
import { forEachAtOnce } from './known-ids.ts';
import { unpackBits } from './packing.ts';
import { decodeSegment, type SegmentEntry } from './segment-codec.ts';

/** A segment some of whose entries are to be corrected. */
export interface Base {
  readonly segmentId: string;
  readonly commit: Commit;
  /** Entries of the segment. */
  readonly length: number;
  /** Those to be corrected, by position. */
  readonly entries: ReadonlyMap<number, SegmentEntry>;
  /** All corrections of the segment known so far; they are never changed, only more. */
  readonly corrections: StoredCorrection[];
}

/** The places of one segment. */
export interface BasePlaces {
  readonly segmentId: string;
  readonly commit: number;
  readonly positions: readonly number[];
}

/** Sorts places by their segments, in the order given; a place that is named twice counts once. */
export function groupPlaces(places: readonly EntryPlace[]): BasePlaces[] {
  const groups = Map.groupBy(places, ({ segmentId, commit }) => `${commit} ${segmentId}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const positions = [...new Set(group.map(({ position }) => position))].sort((a, b) => a - b);
    return [{ segmentId: first.segmentId, commit: first.commit, positions }];
  });
}

/** Most segments and entries that are read and decided on together. */
const MAX_BASES = 90;
const MAX_ENTRIES = 2_000;

/** Cuts segments into lists small enough to be worked on together; a segment is never divided. */
export function* cutBases(bases: readonly BasePlaces[]): Iterable<readonly BasePlaces[]> {
  let list: BasePlaces[] = [];
  let entries = 0;
  for (const base of bases) {
    const isFull = list.length === MAX_BASES || entries + base.positions.length > MAX_ENTRIES;
    if (isFull && list.length > 0) {
      yield list;
      [list, entries] = [[], 0];
    }
    list.push(base);
    entries += base.positions.length;
  }
  if (list.length > 0) yield list;
}

/** Reads the recorded entries of segments. @throws {@link InvariantError} when a place is none of a counted entry */
export async function loadBases(log: CommitLog, wanted: readonly BasePlaces[]): Promise<Base[]> {
  const loaded = new Map<BasePlaces, Base>();
  await forEachAtOnce(wanted, async (places) => {
    loaded.set(places, await loadBase(log, places));
  });
  return wanted.flatMap((places) => loaded.get(places) ?? []);
}

async function loadBase(log: CommitLog, { segmentId, commit: number, positions }: BasePlaces): Promise<Base> {
  const commit = await log.find(number);
  const named = commit?.segments.find((segment) => segment.segmentId === segmentId);
  const body = commit && named && (await log.segment(commit, segmentId));
  invariant(commit && named && body, `commit ${number} counts no segment ${segmentId}`);
  const counted = unpackBits(named.counted, named.length);
  for (const position of positions) {
    invariant(counted[position], `commit ${number} counts no entry ${position} of segment ${segmentId}`);
  }
  const entries = decodeSegment(body, positions);
  const byPosition = positions.flatMap((position, index): [number, SegmentEntry][] => {
    const entry = entries[index];
    return entry ? [[position, entry]] : [];
  });
  return { segmentId, commit, length: named.length, entries: new Map(byPosition), corrections: [] };
}

/** Reads the corrections made of segments since they were last read, and says which they are. */
export async function learnCorrections(
  log: CommitLog,
  bases: readonly Base[],
): Promise<readonly { readonly segmentId: string; readonly correction: StoredCorrection }[]> {
  const learned: { segmentId: string; correction: StoredCorrection }[] = [];
  await forEachAtOnce(bases, async ({ segmentId, corrections }) => {
    const newer = await log.corrections(segmentId, corrections.length);
    corrections.push(...newer);
    learned.push(...newer.map((correction) => ({ segmentId, correction })));
  });
  return learned;
}
