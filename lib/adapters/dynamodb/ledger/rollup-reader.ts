import type { RollupQuery, RollupRow, RollupSnapshot } from '../../../app/ports.ts';
import type { Histogram, Measure } from '../../../contracts/measures.ts';
import { keys } from '../../../contracts/table-keys.ts';
import { addSum, type SumName, type Sums } from '../../../domain/spend.ts';
import type { Item, PartitionQuery, Table } from '../table.ts';
import { type Commit, eachDelta, monthOf } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import type { Dictionaries } from './dictionaries.ts';
import { decodeRow, isHistogram, isMeasure, LEAVES_PER_HOUR_ROW, LEAVES_PER_PERIOD_ROW } from './rollup-codec.ts';

/** Rollup items as read, with what is needed to find their leaves. */
interface ReadRow {
  readonly item: Item;
  readonly month: string;
  readonly day: string | null;
}

/**
 * Reads rollup rows as they stood at one head. The head is read first; rows that a later commit touched meanwhile are
 * taken back by exactly the deltas of the commits since, so writers never have to wait for readers.
 *
 * @param atHead - a head read before this call, where several readings must stand at the same one
 */
export async function readRollups(
  table: Table,
  log: CommitLog,
  dictionaries: Dictionaries,
  query: RollupQuery,
  atHead?: number,
): Promise<RollupSnapshot> {
  const head = atHead ?? (await log.findHead());
  const rows = (await Promise.all(partitions(log.tenant, query).map((part) => readPartition(table, part)))).flat();
  const perRow = query.granularity === 'hour' ? LEAVES_PER_HOUR_ROW : LEAVES_PER_PERIOD_ROW;
  const lastTouched = Math.max(head, ...rows.map(({ item }) => Number(item['upTo'] ?? 0n)));
  const later: Commit[] = [];
  if (lastTouched > head) for await (const commit of log.read(head, lastTouched)) later.push(commit);
  const result: RollupRow[] = [];
  for (const { item, month, day } of rows) {
    const { upTo, period, firstLeaf, sums: byLeaf } = decodeRow(item, perRow);
    for (const commit of later.filter(({ number }) => number <= upTo)) {
      takeBack(byLeaf, commit, query.granularity, { period, day, firstLeaf, perRow });
    }
    for (const [leafNumber, sums] of byLeaf) {
      if (sums.size === 0) continue;
      const leaf = await dictionaries.leaf(log.tenant, month, leafNumber);
      result.push({ period, day, leaf, ...(upTo <= head ? { upTo } : {}), ...split(sums) });
    }
  }
  return { head, rows: result };
}

interface Partition {
  readonly query: PartitionQuery;
  readonly month: string;
  readonly day: string | null;
}

/** The partitions that hold a query's rows: one a month for months and days, one a day for hours. */
function partitions(tenant: string, { granularity, fromDay, toDay }: RollupQuery): Partition[] {
  if (granularity === 'hour') {
    return daysBetween(fromDay, toDay).map((day) => ({
      query: { pk: keys.hourRows(tenant, day) },
      month: monthOf(day),
      day,
    }));
  }
  return monthsBetween(fromDay, toDay).map((month) => ({
    query:
      granularity === 'month'
        ? { pk: keys.monthRows(tenant, month) }
        : // Sort keys begin with the day; the last row of the day before `toDay` sorts below `toDay` itself.
          { pk: keys.dayRows(tenant, month), after: fromDay, upTo: toDay },
    month,
    day: null,
  }));
}

async function readPartition(table: Table, { query, month, day }: Partition): Promise<ReadRow[]> {
  return (await table.query(query)).map((item) => ({ item, month, day }));
}

/** Takes from a row what a commit added to it. A leaf that has nothing left may have had something before: a void. */
function takeBack(
  byLeaf: Map<number, Sums>,
  commit: Commit,
  granularity: RollupQuery['granularity'],
  row: { period: string; day: string | null; firstLeaf: number; perRow: number },
): void {
  for (const delta of eachDelta(commit.deltas)) {
    const { leafNumber } = delta;
    if (leafNumber < row.firstLeaf || leafNumber >= row.firstLeaf + row.perRow) continue;
    if (row.day !== null && delta.day !== row.day) continue;
    const period = granularity === 'hour' ? delta.hour : granularity === 'day' ? delta.day : monthOf(delta.day);
    if (period !== row.period) continue;
    const sums = byLeaf.get(leafNumber) ?? new Map();
    byLeaf.set(leafNumber, sums);
    for (const [name, amount] of delta.sums) {
      if (granularity === 'hour' || !isHistogram(name)) addSum(sums, name, -amount);
    }
  }
}

/** Parts sums into measures and histograms, as readers see them. */
function split(sums: ReadonlyMap<SumName, bigint>): Pick<RollupRow, 'measures' | 'histograms'> {
  const measures: Partial<Record<Measure, bigint>> = {};
  const histograms: Partial<Record<Histogram, Map<number, bigint>>> = {};
  for (const [name, sum] of sums) {
    if (isMeasure(name)) {
      measures[name] = sum;
      continue;
    }
    const [histogram, bucket] = name.split(':') as [Histogram, string];
    const buckets = histograms[histogram] ?? new Map<number, bigint>();
    histograms[histogram] = buckets.set(Number(bucket), sum);
  }
  return { measures, histograms };
}

function daysBetween(fromDay: string, toDay: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(`${fromDay}T00:00:00Z`); at < Date.parse(`${toDay}T00:00:00Z`); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

function monthsBetween(fromDay: string, toDay: string): string[] {
  return [...new Set(daysBetween(fromDay, toDay).map(monthOf))];
}
