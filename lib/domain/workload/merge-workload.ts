import { DayDigest } from './day-digest.ts';
import type { Workload, WorkloadDay } from './workload.ts';

/**
 * Joins days to a workload, ascending. Digests of different calls of the same day are added up; calls that are in two of
 * them count twice.
 *
 * @throws {@link InvariantError} when digests of a day were cut at different sizes
 */
export function mergeWorkload(days: readonly WorkloadDay[]): Workload {
  const byDay = Map.groupBy(days, ({ day }) => day);
  const merged = [...byDay.values()].map((parts) => addParts(parts));
  return { days: merged.sort((a, b) => (a.day < b.day ? -1 : 1)) };
}

function addParts(parts: readonly WorkloadDay[]): WorkloadDay {
  const [first] = parts as readonly [WorkloadDay, ...WorkloadDay[]];
  if (parts.length === 1) return first;
  const { classes: _, ...frame } = first;
  const digest = new DayDigest(frame);
  for (const part of parts) digest.addDigest(part);
  return digest.finish();
}
