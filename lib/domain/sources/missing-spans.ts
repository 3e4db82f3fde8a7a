/** Calls that are known to be missing on some day of a span. */
export interface MissingSpan {
  /** Local days of the recorded calls before and behind the hole, both included, the earlier one first. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** The app of the emitter; null = none was sent, or several. */
  readonly app: string | null;
  readonly count: number;
}

/**
 * Adds up spans of the same days and app. Where more than `most` are left, the oldest ones grow together: the sum of
 * them covers all their days, so no day that misses calls ever looks whole.
 *
 * @param most - from 1
 */
export function mergeSpans(spans: Iterable<MissingSpan>, most: number): readonly MissingSpan[] {
  const merged = new Map<string, MissingSpan>();
  for (const span of spans) {
    const key = JSON.stringify([span.lastDay, span.firstDay, span.app]);
    merged.set(key, { ...span, count: span.count + (merged.get(key)?.count ?? 0) });
  }
  const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, span]) => span);
  const excess = sorted.length - most;
  return excess <= 0 ? sorted : [sorted.slice(0, excess + 1).reduce(join), ...sorted.slice(excess + 1)];
}

/** Missing calls of the spans that touch days: from included, to excluded. */
export function countMissing(spans: Iterable<MissingSpan>, fromDay: string, toDay: string): number {
  let count = 0;
  for (const span of spans) if (span.firstDay < toDay && span.lastDay >= fromDay) count += span.count;
  return count;
}

function join(a: MissingSpan, b: MissingSpan): MissingSpan {
  return {
    firstDay: a.firstDay < b.firstDay ? a.firstDay : b.firstDay,
    lastDay: a.lastDay > b.lastDay ? a.lastDay : b.lastDay,
    app: a.app === b.app ? a.app : null,
    count: a.count + b.count,
  };
}
