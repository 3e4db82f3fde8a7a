import type { UsageReading } from '../../domain/events/usage-shapes.ts';
import { readOpenaiResponses } from '../usage-shapes/openai-responses.ts';
import { countAt, isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { firstCreatedMs, isError, type OpenaiProtocol, responseIdOf } from './openai-protocol.ts';
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
    const told = readUsageOf(response, server, (raw) => withTools(readOpenaiResponses(raw), response));
    const model = nameAt(response, 'model');
    return {
      ...(told ?? (isFailed ? { ...NO_USAGE, usage: emptyReading().usage } : NO_USAGE)),
      model,
      provider: server.providerOf(model),
      responseId: responseIdOf([response], server),
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

/**
 * Usage does not count what tools did. Newer answers count their searches beside it, in others each is an item of the
 * output; opening a page that was found is not charged. Images made and files searched are charged beside the model,
 * so they are counted as well and stay unpriced where the model has no rate for them.
 */
function withTools(reading: UsageReading, response: RawFields): UsageReading {
  if (!reading.ok) return reading;
  const counts = new Map(reading.usage.counts);
  const issues: string[] = [];
  const searchUsage = fieldsAt(fieldsAt(response, 'tool_usage'), 'web_search');
  const items = listAt(response, 'output').filter(isFields).filter(isCharged);
  const countOf = (type: string): bigint => BigInt(items.filter((item) => item['type'] === type).length);
  const searches =
    'num_requests' in searchUsage ? countAt(searchUsage, 'num_requests', issues) : countOf('web_search_call');
  const toolCounts = [
    ['web_searches', searches],
    ['images', countOf('image_generation_call')],
    ['file_searches', countOf('file_search_call')],
  ] as const;
  for (const [unit, count] of toolCounts) if (count > 0n) counts.set(unit, count);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, usage: { ...reading.usage, counts } };
}

function isCharged(item: RawFields): boolean {
  const { type } = fieldsAt(item, 'action');
  const isSearch = item['type'] !== 'web_search_call' || type === undefined || type === 'search';
  return isSearch && item['status'] !== 'failed';
}
