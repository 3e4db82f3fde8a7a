import type { Leaf } from '../../../contracts/dimensions.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { BookStamp } from '../../../domain/prices/book-stamp.ts';
import { addCall } from '../../../domain/spend.ts';
import { MAX_TRANSACTION_WRITES, type TransactWrite } from '../table.ts';
import { type CommitDeltas, encodeCommit, sumsAt } from './commit-codec.ts';
import type { Lane } from './lane.ts';
import { dictionaryItem } from './leaf-dictionary.ts';
import { packBits } from './packing.ts';
import type { Pending } from './pending.ts';
import { indexWrites, rowWrites } from './rollup-writes.ts';
import { encodePage } from './seen-ids.ts';
import type { SegmentBody } from './segment-codec.ts';

/** The entries of one segment on their way into one commit. */
export interface Attempt {
  readonly segmentId: string;
  /** All entries of the segment, in its order; those with an outcome are not counted. */
  readonly pending: readonly Pending[];
  /** The segment's body where it travels inside the commit. */
  readonly inlineBody: SegmentBody | undefined;
  /** The price book that rated the entries. */
  readonly book: BookStamp;
}

/** One transaction, ready to be sent, and what it will have added once it is committed. */
export interface Transaction {
  readonly writes: readonly TransactWrite[];
  readonly counted: readonly Pending[];
  readonly newLeaves: ReadonlyMap<string, { readonly first: number; readonly leaves: readonly Leaf[] }>;
}

/**
 * Lays out commit `number`: the commit itself and any new leaves if absent, the day index, the id pages and the sums.
 * @returns `undefined` when it would be more than one transaction can hold
 */
export function buildTransaction(lane: Lane, attempt: Attempt, number: number, atMs: number): Transaction | undefined {
  const counted = attempt.pending.filter((call) => call.outcome === undefined);
  const numbering = numberLeaves(lane, counted);
  const deltas: CommitDeltas = new Map();
  for (const call of counted) {
    addCall(sumsAt(deltas, call.entry.day, call.entry.hour, numbering.number(call)), call.entry);
  }
  const pages = pageWrites(lane.tenant, counted, number);
  const rows = rowWrites(lane.tenant, deltas, number);
  if (!rows) return undefined;
  const commit = encodeCommit(keys.commit(lane.tenant, number), {
    number,
    atMs,
    segments: [
      {
        segmentId: attempt.segmentId,
        length: attempt.pending.length,
        counted: packBits(attempt.pending.map((call) => call.outcome === undefined)),
      },
    ],
    corrections: [],
    book: attempt.book,
    deltas,
    slots: [...pages.keys()],
    ...(attempt.inlineBody ? { inlineBody: attempt.inlineBody } : {}),
  });
  const writes: TransactWrite[] = [
    { type: 'put', item: commit, condition: { absent: true } },
    ...[...numbering.added].map(([month, { first, leaves }]) => ({
      type: 'put' as const,
      item: dictionaryItem(lane.tenant, month, first, leaves),
      condition: { absent: true } as const,
    })),
    ...indexWrites(lane.tenant, deltas, number),
    ...pages.values(),
    ...rows,
  ];
  return writes.length > MAX_TRANSACTION_WRITES ? undefined : { writes, counted, newLeaves: numbering.added };
}

/** Numbers of the leaves in use: those of the dictionary, and the next free ones for leaves it does not hold. */
function numberLeaves(lane: Lane, calls: readonly Pending[]) {
  const added = new Map<string, { first: number; leaves: Leaf[] }>();
  const fresh = new Map<string, number>();
  for (const { month, leafKey, leaf } of calls) {
    const dictionary = lane.dictionary(month);
    if (dictionary.number(leafKey) !== undefined || fresh.has(month + leafKey)) continue;
    const ofMonth = added.get(month) ?? { first: dictionary.size, leaves: [] };
    fresh.set(month + leafKey, ofMonth.first + ofMonth.leaves.length);
    ofMonth.leaves.push(leaf);
    added.set(month, ofMonth);
  }
  const number = ({ month, leafKey }: Pending): number =>
    lane.dictionary(month).number(leafKey) ?? fresh.get(month + leafKey) ?? 0;
  return { added, number };
}

function pageWrites(tenant: string, counted: readonly Pending[], number: number): Map<number, TransactWrite> {
  const bySlot = Map.groupBy(
    counted.filter((call) => call.slot !== null),
    (call) => call.slot ?? 0,
  );
  return new Map(
    [...bySlot].map(([slot, calls]) => {
      const ids = calls.map(({ idHash, entry }) => ({ ...idHash, contentHash: entry.contentHash }));
      const item = { pk: keys.idPages(tenant, slot), sk: padNumber(number), b: encodePage(ids) };
      return [slot, { type: 'put' as const, item }];
    }),
  );
}
