import type { EntryLookup, EntryPage } from '../../../app/ports.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { LedgerEntry } from '../../../domain/entry.ts';
import { invariant } from '../../../domain/errors.ts';
import { classifyId } from '../../../domain/event-id.ts';
import type { Table } from '../table.ts';
import type { Commit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { commitsWithId, forEachAtOnce } from './known-ids.ts';
import { unpackBits } from './packing.ts';
import { idDigest } from './pending.ts';
import { decodeSegment, toLedgerEntry } from './segment-codec.ts';

/** Commits whose entries one page of a day holds at the most. */
const COMMITS_PER_PAGE = 10;

/** The entries that a commit counts, in order. @throws when one of its segments is missing */
export async function countedEntries(log: CommitLog, commit: Commit): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (const { segmentId, length, counted } of commit.segments) {
    const body = await log.segment(commit, segmentId);
    invariant(body, `segment ${segmentId} of commit ${commit.number} is missing`);
    const isCounted = unpackBits(counted, length);
    for (const [position, entry] of decodeSegment(body).entries()) {
      if (isCounted[position]) entries.push(toLedgerEntry(entry, commit.number, segmentId, position));
    }
  }
  return entries;
}

/** Entries of one local day by the day's index; the cursor is the last commit number read. */
export async function readDay(table: Table, log: CommitLog, day: string, cursor?: string): Promise<EntryPage> {
  const index = await table.query({
    pk: keys.dayIndex(log.tenant, day),
    limit: COMMITS_PER_PAGE,
    ...(cursor === undefined ? {} : { after: padNumber(Number(cursor)) }),
  });
  const entries: LedgerEntry[] = [];
  for (const { sk } of index) {
    const commit = await log.find(Number(sk));
    invariant(commit, `commit ${sk}, named by the index of ${day}, is missing`);
    entries.push(...(await countedEntries(log, commit)).filter((entry) => entry.day === day));
  }
  const last = index.at(-1);
  return last && index.length === COMMITS_PER_PAGE ? { entries, next: String(Number(last.sk)) } : { entries };
}

/** Finds entries by id: a timed id by the pages of its minute, any other by its claimants. */
export async function findEntries(table: Table, log: CommitLog, ids: readonly string[]): Promise<EntryLookup[]> {
  const found = new Map<string, LedgerEntry>();
  const commits = new Map<number, Promise<LedgerEntry[]>>();
  const entriesOf = (commit: Commit): Promise<LedgerEntry[]> => {
    const known = commits.get(commit.number) ?? countedEntries(log, commit);
    commits.set(commit.number, known);
    return known;
  };
  const head = await log.findHead();
  await forEachAtOnce([...new Set(ids)], async (id) => {
    for await (const commit of commitsThatMayHold(table, log, id, head)) {
      const entry = (await entriesOf(commit)).find(({ event }) => event.id === id);
      if (entry) {
        found.set(id, entry);
        return;
      }
    }
  });
  return ids.map((id) => {
    const entry = found.get(id);
    return entry ? { id, status: 'recorded', entry } : { id, status: 'unknown' };
  });
}

async function* commitsThatMayHold(table: Table, log: CommitLog, id: string, head: number): AsyncIterable<Commit> {
  const { idHash, claimHash } = idDigest(id);
  const timed = classifyId(id);
  if (timed.timed) {
    yield* commitsWithId(log, table, timed.slot, idHash);
    return;
  }
  const claim = await table.get(keys.claim(log.tenant, claimHash));
  const claimants = claim?.['s'] instanceof Set ? [...claim['s']] : [];
  for (const segmentId of claimants) {
    const commit = await log.findBySegment(segmentId, head);
    if (commit) yield commit;
  }
}
