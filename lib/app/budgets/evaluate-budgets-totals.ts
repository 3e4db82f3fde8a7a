import { MAX_EVENT_AGE_MS } from '../../contracts/limits.ts';
import type { Budget } from '../../domain/budgets/budget.ts';
import {
  type BudgetTotals,
  createFoldRule,
  type Fold,
  foldSpend,
  type SpendLine,
  WHOLE,
} from '../../domain/budgets/budget-total.ts';
import { type DayRange, readBudgetPeriod } from '../../domain/budgets/periods/find-period.ts';
import { invariant } from '../../domain/errors.ts';
import { addDays } from '../../domain/local-time.ts';
import type { LedgerReader, RollupQuery, TenantConfig } from '../ports.ts';

/** A budget with the totals it had. */
export interface BudgetStanding {
  readonly budget: Budget;
  readonly totals: BudgetTotals;
}

/** Totals that were brought forward. */
export interface AdvancedTotals {
  readonly totals: BudgetTotals;
  /** Whether a total may be lower than it was, or was summed anew and may be lower than somebody else saw it. */
  readonly mayHaveFallen: boolean;
}

/** Days after its end in which a period may still get calls, so that its total is kept: the age that an event may have. */
export const LATE_DAYS = MAX_EVENT_AGE_MS / 86_400_000;

/**
 * Commits that one evaluation follows one by one. A budget further behind (it was paused, or nothing ran for hours) is
 * summed again from the rollups for the periods it holds and those that calls may still have touched.
 */
const MAX_FOLLOWED_COMMITS = 5_000;

interface Catchup extends Fold {
  readonly budget: Budget;
  readonly fromNumber: number;
}

/**
 * Brings the totals of a tenant's budgets to one commit number: folds the commits after the number each carries, and
 * sums a period that is new to a budget from a snapshot of the rollups.
 *
 * @param head - a commit number that the ledger has reached
 * @param today - the tenant's current local day; its period is part of the result where the budget is in force
 * @returns totals at `head`, in the order given; those already beyond it are returned as they are
 */
export async function advanceTotals(
  reader: LedgerReader,
  tenant: TenantConfig,
  standings: readonly BudgetStanding[],
  head: number,
  today: string,
): Promise<readonly AdvancedTotals[]> {
  const catchups = standings.map((standing) => beginCatchup(standing, tenant, head, today));
  const behind = catchups.filter(({ fromNumber }) => fromNumber < head);
  const fromNumber = Math.min(head, ...behind.map((catchup) => catchup.fromNumber));
  for await (const commit of reader.commits(tenant.tenant, fromNumber, head)) {
    for (const catchup of behind) {
      if (commit.number > catchup.fromNumber) foldSpend(catchup, commit.deltas);
    }
  }
  await sumMissingPeriods(reader, tenant, catchups, head);
  return catchups.map(({ spent, fromNumber: number, hasFallen, missing }) => ({
    totals: { number: Math.max(number, head), spent },
    mayHaveFallen: hasFallen || missing.size > 0,
  }));
}

/** Totals without the periods that ended so long ago that no call is accepted into them any more. */
export function dropOldPeriods(budget: Budget, totals: BudgetTotals, today: string): BudgetTotals {
  const oldest = addDays(today, -LATE_DAYS);
  const kept = [...totals.spent].filter(([name]) => {
    const period = readBudgetPeriod(budget.schedule, name);
    return period !== undefined && period.toDay >= oldest;
  });
  return kept.length === totals.spent.size ? totals : { ...totals, spent: new Map(kept) };
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

/** The rows that a range of days is read from with the fewest reads: months where it is made of whole ones. */
export function chooseRows({ fromDay, toDay }: DayRange): 'day' | 'month' {
  return fromDay.endsWith('-01') && toDay.endsWith('-01') ? 'month' : 'day';
}

function beginCatchup({ budget, totals }: BudgetStanding, tenant: TenantConfig, head: number, today: string): Catchup {
  const rule = createFoldRule(budget, tenant.tagDimensions);
  const isFarBehind = head - totals.number > MAX_FOLLOWED_COMMITS;
  const missing = new Set(isFarBehind ? totals.spent.keys() : []);
  const spent = new Map(isFarBehind ? [] : [...totals.spent].map(([period, parts]) => [period, new Map(parts)]));
  const wantedFrom = isFarBehind ? addDays(today, -LATE_DAYS) : today;
  // Totals beyond `head` are left alone: summing a new period at an older number would break them.
  for (let day = wantedFrom; day <= today && totals.number <= head; day = addDays(day, 1)) {
    const period = rule.periodOf(day);
    if (period !== undefined && !spent.has(period)) missing.add(period);
  }
  return { budget, rule, spent, missing, hasFallen: false, fromNumber: isFarBehind ? head : totals.number };
}

async function sumMissingPeriods(
  reader: LedgerReader,
  tenant: TenantConfig,
  catchups: readonly Catchup[],
  head: number,
): Promise<void> {
  const wanted = catchups.flatMap((catchup) =>
    [...catchup.missing].map((name) => {
      const days = readBudgetPeriod(catchup.budget.schedule, name);
      invariant(days !== undefined, `${name} is no period of budget ${catchup.budget.name}`);
      return { catchup, name, days, granularity: chooseRows(days) };
    }),
  );
  for (const granularity of ['month', 'day'] as const) {
    const periods = wanted.filter((period) => period.granularity === granularity);
    for (const span of uniteRanges(periods.map(({ days }) => days))) {
      const ofSpan = periods.filter(({ days }) => days.fromDay >= span.fromDay && days.toDay <= span.toDay);
      const lines = await readLinesAt(reader, tenant.tenant, { granularity, ...span }, head);
      for (const [catchup, group] of Map.groupBy(ofSpan, ({ catchup: of }) => of)) {
        const nothing = catchup.budget.each === null ? [[WHOLE, 0n] as const] : [];
        const sums = new Map(group.map(({ name }) => [name, new Map<string, bigint>(nothing)]));
        // Lines of other periods are those that another budget asked for.
        foldSpend({ rule: catchup.rule, spent: sums, missing: new Set(), hasFallen: false }, lines);
        for (const [name, parts] of sums) catchup.spent.set(name, parts);
      }
    }
  }
}

/** Ranges that neither overlap nor touch, in order, which together have the same days. */
function uniteRanges(ranges: readonly DayRange[]): readonly DayRange[] {
  const united: DayRange[] = [];
  for (const range of [...ranges].sort((a, b) => (a.fromDay < b.fromDay ? -1 : 1))) {
    const last = united.at(-1);
    if (last === undefined || range.fromDay > last.toDay) united.push(range);
    else if (range.toDay > last.toDay) united[united.length - 1] = { fromDay: last.fromDay, toDay: range.toDay };
  }
  return united;
}
