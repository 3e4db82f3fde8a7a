import { readAnthropic } from '../usage-shapes/anthropic.ts';
import { readBedrockConverse } from '../usage-shapes/bedrock-converse.ts';
import { readInvocationMetrics, readLlama, readTitan } from '../usage-shapes/bedrock-invoke.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { anthropicAdapter } from './anthropic.ts';
import { CHAT_PROTOCOL } from './openai-chat.ts';
import { RESPONSES_PROTOCOL } from './openai-responses.ts';
import { ANY_OPENAI_SERVER } from './openai-server.ts';
import type { ResponseAdapter, ResponseReading } from './response-adapter.ts';
import { emptyReading, fieldsAt, missingUsage } from './response-fields.ts';

const METRICS = 'amazon-bedrock-invocationMetrics';

/**
 * Bedrock's InvokeModel, whose body is that of each model's vendor: Anthropic, Amazon Titan and Nova, Meta, and those
 * that speak OpenAI's protocol. Mistral's older models and Cohere's count nothing in the body; their counts are in the
 * response's headers, which `readResponse` takes. In a stream Bedrock's own metrics stand in the last chunk.
 */
export const bedrockInvokeAdapter: ResponseAdapter = {
  name: 'bedrock_invoke',
  readBody(body) {
    if (!isFields(body)) return undefined;
    const message = anthropicAdapter.readBody(body) ?? readOpenai([body]);
    if (message !== undefined) return { ...message, provider: 'aws' };
    const found = readVendorBody(body);
    return found === undefined ? undefined : { ...emptyReading(), provider: 'aws', ...found };
  },
  readStream(chunks) {
    const known = chunks.filter(isFields);
    const metrics = known.findLast((chunk) => isFields(chunk[METRICS]))?.[METRICS];
    const message = anthropicAdapter.readStream(known) ?? readOpenai(known);
    if (message?.usage.ok === true) return { ...message, provider: 'aws' };
    if (isFields(metrics)) {
      const operation = known.some(isTitan) ? 'text_completion' : 'chat';
      const told = message ?? { ...emptyReading(), operation };
      return { ...told, provider: 'aws', status: 'ok', usage: readInvocationMetrics(metrics) };
    }
    // Without the last chunk nothing says what the call used.
    const isOurs = message !== undefined || known.some((chunk) => readVendorBody(chunk) !== undefined);
    const usage = missingUsage(METRICS);
    return isOurs ? { ...(message ?? emptyReading()), provider: 'aws', usage, status: 'aborted' } : undefined;
  },
};

/**
 * Whether a body or chunk can only be Bedrock's: it holds Bedrock's metrics, or counts as Titan and Llama name them.
 * Other bodies of InvokeModel look like their vendors' own.
 */
export function isOnlyBedrock(chunk: unknown): boolean {
  if (!isFields(chunk)) return false;
  return isFields(chunk[METRICS]) || isTitan(chunk) || 'prompt_token_count' in chunk;
}

function readVendorBody(body: RawFields): Pick<ResponseReading, 'usage' | 'operation'> | undefined {
  const usage = fieldsAt(body, 'usage');
  if (isTitan(body)) return { usage: readTitan(body), operation: isEmbedding(body) ? 'embeddings' : 'text_completion' };
  if ('prompt_token_count' in body) return { usage: readLlama(body), operation: 'text_completion' };
  if ('inputTokens' in usage) return { usage: readBedrockConverse(usage), operation: 'chat' };
  if ('input_tokens' in usage) return { usage: readAnthropic(usage), operation: 'chat' };
  if (isEmbedding(body)) return { usage: missingUsage('headers'), operation: 'embeddings' };
  const isUncounted = ['outputs', 'generations', 'generation', 'text', 'results'].some((field) => field in body);
  return isUncounted ? { usage: missingUsage('headers'), operation: 'chat' } : undefined;
}

/** Models that speak OpenAI's protocols, by InvokeModel or by Bedrock's endpoints of the same form. */
function readOpenai(chunks: readonly RawFields[]): ResponseReading | undefined {
  const protocol = [CHAT_PROTOCOL, RESPONSES_PROTOCOL].find((it) => chunks.some((chunk) => it.matches(chunk)));
  return protocol?.read(chunks, ANY_OPENAI_SERVER);
}

function isTitan(body: RawFields): boolean {
  return 'inputTextTokenCount' in body;
}

function isEmbedding(body: RawFields): boolean {
  return 'embedding' in body || 'embeddings' in body || 'embeddingsByType' in body;
}
