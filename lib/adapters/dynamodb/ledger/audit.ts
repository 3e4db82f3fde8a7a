import type { AuditDifference, AuditPage, RollupRow, TenantConfig } from '../../../app/ports.ts';
import { findZone } from '../../../app/zones.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { LedgerEntry } from '../../../domain/entry.ts';
import { classifyId } from '../../../domain/event-id.ts';
import { addDays, nextMonth } from '../../../domain/local-time.ts';
import { addCall, addSum, leafOf, type SumName, type Sums } from '../../../domain/spend.ts';
import type { Table } from '../table.ts';
import { type Commit, eachDelta, monthOf } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import type { Dictionaries } from './dictionaries.ts';
import { countedEntries } from './entry-reader.ts';
import { leafKey } from './leaf-dictionary.ts';
import { idDigest } from './pending.ts';
import { readRollups } from './rollup-reader.ts';
import { decodePage } from './seen-ids.ts';

/** Commits that one page of an audit checks; the last day of a page may bring more. */
const COMMITS_PER_PAGE = 100;

/** Days that one page of an audit checks at the most: many hold nothing. */
const DAYS_PER_PAGE = 30;

/**
 * Where an audit stands: first along the log, then over every day and month from the first to the last that it met,
 * so that rows which no commit is about are found too.
 */
interface Progress {
  readonly phase: 'log' | 'day' | 'month';
  /** Commit number, day or month that was checked last. */
  readonly after: string;
  /** First and last local day that a commit is about; empty before one was met. */
  readonly firstDay: string;
  readonly lastDay: string;
}

/** What an audit needs of its surroundings. */
export interface AuditContext {
  readonly table: Table;
  readonly log: CommitLog;
  readonly dictionaries: Dictionaries;
  readonly tenant: TenantConfig;
}

/**
 * Checks one part of the ledger against itself and tells where to go on. Every commit must be there, name segments
 * that are there, and have added exactly what its entries sum to; every day's and month's rows must be the fold of the
 * commits up to one head. Each part is read at one head, so it is exact while writes go on.
 */
export async function auditPage(context: AuditContext, cursor?: string): Promise<AuditPage> {
  const progress: Progress = cursor
    ? (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Progress)
    : { phase: 'log', after: '0', firstDay: '', lastDay: '' };
  if (progress.phase === 'log') return auditLog(context, progress);
  return progress.phase === 'day' ? auditDays(context, progress) : auditMonth(context, progress);
}

const continued = (progress: Progress): { next: string } => ({
  next: Buffer.from(JSON.stringify(progress)).toString('base64url'),
});

async function auditLog(context: AuditContext, { after, firstDay, lastDay }: Progress): Promise<AuditPage> {
  const { log } = context;
  const head = await log.findHead(Number(after));
  const last = Math.min(head, Number(after) + COMMITS_PER_PAGE);
  const differences: AuditDifference[] = [];
  const met = firstDay === '' ? [] : [firstDay, lastDay];
  let entries = 0;
  for (let number = Number(after) + 1; number <= last; number++) {
    const commit = await findCommit(log, number, differences);
    if (!commit) continue;
    met.push(...commit.deltas.keys());
    entries += await auditCommit(context, commit, differences);
  }
  met.sort();
  const days = { firstDay: met[0] ?? '', lastDay: met.at(-1) ?? '' };
  const done = { entries, rollups: 0, differences };
  if (last < head) return { ...done, ...continued({ phase: 'log', after: String(last), ...days }) };
  return met.length === 0 ? done : { ...done, ...continued({ phase: 'day', after: '', ...days }) };
}

async function findCommit(log: CommitLog, number: number, differences: AuditDifference[]): Promise<Commit | undefined> {
  const where = `commit ${number}`;
  try {
    const commit = await log.find(number);
    if (!commit) differences.push({ kind: 'missing_commit', where, expected: 'a commit', found: 'nothing' });
    return commit;
  } catch (cause) {
    differences.push({ kind: 'damaged_commit', where, expected: 'a readable commit', found: String(cause) });
    return undefined;
  }
}

async function auditCommit(context: AuditContext, commit: Commit, differences: AuditDifference[]): Promise<number> {
  const where = `commit ${commit.number}`;
  let entries: LedgerEntry[];
  try {
    for (const { segmentId } of commit.segments) {
      if (await context.log.segment(commit, segmentId)) continue;
      const segment = `${where}, segment ${segmentId}`;
      differences.push({ kind: 'missing_segment', where: segment, expected: 'a segment', found: 'nothing' });
      return 0;
    }
    entries = await countedEntries(context.log, commit);
  } catch (cause) {
    differences.push({ kind: 'damaged_segment', where, expected: 'a readable segment', found: String(cause) });
    return 0;
  }
  await auditSums(context, commit, entries, differences);
  await auditIndexes(context, commit, entries, differences);
  return entries.length;
}

/** A commit's deltas against the sum of the entries that it counts, each put where its own time and leaf belong. */
async function auditSums(
  { tenant, dictionaries }: AuditContext,
  commit: Commit,
  entries: readonly LedgerEntry[],
  differences: AuditDifference[],
): Promise<void> {
  const zone = findZone(tenant.timeZone);
  const expected = new Map<string, Sums>();
  for (const { event, rating } of entries) {
    const key = `${zone.localDay(event.timeMs)} ${zone.utcHour(event.timeMs)} ${leafKey(leafOf(tenant, event, rating))}`;
    const sums = expected.get(key) ?? new Map();
    expected.set(key, sums);
    addCall(sums, { event, rating });
  }
  const found = new Map<string, ReadonlyMap<SumName, bigint>>();
  for (const { day, hour, leafNumber, sums } of eachDelta(commit.deltas)) {
    const leaf = await dictionaries.leaf(tenant.tenant, monthOf(day), leafNumber);
    found.set(`${day} ${hour} ${leafKey(leaf)}`, sums);
  }
  compare('commit_not_sum_of_entries', `commit ${commit.number}`, expected, found, differences);
}

async function auditIndexes(
  { table, log }: AuditContext,
  commit: Commit,
  entries: readonly LedgerEntry[],
  differences: AuditDifference[],
): Promise<void> {
  const sk = padNumber(commit.number);
  for (const day of commit.deltas.keys()) {
    if (await table.get({ pk: keys.dayIndex(log.tenant, day), sk })) continue;
    const where = `index of ${day}, commit ${commit.number}`;
    differences.push({ kind: 'missing_index', where, expected: 'an index item', found: 'nothing' });
  }
  const bySlot = new Map<number, LedgerEntry[]>();
  for (const entry of entries) {
    const id = classifyId(entry.event.id);
    if (id.timed) bySlot.set(id.slot, [...(bySlot.get(id.slot) ?? []), entry]);
  }
  for (const [slot, ofSlot] of bySlot) {
    const page = await table.get({ pk: keys.idPages(log.tenant, slot), sk });
    const held = new Set(page ? [...decodePage(page['b'] as Uint8Array)].map(({ high, low }) => `${high} ${low}`) : []);
    const missing = ofSlot.filter(({ event }) => {
      const { high, low } = idDigest(event.id).idHash;
      return !held.has(`${high} ${low}`);
    });
    if (missing.length === 0) continue;
    const where = `id page of minute ${slot}, commit ${commit.number}`;
    differences.push({ kind: 'missing_page', where, expected: `${ofSlot.length} ids`, found: `${held.size} ids` });
  }
}

async function auditDays(context: AuditContext, progress: Progress): Promise<AuditPage> {
  const differences: AuditDifference[] = [];
  let rollups = 0;
  let commits = 0;
  let { after } = progress;
  for (let days = 0; days < DAYS_PER_PAGE && commits < COMMITS_PER_PAGE && after < progress.lastDay; days++) {
    after = after === '' ? progress.firstDay : addDays(after, 1);
    const checked = await auditDay(context, after, differences);
    rollups += checked.rollups;
    commits += checked.commits;
  }
  const isDone = after >= progress.lastDay;
  const next: Progress = isDone ? { ...progress, phase: 'month', after: '' } : { ...progress, after };
  return { entries: 0, rollups, differences, ...continued(next) };
}

/** One day's hour and day rows against the fold of the commits that its index names. */
async function auditDay(
  context: AuditContext,
  day: string,
  differences: AuditDifference[],
): Promise<{ readonly rollups: number; readonly commits: number }> {
  const { table, log, dictionaries, tenant } = context;
  const head = await log.findHead();
  const index = await table.query({ pk: keys.dayIndex(tenant.tenant, day), upTo: padNumber(head) });
  const hours = new Map<string, Sums>();
  const whole = new Map<string, Sums>();
  for (const { sk } of index) {
    const commit = await log.find(Number(sk));
    for (const delta of eachDelta(commit?.deltas ?? new Map())) {
      if (delta.day !== day) continue;
      const leaf = leafKey(await dictionaries.leaf(tenant.tenant, monthOf(day), delta.leafNumber));
      for (const [name, amount] of delta.sums) {
        addSum(sumsOf(hours, `${delta.hour} ${leaf}`), name, amount);
        if (!name.includes(':')) addSum(sumsOf(whole, `${day} ${leaf}`), name, amount);
      }
    }
  }
  const query = { fromDay: day, toDay: addDays(day, 1) };
  const hourRows = await readRollups(table, log, dictionaries, { ...query, granularity: 'hour' }, head);
  const dayRows = await readRollups(table, log, dictionaries, { ...query, granularity: 'day' }, head);
  compare('row_not_sum_of_commits', 'hour row', dropEmpty(hours), byKey(hourRows.rows), differences);
  compare('row_not_sum_of_commits', 'day row', dropEmpty(whole), byKey(dayRows.rows), differences);
  return { rollups: hourRows.rows.length + dayRows.rows.length, commits: index.length };
}

/** One month's rows against the sum of its day rows at the same head. */
async function auditMonth({ table, log, dictionaries }: AuditContext, progress: Progress): Promise<AuditPage> {
  const month = progress.after === '' ? monthOf(progress.firstDay) : nextMonth(progress.after);
  const head = await log.findHead();
  const query = { fromDay: `${month}-01`, toDay: `${nextMonth(month)}-01` };
  const dayRows = await readRollups(table, log, dictionaries, { ...query, granularity: 'day' }, head);
  const monthRows = await readRollups(table, log, dictionaries, { ...query, granularity: 'month' }, head);
  const expected = new Map<string, Sums>();
  for (const [key, sums] of byKey(dayRows.rows)) {
    const ofMonth = sumsOf(expected, `${month} ${key.slice(key.indexOf(' ') + 1)}`);
    for (const [name, amount] of sums) addSum(ofMonth, name, amount);
  }
  const differences: AuditDifference[] = [];
  compare('row_not_sum_of_commits', 'month row', dropEmpty(expected), byKey(monthRows.rows), differences);
  const done = { entries: 0, rollups: monthRows.rows.length, differences };
  return month >= monthOf(progress.lastDay) ? done : { ...done, ...continued({ ...progress, after: month }) };
}

function sumsOf(all: Map<string, Sums>, key: string): Sums {
  const sums = all.get(key) ?? new Map();
  all.set(key, sums);
  return sums;
}

function dropEmpty(all: ReadonlyMap<string, Sums>): Map<string, Sums> {
  return new Map([...all].filter(([, sums]) => sums.size > 0));
}

function byKey(rows: readonly RollupRow[]): Map<string, Map<SumName, bigint>> {
  return new Map(
    rows.map(({ period, leaf, measures, histograms }) => {
      const sums = new Map<SumName, bigint>(Object.entries(measures) as [SumName, bigint][]);
      for (const [histogram, buckets] of Object.entries(histograms)) {
        for (const [bucket, count] of buckets) sums.set(`${histogram}:${bucket}` as SumName, count);
      }
      return [`${period} ${leafKey(leaf)}`, sums];
    }),
  );
}

function compare(
  kind: AuditDifference['kind'],
  what: string,
  expected: ReadonlyMap<string, ReadonlyMap<SumName, bigint>>,
  found: ReadonlyMap<string, ReadonlyMap<SumName, bigint>>,
  differences: AuditDifference[],
): void {
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const want = describe(expected.get(key));
    const have = describe(found.get(key));
    if (want !== have) differences.push({ kind, where: `${what} ${key}`, expected: want, found: have });
  }
}

function describe(sums: ReadonlyMap<SumName, bigint> | undefined): string {
  return [...(sums ?? [])]
    .map(([name, sum]) => `${name}=${sum}`)
    .sort()
    .join(' ');
}
