import type { Leaf } from '../../../contracts/dimensions.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { addCall, type SumName } from '../../../domain/spend.ts';
import { type Key, MAX_TRANSACTION_WRITES, type TransactWrite } from '../table.ts';
import { type CommitDeltas, eachDelta, encodeCommit, monthOf, sumsAt } from './commit-codec.ts';
import type { Lane } from './lane.ts';
import { dictionaryItem } from './leaf-dictionary.ts';
import { packBits } from './packing.ts';
import type { Pending } from './pending.ts';
import { codeOf, isMeasure, LEAVES_PER_HOUR_ROW, LEAVES_PER_PERIOD_ROW, rowSortKey, UP_TO } from './rollup-codec.ts';
import { encodePage } from './seen-ids.ts';
import type { SegmentBody } from './segment-codec.ts';

/** DynamoDB takes expressions up to 4 KB; a name, a placeholder and two separators per sum. */
const MAX_EXPRESSION_CHARACTERS = 4_000;

/** The entries of one segment on their way into one commit. */
export interface Attempt {
  readonly segmentId: string;
  /** All entries of the segment, in its order; those with an outcome are not counted. */
  readonly pending: readonly Pending[];
  /** The segment's body where it travels inside the commit. */
  readonly inlineBody: SegmentBody | undefined;
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
    ...[...deltas.keys()].map((day) => ({
      type: 'put' as const,
      item: { pk: keys.dayIndex(lane.tenant, day), sk: padNumber(number) },
    })),
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

/** Sums by rollup row; `undefined` when one row would need a longer expression than the service takes. */
function rowWrites(tenant: string, deltas: CommitDeltas, number: number): TransactWrite[] | undefined {
  const rows = new Map<string, { key: Key; add: Record<string, bigint>; characters: number }>();
  const add = (key: Key, slot: number, name: SumName, amount: bigint): void => {
    const id = `${key.pk}\n${key.sk}`;
    const row = rows.get(id) ?? { key, add: {}, characters: 0 };
    rows.set(id, row);
    const attribute = codeOf(name) + slot;
    if (!(attribute in row.add)) row.characters += attribute.length + 6;
    row.add[attribute] = (row.add[attribute] ?? 0n) + amount;
  };
  for (const { day, hour, leafNumber, sums } of eachDelta(deltas)) {
    const month = monthOf(day);
    const hourShard = Math.floor(leafNumber / LEAVES_PER_HOUR_ROW);
    const periodShard = Math.floor(leafNumber / LEAVES_PER_PERIOD_ROW);
    const hourKey = { pk: keys.hourRows(tenant, day), sk: rowSortKey(hour, hourShard) };
    const dayKey = { pk: keys.dayRows(tenant, month), sk: rowSortKey(day, periodShard) };
    const monthKey = { pk: keys.monthRows(tenant, month), sk: rowSortKey(month, periodShard) };
    for (const [name, amount] of sums) {
      add(hourKey, leafNumber % LEAVES_PER_HOUR_ROW, name, amount);
      if (!isMeasure(name)) continue;
      add(dayKey, leafNumber % LEAVES_PER_PERIOD_ROW, name, amount);
      add(monthKey, leafNumber % LEAVES_PER_PERIOD_ROW, name, amount);
    }
  }
  if ([...rows.values()].some(({ characters }) => characters > MAX_EXPRESSION_CHARACTERS)) return undefined;
  const set = { [UP_TO]: BigInt(number) };
  return [...rows.values()].map(({ key, add: sums }) => ({ type: 'add', key, set, add: sums }));
}
