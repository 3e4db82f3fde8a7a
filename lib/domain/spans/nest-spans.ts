import type { SpanKind } from './classify-span.ts';
import type { Span } from './span.ts';
import type { SpanReport } from './span-event.ts';

/** What lies inside what decides of these spans, by their places; all others are what they say of themselves. */
export interface Nesting {
  /** Calls that stand around the calls they count. */
  readonly wrappers: ReadonlySet<number>;
  /** Calls that count nothing, inside one that counts the same. */
  readonly repeated: ReadonlySet<number>;
}

/**
 * Finds the calls whose counts are those of calls inside them, be it a loop around several or a second instrumentation
 * of the same one. Only calls of one family are the same: a chat that looks something up by an embedding is no wrapper.
 * Of calls that count nothing, the innermost tells of a failure, and the outermost counts for one that succeeded.
 */
export function nestSpans(
  spans: readonly Span[],
  kinds: readonly SpanKind[],
  reports: readonly (SpanReport | undefined)[],
): Nesting {
  const parents = findParents(spans, kinds);
  const wrappers = new Set<number>();
  const silent: { readonly place: number; readonly around: SpanReport & { readonly place: number } }[] = [];
  for (const [place, report] of reports.entries()) {
    if (!report) continue;
    const around = findCallsAround(place, parents, reports).filter(({ family }) => family === report.family);
    for (const outer of around) if (isWrapper(outer, report)) wrappers.add(outer.place);
    const [nearest] = around;
    if (nearest && !report.counts && !report.isFailed) silent.push({ place, around: nearest });
  }
  const repeated = silent.filter(({ around }) => around.counts && !wrappers.has(around.place));
  return { wrappers, repeated: new Set(repeated.map(({ place }) => place)) };
}

function isWrapper(outer: SpanReport, inner: SpanReport): boolean {
  // A failure inside a call that succeeded was an attempt before, and tells nothing of what the call counts.
  return inner.counts || (!outer.counts && (outer.isFailed || !inner.isFailed));
}

/** Place of the span around each one; none beyond a tool, whose calls are not part of the call that asked for it. */
function findParents(spans: readonly Span[], kinds: readonly SpanKind[]): readonly (number | undefined)[] {
  const places = new Map(spans.map((span, place) => [keyOf(span.traceId, span.spanId), place] as const));
  return spans.map(({ traceId, spanId, parentSpanId }) => {
    if (spanId === '' || parentSpanId === '') return undefined;
    const place = places.get(keyOf(traceId, parentSpanId));
    return place === undefined || kinds[place] === 'tool' ? undefined : place;
  });
}

/** Deeper than any trace goes; it bounds the work on one that goes in circles. */
const MAX_DEPTH = 256;

/** The calls around a span, innermost first. */
function findCallsAround(
  own: number,
  parents: readonly (number | undefined)[],
  reports: readonly (SpanReport | undefined)[],
): readonly (SpanReport & { readonly place: number })[] {
  const calls: (SpanReport & { readonly place: number })[] = [];
  let place = parents[own];
  for (let depth = 0; place !== undefined && depth < MAX_DEPTH; depth++) {
    // Of spans inside each other none is around the other, and none may be lost.
    if (place === own) return [];
    const report = reports[place];
    if (report) calls.push({ ...report, place });
    place = parents[place];
  }
  return calls;
}

function keyOf(traceId: string, spanId: string): string {
  return `${traceId}:${spanId}`;
}
