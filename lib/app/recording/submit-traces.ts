import { createHash } from 'node:crypto';
import { MAX_EVENT_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGE_EVENTS } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import { LedgerError } from '../../domain/errors.ts';
import { checkEventTime } from '../../domain/events/event-window.ts';
import { parseUsageEvent } from '../../domain/events/parse-usage-event.ts';
import { readSpans, type SpanReading } from '../../domain/spans/read-spans.ts';
import type { Span } from '../../domain/spans/span.ts';
import type { SpanEvent } from '../../domain/spans/span-event.ts';
import { packMessage, type SubmitPorts } from './submit-events.ts';

/** What became of the spans of one request; every span is in exactly one of the counts. */
export interface TracesOutcome {
  /** Calls handed to the queue that keep the contract. */
  readonly accepted: number;
  /** Why the others do not; they are handed on too and kept as rejects. */
  readonly refused: readonly Rejection[];
  /** Spans that report no call of their own. */
  readonly ignored: Readonly<Record<'wrapper' | 'repeated' | 'other', number>>;
  /** Calls whose cached tokens were added to their input. */
  readonly cacheAdded: number;
}

/** The calls of one request would make more text than is held at once; nothing of it was queued. */
export class TracesTooLargeError extends LedgerError {
  override readonly name = 'TracesTooLargeError';
  readonly code = 'traces/too-large';
  readonly retryable = false;
  constructor() {
    super(`The calls of a request make at most ${MAX_REQUEST_EVENT_BYTES} bytes of events.`);
  }
}

/** A resource of a few bytes stands in each of its events. 20,000 events of 3 KB, which no tags of a size in use reach. */
const MAX_REQUEST_EVENT_BYTES = 64 * 1024 * 1024;

/**
 * Hands the calls among spans to the usage queue, in the name of the key's tenant, in as many messages as their number
 * and size ask for. It resolves when the queue has accepted them all; after a failure the same request may be sent
 * again, since the same spans make the same events.
 *
 * Nobody reads the answers to an exporter, so what is refused goes through the queue as well: there it becomes a reject
 * that is counted, alerted of and can be redriven.
 *
 * @throws {@link TracesTooLargeError} when its events are too large together
 */
export async function submitTraces(ports: SubmitPorts, tenant: string, spans: readonly Span[]): Promise<TracesOutcome> {
  const readings = readSpans(spans, sha256);
  const calls = readings.filter((reading) => reading.is === 'event');
  const window = { firstArrivalMs: ports.now(), allowOlder: false };
  const refused: Rejection[] = [];
  const texts: string[] = [];
  let requestBytes = 0;
  for (const { event } of calls) {
    const text = JSON.stringify(event);
    const eventBytes = Buffer.byteLength(text);
    requestBytes += eventBytes;
    if (requestBytes > MAX_REQUEST_EVENT_BYTES) throw new TracesTooLargeError();
    const rejection = eventBytes > MAX_EVENT_BYTES ? TOO_LARGE : checkEvent(event, window);
    if (rejection) refused.push(rejection);
    texts.push(text);
  }
  const messages = splitIntoMessages(texts);
  if (messages.length > 0) await ports.queues.send('usage', tenant, messages);
  return {
    accepted: calls.length - refused.length,
    refused,
    ignored: {
      wrapper: count(readings, 'wrapper'),
      repeated: count(readings, 'repeated'),
      other: count(readings, 'other'),
    },
    cacheAdded: calls.filter(({ isCacheAdded }) => isCacheAdded).length,
  };
}

/** The events that the calls among spans are reported by, as the ledger would receive them, in the order of the spans. */
export function eventsOfSpans(spans: readonly Span[]): readonly SpanEvent[] {
  return readSpans(spans, sha256).flatMap((reading) => (reading.is === 'event' ? [reading.event] : []));
}

const TOO_LARGE: Rejection = {
  reason: 'event_too_large',
  field: null,
  message: `an event has at most ${MAX_EVENT_BYTES} bytes`,
};

function checkEvent(event: SpanEvent, window: Parameters<typeof checkEventTime>[1]): Rejection | undefined {
  const parsed = parseUsageEvent(event);
  return 'reason' in parsed ? parsed : checkEventTime(parsed.event, window);
}

function count(readings: readonly SpanReading[], is: SpanReading['is']): number {
  return readings.filter((reading) => reading.is === is).length;
}

const FRAME_BYTES = '{"events":[]}'.length;

function splitIntoMessages(events: readonly string[]): readonly string[] {
  const messages: string[][] = [];
  let bytes = 0;
  for (const event of events) {
    const eventBytes = Buffer.byteLength(event) + 1;
    const last = messages.at(-1);
    if (last && last.length < MAX_MESSAGE_EVENTS && bytes + eventBytes <= MAX_MESSAGE_BYTES) {
      last.push(event);
      bytes += eventBytes;
    } else {
      messages.push([event]);
      bytes = FRAME_BYTES + eventBytes;
    }
  }
  return messages.map((texts) => packMessage(`{"events":[${texts.join(',')}]}`));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
