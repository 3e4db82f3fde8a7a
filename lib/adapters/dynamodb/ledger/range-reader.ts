import type { RangePage } from '../../../app/ports.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { LedgerEntry } from '../../../domain/events/entry.ts';
import { addDays } from '../../../domain/local-time.ts';
import type { Table } from '../table.ts';
import type { CommitLog } from './commit-log.ts';
import { countedEntries, type EntryPick } from './entry-reader.ts';
import { forEachAtOnce } from './known-ids.ts';

/** Commits with entries of the range that one page holds at the most, and commits that it looks at for them. */
const COMMITS_PER_PAGE = 10;
const COMMITS_LOOKED_AT = 400;

/** Local days, both included. */
export interface DayRange {
  readonly first: string;
  readonly last: string;
}

/** A part of the log: the commits after one number, up to and including another. */
interface Stretch {
  readonly begin: number;
  readonly after: number;
  readonly end: number;
}

/**
 * Entries of a range of days, all of a page as they stood at the head read first. Walks the log between the first and
 * the last commit that the days' indexes name, so that a segment is read once and not once for every day it touches.
 */
export async function readDays(
  table: Table,
  log: CommitLog,
  days: DayRange,
  upToCommit: number,
  cursor?: string,
): Promise<RangePage> {
  const head = await log.findHead();
  const { begin, after, end } =
    cursor === undefined ? await findStretch(table, log.tenant, days, Math.min(upToCommit, head)) : parseCursor(cursor);
  const ofRange: EntryPick = { column: '=day', matches: (day) => isWithin(day, days) };
  const entries: LedgerEntry[] = [];
  let [last, looked, held] = [after, 0, 0];
  for await (const commit of log.read(after, end, COMMITS_PER_PAGE)) {
    if (held === COMMITS_PER_PAGE || looked === COMMITS_LOOKED_AT) break;
    [last, looked] = [commit.number, looked + 1];
    if (commit.segments.length === 0 || ![...commit.deltas.keys()].some((day) => isWithin(day, days))) continue;
    held += 1;
    entries.push(...(await countedEntries(log, commit, head, ofRange)));
  }
  if (last >= end || looked === 0) return { entries, ratio: 1 };
  return { entries, ratio: (last - begin) / (end - begin), next: `${begin} ${last} ${end}` };
}

/** Where the entries of the days are in the log. */
async function findStretch(table: Table, tenant: string, { first, last }: DayRange, upTo: number): Promise<Stretch> {
  const all: string[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) all.push(day);
  let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
  await forEachAtOnce(all, async (day) => {
    const query = { pk: keys.dayIndex(tenant, day), upTo: padNumber(upTo), limit: 1 };
    const [[from], [to]] = await Promise.all([table.query(query), table.query({ ...query, descending: true })]);
    if (from) lowest = Math.min(lowest, Number(from.sk));
    if (to) highest = Math.max(highest, Number(to.sk));
  });
  const begin = highest === 0 ? 0 : lowest - 1;
  return { begin, after: begin, end: highest };
}

function isWithin(day: string, { first, last }: DayRange): boolean {
  return day >= first && day <= last;
}

function parseCursor(cursor: string): Stretch {
  const [begin = 0, after = 0, end = 0] = cursor.split(' ').map(Number);
  return { begin, after, end };
}
