import { addDays, type Zone } from '../local-time.ts';
import { floorPicoUsd } from '../money.ts';
import type { FixedPrice } from './capacity.ts';

const HOUR_MS = 3_600_000n;

/**
 * What a fixed price comes to on one local day, in whole picoUSD. A month's price is spread over the days that the month
 * has in the zone, an hour's follows the day's length. A day costs what is due at its end less what was due at its
 * beginning, both counted from the first of the month and rounded down: so the days of a month sum to the month exactly,
 * and no day is more than a picodollar off. A date that the zone left out costs nothing.
 */
export function costOfDay({ picoUsd, per }: FixedPrice, zone: Zone, day: string): bigint {
  const month = zone.localMonth(day);
  const days = zone.daysOfMonth(month);
  const place = days.indexOf(day);
  if (place < 0) return 0n;
  if (per === 'day') return picoUsd;
  if (per === 'month') {
    const dueAfter = (count: number): bigint =>
      floorPicoUsd({ numerator: picoUsd * BigInt(count), denominator: BigInt(days.length) });
    return dueAfter(place + 1) - dueAfter(place);
  }
  const { startMs } = zone.monthBounds(month);
  const dueAt = (timeMs: number): bigint =>
    floorPicoUsd({ numerator: picoUsd * BigInt(timeMs - startMs), denominator: HOUR_MS });
  return dueAt(zone.dayStartMs(addDays(day, 1))) - dueAt(zone.dayStartMs(day));
}
