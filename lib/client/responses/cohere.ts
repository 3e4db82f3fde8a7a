import { readCohere } from '../usage-shapes/cohere.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import type { ResponseAdapter, ResponseReading } from './response-adapter.ts';
import { emptyReading, failedReading, fieldsAt, missingUsage, nameAt } from './response-fields.ts';

/** Cohere's chat (both versions) and its streams, embeddings, rerank, and error bodies. No answer names its model. */
export const cohereAdapter: ResponseAdapter = {
  name: 'cohere',
  readBody(body) {
    if (!isFields(body)) return undefined;
    if (isAnswer(body)) return readAnswer(body, idOf(body));
    const isError = typeof body['message'] === 'string' && Object.keys(body).every((field) => ERROR_FIELDS.has(field));
    return isError ? failedReading({ provider: 'cohere', responseId: nameAt(body, 'id') }) : undefined;
  },
  readStream(chunks) {
    const events = chunks.filter(isFields);
    const end = events.find((event) => event['type'] === 'message-end' || event['event_type'] === 'stream-end');
    const start = events.find((event) => event['type'] === 'message-start' || event['event_type'] === 'stream-start');
    if (end === undefined && start === undefined) return undefined;
    const answer = end === undefined ? {} : { ...fieldsAt(end, 'delta'), ...fieldsAt(end, 'response') };
    const reading = readAnswer(answer, idOf(start ?? {}) ?? idOf(answer) ?? nameAt(end ?? {}, 'id'));
    return { ...reading, operation: 'chat', status: end === undefined ? 'aborted' : reading.status };
  },
};

const ERROR_FIELDS: ReadonlySet<string> = new Set(['id', 'message']);

function readAnswer(body: RawFields, responseId: string | null): ResponseReading {
  const usage = isFields(body['usage']) ? body['usage'] : body['meta'];
  const reason = body['finish_reason'];
  const hasFailed = typeof reason === 'string' && /^(?:ERROR|TIMEOUT)/.test(reason);
  return {
    ...emptyReading(),
    provider: 'cohere',
    responseId,
    operation: operationOf(body),
    usage: isFields(usage) && 'billed_units' in usage ? readCohere(usage) : missingUsage('billed_units'),
    status: hasFailed ? 'error' : 'ok',
  };
}

function operationOf(body: RawFields): string {
  if ('embeddings' in body) return 'embeddings';
  return Array.isArray(body['results']) ? 'rerank' : 'chat';
}

function isAnswer(body: RawFields): boolean {
  if (isFields(fieldsAt(body, 'meta')['billed_units']) || isFields(fieldsAt(body, 'usage')['billed_units']))
    return true;
  const isChat = isFields(body['message']) && typeof body['finish_reason'] === 'string';
  const isEmbedding = isFields(body['embeddings']) && typeof body['response_type'] === 'string';
  return isChat || isEmbedding;
}

/** The first version called the id of a chat `generation_id` or `response_id`. */
function idOf(body: RawFields): string | null {
  return nameAt(body, 'id') ?? nameAt(body, 'response_id') ?? nameAt(body, 'generation_id');
}
