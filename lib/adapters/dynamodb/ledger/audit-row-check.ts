import { keys } from '../../../contracts/table-keys.ts';
import { addDays } from '../../../domain/local-time.ts';
import type { Item, PartitionQuery, Table } from '../table.ts';
import { type AuditContext, damageOf, type Finding } from './audit-context.ts';
import { type ExpectedRow, type FoldScope, type RowFold, rowId } from './audit-fold.ts';
import { findEnd, readWithGaps } from './audit-log-reader.ts';
import { advanceRow, mendRow } from './audit-row-mend.ts';
import type { Commit } from './commit-codec.ts';
import { leafKey } from './leaf-dictionary.ts';
import { LEAVES_PER_HOUR_ROW, LEAVES_PER_PERIOD_ROW, nameOf, UP_TO } from './rollup-codec.ts';

/** Rows read with one request. */
const ROWS_AT_ONCE = 500;

/** Sums that one difference names at the most. */
const MAX_SUMS_NAMED = 8;

/** The rows that a fold is compared with. */
export interface RowExtent {
  readonly scope: FoldScope;
  readonly month: string;
  /** The days that were looked at: those of the scope, and those that commits which cannot be read are about. */
  readonly days: readonly string[];
  /** Whether rows of the month before or behind these days are foreign. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** A row as it was read. */
interface FoundRow {
  readonly kind: ExpectedRow['kind'];
  readonly item: Item;
}

/**
 * Compares rows with the fold of all commits up to `head`, which was read before the rows were. A row that a later
 * commit touched meanwhile is compared with the fold up to that commit, so writers never have to wait.
 *
 * @param isWhole - whether every commit that touched the rows could be read; otherwise nothing can be mended
 * @returns how many rows there are, by leaf
 */
export async function checkRows(
  context: AuditContext,
  fold: RowFold,
  head: number,
  extent: RowExtent,
  isWhole: boolean,
): Promise<{ readonly rollups: number; readonly findings: readonly Finding[] }> {
  const found = await readRows(context.table, context.log.tenant, extent);
  const tail = await readTail(context, head, found);
  const findings: Finding[] = [];
  const met = new Set<string>();
  let rollups = 0;
  for (const { kind, item } of found) {
    const id = rowId(item);
    met.add(id);
    rollups += countLeaves(item);
    const since = tail.filter(({ number }) => number <= Number(item[UP_TO] ?? 0n));
    const expected = advanceRow(context.log.tenant, extent.scope, id, fold.rows.get(id), since);
    if (isAsExpected(expected, item)) continue;
    const mend = () => mendRow(context, extent.scope, item, fold.rows.get(id), head);
    findings.push({ ...(await describeRow(context, kind, expected, item, extent)), ...(isWhole ? { mend } : {}) });
  }
  for (const [id, expected] of fold.rows) {
    if (met.has(id) || expected.upTo === 0) continue;
    const mend = () => mendRow(context, extent.scope, expected.key, expected, head);
    const described = await describeRow(context, expected.kind, expected, undefined, extent);
    findings.push({ ...described, ...(isWhole ? { mend } : {}) });
  }
  return { rollups, findings };
}

async function readRows(table: Table, tenant: string, extent: RowExtent): Promise<FoundRow[]> {
  const { scope, month, isFirst, isLast } = extent;
  const rows: FoundRow[] = [];
  const read = async (kind: ExpectedRow['kind'], query: PartitionQuery, isWanted: (period: string) => boolean) => {
    const leavesPerShard = kind === 'hour' ? LEAVES_PER_HOUR_ROW : LEAVES_PER_PERIOD_ROW;
    for await (const item of readPartition(table, query)) {
      const [period = '', shard = ''] = item.sk.split('#');
      const ofScope = Math.floor((Number(shard) * leavesPerShard) / LEAVES_PER_PERIOD_ROW);
      // A shard that is no number is nobody's: the first pass tells of it.
      const isOfShards = Number.isNaN(ofScope)
        ? scope.fromShard === 0
        : ofScope >= scope.fromShard && ofScope < scope.toShard;
      if (isOfShards && isWanted(period)) rows.push({ kind, item });
    }
  };
  for (const day of [...scope.days].sort()) await read('hour', { pk: keys.hourRows(tenant, day) }, () => true);
  const [firstDay, lastDay] = [extent.days[0], extent.days.at(-1)];
  if (scope.days.size > 0 && firstDay !== undefined && lastDay !== undefined) {
    const bounds = { ...(isFirst ? {} : { after: firstDay }), ...(isLast ? {} : { upTo: addDays(lastDay, 1) }) };
    // Days in between that are left out on purpose are no strangers.
    const isStrange = (period: string) => period < firstDay || period > lastDay || !/^\d{4}-\d\d-\d\d$/.test(period);
    await read(
      'day',
      { pk: keys.dayRows(tenant, month), ...bounds },
      (period) => scope.days.has(period) || isStrange(period),
    );
  }
  if (scope.month !== undefined) await read('month', { pk: keys.monthRows(tenant, month) }, () => true);
  return rows;
}

async function* readPartition(table: Table, query: PartitionQuery): AsyncIterable<Item> {
  for (let after = query.after; ; ) {
    const items = await table.query({ ...query, limit: ROWS_AT_ONCE, ...(after === undefined ? {} : { after }) });
    yield* items;
    const last = items.at(-1);
    if (!last || items.length < ROWS_AT_ONCE) return;
    after = last.sk;
  }
}

/** Commits behind the head that one of the rows says it holds. */
async function readTail({ table, log }: AuditContext, head: number, found: readonly FoundRow[]): Promise<Commit[]> {
  const last = found.reduce((highest, { item }) => Math.max(highest, Number(item[UP_TO] ?? 0n)), head);
  if (last <= head) return [];
  const commits: Commit[] = [];
  const end = Math.min(last, await findEnd(table, log, head));
  for await (const { commit } of readWithGaps(table, log.tenant, head, end)) if (commit) commits.push(commit);
  return commits;
}

/** Whether a row says what it must, to the bit: a sum that has become zero is still there. */
function isAsExpected(expected: ExpectedRow | undefined, item: Item): boolean {
  if (!expected || expected.upTo === 0 || item[UP_TO] !== BigInt(expected.upTo)) return false;
  return differingSums(expected, item).length === 0;
}

function differingSums(expected: ExpectedRow | undefined, item: Item | undefined): string[] {
  const sums = expected?.sums ?? new Map<string, bigint>();
  const names = new Set([...sums.keys(), ...Object.keys(item ?? {})].filter((name) => !OWN_NAMES.has(name)));
  return [...names].filter((name) => sums.get(name) !== item?.[name]);
}

const OWN_NAMES = new Set(['pk', 'sk', UP_TO]);

function countLeaves(item: Item): number {
  const sums = Object.entries(item).filter(([name, value]) => !OWN_NAMES.has(name) && value !== 0n);
  return new Set(sums.map(([name]) => name.at(-1))).size;
}

async function describeRow(
  context: AuditContext,
  kind: ExpectedRow['kind'],
  expected: ExpectedRow | undefined,
  item: Item | undefined,
  { month }: RowExtent,
): Promise<Finding> {
  const key = item ?? expected?.key;
  const [period, shard] = (key?.sk ?? '').split('#');
  const ofDay = kind === 'hour' ? ` of ${key?.pk.split('#').at(-1)}` : '';
  const where = `${kind} row ${period}${ofDay} shard ${shard}`;
  const leaves = kind === 'hour' ? LEAVES_PER_HOUR_ROW : LEAVES_PER_PERIOD_ROW;
  const names = differingSums(expected, item).sort().slice(0, MAX_SUMS_NAMED);
  const labels = new Map<string, string>();
  for (const name of names) labels.set(name, await labelSum(context, month, Number(shard) * leaves, name));
  const say = (value: (name: string) => unknown, upTo: unknown): string =>
    [...names.map((name) => `${labels.get(name)}=${value(name) ?? 0}`), `up to commit ${upTo}`].join(', ');
  if (!item)
    return {
      kind: 'missing_row',
      where,
      expected: say((name) => expected?.sums.get(name), expected?.upTo),
      found: 'nothing',
    };
  const found = say((name) => item[name], item[UP_TO]);
  if (!expected || expected.upTo === 0) return { kind: 'foreign_row', where, expected: 'nothing', found };
  return {
    kind: 'row_not_sum_of_commits',
    where,
    expected: say((name) => expected.sums.get(name), expected.upTo),
    found,
  };
}

async function labelSum(
  { dictionaries, log }: AuditContext,
  month: string,
  firstLeaf: number,
  name: string,
): Promise<string> {
  const leafNumber = firstLeaf + Number(name.at(-1));
  try {
    const leaf = await dictionaries.leaf(log.tenant, month, leafNumber);
    return `${nameOf(name.slice(0, -1))} of ${leafKey(leaf)}`;
  } catch (cause) {
    damageOf(cause);
    return `${name} of leaf ${leafNumber}`;
  }
}
