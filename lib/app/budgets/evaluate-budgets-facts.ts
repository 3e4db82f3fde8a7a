import type { DIMENSIONS } from '../../contracts/dimensions.ts';
import type {
  BudgetAlertFacts,
  BudgetForecast,
  Contributor,
  UnpricedCalls,
} from '../../domain/alerts/alert-budget-facts.ts';
import { scopeOfPart } from '../../domain/budgets/budget.ts';
import { createLeafMatcher, findPosition, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { measureIn, type SpendLine } from '../../domain/budgets/budget-total.ts';
import type { AmountUnit } from '../../domain/budgets/periods/amount-plan.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { isOfCredits } from '../../domain/corrections/credit.ts';
import { findRunOutDay } from '../../domain/forecast/find-run-out-day.ts';
import { addCredits, type DailyAmount, liftToSpent, projectPeriod } from '../../domain/forecast/forecast.ts';
import { addDays } from '../../domain/local-time.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { readLinesAt } from './evaluate-budgets-totals.ts';

/** What a message is to be written of. */
export interface Crossing
  extends Pick<
    BudgetAlertFacts,
    'budget' | 'period' | 'part' | 'status' | 'thresholdsPercent' | 'amount' | 'spent' | 'commit'
  > {}

/** Reads the lines of whole days, all at the same commit, and each range only once. */
export type LineReader = (days: DayRange) => Promise<readonly SpendLine[]>;

/** A reader of lines as they stood at a commit. */
export function createLineReader(reader: LedgerReader, tenant: string, commit: number): LineReader {
  const reads = new Map<string, Promise<readonly SpendLine[]>>();
  return ({ fromDay, toDay }) => {
    const key = `${fromDay} ${toDay}`;
    const read = reads.get(key) ?? readLinesAt(reader, tenant, { granularity: 'day', fromDay, toDay }, commit);
    reads.set(key, read);
    return read;
  };
}

/** Days of history that a forecast in an alert looks back on. */
const HISTORY_DAYS = 56;

const MAX_CONTRIBUTORS = 3;

/** By what the spend is broken down: the first that the scope leaves open and that has more than one value. */
const BREAKDOWNS = ['app', 'feature', 'model', 'team', 'environment'] as const;

const PICO_USD_PER_USD = 1e12;

/** Gathers what an alert says beside the total: forecast, contributors and completeness, all at the crossing's commit. */
export async function collectBudgetFacts(
  readLines: LineReader,
  tenant: TenantConfig,
  crossing: Crossing,
  about: { readonly alertId: string; readonly apiUrl: string | null; readonly nowMs: number; readonly today: string },
): Promise<BudgetAlertFacts> {
  const { budget, period, part } = crossing;
  const { unit } = budget.amount;
  const historyFrom = addDays(about.today, -HISTORY_DAYS);
  const isClosed = period.toDay <= about.today;
  const fromDay = isClosed || period.fromDay < historyFrom ? period.fromDay : historyFrom;
  const scope = scopeOfPart(budget, part);
  const matches = createLeafMatcher(scope, tenant.tagDimensions);
  const lines = (await readLines({ fromDay, toDay: period.toDay })).filter(({ leaf }) => matches(leaf));
  const ofPeriod = lines.filter(({ day }) => day >= period.fromDay);
  return {
    ...crossing,
    alertId: about.alertId,
    tenant: tenant.tenant,
    timeZone: tenant.timeZone,
    isClosed,
    forecast: isClosed ? null : forecastPeriod(lines, crossing, about.today),
    ...breakDown(ofPeriod, scope, unit),
    unpricedCalls: countUnpriced(ofPeriod),
    asOfMs: about.nowMs,
    apiUrl: about.apiUrl,
  };
}

function forecastPeriod(
  lines: readonly SpendLine[],
  { budget, period, amount, spent }: Crossing,
  today: string,
): BudgetForecast {
  const { unit } = budget.amount;
  const credits = lines.filter((line) => isOfCredits(line) && line.day >= period.fromDay);
  const credited = toNumber(
    unit,
    credits.reduce((sum, { measures }) => sum + measureIn(unit, measures), 0n),
  );
  const ofCalls = projectPeriod({
    series: listDailySpend(
      lines.filter((line) => !isOfCredits(line)),
      unit,
      today,
    ),
    asOf: addDays(today, -1),
    periodStart: period.fromDay,
    periodEnd: addDays(period.toDay, -1),
    // What was given back may be spent once more.
    budget: Math.max(0, toNumber(unit, amount) - credited),
  });
  const lifted = liftToSpent(addCredits(ofCalls, credited), toNumber(unit, spent));
  const bounded = { ...lifted, pExceed: spent > amount ? 1 : lifted.pExceed };
  const runOutDay = findRunOutDay(toNumber(unit, spent), toNumber(unit, amount), bounded.point, period, today);
  return { projection: bounded, runOutDay };
}

/** An exact amount as the number that statistics are made of: USD or tokens. */
function toNumber(unit: AmountUnit, amount: bigint): number {
  return unit === 'tokens' ? Number(amount) : Number(amount) / PICO_USD_PER_USD;
}

/** Spend by complete local day, from the first that has any: a day before it was not idle but not yet measured. */
function listDailySpend(lines: readonly SpendLine[], unit: AmountUnit, today: string): readonly DailyAmount[] {
  const byDay = new Map<string, bigint>();
  for (const { day, measures } of lines) byDay.set(day, (byDay.get(day) ?? 0n) + measureIn(unit, measures));
  const series: DailyAmount[] = [];
  const first = [...byDay.keys()].reduce((a, b) => (a < b ? a : b), today);
  for (let day = first; day < today; day = addDays(day, 1)) {
    // The projection wants no amount below zero, whatever a sender named so that it could not be told from a credit.
    series.push([day, Math.max(0, toNumber(unit, byDay.get(day) ?? 0n))]);
  }
  return series;
}

function breakDown(
  lines: readonly SpendLine[],
  scope: ScopeFilter,
  unit: AmountUnit,
): { readonly contributorDimension: string; readonly contributors: readonly Contributor[] } {
  const open = BREAKDOWNS.filter((dimension) => scope[dimension] === undefined);
  const dimension = open.find((candidate) => sumByValue(lines, candidate, unit).size > 1) ?? open[0] ?? 'model';
  const contributors = [...sumByValue(lines, dimension, unit)]
    .map(([value, spent]) => ({ value, spent }))
    .filter(({ spent }) => spent !== 0n)
    .sort((a, b) => (a.spent > b.spent ? -1 : a.spent < b.spent ? 1 : 0))
    .slice(0, MAX_CONTRIBUTORS);
  return { contributorDimension: dimension, contributors };
}

function sumByValue(
  lines: readonly SpendLine[],
  dimension: (typeof DIMENSIONS)[number],
  unit: AmountUnit,
): Map<string | null, bigint> {
  const position = findPosition(dimension, []) ?? 0;
  const sums = new Map<string | null, bigint>();
  for (const { leaf, measures } of lines) {
    const value = leaf[position] ?? null;
    sums.set(value, (sums.get(value) ?? 0n) + measureIn(unit, measures));
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
