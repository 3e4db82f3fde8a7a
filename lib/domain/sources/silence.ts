import { addDays, type Zone } from '../local-time.ts';
import type { Source } from './source.ts';

/** When a source counts as silent; every figure is a setting. */
export interface SilenceRule {
  /** Complete local days before the day of the last call, on each of which calls arrived. At most seven are known. */
  readonly historyDays: number;
  /** An hour of the day is usual when calls arrived in it on at least so many of these days... */
  readonly usualDays: number;
  /** ...and it is silent when so many usual hours went by without a call. */
  readonly silentHours: number;
  /** How long after its end an hour may still get calls that were on their way, milliseconds. */
  readonly deliveryMs: number;
  /** A source that came back is watched again when it has been active for so long, milliseconds. */
  readonly activeAgainMs: number;
}

/** Seven days of calls, then six usual hours without. */
export const SILENCE_RULE: SilenceRule = {
  historyDays: 7,
  usualDays: 4,
  silentHours: 6,
  deliveryMs: 15 * 60_000,
  activeAgainMs: 86_400_000,
};

/** Every zone's clock differs from UTC by a multiple of this. */
const TICK_MS = 15 * 60_000;

/** The longest that is looked at: a source with fewer usual hours in it than make a silence never makes one. */
const HORIZON_MS = 14 * 86_400_000;

const DAYS_OF_WEEK = 7;

/**
 * Whether a source has fallen silent: calls arrived on each of the days before its last one, and since then as many
 * usual hours have gone by without any as the rule says.
 *
 * An hour of a day is usual when calls arrived at that hour of the clock on several of those days, and on the same day
 * of the week among them; so a night, or a weekend on which less is done, is not missed. An hour that clocks skip is
 * not there, one that they repeat is one. The hour of the last call does not count, nor does one that is not over.
 */
export function isSilent(rule: SilenceRule, zone: Zone, source: Source, nowMs: number): boolean {
  const { lastArrivalMs, hours, returnedMs } = source;
  if (returnedMs !== null && lastArrivalMs - returnedMs < rule.activeAgainMs) return false;
  const endMs = Math.min(nowMs - rule.deliveryMs, lastArrivalMs + HORIZON_MS);
  // Most sources called a moment ago, and this is asked of all of them every minute.
  if (endMs - lastArrivalMs < rule.silentHours * 3_600_000) return false;
  const lastDay = zone.localDay(lastArrivalMs);
  const history = Array.from({ length: rule.historyDays }, (_, index) => addDays(lastDay, -1 - index));
  if (history.some((day) => (hours[day] ?? 0) === 0)) return false;
  const isActive = (day: string, hour: number): boolean => (((hours[day] ?? 0) >> hour) & 1) === 1;
  const isUsual = (day: string, hour: number): boolean =>
    isActive(sameWeekday(day, lastDay), hour) &&
    history.filter((past) => isActive(past, hour)).length >= rule.usualDays;
  let silentHours = 0;
  for (const { day, hour } of completeHours(zone, lastArrivalMs, endMs)) {
    if (isUsual(day, hour)) silentHours += 1;
    if (silentHours >= rule.silentHours) return true;
  }
  return false;
}

/** The same day of the week, in the week before a day. */
function sameWeekday(day: string, before: string): string {
  let same = day;
  while (same >= before) same = addDays(same, -DAYS_OF_WEEK);
  return same;
}

/** Hours of the local clock behind the one that holds a time, as far as they are over. */
function* completeHours(zone: Zone, fromMs: number, endMs: number): Iterable<{ day: string; hour: number }> {
  let [day, hour] = [zone.localDay(fromMs), zone.localHour(fromMs)];
  let isWhole = false;
  for (let timeMs = Math.floor(fromMs / TICK_MS + 1) * TICK_MS; timeMs <= endMs; timeMs += TICK_MS) {
    const [nextDay, nextHour] = [zone.localDay(timeMs), zone.localHour(timeMs)];
    if (nextDay === day && nextHour === hour) continue;
    if (isWhole) yield { day, hour };
    [day, hour, isWhole] = [nextDay, nextHour, true];
  }
}
