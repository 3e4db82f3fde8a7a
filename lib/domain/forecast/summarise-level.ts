import { type DailyHistory, sumSpan } from './daily-history.ts';
import { estimateDailyGrowth } from './growth.ts';
import { findMedian, findMedianDeviation } from './robust-statistics.ts';
import { estimateWeekdayFactors } from './weekday-pattern.ts';

/** What the days up to one moment say of the days after it. Rates are units a day. */
export interface LevelSummary {
  /** Weekday (remainder of the day number) of the first day to come. */
  readonly nextWeekday: number;
  readonly weekdayFactors: readonly number[];
  /** Plain means of the last 7, 28 and 182 days. */
  readonly mean7: number;
  readonly mean28: number;
  readonly mean182: number;
  /** Means by weekday over the last 56 days. */
  readonly weekdayMeans56: readonly number[];
  /** Means without the weekday, in which a day weighs half as much as one that is 1, 5 or 20 days younger. */
  readonly fading1: number;
  readonly fading5: number;
  readonly fading20: number;
  /** The same, halving in 10 days, with days far above the usual cut down. */
  readonly clipped: number;
  /** The middle of the last 28 days without the weekday. */
  readonly median28: number;
  /** Change of the logarithm of the level from day to day. */
  readonly dailyGrowth: number;
}

const WINDOW_DAYS = 63;
const WEEKDAY_MEAN_DAYS = 56;
const CLIPPED_DAYS = 40;
const USUAL_DAYS = 28;
const MAX_DEVIATIONS = 3;
const MIN_FACTOR = 0.1;

/** Weight of a day by its age in days. */
const listFadingWeights = (halfLifeDays: number): readonly number[] =>
  Array.from({ length: WINDOW_DAYS }, (_, age) => 2 ** (-age / halfLifeDays));
const FADING_1 = listFadingWeights(1);
const FADING_5 = listFadingWeights(5);
const FADING_10 = listFadingWeights(10);
const FADING_20 = listFadingWeights(20);

/** Sums up the days before `end`, of which at least one has data. */
export function summariseLevel(history: DailyHistory, end: number): LevelSummary {
  const weekdayFactors = estimateWeekdayFactors(history, end);
  const days = listRecentDays(history, end, weekdayFactors);
  // Where half a year brought no data, what came before it is all there is.
  const mean182 = meanOf(history, end, 182) ?? meanOf(history, end, end) ?? 0;
  const mean56 = meanOf(history, end, WEEKDAY_MEAN_DAYS) ?? mean182;
  const mean28 = meanOf(history, end, 28) ?? mean56;
  const usual = days
    .filter(({ age }) => age < USUAL_DAYS)
    .map(({ amount, factor }) => amount / Math.max(MIN_FACTOR, factor));
  const median28 = findMedian(usual);
  const cap = median28 + MAX_DEVIATIONS * Math.max(findMedianDeviation(usual, median28), 0.1 * median28);
  return {
    nextWeekday: (history.firstDay + end) % 7,
    weekdayFactors,
    mean7: meanOf(history, end, 7) ?? mean28,
    mean28,
    mean182,
    weekdayMeans56: meanByWeekday(days, mean56),
    fading1: fade(days, FADING_1) ?? mean182,
    fading5: fade(days, FADING_5) ?? mean182,
    fading20: fade(days, FADING_20) ?? mean182,
    clipped: fade(clip(days, cap), FADING_10) ?? mean182,
    median28: usual.length > 0 ? median28 : mean28,
    dailyGrowth: estimateDailyGrowth(history, end),
  };
}

interface RecentDay {
  /** 0 for the last day. */
  readonly age: number;
  readonly amount: number;
  readonly weekday: number;
  readonly factor: number;
}

/** Days with data, newest first. */
function listRecentDays(history: DailyHistory, end: number, factors: readonly number[]): RecentDay[] {
  const days: RecentDay[] = [];
  for (let index = end - 1; index >= Math.max(0, end - WINDOW_DAYS); index--) {
    if (history.isKnown[index] !== true) continue;
    const weekday = (history.firstDay + index) % 7;
    days.push({ age: end - 1 - index, amount: history.amounts[index] ?? 0, weekday, factor: factors[weekday] ?? 1 });
  }
  return days;
}

/** Undefined of no days. */
function meanOf(history: DailyHistory, end: number, windowDays: number): number | undefined {
  const { sum, count } = sumSpan(history, end - windowDays, end);
  return count === 0 ? undefined : sum / count;
}

/** Ratio of the weighted amounts to the weighted factors of their weekdays; undefined of no days. */
function fade(days: readonly RecentDay[], weights: readonly number[]): number | undefined {
  let amounts = 0;
  let factors = 0;
  for (const { age, amount, factor } of days) {
    const weight = weights[age] ?? 0;
    amounts += weight * amount;
    factors += weight * factor;
  }
  return factors > 0 ? amounts / factors : undefined;
}

/** The younger days, with what is above the cap of their weekday cut off. */
function clip(days: readonly RecentDay[], cap: number): RecentDay[] {
  return days
    .filter(({ age }) => age < CLIPPED_DAYS)
    .map((day) => (day.amount > cap * day.factor ? { ...day, amount: cap * day.factor } : day));
}

function meanByWeekday(days: readonly RecentDay[], otherwise: number): number[] {
  const sums = new Array<number>(7).fill(0);
  const counts = new Array<number>(7).fill(0);
  for (const { age, amount, weekday } of days) {
    if (age >= WEEKDAY_MEAN_DAYS) break;
    sums[weekday] = (sums[weekday] ?? 0) + amount;
    counts[weekday] = (counts[weekday] ?? 0) + 1;
  }
  return sums.map((sum, weekday) => {
    const count = counts[weekday] ?? 0;
    return count > 0 ? sum / count : otherwise;
  });
}
