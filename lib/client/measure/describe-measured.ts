import { isLabel } from '../../domain/field-reading.ts';
import { toProviderId } from '../../domain/prices/model-name.ts';
import { makeTimedId } from '../responses/response-event-id.ts';
import { httpDateAt } from '../responses/response-fields.ts';
import { type CallContext, UnusableResponseError, type UsageEventMessage } from '../responses/to-usage-event.ts';
import { describeCall, type EndedCall } from '../wrappers/describe-call.ts';
import type { Endpoint, MeasuredCall } from './measure-call.ts';

/** Clocks of endpoint and sender may differ by so much; a response made at another time is no new response. */
const CLOCK_TOLERANCE_MS = 300_000;

/** What making events takes beside the calls. */
export interface EventMaking {
  /** Fields that all events of the run share. */
  readonly context: CallContext;
  /** Unique among all runs. */
  readonly runId: string;
  /** Ids of events of this run so far; that of the event made is added. */
  readonly knownIds: Set<string>;
}

/**
 * Makes the usage event of a measured call, as every other reporter makes it, so that the call counts once. But servers
 * for trials answer with one id for ever, or one time: such an answer names nothing, and its event gets an id of this
 * run. A call without usage counts as one request without a price, never as tokens that were estimated. What an endpoint
 * says that no event may hold costs what it says, not the event.
 */
export function describeMeasured(call: MeasuredCall, endpoint: Endpoint, making: EventMaking): UsageEventMessage {
  const { context, runId, knownIds } = making;
  const told = isTimely(call) ? tryDescribe(call, endpoint, context) : undefined;
  if (told !== undefined && !knownIds.has(told.id)) {
    knownIds.add(told.id);
    return told;
  }
  const id = makeTimedId(call.startEpochMs, toProviderId(endpoint.provider), `${runId}/${knownIds.size}`);
  knownIds.add(id);
  const own = { ...context, id };
  const reading = call.reading === undefined ? undefined : { ...call.reading, createdMs: null };
  return (
    tryDescribe({ ...call, reading, headers: {} }, endpoint, own) ??
    describeCall(toEndedCall({ ...call, reading: undefined, headers: {} }, endpoint, own))
  );
}

/** Undefined where the answer's own words are such that no event may hold them. */
function tryDescribe(call: MeasuredCall, endpoint: Endpoint, context: CallContext): UsageEventMessage | undefined {
  const { reading } = call;
  const model = reading && isLabel(reading.model ?? '') ? reading.model : endpoint.model;
  const named = { ...call, reading: reading && { ...reading, model } };
  try {
    return describeCall(toEndedCall(named, endpoint, context));
  } catch (error) {
    if (error instanceof UnusableResponseError) return undefined;
    throw error;
  }
}

/** Whether the time that the answer tells is about that of the call. */
function isTimely({ reading, headers, startEpochMs, totalMs }: MeasuredCall): boolean {
  const toldMs = reading?.createdMs ?? httpDateAt(headers, 'date');
  const isEarly = toldMs !== null && toldMs < startEpochMs - CLOCK_TOLERANCE_MS;
  return !isEarly && (toldMs ?? 0) <= startEpochMs + totalMs + CLOCK_TOLERANCE_MS;
}

function toEndedCall(call: MeasuredCall, endpoint: Endpoint, context: CallContext): EndedCall {
  const { failure, reading, startEpochMs: startMs, totalMs, ttftMs, headers } = call;
  const { model, provider, region } = endpoint;
  const outcome = describeOutcome(failure?.kind);
  return {
    ...{ model, provider, region, startMs, headers, context },
    operation: 'chat',
    ids: 'timed',
    latencyMs: Math.round(totalMs),
    ttftMs: ttftMs === null ? undefined : Math.round(ttftMs),
    ...outcome,
    // Whether it went well was decided with more at hand than the answer's text.
    ...(reading === undefined ? {} : { reading: { ...reading, status: outcome.status ?? 'ok' } }),
  };
}

function describeOutcome(kind: string | undefined): Pick<EndedCall, 'status' | 'error'> {
  if (kind === undefined) return {};
  return kind === 'interrupted' ? { status: 'aborted' } : { status: 'error', error: kind };
}
