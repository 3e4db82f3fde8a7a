import { MEASURES, type Measure } from '../../contracts/measures.ts';
import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import { measureIn } from '../../domain/budgets/budget-total.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import type { DailyAmount } from '../../domain/forecast/forecast.ts';
import type { Conditions, ForecastUnit } from '../../domain/forecast-conditions/conditions.ts';
import type { UsedLine } from '../../domain/forecast-conditions/price-timeline.ts';
import type { RestatedLine } from '../../domain/forecast-conditions/rest-course.ts';
import { addDays } from '../../domain/local-time.ts';
import { formatUsd } from '../../domain/money.ts';

/** What is read once for all forecasts of a tenant. */
export interface ForecastInputs {
  /** Day rows of the whole tenant, the history and every period that is asked about, without what is in `oneOffs`. */
  readonly rows: readonly LeafDay[];
  /** What confirmed anomalies brought beyond what was expected: it is spent, and no habit of days to come. */
  readonly oneOffs: readonly LeafDay[];
  /** The running local day. */
  readonly today: string;
  readonly conditions: Conditions;
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
  /** What each leaf used of late, under the same conditions. */
  readonly recentLines: readonly RestatedLine[];
  /** The day whose conditions these are. */
  readonly baseDay: string;
  /** Whether the series is what was recorded: no amount had to change, and no day of the period is left out. */
  readonly isAsRecorded: boolean;
}

/** Days by which the mix of leaves and units to come is judged. */
const RECENT_DAYS = 28;

/** Brings the complete days of a question, whose rows are those of its scope without credits, to one day's conditions. */
export function restatePast(question: TotalQuestion): RestatedPast {
  const { today, unit, days, missingDays } = question;
  const rows = question.rows.filter(({ period }) => period < today);
  const baseDay = chooseBaseDay(question, rows);
  const restate = createRestater(question, baseDay);
  const exactByDay = sumByDay(rows, (row) => amountOf(row, unit));
  const byDay = sumByDay(rows, restate);
  const series: DailyAmount[] = [];
  let isAsRecorded = true;
  const first = [...exactByDay.keys()].reduce((a, b) => (a < b ? a : b), today);
  for (let day = first; day < today; day = addDays(day, 1)) {
    const amount = byDay.get(day) ?? 0n;
    if (amount !== (exactByDay.get(day) ?? 0n)) isAsRecorded = false;
    // The projection wants no amount below zero, whatever a sender named so that it could not be told from a credit.
    if (!missingDays.has(day)) series.push([day, Math.max(0, toFigure(amount, unit))]);
    else if (day >= days.fromDay && day < days.toDay) isAsRecorded = false;
  }
  return { series, exactByDay, recentLines: mergeByLeaf(findRecent(rows, today), restate), baseDay, isAsRecorded };
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
function chooseBaseDay(question: TotalQuestion, rows: readonly LeafDay[]): string {
  const { today, days } = question;
  const lastDay = addDays(days.toDay, -1);
  if (lastDay <= today) return today;
  const recent = findRecent(rows, today);
  const isWorthSomething = (day: string): boolean => {
    const restate = createRestater(question, day);
    return recent.some((row) => restate(row) > 0n);
  };
  return isWorthSomething(today) || !isWorthSomething(lastDay) ? today : lastDay;
}

function createRestater({ conditions, unit }: TotalQuestion, baseDay: string): (row: LeafDay) => bigint {
  return (row) => conditions.restate(row, amountOf(row, unit), unit, row.period, baseDay);
}

function findRecent(rows: readonly LeafDay[], today: string): readonly LeafDay[] {
  const fromDay = addDays(today, -RECENT_DAYS);
  return rows.filter(({ period }) => period >= fromDay);
}

function sumByDay(rows: readonly LeafDay[], amount: (row: LeafDay) => bigint): ReadonlyMap<string, bigint> {
  const byDay = new Map<string, bigint>();
  for (const row of rows) byDay.set(row.period, (byDay.get(row.period) ?? 0n) + amount(row));
  return byDay;
}

function mergeByLeaf(rows: readonly LeafDay[], amount: (row: LeafDay) => bigint): readonly RestatedLine[] {
  const merged = new Map<
    string,
    { leaf: UsedLine['leaf']; measures: Partial<Record<Measure, bigint>>; amount: bigint }
  >();
  for (const row of rows) {
    const key = JSON.stringify(row.leaf);
    const into = merged.get(key) ?? { leaf: row.leaf, measures: {}, amount: 0n };
    for (const name of MEASURES) {
      const value = row.measures[name];
      if (value !== undefined) into.measures[name] = (into.measures[name] ?? 0n) + value;
    }
    into.amount += amount(row);
    merged.set(key, into);
  }
  return [...merged.values()].map(({ leaf, measures, amount: total }) => ({ line: { leaf, measures }, amount: total }));
}

function amountOf({ measures }: LeafDay, unit: ForecastUnit): bigint {
  return unit === 'calls' ? (measures.calls ?? 0n) : measureIn(unit, measures);
}
