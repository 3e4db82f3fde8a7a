import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { Table } from '../table.ts';
import type { Commit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import type { CountedIds } from './committed-segments.ts';
import type { Lane } from './lane.ts';
import type { Pending } from './pending.ts';
import { decodePage, type IdHash } from './seen-ids.ts';

const REQUESTS_AT_ONCE = 24;

/**
 * Runs a step for each item, a bounded number at once. After a step that failed no other begins, and none is under way
 * any more when this ends.
 * @throws what the first failed step threw
 */
export async function forEachAtOnce<T>(items: readonly T[], step: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const causes: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (causes.length > 0) return;
      await step(item).catch((cause: unknown) => causes.push(cause));
    }
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_AT_ONCE, items.length) }, worker));
  if (causes.length > 0) throw causes[0];
}

/**
 * Settles the timed ids among `pending` that are committed up to `head` or beyond: reads the pages of their slots that
 * are newer than what is held of them. `head` must have been known before this call.
 */
export async function settleTimed(table: Table, lane: Lane, pending: readonly Pending[], head: number): Promise<void> {
  const open = pending.filter((call) => call.slot !== null && call.outcome === undefined);
  const slots = [...new Set(open.map((call) => call.slot ?? 0))];
  await forEachAtOnce(slots, (slot) => readSlot(table, lane, slot, head));
  for (const call of open) {
    const contentHash = lane.slots.use(call.slot ?? 0).find(call.idHash);
    if (contentHash === undefined) continue;
    if (contentHash === call.entry.contentHash) call.outcome = 'duplicate';
    else settleAgainst(call, await readRecorded(table, lane, call));
  }
}

async function readSlot(table: Table, lane: Lane, number: number, head: number): Promise<void> {
  const slot = lane.slots.use(number);
  if (slot.mark >= head) return;
  const after = slot.mark < 0 ? {} : { after: padNumber(slot.mark) };
  for (const page of await table.query({ pk: keys.idPages(lane.tenant, number), ...after })) {
    for (const id of decodePage(page['b'] as Uint8Array)) slot.add(id, id.contentHash);
  }
  slot.mark = head;
}

/** Commits whose page of a slot holds an id's hash, oldest first. */
async function* commitsWithId(log: CommitLog, table: Table, slot: number, id: IdHash): AsyncIterable<Commit> {
  for (const page of await table.query({ pk: keys.idPages(log.tenant, slot) })) {
    const ids = [...decodePage(page['b'] as Uint8Array)];
    if (!ids.some(({ high, low }) => high === id.high && low === id.low)) continue;
    const commit = await log.find(Number(page.sk));
    if (commit) yield commit;
  }
}

/** Settles untimed ids that this process knows to be committed. */
export function settleRemembered(lane: Lane, pending: readonly Pending[]): void {
  for (const call of pending) {
    const contentHash = lane.segments.contentOf(call.entry.event.id);
    if (contentHash === undefined || call.outcome !== undefined) continue;
    call.outcome = contentHash === call.entry.contentHash ? 'duplicate' : 'conflict';
  }
}

/** Claims untimed ids for a segment; each call learns which segments claimed its id before. */
export async function claimUntimed(
  table: Table,
  lane: Lane,
  pending: readonly Pending[],
  segmentId: string,
): Promise<void> {
  const open = pending.filter((call) => call.slot === null && call.outcome === undefined);
  await forEachAtOnce(open, async (call) => {
    const claimants = await table.addToSet(keys.claim(lane.tenant, call.claimHash), 's', segmentId);
    call.earlier = [...claimants].filter((claimant) => claimant !== segmentId);
  });
}

/** Settles claimed ids whose earlier claimants are committed up to `head`. */
export async function settleClaimed(
  log: CommitLog,
  lane: Lane,
  pending: readonly Pending[],
  head: number,
): Promise<void> {
  const open = pending.filter((call) => call.earlier.length > 0 && call.outcome === undefined);
  const segmentIds = [...new Set(open.flatMap((call) => call.earlier))];
  const found = new Map<string, CountedIds>();
  await forEachAtOnce(segmentIds, async (segmentId) => {
    const ids = await lane.segments.find(log, segmentId, head);
    if (ids) found.set(segmentId, ids);
  });
  for (const call of open) {
    for (const segmentId of call.earlier) settleAgainst(call, found.get(segmentId));
  }
}

/** Settles untimed ids against commits that were made since the head they were claimed under. */
export async function settleAgainstCommits(
  log: CommitLog,
  lane: Lane,
  pending: readonly Pending[],
  commits: readonly Commit[],
): Promise<void> {
  const open = pending.filter((call) => call.slot === null && call.outcome === undefined);
  if (open.length === 0) return;
  for (const commit of commits) {
    for (const { segmentId } of commit.segments) {
      const ids = await lane.segments.load(log, commit, segmentId);
      for (const call of open) settleAgainst(call, ids);
    }
  }
}

function settleAgainst(call: Pending, ids: CountedIds | undefined): void {
  const contentHash = call.outcome === undefined ? ids?.get(call.entry.event.id) : undefined;
  if (contentHash === undefined) return;
  call.outcome = contentHash === call.entry.contentHash ? 'duplicate' : 'conflict';
}

/** Ids of the commit that really holds this one, if any: eight bytes of hash may, once in an age, be another's. */
async function readRecorded(table: Table, lane: Lane, call: Pending): Promise<CountedIds | undefined> {
  const log = lane.log(table);
  for await (const commit of commitsWithId(log, table, call.slot ?? 0, call.idHash)) {
    for (const { segmentId } of commit.segments) {
      const ids = await lane.segments.load(log, commit, segmentId);
      if (ids.has(call.entry.event.id)) return ids;
    }
  }
  return undefined;
}
