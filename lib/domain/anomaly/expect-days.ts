import { parseDayNumber } from '../forecast/day-number.ts';
import { BASELINE_WINDOW_DAYS, estimateDayBaseline, type SpendingDay, weekdayOf } from './day-baseline.ts';
import type { DailySpend } from './finding.ts';
import { findMean, fromStatisticalUsd, toStatisticalUsd } from './statistics.ts';

/** Days whose mean is expected where there are too few for more. */
const FEW_DAYS = 14;

/**
 * What days in a row should have cost by those before them: as anomalies are judged, or else the mean of what there is.
 *
 * @param days - of a key, oldest first; those from `fromDay` on are not looked at
 * @param fromDay - the first day that is asked about
 * @param count - how many days, from 1
 * @returns picoUSD by day, in order; zero where nothing is known
 */
export function expectDays(days: readonly DailySpend[], fromDay: string, count: number): readonly bigint[] {
  const from = parseDayNumber(fromDay) ?? 0;
  const spending = days.flatMap(({ day, costPicoUsd, regularPicoUsd = costPicoUsd, isPartial }): SpendingDay[] => {
    const number = parseDayNumber(day) ?? 0;
    if (number >= from || number < from - BASELINE_WINDOW_DAYS || regularPicoUsd <= 0n || isPartial) return [];
    return [{ number, logUsd: Math.log(toStatisticalUsd(regularPicoUsd)), regime: 0 }];
  });
  const baseline = estimateDayBaseline(spending, from, 0);
  const lately = findMean(spending.slice(-FEW_DAYS).map(({ logUsd }) => Math.exp(logUsd)));
  return Array.from({ length: count }, (_, index) => {
    if (!baseline) return fromStatisticalUsd(lately);
    return fromStatisticalUsd(Math.exp(baseline.level + (baseline.weekdayOffsets[weekdayOf(from + index)] ?? 0)));
  });
}
