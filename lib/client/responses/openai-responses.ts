import type { UsageReading } from '../../domain/usage-shapes.ts';
import { readOpenaiResponses } from '../usage-shapes/openai-responses.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { firstCreatedMs, isError, type OpenaiProtocol } from './openai-protocol.ts';
import { NO_USAGE, readUsageOf } from './openai-server.ts';
import type { ResponseReading } from './response-adapter.ts';
import { emptyReading, fieldsAt, listAt, nameAt } from './response-fields.ts';

/** The responses endpoint and the realtime one, whose events end alike: the last event with a response tells all. */
export const RESPONSES_PROTOCOL: OpenaiProtocol = {
  matches(chunk) {
    const { object, type } = chunk;
    if (typeof object === 'string' && /^(?:realtime\.)?response(?:\.compaction)?$/.test(object)) return true;
    return typeof type === 'string' && type.startsWith('response.');
  },

  read(chunks, server) {
    const response = chunks.map(responseOf).findLast((found) => found !== undefined) ?? {};
    const isFailed = response['status'] === 'failed' || chunks.some(isError);
    const told = readUsageOf(response, server, (raw) => withSearches(readOpenaiResponses(raw), response));
    const model = nameAt(response, 'model');
    return {
      ...(told ?? (isFailed ? { ...NO_USAGE, usage: emptyReading().usage } : NO_USAGE)),
      model,
      provider: server.providerOf(model),
      responseId: nameAt(response, 'id'),
      createdMs: firstCreatedMs([response]),
      operation: 'chat',
      serviceTier: nameAt(response, 'service_tier'),
      region: null,
      status: isFailed ? 'error' : statusOf(response),
    };
  },
};

function responseOf(chunk: RawFields): RawFields | undefined {
  if (isFields(chunk['response'])) return chunk['response'];
  return typeof chunk['object'] === 'string' ? chunk : undefined;
}

/** As in chat: a limit of the caller's ends an answer in order, anything else breaks it off. */
function statusOf(response: RawFields): ResponseReading['status'] {
  const { status } = response;
  if (status === 'completed' || (status ?? null) === null) return 'ok';
  const { reason } = fieldsAt(response, 'incomplete_details');
  return status === 'incomplete' && reason === 'max_output_tokens' ? 'ok' : 'aborted';
}

/** Usage does not count searches; each is an item of the output. Opening a page that was found is not charged. */
function withSearches(reading: UsageReading, response: RawFields): UsageReading {
  const searches = listAt(response, 'output').filter(
    (item) => isFields(item) && item['type'] === 'web_search_call' && isSearch(item),
  ).length;
  if (!reading.ok || searches === 0) return reading;
  const counts = new Map(reading.usage.counts).set('web_searches', BigInt(searches));
  return { ok: true, usage: { ...reading.usage, counts } };
}

function isSearch(item: RawFields): boolean {
  const { type } = fieldsAt(item, 'action');
  return item['status'] !== 'failed' && (type === undefined || type === 'search');
}
