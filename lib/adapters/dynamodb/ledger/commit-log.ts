import { COMMITS_PER_BLOCK, keys, padNumber } from '../../../contracts/table-keys.ts';
import { invariant } from '../../../domain/errors.ts';
import type { Table } from '../table.ts';
import { type Commit, decodeCommit } from './commit-codec.ts';
import { decodeCorrection, type StoredCorrection } from './correction-codec.ts';
import { unpack } from './packing.ts';
import type { SegmentBody } from './segment-codec.ts';

/** Commits read with one request while walking the log. */
const PAGE = 50;

/** No function lives longer than 15 minutes, so a commit seldom names a segment that was drawn longer before it. */
const LONGEST_LIFE_MS = 15 * 60_000;

/** A segment id as drawn: it begins with the head that its writer knew, so that only later commits can name it. */
export function drawSegmentId(head: number, nowMs: number, random: () => number): string {
  const letters = Array.from({ length: 8 }, () => Math.floor(random() * 36).toString(36)).join('');
  return `${head.toString(36)}-${nowMs.toString(36)}-${letters}`;
}

function drawnAfter(segmentId: string): number {
  return Number.parseInt(segmentId.split('-')[0] ?? '', 36);
}

/**
 * Whether a commit was made so long after a segment id was drawn that no later commit may name it. Clocks differ, so a
 * writer that meets such a commit draws a new id: whoever looks for its segment stops looking there.
 */
export function outlives({ atMs }: Pick<Commit, 'atMs'>, segmentId: string): boolean {
  return atMs > Number.parseInt(segmentId.split('-')[1] ?? '', 36) + LONGEST_LIFE_MS;
}

/** Reads one tenant's commit log: gapless from 1, each commit written once. */
export class CommitLog {
  readonly #table: Table;
  readonly tenant: string;

  constructor(table: Table, tenant: string) {
    this.#table = table;
    this.tenant = tenant;
  }

  /**
   * Number of the last commit, 0 when there is none. The log is gapless, so the last non-empty block is found by
   * doubling and halving, whatever the length of the log.
   */
  async findHead(known = 0): Promise<number> {
    let low = Math.floor(known / COMMITS_PER_BLOCK);
    const head = await this.#lastOfBlock(low);
    // A head read too low would only lose the next number; one too high would leave a gap that nobody could mend.
    if (head !== lastNumberOf(low)) return Math.max(head, known);
    let step = 1;
    while ((await this.#lastOfBlock(low + step)) > 0) {
      low += step;
      step *= 2;
    }
    for (let empty = low + step; empty - low > 1; ) {
      const middle = low + Math.floor((empty - low) / 2);
      if ((await this.#lastOfBlock(middle)) > 0) low = middle;
      else empty = middle;
    }
    return this.#lastOfBlock(low);
  }

  /** Commits after one number, up to another (included; to the end of the log when absent), in order, without gaps. */
  async *read(after: number, upTo = Number.MAX_SAFE_INTEGER, pageSize = PAGE): AsyncIterable<Commit> {
    let last = after;
    while (last < upTo) {
      const block = Math.floor((last + 1) / COMMITS_PER_BLOCK);
      const bound = Math.min(upTo, lastNumberOf(block));
      const items = await this.#table.query({
        pk: keys.commitBlock(this.tenant, last + 1),
        after: padNumber(last),
        upTo: padNumber(bound),
        limit: pageSize,
      });
      for (const item of items) {
        const commit = decodeCommit(item);
        invariant(commit.number === last + 1, `commit ${last + 1} of ${this.tenant} is missing`);
        last = commit.number;
        yield commit;
      }
      if (items.length < pageSize && last < bound) return;
    }
  }

  /**
   * The commit up to `head` that names a segment: it comes after the head its id begins with, within its writer's life.
   * @param after - a number up to which it is known not to be
   */
  async findBySegment(segmentId: string, head: number, after = 0): Promise<Commit | undefined> {
    for await (const commit of this.read(Math.max(drawnAfter(segmentId), after), head, 3)) {
      if (commit.segments.some((named) => named.segmentId === segmentId)) return commit;
      if (outlives(commit, segmentId)) return undefined;
    }
    return undefined;
  }

  async find(number: number): Promise<Commit | undefined> {
    const item = await this.#table.get(keys.commit(this.tenant, number));
    return item && decodeCommit(item);
  }

  /** Body of a segment that a commit names; `undefined` when the segment's item is missing. */
  async segment(commit: Commit, segmentId: string): Promise<SegmentBody | undefined> {
    if (commit.inlineBody) return commit.inlineBody;
    const item = await this.#table.get(keys.segment(this.tenant, segmentId));
    return item && (unpack(item['b'] as Uint8Array) as SegmentBody);
  }

  /**
   * The corrections of a segment behind a number, in order, without gaps; only those that commits up to `head` brought.
   * @throws when one is damaged or missing
   */
  async corrections(segmentId: string, after = 0, head = Number.MAX_SAFE_INTEGER): Promise<StoredCorrection[]> {
    const pk = keys.corrections(this.tenant, segmentId);
    const items = await this.#table.query({ pk, ...(after === 0 ? {} : { after: padNumber(after) }) });
    const corrections = items.map(decodeCorrection);
    for (const [index, { number }] of corrections.entries()) {
      invariant(number === after + index + 1, `correction ${after + index + 1} of segment ${segmentId} is missing`);
    }
    return corrections.filter(({ commit }) => commit <= head);
  }

  async #lastOfBlock(block: number): Promise<number> {
    const pk = keys.commitBlock(this.tenant, block * COMMITS_PER_BLOCK);
    const [last] = await this.#table.query({ pk, descending: true, limit: 1 });
    return last ? Number(last.sk) : 0;
  }
}

const lastNumberOf = (block: number): number => (block + 1) * COMMITS_PER_BLOCK - 1;
