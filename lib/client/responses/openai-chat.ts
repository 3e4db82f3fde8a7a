import { readOpenaiChat } from '../usage-shapes/openai-chat.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import {
  firstCreatedMs,
  firstNameAt,
  isError,
  lastNameAt,
  type OpenaiProtocol,
  responseIdOf,
} from './openai-protocol.ts';
import { NO_USAGE, type OpenaiServer, type PricedUsage, readUsageOf } from './openai-server.ts';
import type { ResponseReading } from './response-adapter.ts';
import { emptyReading, fieldsAt, listAt } from './response-fields.ts';

/** Chat completions and the older text completions, whole or streamed. */
export const CHAT_PROTOCOL: OpenaiProtocol = {
  matches(chunk) {
    const { object } = chunk;
    if (Array.isArray(chunk['choices'])) return true;
    return typeof object === 'string' && (object.startsWith('chat.completion') || object === 'text_completion');
  },

  read(chunks, server) {
    const model = firstNameAt(chunks, 'model');
    const status = statusOf(chunks);
    const told = lastUsage(chunks, server);
    const isCut = status === 'ok' && (told === undefined ? !hasEnded(chunks) : isUnfinished(chunks));
    // A failed call that names no usage has used nothing that anybody will charge for.
    const priced = told ?? (status === 'error' ? { ...NO_USAGE, usage: emptyReading().usage } : NO_USAGE);
    return {
      ...priced,
      model,
      provider: server.providerOf(model),
      responseId: responseIdOf(chunks, server),
      createdMs: firstCreatedMs(chunks),
      operation: firstNameAt(chunks, 'object') === 'text_completion' ? 'text_completion' : 'chat',
      serviceTier: lastNameAt(chunks, 'service_tier'),
      region: null,
      status: isCut ? 'aborted' : status,
    };
  },
};

/**
 * Usage stands in the last chunk that has any, at Moonshot inside its choice; servers that repeat it send sums so far.
 */
function lastUsage(chunks: readonly RawFields[], server: OpenaiServer): PricedUsage | undefined {
  for (const holder of chunks.toReversed().flatMap((chunk) => [chunk, ...choicesOf(chunk)])) {
    const priced = readUsageOf(holder, server, (raw) => readOpenaiChat(raw, server.chat));
    if (priced !== undefined) return priced;
  }
  return undefined;
}

/** A limit of the caller's ends an answer in order; a content filter breaks it off. */
function statusOf(chunks: readonly RawFields[]): ResponseReading['status'] {
  const reasons = chunks.flatMap(choicesOf).map((choice) => choice['finish_reason']);
  const hasFailed = chunks.some((chunk) => isError(chunk) || isError(fieldsAt(chunk, 'x_groq')));
  if (hasFailed || reasons.includes('error') || chunks.flatMap(choicesOf).some(isError)) return 'error';
  return reasons.includes('content_filter') ? 'aborted' : 'ok';
}

/** Whether any choice came to its end. */
function hasEnded(chunks: readonly RawFields[]): boolean {
  return chunks.flatMap(choicesOf).some((choice) => (choice['finish_reason'] ?? null) !== null);
}

/** Whether a stream that repeats its usage broke off: there are choices, and each says that it goes on. */
function isUnfinished(chunks: readonly RawFields[]): boolean {
  const choices = chunks.flatMap(choicesOf);
  return choices.length > 0 && choices.every((choice) => choice['finish_reason'] === null);
}

function choicesOf(chunk: RawFields): readonly RawFields[] {
  return listAt(chunk, 'choices').filter(isFields);
}
