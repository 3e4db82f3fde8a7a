import type { DailyHistory } from './daily-history.ts';
import { type LevelSummary, MIN_CHANGE_SCORE } from './summarise-level.ts';

const WINDOW_DAYS = 56;
// The first days of a series say little of its noise; three days of an even 0.3 are mixed in.
const PRIOR_DAYS = 3;
const PRIOR_NOISE = 0.3;

/**
 * What is asked of a series to choose its methods and its spread, without a unit: a constant 1, logarithms of its length
 * and of the days to come, log noise around the weekday, roughness (noise from day to day over noise in all), strength
 * of the weekday, part of zero days, distance of the last week from the last four, height of the highest day, growth in
 * percent a day, part of the history that lies in the period, strength and age of the last change of level.
 */
export function describeSeries(
  history: DailyHistory,
  level: LevelSummary,
  elapsedDays: number,
  horizonDays: number,
): number[] {
  const end = history.amounts.length;
  const amounts: number[] = [];
  const relative: number[] = [];
  for (let index = Math.max(0, end - WINDOW_DAYS); index < end; index++) {
    if (history.isKnown[index] !== true) continue;
    const amount = history.amounts[index] ?? 0;
    amounts.push(amount);
    relative.push(amount / Math.max(0.1, level.weekdayFactors[(history.firstDay + index) % 7] ?? 1));
  }
  const mean = findMean(amounts);
  const { noise, roughness } = measureNoise(relative);
  const [, mean7 = 0, , mean28 = 0] = level.flatRates;
  const { score, days } = level.changePoint;
  const { weekdayFactors } = level;
  return [
    1,
    Math.log(end),
    Math.log(horizonDays),
    Math.log(noise),
    roughness,
    Math.sqrt(weekdayFactors.reduce((total, factor) => total + (factor - 1) ** 2, 0) / 7),
    amounts.filter((amount) => amount === 0).length / Math.max(1, amounts.length),
    Math.abs(Math.log((mean7 + 0.1 * mean) / (mean28 + 0.1 * mean))),
    Math.log(Math.max(0, ...amounts) / mean + 0.01),
    Math.abs(level.dailyGrowth) * 100,
    elapsedDays / end,
    Math.min(3, score / 4),
    score > MIN_CHANGE_SCORE ? Math.log(days) / 3 : 1,
  ];
}

function findMean(values: readonly number[]): number {
  const mean = values.reduce((total, value) => total + value, 0) / Math.max(1, values.length);
  return mean > 0 ? mean : 1e-9;
}

function measureNoise(relative: readonly number[]): { readonly noise: number; readonly roughness: number } {
  const mean = findMean(relative);
  let around = 0;
  let between = 0;
  for (const [index, value] of relative.entries()) {
    around += Math.abs(value - mean) / mean;
    if (index > 0) between += Math.abs(value - (relative[index - 1] ?? 0)) / mean;
  }
  const noise = (around + PRIOR_NOISE * PRIOR_DAYS) / (relative.length + PRIOR_DAYS);
  const step = (between + PRIOR_NOISE * PRIOR_DAYS * Math.SQRT2) / (Math.max(0, relative.length - 1) + PRIOR_DAYS);
  return { noise, roughness: step / (noise * Math.SQRT2) };
}
