import { keys } from '../../../contracts/table-keys.ts';
import type { CorrectionAuthority } from '../../../domain/corrections/correction.ts';
import type { BookStamp } from '../../../domain/prices/book-stamp.ts';
import type { Rating } from '../../../domain/rating/rated-call.ts';
import { addCorrection } from '../../../domain/spend.ts';
import { MAX_TRANSACTION_WRITES, type TransactWrite } from '../table.ts';
import { type CommitDeltas, eachDelta, encodeCommit, monthOf, sumsAt } from './commit-codec.ts';
import type { Base } from './correction-bases.ts';
import { type CorrectedRating, correctionItem, packCorrection } from './correction-codec.ts';
import { type Contribution, contributionWrites } from './correction-sums.ts';
import { LEAVES_PER_HOUR_ROW, LEAVES_PER_PERIOD_ROW } from './rollup-codec.ts';
import { indexWrites, rowWrites } from './rollup-writes.ts';
import type { SegmentEntry } from './segment-codec.ts';

/** An item holds 400 KB. */
const MAX_BODY_BYTES = 390_000;

/** Writes kept free for the commit, the order's two sums and the two guards. */
const RESERVED_WRITES = 5;

/** What is to become of one entry. */
export interface Change {
  readonly base: Base;
  readonly position: number;
  readonly entry: SegmentEntry;
  /** Number of the leaf that the entry was recorded in, in the dictionary of its month. */
  readonly leafNumber: number;
  /** What it counts for now. */
  readonly before: Rating;
  readonly after: CorrectedRating;
}

/** What all changes of a transaction have in common. */
export interface ChangeTerms {
  readonly tenant: string;
  readonly authority: CorrectionAuthority;
  readonly book: BookStamp;
  readonly token: string;
  readonly guards: readonly TransactWrite[];
}

/** The writes that commit corrections under a number; `undefined` when one transaction cannot hold them. */
export type PreparedCorrections = (number: number, atMs: number) => TransactWrite[] | undefined;

/** How many of the changes, from the first on, one transaction can take: by the items that it would write. */
export function countFitting(changes: readonly Change[]): number {
  const items = new Set<string>();
  for (const [index, { base, entry, leafNumber }] of changes.entries()) {
    const shard = Math.floor(leafNumber / LEAVES_PER_PERIOD_ROW);
    items.add(`correction ${base.segmentId}`);
    items.add(`index ${entry.day}`);
    items.add(`hour ${entry.day} ${entry.hour} ${Math.floor(leafNumber / LEAVES_PER_HOUR_ROW)}`);
    items.add(`day ${entry.day} ${shard}`);
    items.add(`month ${monthOf(entry.day)} ${shard}`);
    if (items.size > MAX_TRANSACTION_WRITES - RESERVED_WRITES) return Math.max(index, 1);
  }
  return changes.length;
}

/**
 * Lays out one commit of corrections: the commit and the next correction of each segment if absent, the day index, the
 * differences to the totals, what the order has changed, and the guards of its author.
 */
export function prepareCorrections(terms: ChangeTerms, changes: readonly Change[]): PreparedCorrections {
  const { tenant, authority, book, token, guards } = terms;
  const bySegment = Map.groupBy(changes, ({ base }) => base);
  const corrections = [...bySegment].map(([base, ofBase]) => {
    const head = { ...authority, book, token, recordedIn: base.commit.number };
    const ratings = new Map(ofBase.map(({ position, after }) => [position, after]));
    const number = base.corrections.length + 1;
    return { segmentId: base.segmentId, number, body: packCorrection(head, base.length, ratings) };
  });
  const deltas = sumChanges(changes);
  const contribution = contributionOf(changes, deltas);
  const isTooLarge = corrections.some(({ body }) => body.byteLength > MAX_BODY_BYTES);
  return (number, atMs) => {
    const rows = rowWrites(tenant, deltas, number);
    if (!rows || isTooLarge) return undefined;
    const commit = { number, atMs, segments: [], corrections, book, deltas, slots: [] };
    const all: TransactWrite[] = [
      { type: 'put', item: encodeCommit(keys.commit(tenant, number), commit), condition: { absent: true } },
      ...corrections.map((correction) => ({
        type: 'put' as const,
        item: correctionItem(
          tenant,
          correction.segmentId,
          correction.number,
          { commit: number, atMs },
          correction.body,
        ),
        condition: { absent: true } as const,
      })),
      ...indexWrites(tenant, deltas, number),
      ...rows,
      ...contributionWrites(tenant, authority.order, number, contribution),
      ...guards,
    ];
    return all.length > MAX_TRANSACTION_WRITES ? undefined : all;
  };
}

/** What changes add to the totals, in the leaf, hour and day in which their entries were recorded. */
function sumChanges(changes: readonly Change[]): CommitDeltas {
  const all: CommitDeltas = new Map();
  for (const { entry, leafNumber, before, after } of changes) {
    if (after !== 'confirmed') addCorrection(sumsAt(all, entry.day, entry.hour, leafNumber), entry, before, after);
  }
  const deltas: CommitDeltas = new Map();
  for (const { day, hour, leafNumber, sums } of eachDelta(all)) {
    const target = sums.size === 0 ? undefined : sumsAt(deltas, day, hour, leafNumber);
    for (const [name, amount] of sums) target?.set(name, amount);
  }
  return deltas;
}

function contributionOf(changes: readonly Change[], deltas: CommitDeltas): Contribution {
  let [cost, discount] = [0n, 0n];
  for (const { sums } of eachDelta(deltas)) {
    cost += sums.get('cost') ?? 0n;
    discount += sums.get('discount') ?? 0n;
  }
  const corrected = BigInt(changes.filter(({ after }) => after !== 'confirmed').length);
  return { corrected, costPicoUsd: cost, listCostPicoUsd: cost + discount };
}
