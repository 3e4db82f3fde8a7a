import type { BudgetDefinition } from './budget.ts';
import { amountOf } from './budget.ts';
import type { AmountUnit } from './periods/amount-plan.ts';
import type { BudgetPeriod } from './periods/find-period.ts';
import { canMeet } from './scope-meeting.ts';

/** Where a line is going, in USD or tokens: estimates. */
export interface LineForecast {
  readonly point: number;
  /** Bounds of the range that holds the end of the period with a probability of 80 %. */
  readonly lo80: number;
  readonly hi80: number;
  readonly state: string;
  readonly projectedAtMs: number;
}

/**
 * Why a line has no forecast: its period is over, no hourly projection of it is stored, the stored one is hours old or
 * had no data to go by, or the line is the sum of many parts.
 */
export const NO_FORECAST_REASONS = ['period_over', 'not_projected', 'out_of_date', 'no_data', 'many_parts'] as const;

/** One of {@link NO_FORECAST_REASONS}. */
export type NoForecast = (typeof NO_FORECAST_REASONS)[number];

/** A budget in one of its periods. */
export interface BudgetInPeriod<Budget extends BudgetDefinition = BudgetDefinition> {
  readonly budget: Budget;
  readonly period: BudgetPeriod;
  /** Whether the period is not over yet. */
  readonly isOpen: boolean;
}

/** What parts of a budget in one period may use and have used; amounts in the budget's unit. */
export interface ReportLine {
  /** The part that it is about; null for a budget without `each`, and for the parts that have no line of their own. */
  readonly part: string | null;
  /** Parts that it sums: 1, more for those without a line of their own, 0 where no part has used anything. */
  readonly parts: number;
  /** What the budget allows to each part, times the parts. */
  readonly amount: bigint;
  readonly actual: bigint;
  readonly forecast: LineForecast | NoForecast;
}

/** What lines come to together. A call that two of the budgets count is in it twice. */
export interface ReportTotal {
  readonly budgets: number;
  /** Name of the period that all of them have; null when they have different ones, and when there are none. */
  readonly period: string | null;
  readonly amount: bigint;
  readonly actual: bigint;
  /** The points of open lines and the actual amounts of closed ones; null when all are closed or an open one has none. */
  readonly forecast: number | null;
  /** `actual` when every period is over, `forecast` while one is open: what the variance is about. */
  readonly basis: 'actual' | 'forecast';
}

const PICO_USD_PER_USD = 1e12;

/**
 * The lines of a budget in a period: one, or with `each` one for each part, the largest first, and one for all parts
 * that are too many to show.
 *
 * @param spent - what each part has used
 * @param mostParts - parts that get a line of their own, from 1
 * @param forecastOf - where a part is going
 */
export function listLines(
  { budget, period }: BudgetInPeriod,
  spent: ReadonlyMap<string, bigint>,
  mostParts: number,
  forecastOf: (part: string) => ReportLine['forecast'],
): readonly ReportLine[] {
  const amount = amountOf(budget, period);
  if (budget.each === null) {
    return [{ part: null, parts: 1, amount, actual: spent.get('') ?? 0n, forecast: forecastOf('') }];
  }
  const parts = [...spent].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x > y ? -1 : 1));
  const shown = parts
    .slice(0, mostParts)
    .map(([part, actual]) => ({ part, parts: 1, amount, actual, forecast: forecastOf(part) }));
  const others = parts.slice(mostParts);
  if (others.length === 0 && shown.length > 0) return shown;
  const actual = others.reduce((sum, [, one]) => sum + one, 0n);
  const count = others.length;
  return [
    ...shown,
    {
      part: null,
      parts: count,
      amount: amount * BigInt(count),
      actual,
      forecast: count > 0 ? 'many_parts' : 'no_data',
    },
  ];
}

/** Adds up what budgets of one unit may use and have used. */
export function sumLines(
  unit: AmountUnit,
  reports: readonly (BudgetInPeriod & { readonly lines: readonly ReportLine[] })[],
): ReportTotal {
  const lines = reports.flatMap((report) => report.lines);
  const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
  const isAnyOpen = reports.some(({ isOpen }) => isOpen);
  const ends = reports.flatMap(({ isOpen, lines: own }) => own.map((line) => findEnd(unit, line, isOpen)));
  const isKnown = isAnyOpen && ends.every((end) => end !== null);
  const [first, ...others] = new Set(reports.map(({ period }) => period.name));
  return {
    budgets: reports.length,
    period: others.length === 0 ? (first ?? null) : null,
    amount: sum(lines.map(({ amount }) => amount)),
    actual: sum(lines.map(({ actual }) => actual)),
    forecast: isKnown ? ends.reduce<number>((a, b) => a + (b ?? 0), 0) : null,
    basis: isAnyOpen ? 'forecast' : 'actual',
  };
}

/** An exact amount as a number of USD or tokens, to stand beside estimates. */
export function toEstimateUnit(unit: AmountUnit, amount: bigint): number {
  return unit === 'tokens' ? Number(amount) : Number(amount) / PICO_USD_PER_USD;
}

/**
 * Whether there can be a call that both budgets count in these periods, so that a sum of the two holds it twice.
 * The parts of one budget never meet: a call has one value of each dimension.
 */
export function canCountTwice(a: BudgetInPeriod, b: BudgetInPeriod): boolean {
  if (a.budget.amount.unit !== b.budget.amount.unit) return false;
  if (a.period.fromDay >= b.period.toDay || b.period.fromDay >= a.period.toDay) return false;
  return canMeet(a.budget.scope, b.budget.scope);
}

/** Where a line ends: its forecast, what it used once its period is over, 0 without parts; null = not known. */
function findEnd(unit: AmountUnit, { forecast, actual, parts }: ReportLine, isOpen: boolean): number | null {
  if (!isOpen || parts === 0) return toEstimateUnit(unit, actual);
  return typeof forecast === 'string' ? null : forecast.point;
}
