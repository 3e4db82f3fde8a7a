import { readOpenaiChat } from '../usage-shapes/openai-chat.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { firstCreatedMs, firstNameAt, type OpenaiProtocol, responseIdOf } from './openai-protocol.ts';
import { NO_USAGE, readUsageOf } from './openai-server.ts';
import { fieldsAt, listAt } from './response-fields.ts';

/** Embeddings: usage as in chat, without anything generated. They have no id and mostly no time of their own. */
export const EMBEDDINGS_PROTOCOL: OpenaiProtocol = {
  matches(chunk) {
    const first = listAt(chunk, 'data')[0];
    if (isFields(first)) return first['object'] === 'embedding' || 'embedding' in first;
    return chunk['object'] === 'list' && 'prompt_tokens' in fieldsAt(chunk, 'usage');
  },

  read(chunks, server) {
    const model = firstNameAt(chunks, 'model');
    const [body = {}] = chunks.filter((chunk: RawFields) => EMBEDDINGS_PROTOCOL.matches(chunk));
    return {
      ...(readUsageOf(body, server, (raw) => readOpenaiChat(raw, server.chat)) ?? NO_USAGE),
      model,
      provider: server.providerOf(model),
      responseId: responseIdOf(chunks, server),
      createdMs: firstCreatedMs(chunks),
      operation: 'embeddings',
      serviceTier: null,
      region: null,
      status: 'ok',
    };
  },
};
