import { type CapacityVersion, findVersion } from '../capacity/capacity.ts';
import { costOfDay } from '../capacity/day-cost.ts';
import { addDays, nextMonth, type Zone } from '../local-time.ts';
import { plus, toPicoUsd } from '../money.ts';

/**
 * What a monthly price comes to over a stretch of time: of every local month the share that the stretch covers of it, by
 * the clock, so that whole months cost what a month does, however long they are. Rounded once, half-even.
 *
 * @param fromMs - included, epoch milliseconds; nothing where it is not before `toMs`
 * @param toMs - excluded
 */
export function spreadMonthlyPrice(monthlyPicoUsd: bigint, zone: Zone, fromMs: number, toMs: number): bigint {
  let sum = { numerator: 0n, denominator: 1n };
  if (fromMs >= toMs) return 0n;
  for (let month = zone.localDay(fromMs).slice(0, 7); ; month = nextMonth(month)) {
    const { startMs, endMs } = zone.monthBounds(month);
    if (startMs >= toMs) return toPicoUsd(sum);
    const coveredMs = Math.min(toMs, endMs) - Math.max(fromMs, startMs);
    const [covered, whole] = [BigInt(Math.max(0, coveredMs)), BigInt(Math.max(1, endMs - startMs))];
    sum =
      covered === whole
        ? plus(sum, { numerator: monthlyPicoUsd, denominator: 1n })
        : plus(sum, { numerator: monthlyPicoUsd * covered, denominator: whole });
  }
}

/**
 * What it costs to have a capacity over a stretch of time, on the days on which it is not paid already: a day in force is
 * booked whoever calls it. Days are whole local ones, each at the price of the capacity's last version.
 */
export function costOfUnpaidDays(
  versions: readonly CapacityVersion[],
  zone: Zone,
  fromMs: number,
  toMs: number,
): bigint {
  const last = versions.at(-1);
  if (last === undefined || fromMs >= toMs) return 0n;
  let sum = 0n;
  const end = zone.localDay(toMs - 1);
  for (let day = zone.localDay(fromMs); day <= end; day = addDays(day, 1)) {
    if (findVersion(versions, day) === undefined) sum += costOfDay(last.capacity.price, zone, day);
  }
  return sum;
}
