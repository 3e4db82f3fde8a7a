import type { VolumeOutlook } from '../break-even/volume-outlook.ts';
import { buildHistory, type CountedDay, type DailyHistory, sumSpan } from '../forecast/daily-history.ts';
import { estimateDailyGrowth } from '../forecast/growth.ts';

/** Four weeks, the window that a saving is measured over, and a year of whole weeks. */
const WINDOW_DAYS = 28;
const YEAR_DAYS = 364;
/** Part of a window that must have data. */
const MIN_KNOWN_RATIO = 0.5;

/**
 * Looks for what a forecast, drawn to the middle, believes too little: a fall over the last weeks, taken on to the middle
 * of the last four weeks ahead, and last year's worst four weeks of the same season.
 *
 * @param days - ascending, at least one, none after `asOf`
 * @param asOf - number of the last complete day
 * @param outlookDays - days ahead
 * @returns what may be left of the forecast, 0 to 1
 */
export function findKeptRatio(days: readonly CountedDay[], asOf: number, outlookDays: number): number {
  const history = buildHistory(days, asOf);
  const dailyFall = Math.min(0, estimateDailyGrowth(history, history.amounts.length));
  const fallen = Math.exp(dailyFall * (outlookDays - WINDOW_DAYS / 2));
  return fallen * findWorstOfLastYear(history, outlookDays);
}

/** The lowest mean of four weeks in the days that came a year ago, over the one then; at most 1, and 1 without a year. */
function findWorstOfLastYear(history: DailyHistory, outlookDays: number): number {
  const then = history.amounts.length - YEAR_DAYS;
  const start = meanOfWindow(history, then);
  if (start === null || start <= 0) return 1;
  const later = Array.from({ length: outlookDays }, (_, ahead) => meanOfWindow(history, then + ahead + 1));
  return Math.min(1, ...later.map((mean) => (mean === null ? 1 : mean / start)));
}

/** Of the four weeks before an index; null where too little of them is known. */
function meanOfWindow(history: DailyHistory, end: number): number | null {
  if (end < WINDOW_DAYS) return null;
  const { sum, count } = sumSpan(history, end - WINDOW_DAYS, end);
  return count < MIN_KNOWN_RATIO * WINDOW_DAYS ? null : sum / count;
}

/** Errors are compared as a logarithm, with this part of the middle added on both sides. */
const FLOOR_RATIO = 0.1;
/** Scales in the lower half of the middle 80 %. */
const SCALES_80 = 1.2;
/** A scale above it is one of a series so restless that the forecast was too sure of it; the distance grows with it. */
const CALM_SCALE = 0.5;

/**
 * Two looks at the same days in one outlook: the forecast and a careful one. The lower half of the volumes is the lower of
 * both, so that a saving is only probable when it holds in both; the upper half goes half of the way from a forecast fall
 * back to today's volume, so that a saving that is still there is not given up for a fall that may not come.
 *
 * @param keptRatio - from {@link findKeptRatio}
 */
export function widenOutlook(plain: VolumeOutlook, keptRatio: number): VolumeOutlook {
  const { ratios, lo80Ratio } = plain;
  const half = ratios.length / 2;
  const middle = ((ratios[Math.ceil(half) - 1] ?? 0) + (ratios[Math.floor(half)] ?? 0)) / 2;
  if (middle <= 0) return plain;
  const floor = FLOOR_RATIO * middle;
  const scale = Math.log((middle + floor) / (lo80Ratio + floor)) / SCALES_80;
  const stretch = Math.max(1, scale / CALM_SCALE);
  const lower = (ratio: number): number => {
    const careful = (middle + floor) * ((ratio + floor) / (middle + floor)) ** stretch - floor;
    return Math.min(ratio, Math.max(0, keptRatio * careful));
  };
  const upper = (ratio: number): number => (ratio < 1 ? (1 + ratio) / 2 : ratio);
  return { ...plain, ratios: ratios.map((ratio, index) => (index < half ? lower(ratio) : upper(ratio))) };
}
