import type { EntryLookup, EntryPage } from '../../../app/ports.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { LedgerEntry } from '../../../domain/entry.ts';
import { invariant } from '../../../domain/errors.ts';
import { classifyId } from '../../../domain/event-id.ts';
import type { Table } from '../table.ts';
import type { Commit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { forEachAtOnce } from './known-ids.ts';
import { unpackBits } from './packing.ts';
import { idDigest } from './pending.ts';
import { decodePage, type IdHash } from './seen-ids.ts';
import { decodeSegment, segmentIds, toLedgerEntry } from './segment-codec.ts';

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

/**
 * Finds entries by id: a timed id by the pages of its minute, any other by its claimants. Pages, segments and commits
 * that several of the ids share are read once, and no more bodies are held at a time than requests are under way.
 */
export async function findEntries(table: Table, log: CommitLog, ids: readonly string[]): Promise<EntryLookup[]> {
  const found = new Map<string, LedgerEntry>();
  const candidates = await findCandidates(table, log, new Set(ids));
  await forEachAtOnce([...candidates], async ([number, wanted]) => {
    const commit = await log.find(number);
    for (const entry of commit ? await entriesWithIds(log, commit, wanted) : []) found.set(entry.event.id, entry);
  });
  return ids.map((id) => {
    const entry = found.get(id);
    return entry ? { id, status: 'recorded', entry } : { id, status: 'unknown' };
  });
}

/** Ids by the number of each commit that may hold them. */
type Candidates = Map<number, Set<string>>;

async function findCandidates(table: Table, log: CommitLog, ids: ReadonlySet<string>): Promise<Candidates> {
  const head = await log.findHead();
  const candidates: Candidates = new Map();
  const bySlot = new Map<number, string[]>();
  const bySegment = new Map<string, string[]>();
  await forEachAtOnce([...ids], async (id) => {
    const timed = classifyId(id);
    if (timed.timed) {
      bySlot.set(timed.slot, [...(bySlot.get(timed.slot) ?? []), id]);
      return;
    }
    const claim = await table.get(keys.claim(log.tenant, idDigest(id).claimHash));
    const claimants = claim?.['s'] instanceof Set ? claim['s'] : [];
    for (const segmentId of claimants) bySegment.set(segmentId, [...(bySegment.get(segmentId) ?? []), id]);
  });
  const note = (number: number, id: string): void => {
    candidates.set(number, (candidates.get(number) ?? new Set()).add(id));
  };
  await forEachAtOnce([...bySlot], async ([slot, ofSlot]) => {
    const byHash = new Map(ofSlot.map((id) => [hashText(idDigest(id).idHash), id]));
    for (const page of await table.query({ pk: keys.idPages(log.tenant, slot) })) {
      for (const held of decodePage(page['b'] as Uint8Array)) {
        const id = byHash.get(hashText(held));
        if (id !== undefined) note(Number(page.sk), id);
      }
    }
  });
  await forEachAtOnce([...bySegment], async ([segmentId, ofSegment]) => {
    const commit = await log.findBySegment(segmentId, head);
    if (commit) for (const id of ofSegment) note(commit.number, id);
  });
  return candidates;
}

const hashText = ({ high, low }: IdHash): string => `${high} ${low}`;

/** The entries with certain ids that a commit counts. @throws when one of its segments is missing */
async function entriesWithIds(log: CommitLog, commit: Commit, ids: ReadonlySet<string>): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (const { segmentId, length, counted } of commit.segments) {
    const body = await log.segment(commit, segmentId);
    invariant(body, `segment ${segmentId} of commit ${commit.number} is missing`);
    const isCounted = unpackBits(counted, length);
    const positions = segmentIds(body).flatMap(({ id }, position) =>
      isCounted[position] && ids.has(id) ? [position] : [],
    );
    const wanted = decodeSegment(body, positions);
    for (const [index, entry] of wanted.entries()) {
      entries.push(toLedgerEntry(entry, commit.number, segmentId, positions[index] ?? 0));
    }
  }
  return entries;
}
