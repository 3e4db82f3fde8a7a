import { buildHistory } from '../forecast/daily-history.ts';
import { parseDayNumber } from '../forecast/day-number.ts';
import type { DailyAmount } from '../forecast/forecast.ts';
import { estimateWeekdayFactors } from '../forecast/weekday-pattern.ts';
import { addDays } from '../local-time.ts';

/** What a scope used of late, all of it under the conditions of one day. */
export interface RecentUse {
  /** Under those that the rest is forecast under. */
  readonly amount: bigint;
  /** Under those of another day. */
  amountOn(day: string): bigint;
}

/** One day of the rest of a period. */
export interface CourseDay {
  readonly day: string;
  /** Its part of the rest were conditions the same on all days, by its weekday; all parts together are 1. */
  readonly share: number;
  /** What its conditions make of that part: 1 where they are those that the rest was forecast under. */
  readonly factor: number;
}

/**
 * Lays the rest of a period out by day: each day has the share of its weekday, times what the conditions of the day make
 * of what was used lately.
 *
 * @param series - complete days under the conditions that the rest is forecast under, one at least
 * @param days - the days to come, `toDay` excluded
 */
export function layOutRest(
  series: readonly DailyAmount[],
  recent: RecentUse,
  days: { readonly fromDay: string; readonly toDay: string },
): readonly CourseDay[] {
  const weights = weighDays(series, days);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return [...weights].map(([day, weight]) => ({
    day,
    share: weight / total,
    factor: recent.amount > 0n ? Number(recent.amountOn(day)) / Number(recent.amount) : 1,
  }));
}

/** What conditions make of the rest as a whole; exactly 1 where they change on no day. */
export function findRestFactor(course: readonly CourseDay[]): number {
  if (course.every(({ factor }) => factor === 1)) return 1;
  return course.reduce((sum, { share, factor }) => sum + share * factor, 0);
}

/** Sums of shares are off by less than this part of them. */
const ROUNDING = 1e-9;

/**
 * The day on which the expected course reaches an amount; `null` = not in the period. All amounts in one unit.
 *
 * @param course - from the running day on
 * @param spent - what the days before the running one have come to, and what it has come to so far
 * @param rest - expected of all days of the course together, conditions in it
 * @param toCome - what is certain to come on top of that, by day; of days before the course too
 */
export function findCrossingDay(
  course: readonly CourseDay[],
  spent: { readonly before: number; readonly today: number },
  rest: number,
  amount: number,
  toCome: ReadonlyMap<string, number> = new Map(),
): string | null {
  const [running] = course;
  if (running === undefined) return null;
  if (spent.before + spent.today >= amount) return running.day;
  const whole = course.reduce((sum, { share, factor }) => sum + share * factor, 0);
  if (whole === 0 && toCome.size === 0) return null;
  let reached = spent.before;
  for (const [day, certain] of toCome) if (day < running.day) reached += certain;
  for (const { day, share, factor } of course) {
    const expected = whole === 0 ? 0 : (rest * share * factor) / whole;
    reached += (day === running.day ? Math.max(spent.today, expected) : expected) + (toCome.get(day) ?? 0);
    if (reached - amount > amount * ROUNDING) return day;
  }
  return null;
}

function weighDays(
  series: readonly DailyAmount[],
  { fromDay, toDay }: { readonly fromDay: string; readonly toDay: string },
): ReadonlyMap<string, number> {
  const days = series.map(([day, amount]) => ({ number: parseDayNumber(day) ?? 0, amount }));
  const history = buildHistory(days, parseDayNumber(addDays(fromDay, -1)) ?? 0);
  const factors = estimateWeekdayFactors(history, history.amounts.length);
  const weights = new Map<string, number>();
  for (let day = fromDay; day < toDay; day = addDays(day, 1)) {
    weights.set(day, factors[(parseDayNumber(day) ?? 0) % factors.length] ?? 1);
  }
  return weights;
}
