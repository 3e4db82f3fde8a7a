import { addDays } from '../local-time.ts';
import type { MissingSpan } from '../sources/missing-spans.ts';

/** A day of which more than this part of the calls is missing says too little to be a day of history. */
const MAX_MISSING_RATIO = 0.05;

/**
 * The days that miss a good part of their calls. The missing calls of a span are spread evenly over its days, since
 * nobody knows on which of them they were made.
 *
 * @param callsByDay - calls that were recorded, by local day
 * @param range - the days that matter, from included, to excluded
 */
export function findMissingDays(
  spans: Iterable<MissingSpan>,
  callsByDay: ReadonlyMap<string, bigint>,
  range: { readonly fromDay: string; readonly toDay: string },
): ReadonlySet<string> {
  const missingByDay = new Map<string, number>();
  for (const { firstDay, lastDay, count } of spans) {
    const days = countDays(firstDay, lastDay);
    const end = lastDay < range.toDay ? lastDay : addDays(range.toDay, -1);
    for (let day = firstDay > range.fromDay ? firstDay : range.fromDay; day <= end; day = addDays(day, 1)) {
      missingByDay.set(day, (missingByDay.get(day) ?? 0) + count / days);
    }
  }
  const found = [...missingByDay].filter(([day, missing]) => {
    const recorded = Number(callsByDay.get(day) ?? 0n);
    return missing > MAX_MISSING_RATIO * (missing + recorded);
  });
  return new Set(found.map(([day]) => day));
}

function countDays(firstDay: string, lastDay: string): number {
  return Math.round((Date.parse(lastDay) - Date.parse(firstDay)) / 86_400_000) + 1;
}
