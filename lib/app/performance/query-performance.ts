import { type PerformanceFigures, summarisePerformance } from '../../domain/performance/summarise-performance.ts';
import type { Clock, LedgerReader, RollupRow, TenantConfig } from '../ports.ts';
import {
  countLackingPrice,
  type FreshnessReader,
  type IncompleteReason,
  listIncompleteReasons,
} from '../spend/query-completeness.ts';
import { compareRowKeys, isHourInside, passesFilters } from '../spend/query-spend-fold.ts';
import { planSpend, type SpendPlan, type SpendRequest } from '../spend/query-spend-plan.ts';
import { findZone } from '../zones.ts';

/** What a question about performance needs. */
export interface PerformancePorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly readFreshness: FreshnessReader;
  readonly now: Clock;
}

/** How the calls of one group went. */
export interface PerformanceGroup {
  /** Values of the columns asked for, in their order; null = not sent. */
  readonly values: readonly (string | null)[];
  readonly figures: PerformanceFigures;
}

/** An answer about performance, exact at one commit number as far as sums go. */
export interface PerformanceAnswer {
  readonly columns: readonly string[];
  /** Those with the most calls first; with as many, by their values. */
  readonly groups: readonly PerformanceGroup[];
  /** Groups with fewer calls than those, beyond {@link MAX_PERFORMANCE_ROWS}. */
  readonly groupsLeftOut: number;
  /** Of every call asked for, also those of groups left out. */
  readonly total: PerformanceFigures;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
  readonly commit: number;
}

/** Most groups of an answer. */
export const MAX_PERFORMANCE_ROWS = 500;

/**
 * Tells how calls went and what they cost, by up to three dimensions. Histograms are kept by the hour, so the time asked
 * for is read in hours, whose number of days is bounded. Credits are no calls and count for nothing here.
 *
 * @throws {@link InvalidRequestError} naming every parameter at fault
 */
export async function queryPerformance(
  ports: PerformancePorts,
  tenant: TenantConfig,
  request: Omit<SpendRequest, 'granularity'>,
): Promise<PerformanceAnswer> {
  const nowMs = ports.now();
  const plan = planSpend(tenant, findZone(tenant.timeZone), { ...request, granularity: 'hour' }, nowMs);
  const freshness = await ports.readFreshness(tenant, plan.days);
  const { rows, commit } = await readCalls(ports, tenant, plan);
  const groups = groupRows(plan, rows).sort(compareGroups);
  return {
    columns: plan.columns.map(({ name }) => name),
    groups: groups.slice(0, MAX_PERFORMANCE_ROWS),
    groupsLeftOut: Math.max(0, groups.length - MAX_PERFORMANCE_ROWS),
    total: summarisePerformance(rows),
    reasons: listIncompleteReasons(freshness, countLackingPrice(rows), plan.endMs > nowMs),
    asOfMs: freshness.asOfMs,
    commit,
  };
}

/** Hours are one slice, and so of one commit. Sums of credits, and of calls that are void, have no calls. */
async function readCalls(
  { reader }: PerformancePorts,
  { tenant }: TenantConfig,
  plan: SpendPlan,
): Promise<{ rows: readonly RollupRow[]; commit: number }> {
  const rows: RollupRow[] = [];
  let commit = 0;
  for (const slice of plan.slices) {
    const read = await reader.rollups(tenant, slice);
    commit = read.head;
    for (const row of read.rows) {
      const isOfCalls = (row.measures.calls ?? 0n) > 0n;
      if (isOfCalls && isHourInside(slice, row.period) && passesFilters(plan, row.leaf)) rows.push(row);
    }
  }
  return { rows, commit };
}

function groupRows({ columns }: SpendPlan, rows: readonly RollupRow[]): PerformanceGroup[] {
  const byKey = new Map<string, { values: readonly (string | null)[]; rows: RollupRow[] }>();
  for (const row of rows) {
    const values = columns.map(({ position }) => row.leaf[position] ?? null);
    const key = JSON.stringify(values);
    const group = byKey.get(key) ?? { values, rows: [] };
    byKey.set(key, group);
    group.rows.push(row);
  }
  return [...byKey.values()].map((group) => ({ values: group.values, figures: summarisePerformance(group.rows) }));
}

function compareGroups(a: PerformanceGroup, b: PerformanceGroup): number {
  const [callsA, callsB] = [a.figures.measures.calls ?? 0n, b.figures.measures.calls ?? 0n];
  if (callsA !== callsB) return callsA > callsB ? -1 : 1;
  return compareRowKeys({ period: '', values: a.values }, { period: '', values: b.values });
}
