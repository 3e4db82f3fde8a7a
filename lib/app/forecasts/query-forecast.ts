import type { Budget } from '../../domain/budgets/budget.ts';
import { findPeriod, listPeriodDays } from '../../domain/budgets/budget-period.ts';
import { createLeafMatcher } from '../../domain/budgets/budget-scope.ts';
import { isOfCredits } from '../../domain/corrections/credit.ts';
import { findRunOutDay } from '../../domain/forecast/find-run-out-day.ts';
import {
  addCredits,
  type DailyAmount,
  liftToSpent,
  type Projection,
  projectPeriod,
} from '../../domain/forecast/forecast.ts';
import { addDays } from '../../domain/local-time.ts';
import { formatUsd } from '../../domain/money.ts';
import type { BudgetStore } from '../budgets/budget-ports.ts';
import type { LedgerReader, RollupRow, TenantConfig } from '../ports.ts';
import { NotFoundError } from '../request-errors.ts';
import { countLackingPrice, type IncompleteReason, listIncompleteReasons } from '../spend/query-completeness.ts';
import type { SpendPorts } from '../spend/query-spend.ts';
import { findZone } from '../zones.ts';

/** What a projection of the running period needs. */
export interface ForecastPorts extends Omit<SpendPorts, 'reader'> {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly budgets: Pick<BudgetStore, 'find'>;
}

/** Where the running period is going. */
export interface PeriodForecast {
  /** As its budget names it; the local month, `2026-01`, without one. */
  readonly period: string;
  /** Last local day that is over; its spend and everything before it is what the projection knows. */
  readonly lastCompleteDay: string;
  /** Exact known cost of the period, less its credits; today's included. */
  readonly periodToDatePicoUsd: bigint;
  /** In USD; an estimate, not ledger money. Its probability is that of exceeding the budget. */
  readonly projection: Projection;
  /** The budget asked for, and the local day on which the projected spend uses it up; `null` = not in the period. */
  readonly budget: { readonly name: string; readonly amountPicoUsd: bigint; readonly runOutDay: string | null } | null;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/** History that a projection looks at, in days before the period. */
const HISTORY_DAYS = 91;

/**
 * Projects the known cost of the running local month of the tenant, or of a budget's own scope and period, to its end.
 * A day without calls counts as zero from the first day with some on.
 *
 * @param budgetName - the budget to hold the projection against; none when undefined
 * @throws {@link NotFoundError} when the tenant has no such budget
 */
export async function forecastPeriod(
  ports: ForecastPorts,
  tenant: TenantConfig,
  budgetName?: string,
): Promise<PeriodForecast> {
  const budget = budgetName === undefined ? undefined : await findBudget(ports, tenant, budgetName);
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const period = findPeriod(budget?.period ?? 'month', today);
  const { fromDay, toDay } = listPeriodDays(budget?.period ?? 'month', period);
  const read = { fromDay: addDays(fromDay, -HISTORY_DAYS), toDay };
  const freshness = await ports.readFreshness(tenant, read);
  const snapshot = await ports.reader.rollups(tenant.tenant, { granularity: 'day', ...read });
  const matches = createLeafMatcher(budget?.scope ?? {}, tenant.tagDimensions);
  const rows = snapshot.rows.filter(({ leaf }) => matches(leaf));
  const ofPeriod = rows.filter((row) => row.period >= fromDay);
  const spentPicoUsd = sumCost(ofPeriod);
  // Credits are known to the cent and say nothing of the days to come.
  const creditsUsd = toUsd(sumCost(ofPeriod.filter(isOfCredits)));
  const amountUsd = budget === undefined ? undefined : toUsd(budget.amountPicoUsd);
  const ofCalls = projectPeriod({
    series: listDailyCost(
      rows.filter((row) => !isOfCredits(row)),
      today,
    ),
    asOf: addDays(today, -1),
    periodStart: fromDay,
    periodEnd: addDays(toDay, -1),
    // What was given back may be spent once more.
    ...(amountUsd === undefined ? {} : { budget: Math.max(0, amountUsd - creditsUsd) }),
  });
  const lifted = liftToSpent(addCredits(ofCalls, creditsUsd), toUsd(spentPicoUsd));
  const isOver = budget !== undefined && spentPicoUsd > budget.amountPicoUsd;
  return {
    period,
    lastCompleteDay: addDays(today, -1),
    periodToDatePicoUsd: spentPicoUsd,
    projection: isOver ? { ...lifted, pExceed: 1 } : lifted,
    budget:
      budget === undefined || amountUsd === undefined
        ? null
        : {
            name: budget.name,
            amountPicoUsd: budget.amountPicoUsd,
            runOutDay: findRunOutDay(toUsd(spentPicoUsd), amountUsd, lifted.point, { toDay }, today),
          },
    reasons: listIncompleteReasons(freshness, countLackingPrice(rows), true),
    asOfMs: freshness.asOfMs,
  };
}

async function findBudget(ports: ForecastPorts, tenant: TenantConfig, name: string): Promise<Budget> {
  const found = await ports.budgets.find(tenant.tenant, name);
  if (!found || found.isRemoved) throw new NotFoundError('There is no budget of this name.');
  return found.budget;
}

/** Cost by complete local day, from the first that has any: a day before it was not idle but not yet measured. */
function listDailyCost(rows: readonly RollupRow[], today: string): DailyAmount[] {
  const byDay = new Map<string, bigint>();
  for (const { period: day, measures } of rows) byDay.set(day, (byDay.get(day) ?? 0n) + (measures.cost ?? 0n));
  const series: DailyAmount[] = [];
  const first = [...byDay.keys()].reduce((a, b) => (a < b ? a : b), today);
  for (let day = first; day < today; day = addDays(day, 1)) {
    // The projection wants no amount below zero, whatever a sender named so that it could not be told from a credit.
    series.push([day, Math.max(0, toUsd(byDay.get(day) ?? 0n))]);
  }
  return series;
}

function sumCost(rows: readonly RollupRow[]): bigint {
  return rows.reduce((total, { measures }) => total + (measures.cost ?? 0n), 0n);
}

function toUsd(picoUsd: bigint): number {
  return Number(formatUsd(picoUsd));
}
