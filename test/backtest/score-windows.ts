import { type DailyAmount, projectPeriod } from '../../lib/domain/forecast/forecast.ts';
import { BAR_METHODS, forecastSimply, SIMPLE_METHODS } from './simple-forecasts.ts';
import { type BacktestWindow, ELAPSED_DAYS, PERIOD_DAYS, type SeriesDay } from './windows.ts';

/** How the forecasts of one day of the period did over all windows of a set. Shares are from 0 to 1. */
export interface DayScore {
  readonly elapsedDays: number;
  readonly windows: number;
  /** Sum of the errors over the sum of the totals, in percent. */
  readonly wapePercent: number;
  /** The same of each of `SIMPLE_METHODS`. */
  readonly simpleWapePercent: readonly number[];
  /** What `wapePercent` may not exceed. */
  readonly barPercent: number;
  /** Totals inside the 50, 80 and 95 % interval. */
  readonly coverage: readonly [number, number, number];
  /** Mean square error of the probabilities of exceeding, and what always saying the share that exceeded would score. */
  readonly brier: number;
  readonly brierOfShare: number;
}

/** Budgets that are tried, as multiples of thirty days at the mean of the last 28. */
const BUDGET_FACTORS = [0.8, 1, 1.25] as const;

/** Scores every day of {@link ELAPSED_DAYS}. */
export function scoreWindows(windows: readonly BacktestWindow[]): DayScore[] {
  return ELAPSED_DAYS.map((elapsedDays) => scoreDay(windows, elapsedDays));
}

/** The days on which the set misses the bar: too large an error, or an 80 % interval that holds less than 70 or more than 92 %. */
export function listMisses(scores: readonly DayScore[]): string[] {
  return scores.flatMap(({ elapsedDays, wapePercent, barPercent, coverage }) => [
    ...(wapePercent > barPercent
      ? [`day ${elapsedDays}: error ${wapePercent.toFixed(2)} % over the bar of ${barPercent.toFixed(2)} %`]
      : []),
    ...(coverage[1] < 0.7 || coverage[1] > 0.92
      ? [`day ${elapsedDays}: ${(100 * coverage[1]).toFixed(0)} % inside the 80 % interval`]
      : []),
  ]);
}

function scoreDay(windows: readonly BacktestWindow[], elapsedDays: number): DayScore {
  let totals = 0;
  let error = 0;
  const simpleErrors = SIMPLE_METHODS.map(() => 0);
  const inside: [number, number, number] = [0, 0, 0];
  const guesses: { readonly probability: number; readonly exceeded: boolean }[] = [];
  for (const { days, startDay } of windows) {
    const asOf = startDay + elapsedDays - 1;
    const known = days.filter(({ number }) => number <= asOf);
    const total = sumFrom(days, startDay);
    const spent = sumFrom(known, startDay);
    const budgets = BUDGET_FACTORS.map((factor) => (factor * PERIOD_DAYS * sumFrom(known, asOf - 27)) / 28);
    const series = known.map(({ number, amount }): DailyAmount => [toDate(number), amount]);
    const period = { series, asOf: toDate(asOf), periodStart: toDate(startDay), periodEnd: toDate(startDay + 29) };
    const projections = budgets.map((budget) => projectPeriod({ ...period, budget }));
    const [projection] = projections;
    if (projection === undefined) continue;
    totals += total;
    error += Math.abs((projection.point ?? 0) - total);
    const rests = forecastSimply(known, asOf, elapsedDays, PERIOD_DAYS - elapsedDays);
    for (const [index, rest] of rests.entries()) {
      simpleErrors[index] = (simpleErrors[index] ?? 0) + Math.abs(spent + rest - total);
    }
    const holds = (low: number | null, high: number | null) => total >= (low ?? 0) && total <= (high ?? 0);
    if (holds(projection.lo50, projection.hi50)) inside[0] += 1;
    if (holds(projection.lo80, projection.hi80)) inside[1] += 1;
    if (holds(projection.lo95, projection.hi95)) inside[2] += 1;
    for (const [index, { pExceed }] of projections.entries()) {
      guesses.push({ probability: pExceed ?? 0, exceeded: total > (budgets[index] ?? 0) });
    }
  }
  const percent = (of: number): number => (100 * of) / totals;
  const simpleWapePercent = simpleErrors.map(percent);
  const share = guesses.filter(({ exceeded }) => exceeded).length / guesses.length;
  return {
    elapsedDays,
    windows: windows.length,
    wapePercent: percent(error),
    simpleWapePercent,
    barPercent: 1.02 * Math.min(...simpleWapePercent.slice(0, BAR_METHODS)) + 0.2,
    coverage: [inside[0] / windows.length, inside[1] / windows.length, inside[2] / windows.length],
    brier:
      guesses.reduce((sum, { probability, exceeded }) => sum + (probability - Number(exceeded)) ** 2, 0) /
      guesses.length,
    brierOfShare: share * (1 - share),
  };
}

function sumFrom(days: readonly SeriesDay[], from: number): number {
  return days.reduce((total, { number, amount }) => total + (number >= from ? amount : 0), 0);
}

function toDate(dayNumber: number): string {
  return new Date(dayNumber * 86_400_000).toISOString().slice(0, 10);
}
