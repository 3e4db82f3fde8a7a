import { createHash } from 'node:crypto';
import type { Clock, LedgerReader, RollupSnapshot, TenantConfig } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { findZone } from '../zones.ts';
import {
  countBacklog,
  type FreshnessReader,
  type IncompleteReason,
  listIncompleteReasons,
} from './query-completeness.ts';
import { compareRowKeys, type MeasureSums, SpendFold, type SpendRow, sumOf, sumRows } from './query-spend-fold.ts';
import { planSpend, type Slice, type SpendPlan, type SpendRequest } from './query-spend-plan.ts';

/** What a question about spend needs. */
export interface SpendPorts {
  readonly reader: Pick<LedgerReader, 'head' | 'rollups' | 'commits'>;
  readonly readFreshness: FreshnessReader;
  readonly now: Clock;
}

/** Which part of the rows to answer with. */
export interface SpendPaging {
  /** At most so many rows. */
  readonly limit: number;
  /** `next` of the answer before. */
  readonly cursor?: string | undefined;
  /** Tag of the answer that the caller holds already. */
  readonly knownTag?: string | undefined;
}

/** An answer about spend, exact at one commit number. */
export interface SpendAnswer {
  readonly status: 'answered';
  readonly columns: readonly string[];
  readonly rows: readonly SpendRow[];
  /** Over every row of the question, those of other pages included. */
  readonly total: MeasureSums;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
  /** Every commit up to this number is in the answer, none after it. */
  readonly commit: number;
  /** Equal tags mean equal rows, totals and reasons. */
  readonly tag: string;
  readonly next?: string;
}

/**
 * Sums spend over rollup rows. The answer does not depend on how many events there are, only on rows.
 *
 * @returns `unchanged` when the caller's tag still holds
 * @throws {@link InvalidRequestError} naming every parameter at fault
 */
export async function querySpend(
  ports: SpendPorts,
  tenant: TenantConfig,
  request: SpendRequest,
  paging: SpendPaging,
): Promise<SpendAnswer | { readonly status: 'unchanged'; readonly tag: string }> {
  const nowMs = ports.now();
  const plan = planSpend(tenant, findZone(tenant.timeZone), request, nowMs);
  const question = hashQuestion(plan);
  const after = paging.cursor === undefined ? undefined : readCursor(paging.cursor, question);
  const freshness = await ports.readFreshness(tenant, plan.days);
  const isOpen = plan.endMs > nowMs;
  const tagAt = (commit: number): string =>
    hash([
      question,
      paging.limit,
      paging.cursor,
      commit,
      freshness.rejects,
      freshness.conflicts,
      countBacklog(freshness),
      freshness.missing,
      isOpen,
    ]);
  if (paging.knownTag !== undefined && paging.knownTag === tagAt(await ports.reader.head(tenant.tenant))) {
    return { status: 'unchanged', tag: paging.knownTag };
  }
  const { rows, commit } = await foldSlices(ports, tenant.tenant, plan);
  const total = sumRows(rows);
  const page = takePage(rows, after, paging.limit, question);
  return {
    status: 'answered',
    columns: plan.columns.map(({ name }) => name),
    ...page,
    total,
    reasons: listIncompleteReasons(freshness, countUnpriced(total), isOpen),
    asOfMs: freshness.asOfMs,
    commit,
    tag: tagAt(commit),
  };
}

/** Calls of a row or total that have no price at all, and those that have one for some of their units. */
export function countUnpriced(sums: MeasureSums): { readonly unpriced: bigint; readonly partiallyPriced: bigint } {
  return {
    unpriced: sumOf(sums, 'unpriced') + sumOf(sums, 'unpriced_unit'),
    partiallyPriced: sumOf(sums, 'partially_priced'),
  };
}

/** Each slice is a snapshot of its own; those read earlier are brought up to the latest by the commits in between. */
async function foldSlices(
  ports: SpendPorts,
  tenant: string,
  plan: SpendPlan,
): Promise<{ rows: readonly SpendRow[]; commit: number }> {
  const snapshots = await Promise.all(plan.slices.map((slice) => ports.reader.rollups(tenant, slice)));
  const commit = Math.max(...snapshots.map(({ head }) => head));
  const fold = new SpendFold(plan);
  for (const [index, slice] of plan.slices.entries()) {
    const snapshot = snapshots[index];
    if (snapshot) await foldSlice(ports, tenant, fold, slice, snapshot, commit);
  }
  return { rows: fold.rows(), commit };
}

async function foldSlice(
  ports: SpendPorts,
  tenant: string,
  fold: SpendFold,
  slice: Slice,
  snapshot: RollupSnapshot,
  commit: number,
): Promise<void> {
  fold.addRows(slice, snapshot.rows);
  if (snapshot.head === commit) return;
  for await (const { deltas } of ports.reader.commits(tenant, snapshot.head, commit)) {
    for (const delta of deltas) fold.addDelta(slice, delta);
  }
}

function takePage(
  rows: readonly SpendRow[],
  after: Pick<SpendRow, 'period' | 'values'> | undefined,
  limit: number,
  question: string,
): { rows: readonly SpendRow[]; next?: string } {
  const rest = after ? rows.filter((row) => compareRowKeys(row, after) > 0) : rows;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return last && rest.length > limit ? { rows: page, next: writeCursor(last, question) } : { rows: page };
}

function writeCursor(row: SpendRow, question: string): string {
  return Buffer.from(JSON.stringify([question, row.period, ...row.values])).toString('base64url');
}

function readCursor(cursor: string, question: string): Pick<SpendRow, 'period' | 'values'> {
  const parts = parseList(Buffer.from(cursor, 'base64url').toString());
  const [forQuestion, period, ...values] = parts;
  if (forQuestion !== question || typeof period !== 'string') {
    throw new InvalidRequestError([{ field: 'cursor', expected: 'the "next" of an answer to the same question' }]);
  }
  return { period, values: values.map((value) => (typeof value === 'string' ? value : null)) };
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function hashQuestion(plan: SpendPlan): string {
  const filters = [...plan.filters].map(([position, values]) => [position, [...values]]);
  return hash([plan.from, plan.to, plan.granularity, plan.columns, filters]);
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);
}
