import { parseDayNumber } from '../forecast/day-number.ts';
import type { Zone } from '../local-time.ts';
import { estimateSpread, findMedian, toStatisticalUsd } from './statistics.ts';

/** What an hour cost. */
export interface HourSpend {
  /**
   * Its beginning, in milliseconds as the clock of the tenant shows it: see {@link toClockMs}. So what begins at nine
   * in the morning goes on doing so where clocks change.
   */
  readonly hourMs: number;
  readonly costPicoUsd: bigint;
  readonly calls: number;
}

/** What hours of a key should cost, by the hours before them. */
export interface HourBaseline {
  /** Complete days that it was learned from. */
  readonly historyDays: number;
  /** By hour of the week: statistical USD, never below zero. */
  readonly hourlyUsd: readonly number[];
  /** Standard deviation of the logarithm of an hour around what it should be. */
  readonly spread: number;
  /** Mean cost of a call, statistical USD; 0 where there was none. */
  readonly callUsd: number;
}

const HOUR_MS = 3_600_000;
const HOURS_OF_DAY = 24;
const HOURS_OF_WEEK = 168;

/** Days of which the same hour is looked at, and weeks of which the same hour of the week is. */
const DAYS = 14;
const WEEKS = 4;

/** Complete hours that are looked at, at the most. */
export const BASELINE_HOURS = WEEKS * HOURS_OF_WEEK;

/** Spread taken for granted, and how many hours it outweighs. */
const PRIOR_SPREAD = 0.3;
const PRIOR_HOURS = 24;

/**
 * A time as the clock of a zone shows it, in milliseconds since it showed 1970-01-01 00:00. It is off by whole hours of
 * UTC: where clocks stand between two, hours stay those of UTC.
 */
export function toClockMs(zone: Pick<Zone, 'localDay' | 'localHour'>, timeMs: number): number {
  const hourMs = Math.floor(timeMs / HOUR_MS) * HOUR_MS;
  const day = parseDayNumber(zone.localDay(hourMs)) ?? 0;
  return (day * HOURS_OF_DAY + zone.localHour(hourMs)) * HOUR_MS + (timeMs - hourMs);
}

/** Index of an hour in {@link HourBaseline.hourlyUsd}: weeks begin on Thursday, as the epoch did. */
export function hourOfWeek(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) % HOURS_OF_WEEK;
}

/**
 * Learns what each hour of the week should cost: the middle of the same hour on the last 14 days, or of the same hour of
 * the last four weeks where that is more, so that what happens every Sunday night is ordinary on Sunday nights.
 *
 * @param hours - of the last four weeks, in any order, each once; an hour that is absent since the first is one of zero
 * @param endMs - end of the last complete hour, by the same clock; later hours are not looked at
 */
export function estimateHourBaseline(hours: readonly HourSpend[], endMs: number): HourBaseline {
  const endHour = Math.floor(endMs / HOUR_MS);
  const known = hours.filter(({ hourMs }) => hourMs < endMs && hourMs >= endMs - BASELINE_HOURS * HOUR_MS);
  const first = known.reduce((least, { hourMs }) => Math.min(least, Math.floor(hourMs / HOUR_MS)), endHour);
  const usd = new Map(
    known.map(({ hourMs, costPicoUsd }) => [Math.floor(hourMs / HOUR_MS), toStatisticalUsd(costPicoUsd)]),
  );
  const at = (hour: number): number => usd.get(hour) ?? 0;
  const next = Array.from({ length: HOURS_OF_WEEK }, (_, index) => expectHour(at, first, endHour, endHour + index));
  const hourlyUsd = Array.from({ length: HOURS_OF_WEEK }, (_, hour) => {
    return next[(hour - (endHour % HOURS_OF_WEEK) + HOURS_OF_WEEK) % HOURS_OF_WEEK] ?? 0;
  });
  const cost = known.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
  const calls = known.reduce((sum, one) => sum + one.calls, 0);
  return {
    historyDays: Math.floor((endHour - first) / HOURS_OF_DAY),
    hourlyUsd,
    spread: findSpread(at, first, endHour),
    callUsd: calls === 0 ? 0 : toStatisticalUsd(cost) / calls,
  };
}

/** What an hour should cost, from hours since `first` and before `end`. */
function expectHour(at: (hour: number) => number, first: number, end: number, hour: number): number {
  const before = (step: number, most: number): readonly number[] => {
    const values: number[] = [];
    for (let past = hour - step; past >= first && values.length < most; past -= step)
      if (past < end) values.push(at(past));
    return values;
  };
  const daily = before(HOURS_OF_DAY, DAYS);
  const weekly = before(HOURS_OF_WEEK, WEEKS);
  return Math.max(daily.length === 0 ? 0 : findMedian(daily), weekly.length < 2 ? 0 : findMedian(weekly));
}

/** How far the hours of the last week were from what the hours before each of them let expect. */
function findSpread(at: (hour: number) => number, first: number, end: number): number {
  const residuals: number[] = [];
  for (let hour = Math.max(first + HOURS_OF_DAY, end - HOURS_OF_WEEK); hour < end; hour++) {
    const expected = expectHour(at, first, hour, hour);
    if (expected > 0 && at(hour) > 0) residuals.push(Math.log(at(hour) / expected));
  }
  const found = residuals.length === 0 ? 0 : estimateSpread(residuals);
  const squares = residuals.length * found ** 2 + PRIOR_HOURS * PRIOR_SPREAD ** 2;
  return Math.sqrt(squares / (residuals.length + PRIOR_HOURS));
}
