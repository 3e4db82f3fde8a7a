import type { Sha256Hex } from '../response-event-id.ts';
import { classifySpan, type SpanKind } from './classify-span.ts';
import type { Span } from './span.ts';
import { type SpanEvent, type SpanReport, toSpanEvent } from './span-event.ts';

/**
 * What became of a span. `event`: a call, with the event that reports it. `wrapper`: it stands around calls. `repeated`:
 * another span of the same request reports the same call. `other`: no model was called.
 */
export type SpanReading =
  | { readonly is: 'event'; readonly event: SpanEvent; readonly isCacheAdded: boolean }
  | { readonly is: 'wrapper' | 'repeated' | 'other' };

/**
 * Reads the spans of one request. What a span says of itself decides, and what lies inside it: a call that has another
 * call with usage inside is a wrapper, for its counts are those of that call, be it a loop around several or a second
 * instrumentation of the same one. A tool parts what is inside it from what is around it: an agent that a tool runs has
 * calls of its own.
 *
 * @returns one reading per span, in the order given
 */
export function readSpans(spans: readonly Span[], sha256: Sha256Hex): readonly SpanReading[] {
  const kinds = spans.map(classifySpan);
  const reports = spans.map((span, index) => (kinds[index] === 'call' ? toSpanEvent(span, sha256) : undefined));
  const around = findSpansAround(spans, kinds, reports);
  const seen = new Set<unknown>();
  return spans.map((span, index): SpanReading => {
    const report = reports[index];
    if (!report) return { is: kinds[index] === 'other' ? 'other' : 'wrapper' };
    if (around.has(keyOf(span.traceId, span.spanId))) return { is: 'wrapper' };
    const { event, isCacheAdded } = report;
    const { id } = event;
    if (id !== undefined && seen.has(id)) return { is: 'repeated' };
    seen.add(id);
    return { is: 'event', event, isCacheAdded };
  });
}

/** Deeper than any trace goes; it bounds the work on one that goes in circles. */
const MAX_DEPTH = 256;

/** The spans around calls with usage, each found once: whoever meets one that is found already has no further to go. */
function findSpansAround(
  spans: readonly Span[],
  kinds: readonly SpanKind[],
  reports: readonly (SpanReport | undefined)[],
): ReadonlySet<string> {
  const places = new Map(spans.map((span, index) => [keyOf(span.traceId, span.spanId), index] as const));
  const around = new Set<string>();
  for (const [index, span] of spans.entries()) {
    if (!reports[index]?.hasUsage || span.spanId === '') continue;
    const own = keyOf(span.traceId, span.spanId);
    const path: string[] = [];
    let { parentSpanId } = span;
    while (parentSpanId !== '' && path.length < MAX_DEPTH) {
      const key = keyOf(span.traceId, parentSpanId);
      const place = places.get(key);
      if (place === undefined || key === own || around.has(key) || kinds[place] === 'tool') break;
      path.push(key);
      parentSpanId = spans[place]?.parentSpanId ?? '';
    }
    // Of spans inside each other none is around the other, and none may be lost.
    if (parentSpanId !== '' && keyOf(span.traceId, parentSpanId) === own) continue;
    for (const key of path) around.add(key);
  }
  return around;
}

function keyOf(traceId: string, spanId: string): string {
  return `${traceId}:${spanId}`;
}
