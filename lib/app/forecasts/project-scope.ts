import type { ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { createLeafMatcher } from '../../domain/budgets/budget-scope.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { isOfCredits } from '../../domain/corrections/credit.ts';
import type { Projection } from '../../domain/forecast/forecast.ts';
import { addCredits, type DailyAmount, liftToSpent, projectPeriod } from '../../domain/forecast/forecast.ts';
import type { Conditions, ForecastUnit } from '../../domain/forecast-conditions/conditions.ts';
import { addDays } from '../../domain/local-time.ts';
import { formatUsd } from '../../domain/money.ts';
import type { RollupRow, TenantConfig } from '../ports.ts';
import { countLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';

/** What is read once for all forecasts of a tenant. */
export interface ForecastInputs {
  /** Day rows of the whole tenant: the history and every period that is asked about. */
  readonly rows: readonly RollupRow[];
  /** The running local day. */
  readonly today: string;
  readonly conditions: Conditions;
  /** Local days on which a good part of the calls is known to be missing. */
  readonly missingDays: ReadonlySet<string>;
}

/** One total that is asked about. */
export interface ScopeQuestion extends ForecastInputs {
  readonly tenant: Pick<TenantConfig, 'tagDimensions'>;
  readonly scope: ScopeFilter;
  /** The one value of a dimension (or `tags.<name>`) that a budget with one total for each value is asked about. */
  readonly part?: { readonly dimension: string; readonly value: string };
  readonly unit: ForecastUnit;
  /** The period. `today` lies in it or behind it. */
  readonly days: DayRange;
  /** Amounts in the unit, above zero, whose odds are asked for: a budget's thresholds, say. */
  readonly levels: readonly bigint[];
}

/** How likely the total ends above an amount. */
export interface LevelOdds {
  readonly level: bigint;
  /** 0 to 1; `null` without data. */
  readonly probability: number | null;
  /** The local day on which the expected course reaches the amount, today when it is reached; `null` = not in the period. */
  readonly runOutDay: string | null;
}

/** Where the total of a scope is going. */
export interface ScopeProjection {
  /** Exact, in the unit: everything recorded of the period, today's part and credits included. */
  readonly spent: bigint;
  /** In USD, tokens or calls: an estimate. Its own `pExceed` is null; the odds stand in `exceed`. */
  readonly projection: Projection;
  /** In the order of the levels. */
  readonly exceed: readonly LevelOdds[];
  /** The complete days that the projection looked at; `fromDay` is null and `days` 0 where there were none. */
  readonly history: { readonly fromDay: string | null; readonly days: number };
  /** Calls of the scope that lack a price: in the period, and in the history before it. */
  readonly unpriced: { readonly period: UnpricedCounts; readonly history: UnpricedCounts };
}

/**
 * Projects the total of a scope over a period. Pure, and over rows that were read once, so that many budgets of a tenant
 * cost one read.
 */
export function projectScope(question: ScopeQuestion): ScopeProjection {
  const { scope, part, tenant, days, unit, today, levels } = question;
  const filter = part === undefined ? scope : { ...scope, [part.dimension]: part.value };
  const matches = createLeafMatcher(filter, tenant.tagDimensions);
  const rows = question.rows.filter(({ leaf }) => matches(leaf));
  const ofPeriod = rows.filter(({ period }) => period >= days.fromDay && period < days.toDay);
  const spent = sumAmounts(ofPeriod, unit);
  const credits = toNumber(sumAmounts(ofPeriod.filter(isOfCredits), unit), unit);
  const series = listDailyAmounts(
    rows.filter((row) => !isOfCredits(row)),
    unit,
    today,
  );
  const period = { asOf: addDays(today, -1), periodStart: days.fromDay, periodEnd: addDays(days.toDay, -1) };
  const projection = liftToSpent(addCredits(projectPeriod({ series, ...period }), credits), toNumber(spent, unit));
  return {
    spent,
    projection,
    exceed: levels.map((level) => ({
      level,
      probability:
        spent > level
          ? 1
          : projectPeriod({ series, ...period, budget: Math.max(0, toNumber(level, unit) - credits) }).pExceed,
      runOutDay: null,
    })),
    history: { fromDay: series[0]?.[0] ?? null, days: projection.historyDays },
    unpriced: {
      period: countLackingPrice(ofPeriod),
      history: countLackingPrice(rows.filter((row) => row.period < days.fromDay)),
    },
  };
}

function listDailyAmounts(rows: readonly RollupRow[], unit: ForecastUnit, today: string): DailyAmount[] {
  const byDay = new Map<string, bigint>();
  for (const row of rows) byDay.set(row.period, (byDay.get(row.period) ?? 0n) + amountOf(row, unit));
  const series: DailyAmount[] = [];
  const first = [...byDay.keys()].reduce((a, b) => (a < b ? a : b), today);
  for (let day = first; day < today; day = addDays(day, 1)) {
    series.push([day, Math.max(0, toNumber(byDay.get(day) ?? 0n, unit))]);
  }
  return series;
}

function sumAmounts(rows: readonly RollupRow[], unit: ForecastUnit): bigint {
  return rows.reduce((total, row) => total + amountOf(row, unit), 0n);
}

function amountOf({ measures }: RollupRow, unit: ForecastUnit): bigint {
  switch (unit) {
    case 'pico_usd':
      return measures.cost ?? 0n;
    case 'tokens':
      return (measures.input_tokens ?? 0n) + (measures.output_tokens ?? 0n);
    case 'calls':
      return measures.calls ?? 0n;
  }
}

function toNumber(amount: bigint, unit: ForecastUnit): number {
  return unit === 'pico_usd' ? Number(formatUsd(amount)) : Number(amount);
}
