import { randomUUID } from 'node:crypto';
import { disjoint } from '../../domain/events/usage-shapes.ts';
import { toProviderId } from '../../domain/prices/model-name.ts';
import { chooseEventId, plainHeaders } from '../responses/choose-event-id.ts';
import { readResponse } from '../responses/read-response.ts';
import type { ResponseReading } from '../responses/response-adapter.ts';
import { emptyReading, httpDateAt } from '../responses/response-fields.ts';
import {
  type CallContext,
  toUsageEvent,
  UnusableResponseError,
  type UsageEventMessage,
} from '../responses/to-usage-event.ts';
import { emptyCounts, type RawFields } from '../usage-shapes/raw-counts.ts';
import type { Destination } from './destination-of-client.ts';

/** One call that has ended, as a wrapper saw it. */
export interface EndedCall extends Destination {
  /** When it began, in milliseconds since 1970. */
  readonly startMs: number;
  /** Milliseconds from the call to its end, and to the first piece of the answer where it was streamed, as far as known. */
  readonly latencyMs?: number | undefined;
  readonly ttftMs?: number | undefined;
  /** The parsed body, or the telling chunks of a stream; absent where none came. */
  readonly response?: unknown;
  /** The response as read already, where it has no form that the adapters know. */
  readonly reading?: ResponseReading;
  readonly headers: RawFields;
  /** How the connection ended, where that is not for the response to say. */
  readonly status?: 'error' | 'aborted';
  /** A code, never a sentence. */
  readonly error?: string;
  /** The model asked for. */
  readonly model: string | null;
  readonly operation: string | null;
  readonly context: CallContext;
  readonly ids: 'timed' | 'response';
}

/**
 * Makes the event of a call that has ended. Every call gets one: where nobody says what was used, because a stream was
 * left before its end or was not asked for usage, the event counts one request, which has no price for most models, so
 * that the ledger shows the call as unpriced instead of free. A call that failed without an answer used nothing.
 *
 * @throws {@link UnusableResponseError} when not even that can be said
 */
export function describeCall(call: EndedCall): UsageEventMessage {
  const known = readCall(call);
  const readings = known === undefined ? [unreadCall(call)] : [known, unreadCall(call, known)];
  const issues: string[] = [];
  for (const reading of readings) {
    // A context that the contract refuses is left out rather than the call.
    for (const context of [call.context, {}]) {
      try {
        return toUsageEvent(reading, { ...contextOf(call, reading, context) });
      } catch (cause) {
        if (!(cause instanceof UnusableResponseError)) throw cause;
        issues.push(...cause.issues);
      }
    }
  }
  throw new UnusableResponseError(issues);
}

function readCall(call: EndedCall): ResponseReading | undefined {
  const { provider, region, model, headers } = call;
  const provided = call.context.provider ?? provider;
  const reading = call.reading ?? readResponse(call.response, { provider: provided, region, model, headers });
  return reading === undefined ? undefined : { ...reading, status: call.status ?? reading.status };
}

/** What is left to say when the usage is not known. */
function unreadCall(call: EndedCall, known: ResponseReading = emptyReading()): ResponseReading {
  const status = call.status ?? known.status;
  const hasAnswered = call.response !== undefined || call.reading !== undefined;
  const counts = new Map(status === 'error' && !hasAnswered ? [] : [['requests', 1n] as const]);
  return {
    ...known,
    usage: disjoint({ ...emptyCounts(), counts }),
    model: known.model ?? call.model ?? 'unknown',
    provider: known.provider ?? toProviderId(call.provider),
    operation: known.operation ?? call.operation,
    region: known.region ?? call.region,
    createdMs: known.createdMs ?? httpDateAt(call.headers, 'date'),
    status,
  };
}

function contextOf(call: EndedCall, reading: ResponseReading, context: CallContext): CallContext {
  const provider = toProviderId(context.provider) ?? reading.provider;
  const { ids, startMs: callMs } = call;
  const material = { ids, headers: plainHeaders(call.headers), callMs, makeUniqueName: randomUUID };
  const id = context.id ?? chooseEventId(reading, provider, material);
  return {
    ...(call.latencyMs === undefined ? {} : { latency_ms: call.latencyMs }),
    ...(call.ttftMs === undefined ? {} : { ttft_ms: call.ttftMs }),
    ...(call.error === undefined ? {} : { error: call.error }),
    timeMs: call.startMs,
    ...context,
    ...(id === undefined ? {} : { id }),
  };
}
