import { type ChangePoint, findChangePoint } from './change-point.ts';
import type { DailyHistory } from './daily-history.ts';
import { estimateDailyGrowth } from './growth.ts';
import { findMedian, findMedianDeviation } from './robust-statistics.ts';
import { estimateWeekdayFactors } from './weekday-pattern.ts';

/** What the days up to one moment say of the days after it. Rates are units a day. */
export interface LevelSummary {
  /** Weekday (remainder of the day number) of the first day to come. */
  readonly nextWeekday: number;
  readonly weekdayFactors: readonly number[];
  /** Plain means: of the period so far, of the last 7, 14 and 28 days, of all days, and one that halves in 3 days. */
  readonly flatRates: readonly number[];
  /** Rates to be multiplied by the weekday's factor, in the order of {@link SEASONAL_METHODS}. */
  readonly seasonalRates: readonly number[];
  /** Means by weekday over the last 28 and 56 days. */
  readonly weekdayMeans28: readonly number[];
  readonly weekdayMeans56: readonly number[];
  readonly dailyGrowth: number;
  readonly changePoint: ChangePoint;
}

const HALF_LIVES_DAYS = [2, 5, 10, 20] as const;
/** Place of the mean that halves in five days among the seasonal rates; growth starts from it. */
export const GROWING_RATE = 1;
const WINDOW_DAYS = 63;
const CLIPPED_DAYS = 40;
const MAX_DEVIATIONS = 3;
const MIN_FACTOR = 0.1;
/** A change of level counts from four standard errors on. */
export const MIN_CHANGE_SCORE = 4;
const MAX_CHANGE_DAYS = 56;

/**
 * Sums up the days before `end`, of which at least one has data.
 *
 * @param elapsedDays - days of the period that are over; 0 when it has not begun
 */
export function summariseLevel(history: DailyHistory, end: number, elapsedDays: number): LevelSummary {
  const weekdayFactors = estimateWeekdayFactors(history, end);
  const days = listRecentDays(history, end, weekdayFactors);
  const all = meanOfAll(history, end);
  const meanOf = (windowDays: number, otherwise: number): number => meanWithin(days, windowDays) ?? otherwise;
  const mean56 = meanOf(56, all);
  const mean28 = meanOf(28, mean56);
  const mean14 = meanOf(14, mean28);
  const logs = days.slice(0, MAX_CHANGE_DAYS).map(({ amount, factor }) => {
    return Math.log(amount / Math.max(MIN_FACTOR, factor) + 0.1 * mean28 + 1e-12);
  });
  const changePoint = findChangePoint(logs);
  const sinceChange = days.slice(0, changePoint.score > MIN_CHANGE_SCORE ? changePoint.days : MAX_CHANGE_DAYS);
  const relative = days
    .filter(({ age }) => age < 28)
    .map(({ amount, factor }) => amount / Math.max(MIN_FACTOR, factor));
  const median = findMedian(relative);
  const cap = median + MAX_DEVIATIONS * Math.max(findMedianDeviation(relative, median), 0.1 * median);
  return {
    nextWeekday: (history.firstDay + end) % 7,
    weekdayFactors,
    flatRates: [
      meanOf(elapsedDays, mean28),
      meanOf(7, mean14),
      mean14,
      mean28,
      all,
      fade(
        days,
        3,
        (day) => day.amount,
        () => 1,
      ) ?? all,
    ],
    seasonalRates: [
      ...HALF_LIVES_DAYS.map((halfLife) => fade(days, halfLife, (day) => day.amount, factorOf) ?? all),
      median,
      fade(
        days.filter(({ age }) => age < CLIPPED_DAYS),
        10,
        (day) => Math.min(day.amount, cap * day.factor),
        factorOf,
      ) ?? all,
      fade(sinceChange, Number.POSITIVE_INFINITY, (day) => day.amount, factorOf) ?? all,
    ],
    weekdayMeans28: meanByWeekday(days, 28, mean28),
    weekdayMeans56: meanByWeekday(days, 56, mean56),
    dailyGrowth: estimateDailyGrowth(history, end),
    changePoint,
  };
}

interface RecentDay {
  /** 0 for the last day. */
  readonly age: number;
  readonly amount: number;
  readonly weekday: number;
  readonly factor: number;
}

const factorOf = (day: RecentDay): number => day.factor;

/** Days with data, newest first. */
function listRecentDays(history: DailyHistory, end: number, factors: readonly number[]): RecentDay[] {
  const days: RecentDay[] = [];
  for (let index = end - 1; index >= Math.max(0, end - WINDOW_DAYS); index--) {
    if (history.isKnown[index] !== true) continue;
    const weekday = (history.firstDay + index) % 7;
    const factor = factors[weekday] ?? 1;
    days.push({ age: end - 1 - index, amount: history.amounts[index] ?? 0, weekday, factor });
  }
  return days;
}

function meanOfAll({ amounts, isKnown }: DailyHistory, end: number): number {
  let total = 0;
  let count = 0;
  for (let index = 0; index < end; index++) {
    if (isKnown[index] !== true) continue;
    total += amounts[index] ?? 0;
    count += 1;
  }
  return count === 0 ? 0 : total / count;
}

/** Undefined of no days. */
function meanWithin(days: readonly RecentDay[], windowDays: number): number | undefined {
  let total = 0;
  let count = 0;
  for (const { age, amount } of days) {
    if (age >= windowDays) break;
    total += amount;
    count += 1;
  }
  return count === 0 ? undefined : total / count;
}

/** Ratio of two sums in which a day weighs half as much as one that is `halfLifeDays` younger; undefined of no days. */
function fade(
  days: readonly RecentDay[],
  halfLifeDays: number,
  amountOf: (day: RecentDay) => number,
  sizeOf: (day: RecentDay) => number,
): number | undefined {
  const daily = 2 ** (-1 / halfLifeDays);
  let weight = 1;
  let age = 0;
  let amount = 0;
  let size = 0;
  for (const day of days) {
    for (; age < day.age; age++) weight *= daily;
    amount += weight * amountOf(day);
    size += weight * sizeOf(day);
  }
  return size > 0 ? amount / size : undefined;
}

function meanByWeekday(days: readonly RecentDay[], windowDays: number, otherwise: number): number[] {
  const sums = new Array<number>(7).fill(0);
  const counts = new Array<number>(7).fill(0);
  for (const { age, amount, weekday } of days) {
    if (age >= windowDays) break;
    sums[weekday] = (sums[weekday] ?? 0) + amount;
    counts[weekday] = (counts[weekday] ?? 0) + 1;
  }
  return sums.map((sum, weekday) => {
    const count = counts[weekday] ?? 0;
    return count > 0 ? sum / count : otherwise;
  });
}
