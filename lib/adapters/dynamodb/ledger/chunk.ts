import { MAX_TRANSACTION_WRITES } from '../table.ts';
import type { Lane } from './lane.ts';
import type { Pending } from './pending.ts';
import { LEAVES_PER_HOUR_ROW, LEAVES_PER_PERIOD_ROW } from './rollup-codec.ts';

/** Entries of one segment at the most; beyond, the fixed part of a transaction is already spread thin. */
const MAX_ENTRIES = 2_000;

/** Writes kept free for what only the transaction itself knows: the commit and the dictionaries of two months. */
const RESERVED_WRITES = 4;

/**
 * Puts calls of the same day, hour and leaf side by side, so that a cut divides rollup rows instead of doubling them.
 */
export function sortForCutting(pending: readonly Pending[]): Pending[] {
  const order = (call: Pending): string => `${call.entry.hour} ${call.entry.day} ${call.leafKey}`;
  return pending
    .map((call) => ({ call, key: order(call) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.call.entry.event.timeMs - b.call.entry.event.timeMs))
    .map(({ call }) => call);
}

/** How many of the calls, from `start` on, one transaction can take: by the items that it would write. */
export function cutChunk(lane: Lane, pending: readonly Pending[], start: number): number {
  const items = new Set<string>();
  const fresh = new Map<string, Map<string, number>>();
  let end = start;
  for (; end < pending.length && end - start < MAX_ENTRIES; end++) {
    const call = pending[end];
    if (!call) break;
    const before = items.size;
    const added = itemsOf(call, leafNumber(lane, call, fresh)).filter((item) => !items.has(item));
    if (before + added.length > MAX_TRANSACTION_WRITES - RESERVED_WRITES && end > start) break;
    for (const item of added) items.add(item);
  }
  return end;
}

/** Number of a call's leaf; leaves that the dictionary does not hold take the next free ones, as they will later. */
function leafNumber(lane: Lane, { month, leafKey }: Pending, fresh: Map<string, Map<string, number>>): number {
  const dictionary = lane.dictionary(month);
  const ofMonth = fresh.get(month) ?? new Map<string, number>();
  fresh.set(month, ofMonth);
  const number = dictionary.number(leafKey) ?? ofMonth.get(leafKey) ?? dictionary.size + ofMonth.size;
  if (number >= dictionary.size) ofMonth.set(leafKey, number);
  return number;
}

function itemsOf({ entry, month, slot }: Pending, leaf: number): string[] {
  const shard = Math.floor(leaf / LEAVES_PER_PERIOD_ROW);
  return [
    `hour ${entry.day} ${entry.hour} ${Math.floor(leaf / LEAVES_PER_HOUR_ROW)}`,
    `day ${entry.day} ${shard}`,
    `month ${month} ${shard}`,
    `index ${entry.day}`,
    ...(slot === null ? [] : [`page ${slot}`]),
  ];
}
