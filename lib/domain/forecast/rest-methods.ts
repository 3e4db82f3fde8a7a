import { GROWING_RATE, type LevelSummary } from './summarise-level.ts';

/** The simple methods that are combined, in the order of every list of forecasts and weights. */
export const REST_METHODS = [
  'run_rate',
  'mean_7d',
  'mean_14d',
  'mean_28d',
  'mean_all',
  'fading_3d',
  'weekday_fading_2d',
  'weekday_fading_5d',
  'weekday_fading_10d',
  'weekday_fading_20d',
  'weekday_median_28d',
  'weekday_clipped',
  'weekday_since_change',
  'weekday_mean_28d',
  'weekday_mean_56d',
  'damped_growth',
  'growth',
] as const;

const GROWTH_DAMPING = 0.9;
/** The mean that growth starts from is about so many days old. */
const GROWTH_LEAD_DAYS = 3;
/** Growth does not go on for longer than it was seen. */
const MAX_GROWTH_DAYS = 30;

/**
 * What each method expects of the next days in all, in units.
 *
 * @param horizonDays - days to come, one at least
 */
export function forecastRests(level: LevelSummary, horizonDays: number): number[] {
  let factors = 0;
  let means28 = 0;
  let means56 = 0;
  let damped = 0;
  let undamped = 0;
  let dampedLog = 0;
  let step = level.dailyGrowth;
  for (let ahead = 0; ahead < horizonDays; ahead++) {
    const weekday = (level.nextWeekday + ahead) % 7;
    const factor = level.weekdayFactors[weekday] ?? 1;
    factors += factor;
    means28 += level.weekdayMeans28[weekday] ?? 0;
    means56 += level.weekdayMeans56[weekday] ?? 0;
    dampedLog += step;
    step *= GROWTH_DAMPING;
    damped += factor * Math.exp(dampedLog);
    undamped += factor * Math.exp(level.dailyGrowth * Math.min(ahead + GROWTH_LEAD_DAYS, MAX_GROWTH_DAYS));
  }
  const growingRate = level.seasonalRates[GROWING_RATE] ?? 0;
  return [
    ...level.flatRates.map((rate) => rate * horizonDays),
    ...level.seasonalRates.map((rate) => rate * factors),
    means28,
    means56,
    damped * growingRate,
    undamped * growingRate,
  ];
}
