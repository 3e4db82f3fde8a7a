import type { AuditDifference, AuditPage, RollupRow } from '../../../app/ports.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { addDays, nextMonth } from '../../../domain/local-time.ts';
import { addSum, type SumName, type Sums } from '../../../domain/spend.ts';
import { auditCommit } from './audit-commit.ts';
import { compare, dropEmpty, sumsOf } from './audit-compare.ts';
import type { AuditContext } from './audit-context.ts';
import { auditOrders } from './audit-orders.ts';
import { type Commit, eachDelta, monthOf } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { leafKey } from './leaf-dictionary.ts';
import { readRollups } from './rollup-reader.ts';

/** Commits that one page of an audit checks; the last day of a page may bring more. */
const COMMITS_PER_PAGE = 100;

/** Days that one page of an audit checks at the most: many hold nothing. */
const DAYS_PER_PAGE = 30;

/**
 * Where an audit stands: first along the log, then over every day and month from the first to the last that it met,
 * so that rows which no commit is about are found too; in the end over the orders of correction.
 */
interface Progress {
  readonly phase: 'log' | 'day' | 'month' | 'order';
  /** Commit number, day, month or order that was checked last. */
  readonly after: string;
  /** First and last local day that a commit is about; empty before one was met. */
  readonly firstDay: string;
  readonly lastDay: string;
}

/**
 * Checks one part of the ledger against itself and tells where to go on. Every commit must be there, name segments
 * that are there, and have added exactly what its entries sum to, or what its corrections changed; every day's and
 * month's rows must be the fold of the commits up to one head, every order's sums the fold of its corrections. Each part is read at one head, so it is exact while writes go on.
 */
export async function auditPage(context: AuditContext, cursor?: string): Promise<AuditPage> {
  const progress: Progress = cursor
    ? (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Progress)
    : { phase: 'log', after: '0', firstDay: '', lastDay: '' };
  if (progress.phase === 'log') return auditLog(context, progress);
  if (progress.phase === 'day') return auditDays(context, progress);
  if (progress.phase === 'month') return auditMonth(context, progress);
  const { next, ...done } = await auditOrders(context, progress.after);
  return { entries: 0, rollups: 0, ...done, ...(next ? continued({ ...progress, after: next }) : {}) };
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
    entries += await auditCommit(context, commit, head, differences);
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
  const isDone = month >= monthOf(progress.lastDay);
  return { ...done, ...continued(isDone ? { ...progress, phase: 'order', after: '' } : { ...progress, after: month }) };
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
