import type { EntryLookup, EntryPage } from '../../../app/ports.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { invariant } from '../../../domain/errors.ts';
import type { EntryPlace, LedgerEntry } from '../../../domain/events/entry.ts';
import { classifyId } from '../../../domain/events/event-id.ts';
import type { Table } from '../table.ts';
import { columnReader } from './columns.ts';
import type { Commit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { type StoredCorrection, stateAfter } from './correction-codec.ts';
import { forEachAtOnce } from './known-ids.ts';
import { unpackBits } from './packing.ts';
import { idDigest } from './pending.ts';
import { decodePage, type IdHash } from './seen-ids.ts';
import { decodeSegment, type SegmentBody, type SegmentEntry } from './segment-codec.ts';

/** Commits whose entries one page of a day holds at the most. */
const COMMITS_PER_PAGE = 10;

/** An entry as recorded, and where. */
export interface RecordedEntry extends EntryPlace {
  readonly entry: SegmentEntry;
}

/** Which entries are meant, by a column that tells without decoding the rest. */
export interface EntryPick {
  readonly column: 'id' | '=day';
  readonly matches: (value: string) => boolean;
}

/**
 * The entries that a commit counts, in order, as they were recorded.
 * @param pick - which of them; all when absent
 * @throws when one of its segments is missing
 */
export async function recordedEntries(log: CommitLog, commit: Commit, pick?: EntryPick): Promise<RecordedEntry[]> {
  const entries: RecordedEntry[] = [];
  for (const { segmentId, length, counted } of commit.segments) {
    const body = await log.segment(commit, segmentId);
    invariant(body, `segment ${segmentId} of commit ${commit.number} is missing`);
    const isPicked = pick ? pickRows(body, pick) : () => true;
    const positions = unpackBits(counted, length).flatMap((counts, position) =>
      counts && isPicked(position) ? [position] : [],
    );
    if (positions.length === 0) continue;
    for (const [index, entry] of decodeSegment(body, positions).entries()) {
      entries.push({ commit: commit.number, segmentId, position: positions[index] ?? 0, entry });
    }
  }
  return entries;
}

function pickRows({ columns }: SegmentBody, { column, matches }: EntryPick): (row: number) => boolean {
  const read = columnReader(columns[column] ?? { c: null });
  return (row) => matches(String(read(row)));
}

/**
 * The entries that a commit counts, in order, each with all corrections that commits up to `head` brought.
 * @throws when a segment or a correction is missing
 */
export async function countedEntries(
  log: CommitLog,
  commit: Commit,
  head: number,
  pick?: EntryPick,
): Promise<LedgerEntry[]> {
  const recorded = await recordedEntries(log, commit, pick);
  const corrections = new Map<string, StoredCorrection[]>();
  for (const segmentId of new Set(recorded.map((entry) => entry.segmentId))) {
    corrections.set(segmentId, await log.corrections(segmentId, 0, head));
  }
  return recorded.map((entry) => toLedgerEntry(entry, corrections.get(entry.segmentId) ?? []));
}

/** An entry as readers show it, after the corrections of its segment. */
export function toLedgerEntry(
  { entry, ...place }: RecordedEntry,
  corrections: readonly StoredCorrection[],
): LedgerEntry {
  const { event, rating: recorded, day, credit } = entry;
  return {
    event,
    ...stateAfter(recorded, place.position, corrections),
    recorded,
    day,
    ...place,
    ...(credit ? { credit } : {}),
  };
}

/**
 * Entries of one local day by the day's index, all as they stood at the head read first. The cursor is the last commit
 * read to its end, and how many of the next one's entries were read as well.
 *
 * @param most - entries of a page at the most, from 1
 */
export async function readDay(
  table: Table,
  log: CommitLog,
  day: string,
  cursor?: string,
  most = Number.POSITIVE_INFINITY,
): Promise<EntryPage> {
  const head = await log.findHead();
  const [after, read] = (cursor ?? '').split('+').map(Number);
  const index = await table.query({
    pk: keys.dayIndex(log.tenant, day),
    upTo: padNumber(head),
    limit: COMMITS_PER_PAGE,
    ...(after ? { after: padNumber(after) } : {}),
  });
  const entries: LedgerEntry[] = [];
  let skipped = read ?? 0;
  let finished = after ?? 0;
  for (const { sk } of index) {
    const commit = await log.find(Number(sk));
    invariant(commit, `commit ${sk}, named by the index of ${day}, is missing`);
    const ofDay = await countedEntries(log, commit, head, { column: '=day', matches: (each) => each === day });
    const end = skipped + most - entries.length;
    entries.push(...ofDay.slice(skipped, end));
    if (ofDay.length > end) return { entries, next: `${finished}+${end}` };
    skipped = 0;
    finished = Number(sk);
  }
  return index.length === COMMITS_PER_PAGE ? { entries, next: String(finished) } : { entries };
}

/**
 * Finds entries by id: a timed id by the pages of its minute, any other by its claimants. Pages, segments and commits
 * that several of the ids share are read once, and no more bodies are held at a time than requests are under way.
 */
export async function findEntries(table: Table, log: CommitLog, ids: readonly string[]): Promise<EntryLookup[]> {
  const found = new Map<string, LedgerEntry>();
  const head = await log.findHead();
  const candidates = await findCandidates(table, log, head, new Set(ids));
  await forEachAtOnce([...candidates], async ([number, wanted]) => {
    const commit = await log.find(number);
    if (!commit) return;
    const entries = await countedEntries(log, commit, head, { column: 'id', matches: (id) => wanted.has(id) });
    for (const entry of entries) found.set(entry.event.id, entry);
  });
  return ids.map((id) => {
    const entry = found.get(id);
    return entry ? { id, status: 'recorded', entry } : { id, status: 'unknown' };
  });
}

/** Ids by the number of each commit that may hold them. */
type Candidates = Map<number, Set<string>>;

async function findCandidates(
  table: Table,
  log: CommitLog,
  head: number,
  ids: ReadonlySet<string>,
): Promise<Candidates> {
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
    for (const page of await table.query({ pk: keys.idPages(log.tenant, slot), upTo: padNumber(head) })) {
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
