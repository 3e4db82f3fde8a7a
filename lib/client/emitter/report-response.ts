import { toProviderId } from '../../domain/prices/model-name.ts';
import { chooseEventId, plainHeaders } from '../responses/choose-event-id.ts';
import { type ResponseHints, readResponse } from '../responses/read-response.ts';
import { type CallContext, toUsageEvent, type UsageEventMessage } from '../responses/to-usage-event.ts';

/** What ids of responses are made of; see {@link EmitterOptions.ids}. */
export type IdSource = 'timed' | 'response';

/** What the caller knows of a call beside its response. */
export interface ResponseReport extends ResponseHints {
  /** Fields of the event; what they name wins over the response. */
  readonly context?: CallContext;
}

/** What making an event of a response takes from the emitter. */
export interface ResponseMaking {
  readonly ids: IdSource;
  /** Epoch milliseconds of now, the call's time where nobody tells another. */
  readonly nowMs: number;
  /** Unique among all events of all emitters, for responses that have no id. */
  readonly uniqueName: string;
}

/**
 * Makes an event of a provider's raw response.
 *
 * @returns undefined when no adapter knows the response
 * @throws UnusableResponseError when the response does not tell what an event needs
 */
export function describeResponse(
  response: unknown,
  { context = {}, ...hints }: ResponseReport,
  making: ResponseMaking,
): UsageEventMessage | undefined {
  const provider = context.provider ?? hints.provider ?? null;
  const headers = plainHeaders(hints.headers);
  const reading = readResponse(response, { ...hints, provider, headers });
  if (reading === undefined) return undefined;
  const { ids, nowMs: callMs, uniqueName } = making;
  const material = { ids, headers, callMs, makeUniqueName: () => uniqueName };
  const id = context.id ?? chooseEventId(reading, toProviderId(context.provider) ?? reading.provider, material);
  return toUsageEvent(reading, { timeMs: making.nowMs, ...context, ...(id === undefined ? {} : { id }) });
}
