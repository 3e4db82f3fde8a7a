import type { CallContext, UsageEventMessage } from '../responses/to-usage-event.ts';
import type { RawFields } from '../usage-shapes/raw-counts.ts';

/** Where a wrapper puts its events: an emitter, or whatever takes events as one does. */
export interface EventSink {
  /** Takes one event of contract v1 without waiting. @returns whether it was taken */
  emit(event: UsageEventMessage): boolean;
  /** `response`: ids are made of provider and response id alone, as those of spans are. @default 'timed' */
  readonly ids?: 'timed' | 'response';
}

/**
 * What the host knows of its calls, under the contract's names: the same for all of them, or told for each by the
 * request that the host made. What it names wins over the response. A context that cannot be used (a text too long, a
 * function that throws) costs the event that context, never the event.
 */
export type CallContextSource = CallContext | ((request: RawFields) => CallContext);
