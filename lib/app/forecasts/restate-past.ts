import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { isCapacityLeaf } from '../../domain/capacity/capacity-leaf.ts';
import type { FixedCosts } from '../../domain/capacity/fixed-costs.ts';
import type { DailyAmount } from '../../domain/forecast/forecast.ts';
import type { Conditions, ForecastUnit } from '../../domain/forecast-conditions/conditions.ts';
import type { RecentUse } from '../../domain/forecast-conditions/rest-course.ts';
import { addDays } from '../../domain/local-time.ts';
import { formatUsd } from '../../domain/money.ts';
import { amountOf, type LeafPast } from './leaf-past.ts';

/** What is read once for all forecasts of a tenant. */
export interface ForecastInputs {
  /** Day rows of the whole tenant, the history and every period that is asked about, without what is in `oneOffs`. */
  readonly rows: readonly LeafDay[];
  /** What confirmed anomalies brought beyond what was expected: it is spent, and no habit of days to come. */
  readonly oneOffs: readonly LeafDay[];
  /** The running local day. */
  readonly today: string;
  readonly conditions: Conditions;
  /** What capacities with a fixed price cost; absent = there are none. */
  readonly fixedCosts?: FixedCosts;
  /** Local days on which a good part of the calls is known to be missing: they are no days of little use. */
  readonly missingDays: ReadonlySet<string>;
}

/** One total that is asked about, whatever it is of. */
export interface TotalQuestion extends ForecastInputs {
  readonly unit: ForecastUnit;
  /** The period. `today` lies in it or behind it. */
  readonly days: DayRange;
  /** Amounts in the unit, above zero, whose odds are asked for: a budget's thresholds, say. */
  readonly levels: readonly bigint[];
}

/** The complete days of a scope as a forecast takes them in: all of them under the conditions of one day. */
export interface RestatedPast {
  /** From the first day with a row to yesterday, without the days that miss calls; a day without rows is one of zero. */
  readonly series: readonly DailyAmount[];
  /** What was recorded, by day. */
  readonly exactByDay: ReadonlyMap<string, bigint>;
  /** What was used of late, as it comes to on any day. */
  readonly recent: RecentUse;
  /** Whether the series is what was recorded: no amount had to change, and no day of the period is left out. */
  readonly isAsRecorded: boolean;
}

/** Brings the complete days of the leaves of a question to one day's conditions. */
export function restatePast(question: TotalQuestion, leaves: readonly LeafPast[]): RestatedPast {
  const { today, unit, days, missingDays } = question;
  const baseDay = chooseBaseDay(question, leaves);
  const restated = leaves.map((leaf) => leaf.restate(unit, baseDay));
  const exactByDay = new Map<string, bigint>();
  const changeByDay = new Map<string, bigint>();
  for (const { days: own } of restated) {
    for (const { period, exact, restated: amount } of own) {
      exactByDay.set(period, (exactByDay.get(period) ?? 0n) + exact);
      if (amount !== exact) changeByDay.set(period, (changeByDay.get(period) ?? 0n) + amount - exact);
    }
  }
  const series: DailyAmount[] = [];
  let isAsRecorded = [...changeByDay.values()].every((change) => change === 0n);
  const first = findFirstDay(exactByDay, leaves, today);
  for (let day = first; day < today; day = addDays(day, 1)) {
    const amount = (exactByDay.get(day) ?? 0n) + (changeByDay.get(day) ?? 0n);
    // The projection wants no amount below zero, whatever a sender named so that it could not be told from a credit.
    if (!missingDays.has(day)) series.push([day, Math.max(0, toFigure(amount, unit))]);
    else if (day >= days.fromDay && day < days.toDay) isAsRecorded = false;
  }
  const recent: RecentUse = {
    amount: restated.reduce((sum, leaf) => sum + leaf.recent, 0n),
    amountOn: (day) => restated.reduce((sum, leaf) => sum + leaf.recentOn(day), 0n),
  };
  return { series, exactByDay, recent, isAsRecorded };
}

/** The first day of calls; where there never were any, of capacities, whose days have none. */
function findFirstDay(exactByDay: ReadonlyMap<string, bigint>, leaves: readonly LeafPast[], today: string): string {
  const ofCapacities = () => leaves.flatMap(({ leaf, setAside }) => (isCapacityLeaf(leaf) ? setAside : []));
  const days = exactByDay.size > 0 ? [...exactByDay.keys()] : ofCapacities().map(({ period }) => period);
  return days.reduce((a, b) => (a < b ? a : b), today);
}

/** What rows come to in a unit: picoUSD, tokens in and out, or calls. */
export function sumAmounts(rows: readonly LeafDay[], unit: ForecastUnit): bigint {
  return rows.reduce((total, row) => total + amountOf(row, unit), 0n);
}

/** An exact amount as the number that statistics work with: USD, tokens or calls. */
export function toFigure(amount: bigint, unit: ForecastUnit): number {
  return unit === 'pico_usd' ? Number(formatUsd(amount)) : Number(amount);
}

/**
 * Today, unless what is used of late comes to nothing under the conditions of today and to something under those of the
 * last day: nothing cannot be multiplied.
 */
function chooseBaseDay({ today, days, unit }: TotalQuestion, leaves: readonly LeafPast[]): string {
  const lastDay = addDays(days.toDay, -1);
  const isWorthSomething = (day: string): boolean => leaves.some((leaf) => leaf.restate(unit, day).isUsedOfLate);
  return lastDay > today && !isWorthSomething(today) && isWorthSomething(lastDay) ? lastDay : today;
}
