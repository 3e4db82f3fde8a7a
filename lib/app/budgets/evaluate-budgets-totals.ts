import type { Budget } from '../../domain/budgets/budget.ts';
import { findPeriod, listPeriodDays } from '../../domain/budgets/budget-period.ts';
import { createLeafMatcher } from '../../domain/budgets/budget-scope.ts';
import { type BudgetTotals, type FoldRule, foldSpend, type SpendLine } from '../../domain/budgets/budget-total.ts';
import { invariant } from '../../domain/errors.ts';
import type { LedgerReader, RollupQuery, TenantConfig } from '../ports.ts';

/** A budget with the totals it had. */
export interface BudgetStanding {
  readonly budget: Budget;
  readonly totals: BudgetTotals;
}

/**
 * Commits that one evaluation follows one by one. A budget further behind (it was paused, or nothing ran for hours) is
 * summed again from the rollups for the periods it holds and the current one.
 */
const MAX_FOLLOWED_COMMITS = 5_000;

interface Catchup {
  readonly budget: Budget;
  readonly rule: FoldRule;
  readonly spent: Map<string, bigint>;
  readonly missing: Set<string>;
  readonly fromNumber: number;
}

/**
 * Brings the totals of a tenant's budgets to one commit number: folds the commits after the number each carries, and
 * sums a period that is new to a budget from a snapshot of the rollups.
 *
 * @param head - a commit number that the ledger has reached
 * @param today - the tenant's current local day; its period is always part of the result
 * @returns totals at `head`, in the order given; those already beyond it are returned as they are
 */
export async function advanceTotals(
  reader: LedgerReader,
  tenant: TenantConfig,
  standings: readonly BudgetStanding[],
  head: number,
  today: string,
): Promise<readonly BudgetTotals[]> {
  const catchups = standings.map((standing) => beginCatchup(standing, tenant, head, today));
  const behind = catchups.filter(({ fromNumber }) => fromNumber < head);
  const fromNumber = Math.min(head, ...behind.map((catchup) => catchup.fromNumber));
  for await (const commit of reader.commits(tenant.tenant, fromNumber, head)) {
    for (const catchup of behind) {
      if (commit.number > catchup.fromNumber) foldSpend(catchup.rule, commit.deltas, catchup.spent, catchup.missing);
    }
  }
  await sumMissingPeriods(reader, tenant, catchups, head);
  return catchups.map(({ spent, fromNumber: number }) => ({ number: Math.max(number, head), spentPicoUsd: spent }));
}

/**
 * Lines of rollup rows that sum to exactly what the ledger held at `head`: the rows of a snapshot, and with opposite
 * sign what later commits added to the days asked for.
 */
export async function readLinesAt(
  reader: LedgerReader,
  tenant: string,
  query: RollupQuery & { readonly granularity: 'day' | 'month' },
  head: number,
): Promise<readonly SpendLine[]> {
  const snapshot = await reader.rollups(tenant, query);
  invariant(snapshot.head >= head, `snapshot at commit ${snapshot.head} is older than commit ${head}`);
  const lines: SpendLine[] = snapshot.rows.map((row) => ({
    day: query.granularity === 'month' ? `${row.period}-01` : row.period,
    leaf: row.leaf,
    measures: row.measures,
  }));
  for await (const commit of reader.commits(tenant, head, snapshot.head)) {
    for (const { day, leaf, measures } of commit.deltas) {
      if (day < query.fromDay || day >= query.toDay) continue;
      const taken = Object.entries(measures).map(([name, amount]) => [name, -amount] as const);
      lines.push({ day, leaf, measures: Object.fromEntries(taken) });
    }
  }
  return lines;
}

function beginCatchup({ budget, totals }: BudgetStanding, tenant: TenantConfig, head: number, today: string): Catchup {
  const current = findPeriod(budget.period, today);
  const isFarBehind = head - totals.number > MAX_FOLLOWED_COMMITS;
  const spent = new Map(isFarBehind ? [] : totals.spentPicoUsd);
  const missing = new Set(isFarBehind ? totals.spentPicoUsd.keys() : []);
  // Totals beyond `head` are left alone: summing a new period at an older number would break them.
  if (!spent.has(current) && totals.number <= head) missing.add(current);
  return {
    budget,
    rule: { period: budget.period, matches: createLeafMatcher(budget.scope, tenant.tagDimensions) },
    spent,
    missing,
    fromNumber: isFarBehind ? head : totals.number,
  };
}

async function sumMissingPeriods(
  reader: LedgerReader,
  tenant: TenantConfig,
  catchups: readonly Catchup[],
  head: number,
): Promise<void> {
  const ranges = catchups.flatMap(({ budget, missing }) =>
    [...missing].map((period) => listPeriodDays(budget.period, period)),
  );
  if (ranges.length === 0) return;
  const fromDay = ranges.map((range) => range.fromDay).reduce((a, b) => (a < b ? a : b));
  const toDay = ranges.map((range) => range.toDay).reduce((a, b) => (a > b ? a : b));
  const lines = await readLinesAt(reader, tenant.tenant, { granularity: 'month', fromDay, toDay }, head);
  for (const { rule, spent, missing } of catchups) {
    const sums = new Map([...missing].map((period) => [period, 0n]));
    foldSpend(rule, lines, sums, new Set());
    for (const [period, sum] of sums) spent.set(period, sum);
  }
}
