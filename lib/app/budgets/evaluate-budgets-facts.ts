import type { DIMENSIONS } from '../../contracts/dimensions.ts';
import type {
  BudgetAlertFacts,
  BudgetForecast,
  Contributor,
  UnpricedCalls,
} from '../../domain/alerts/alert-budget-facts.ts';
import type { Budget } from '../../domain/budgets/budget.ts';
import { type DayRange, listPeriodDays } from '../../domain/budgets/budget-period.ts';
import { createLeafMatcher, findPosition } from '../../domain/budgets/budget-scope.ts';
import type { SpendLine } from '../../domain/budgets/budget-total.ts';
import { isOfCredits } from '../../domain/corrections/credit.ts';
import { findRunOutDay } from '../../domain/forecast/find-run-out-day.ts';
import { addCredits, type DailyAmount, liftToSpent, projectPeriod } from '../../domain/forecast/forecast.ts';
import { addDays } from '../../domain/local-time.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { readLinesAt } from './evaluate-budgets-totals.ts';

/** A crossing whose message is to be written. */
export interface Crossing {
  readonly budget: Budget;
  readonly period: string;
  readonly newThresholdsPercent: readonly number[];
  readonly spentPicoUsd: bigint;
  readonly commit: number;
}

/** Days of history that a forecast in an alert looks back on. */
const HISTORY_DAYS = 56;

const MAX_CONTRIBUTORS = 3;

/** By what the spend is broken down: the first that the scope leaves open and that has more than one value. */
const BREAKDOWNS = ['app', 'feature', 'model', 'team', 'environment'] as const;

const PICO_USD_PER_USD = 1e12;

/** Gathers what an alert says beside the total: forecast, contributors and completeness, all at the crossing's commit. */
export async function collectBudgetFacts(
  reader: LedgerReader,
  tenant: TenantConfig,
  crossing: Crossing,
  about: { readonly alertId: string; readonly apiUrl: string | null; readonly nowMs: number; readonly today: string },
): Promise<BudgetAlertFacts> {
  const { budget, period, commit } = crossing;
  const days = listPeriodDays(budget.period, period);
  const historyFrom = addDays(about.today, -HISTORY_DAYS);
  const isClosed = days.toDay <= about.today;
  const fromDay = isClosed || days.fromDay < historyFrom ? days.fromDay : historyFrom;
  const query = { granularity: 'day', fromDay, toDay: days.toDay } as const;
  const matches = createLeafMatcher(budget.scope, tenant.tagDimensions);
  const lines = (await readLinesAt(reader, tenant.tenant, query, commit)).filter(({ leaf }) => matches(leaf));
  const ofPeriod = lines.filter(({ day }) => day >= days.fromDay);
  return {
    alertId: about.alertId,
    tenant: tenant.tenant,
    timeZone: tenant.timeZone,
    budget,
    period,
    days,
    isClosed,
    newThresholdsPercent: crossing.newThresholdsPercent,
    spentPicoUsd: crossing.spentPicoUsd,
    forecast: isClosed ? null : forecastPeriod(lines, crossing, days, about.today),
    ...breakDown(ofPeriod, budget),
    unpricedCalls: countUnpriced(ofPeriod),
    asOfMs: about.nowMs,
    commit,
    apiUrl: about.apiUrl,
  };
}

function forecastPeriod(
  lines: readonly SpendLine[],
  { budget, spentPicoUsd }: Crossing,
  days: DayRange,
  today: string,
): BudgetForecast {
  const spentUsd = Number(spentPicoUsd) / PICO_USD_PER_USD;
  const amountUsd = Number(budget.amountPicoUsd) / PICO_USD_PER_USD;
  const credits = lines.filter((line) => isOfCredits(line) && line.day >= days.fromDay);
  const creditsUsd = Number(credits.reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n)) / PICO_USD_PER_USD;
  const ofCalls = projectPeriod({
    series: listDailySpend(
      lines.filter((line) => !isOfCredits(line)),
      today,
    ),
    asOf: addDays(today, -1),
    periodStart: days.fromDay,
    periodEnd: addDays(days.toDay, -1),
    // What was given back may be spent once more.
    budget: Math.max(0, amountUsd - creditsUsd),
  });
  const projection = addCredits(ofCalls, creditsUsd);
  const isOver = spentPicoUsd > budget.amountPicoUsd;
  const lifted = liftToSpent(projection, spentUsd);
  const bounded = { ...lifted, pExceed: isOver ? 1 : lifted.pExceed };
  return { projection: bounded, runOutDay: findRunOutDay(spentUsd, amountUsd, bounded.point, days, today) };
}

/** Spend by complete local day, from the first that has any: a day before it was not idle but not yet measured. */
function listDailySpend(lines: readonly SpendLine[], today: string): readonly DailyAmount[] {
  const byDay = new Map<string, bigint>();
  for (const { day, measures } of lines) byDay.set(day, (byDay.get(day) ?? 0n) + (measures.cost ?? 0n));
  const series: DailyAmount[] = [];
  const first = [...byDay.keys()].reduce((a, b) => (a < b ? a : b), today);
  for (let day = first; day < today; day = addDays(day, 1)) {
    // The projection wants no amount below zero, whatever a sender named so that it could not be told from a credit.
    series.push([day, Math.max(0, Number(byDay.get(day) ?? 0n) / PICO_USD_PER_USD)]);
  }
  return series;
}

function breakDown(
  lines: readonly SpendLine[],
  budget: Budget,
): { readonly contributorDimension: string; readonly contributors: readonly Contributor[] } {
  const open = BREAKDOWNS.filter((dimension) => budget.scope[dimension] === undefined);
  const dimension = open.find((candidate) => sumByValue(lines, candidate).size > 1) ?? open[0] ?? 'model';
  const contributors = [...sumByValue(lines, dimension)]
    .map(([value, costPicoUsd]) => ({ value, costPicoUsd }))
    .filter(({ costPicoUsd }) => costPicoUsd !== 0n)
    .sort((a, b) => (a.costPicoUsd > b.costPicoUsd ? -1 : a.costPicoUsd < b.costPicoUsd ? 1 : 0))
    .slice(0, MAX_CONTRIBUTORS);
  return { contributorDimension: dimension, contributors };
}

function sumByValue(lines: readonly SpendLine[], dimension: (typeof DIMENSIONS)[number]): Map<string | null, bigint> {
  const position = findPosition(dimension, []) ?? 0;
  const sums = new Map<string | null, bigint>();
  for (const { leaf, measures } of lines) {
    const value = leaf[position] ?? null;
    sums.set(value, (sums.get(value) ?? 0n) + (measures.cost ?? 0n));
  }
  return sums;
}

function countUnpriced(lines: readonly SpendLine[]): UnpricedCalls {
  const count = (status: keyof UnpricedCalls): bigint =>
    lines.reduce((sum, { measures }) => sum + (measures[status] ?? 0n), 0n);
  return {
    unpriced: count('unpriced'),
    unpriced_unit: count('unpriced_unit'),
    partially_priced: count('partially_priced'),
  };
}
