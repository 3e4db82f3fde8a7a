import type { Commit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { unpackBits } from './packing.ts';
import { segmentIds } from './segment-codec.ts';

/** Ids that a committed segment counts, with the content hash of each. */
export type CountedIds = ReadonlyMap<string, number>;

/** Finds out what earlier claimants of untimed ids came to. Remembers committed segments only. */
export class CommittedSegments {
  readonly #known = new Map<string, CountedIds>();
  /** Heads up to which no commit names a segment, as asked for. */
  readonly #absentUpTo = new Map<string, number>();
  /** Content hash of every id of the known segments: what is sent again soon needs no claim. */
  readonly #contents = new Map<string, number>();
  readonly #maxIds: number;

  constructor(maxIds: number) {
    this.#maxIds = maxIds;
  }

  /** Content hash under which an id is known to be committed; `undefined` says nothing either way. */
  contentOf(id: string): number | undefined {
    return this.#contents.get(id);
  }

  /** Takes in every id that a commit counts of a segment. */
  remember(segmentId: string, ids: CountedIds): void {
    this.#known.set(segmentId, ids);
    for (const [id, contentHash] of ids) this.#contents.set(id, contentHash);
  }

  /**
   * The ids that a segment counts if some commit up to `head` names it, else `undefined`. A segment that is committed
   * later than `head` is met by the writer that loses a number to it.
   */
  async find(log: CommitLog, segmentId: string, head: number): Promise<CountedIds | undefined> {
    const known = this.#known.get(segmentId);
    if (known) return known;
    const commit = await log.findBySegment(segmentId, head, this.#absentUpTo.get(segmentId));
    if (commit) return this.load(log, commit, segmentId);
    this.#absentUpTo.set(segmentId, head);
    return undefined;
  }

  /** The ids that a commit counts of one of its segments. @throws when the segment is missing */
  async load(log: CommitLog, commit: Commit, segmentId: string): Promise<CountedIds> {
    const known = this.#known.get(segmentId);
    if (known) return known;
    const named = commit.segments.find((segment) => segment.segmentId === segmentId);
    const body = await log.segment(commit, segmentId);
    if (!named || !body) throw new Error(`segment ${segmentId} of commit ${commit.number} is missing`);
    const counted = unpackBits(named.counted, named.length);
    const ids = new Map(
      segmentIds(body)
        .filter((_, index) => counted[index])
        .map(({ id, contentHash }) => [id, contentHash] as const),
    );
    this.remember(segmentId, ids);
    return ids;
  }

  /** Drops what is over the bound, oldest first. */
  trim(): void {
    if (this.#absentUpTo.size > this.#maxIds / 10) this.#absentUpTo.clear();
    let ids = 0;
    for (const segment of this.#known.values()) ids += segment.size;
    for (const [segmentId, segment] of this.#known) {
      if (ids <= this.#maxIds) return;
      ids -= segment.size;
      this.#known.delete(segmentId);
      for (const id of segment.keys()) this.#contents.delete(id);
    }
  }
}
