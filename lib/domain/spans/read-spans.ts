import type { Sha256Hex } from '../events/response-event-id.ts';
import { classifySpan } from './classify-span.ts';
import { nestSpans } from './nest-spans.ts';
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
 * Reads the spans of one request. What a span says of itself decides, and what lies inside it (`nest-spans.ts`). Of
 * spans with one id, which report one call, the first that counts anything is taken.
 *
 * @returns one reading per span, in the order given
 */
export function readSpans(spans: readonly Span[], sha256: Sha256Hex): readonly SpanReading[] {
  const kinds = spans.map(classifySpan);
  const reports = spans.map((span, place) => (kinds[place] === 'call' ? toSpanEvent(span, sha256) : undefined));
  const { wrappers, repeated } = nestSpans(spans, kinds, reports);
  const isTaken = (place: number) => !wrappers.has(place) && !repeated.has(place);
  const byId = findByIds(reports.map((report, place) => (isTaken(place) ? report : undefined)));
  return reports.map((report, place): SpanReading => {
    if (!report) return { is: kinds[place] === 'other' ? 'other' : 'wrapper' };
    if (wrappers.has(place)) return { is: 'wrapper' };
    const { event, isCacheAdded } = report;
    const { id } = event;
    if (repeated.has(place) || (id !== undefined && byId.get(id) !== place)) return { is: 'repeated' };
    return { is: 'event', event, isCacheAdded };
  });
}

/** Which place reports the call of each id. */
function findByIds(reports: readonly (SpanReport | undefined)[]): ReadonlyMap<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [place, report] of reports.entries()) {
    if (!report) continue;
    const { id } = report.event;
    const earlier = reports[places.get(id) ?? -1];
    if (!earlier || (!earlier.counts && report.counts)) places.set(id, place);
  }
  return places;
}
