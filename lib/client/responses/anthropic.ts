import { readAnthropic, readAnthropicTerms } from '../usage-shapes/anthropic.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import type { ResponseAdapter, ResponseReading } from './response-adapter.ts';
import { emptyReading, failedReading, fieldsAt, missingUsage, nameAt } from './response-fields.ts';

/**
 * Anthropic's messages: bodies, streams, error bodies and lines of batch results. Claude on Bedrock and Vertex AI
 * answers in the same shape; the id of the message tells where.
 */
export const anthropicAdapter: ResponseAdapter = {
  name: 'anthropic',
  readBody(body) {
    if (!isFields(body)) return undefined;
    if (body['type'] === 'message') return readMessage(body, body['usage']);
    if (isError(body)) return failedReading({ provider: 'anthropic', operation: 'chat' });
    if (typeof body['custom_id'] === 'string' && isFields(body['result'])) return readBatchResult(body['result']);
    return undefined;
  },
  readStream(chunks) {
    const events = chunks.filter(isFields);
    const isOurs = events.some((event) => isStart(event) || isDelta(event) || isError(event));
    return isOurs ? readEvents(events) : undefined;
  },
};

function readEvents(events: readonly RawFields[]): ResponseReading | undefined {
  const start = fieldsAt(events.find(isStart) ?? {}, 'message');
  // Counts of a later event are those of the whole message so far, and replace the earlier ones.
  const counted = [fieldsAt(start, 'usage'), ...events.filter(isDelta).map((event) => fieldsAt(event, 'usage'))];
  const told = counted.flatMap((counts) => Object.entries(counts).filter(([, value]) => value !== null));
  const usage: RawFields = Object.fromEntries(told);
  const hasEnded = events.some(
    (event) => event['type'] === 'message_stop' || typeof fieldsAt(event, 'delta')['stop_reason'] === 'string',
  );
  const hasFailed = events.some(isError);
  if (hasFailed && Object.keys(usage).length === 0) return failedReading({ provider: 'anthropic', operation: 'chat' });
  const reading = readMessage(start, usage);
  if (!hasEnded) return { ...reading, status: hasFailed ? 'error' : 'aborted' };
  return reading;
}

function readMessage(message: RawFields, usage: unknown): ResponseReading {
  const id = nameAt(message, 'id');
  const known: ResponseReading = {
    ...emptyReading(),
    provider: hostOf(id),
    model: nameAt(message, 'model'),
    responseId: id,
    operation: 'chat',
  };
  // Half of a usage, as the last event of an older server holds it, would price the prompt at nothing.
  if (!isFields(usage) || (usage['input_tokens'] ?? null) === null) return { ...known, usage: missingUsage('usage') };
  return { ...known, usage: readAnthropic(usage), ...readAnthropicTerms(usage) };
}

function readBatchResult(result: RawFields): ResponseReading {
  const terms = { serviceTier: 'batch', operation: 'chat' };
  if (isFields(result['message'])) return { ...readMessage(result['message'], result['message']['usage']), ...terms };
  const status = result['type'] === 'errored' ? 'error' : 'aborted';
  return { ...emptyReading(), ...terms, provider: 'anthropic', status };
}

function hostOf(messageId: string | null): string {
  if (messageId?.startsWith('msg_bdrk_') === true) return 'aws';
  return messageId?.startsWith('msg_vrtx_') === true ? 'google' : 'anthropic';
}

/** OpenAI's responses and realtime events of the same type are numbered, or have an id of their own. */
function isError(body: RawFields): boolean {
  const isOpenai = 'event_id' in body || 'sequence_number' in body;
  return body['type'] === 'error' && isFields(body['error']) && !isOpenai;
}

function isStart(event: RawFields): boolean {
  return event['type'] === 'message_start' && isFields(event['message']);
}

function isDelta(event: RawFields): boolean {
  return event['type'] === 'message_delta';
}
