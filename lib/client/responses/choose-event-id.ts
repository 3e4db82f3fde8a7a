import type { RawFields } from '../usage-shapes/raw-counts.ts';
import type { ResponseReading } from './response-adapter.ts';
import { makeTimedId, makeUntimedId } from './response-event-id.ts';
import { httpDateAt, nameAt } from './response-fields.ts';

/** What an id is made of beside the response. */
export interface IdMaterial {
  /** `response`: of provider and response id alone, as reporters make it that do not see the response's time. */
  readonly ids: 'timed' | 'response';
  /** Headers of the HTTP response, their names in lower case. */
  readonly headers: RawFields;
  /** When the call was made, in milliseconds since 1970: for ids of calls that nothing in the answer names. */
  readonly callMs: number;
  /** Names a call that nothing in the answer names; no other call of any process may have it. */
  readonly makeUniqueName: () => string;
}

// Answers without an id of their own (embeddings, images, errors) are known by the request's.
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'apim-request-id'];

/**
 * Chooses the id of a call, alike for everybody who sees the same answer and its headers, so that a call counts once
 * whether a wrapper or the host reports it, or both.
 *
 * @param provider - the catalog's id; null where nobody names it
 * @returns undefined where the response's own time and id make the id
 */
export function chooseEventId(
  { responseId }: Pick<ResponseReading, 'responseId'>,
  provider: string | null,
  { ids, headers, callMs, makeUniqueName }: IdMaterial,
): string | undefined {
  if (responseId !== null) return ids === 'response' ? makeUntimedId(provider, responseId) : undefined;
  const requestId = REQUEST_ID_HEADERS.map((name) => nameAt(headers, name)).find((id) => id !== null) ?? null;
  const answeredMs = httpDateAt(headers, 'date');
  if (requestId !== null && answeredMs !== null) return makeTimedId(answeredMs, provider, requestId);
  return makeTimedId(callMs, provider, makeUniqueName());
}

/**
 * Headers as plain fields with names in lower case, whether they come as an object, as `fetch` has them, or as a map.
 */
export function plainHeaders(headers: unknown): RawFields {
  if (typeof headers !== 'object' || headers === null) return {};
  const { entries } = headers as { readonly entries?: unknown };
  const pairs: Iterable<readonly [string, unknown]> =
    typeof entries === 'function' ? entries.call(headers) : Object.entries(headers);
  return Object.fromEntries(Array.from(pairs, ([name, value]) => [String(name).toLowerCase(), value]));
}
