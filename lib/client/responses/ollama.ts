import { disjoint, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { countAt, emptyCounts, type RawFields } from '../usage-shapes/raw-counts.ts';
import { firstCreatedMs, firstNameAt, isError, type OpenaiProtocol } from './openai-protocol.ts';
import { NO_USAGE } from './openai-server.ts';
import type { ResponseReading } from './response-adapter.ts';
import { emptyReading } from './response-fields.ts';

const COUNTS = ['prompt_eval_count', 'eval_count'];

/**
 * Ollama's own interface: `/api/chat`, `/api/generate` and `/api/embed`. Counts stand in the chunk that is `done`;
 * one that is zero is left out, as for a prompt that older releases found in their cache.
 */
export const OLLAMA_PROTOCOL: OpenaiProtocol = {
  matches(chunk) {
    return (typeof chunk['done'] === 'boolean' && 'created_at' in chunk) || isEmbedding(chunk);
  },

  read(chunks, server) {
    const model = firstNameAt(chunks, 'model');
    const last = chunks.findLast((chunk) => chunk['done'] === true || isEmbedding(chunk));
    const isFailed = chunks.some(isError);
    return {
      usage: isFailed && last === undefined ? emptyReading().usage : readCounts(last),
      model,
      provider: server.providerOf(model),
      responseId: null,
      createdMs: firstCreatedMs(last === undefined ? chunks : [last]),
      operation: operationOf(chunks),
      serviceTier: null,
      region: null,
      reportedCostUsd: null,
      status: isFailed ? 'error' : last === undefined ? 'aborted' : 'ok',
    };
  },
};

/** Other providers answer with embeddings as well, but do not name the model beside them. */
function isEmbedding(chunk: RawFields): boolean {
  return Array.isArray(chunk['embeddings']) && 'model' in chunk;
}

function readCounts(done: RawFields | undefined): UsageReading {
  if (done === undefined) return NO_USAGE.usage;
  // Loading and unloading a model answers without having run it.
  const isIdle = done['done_reason'] === 'load' || done['done_reason'] === 'unload';
  if (!isIdle && COUNTS.every((field) => (done[field] ?? null) === null)) return NO_USAGE.usage;
  const issues: string[] = [];
  const reported = emptyCounts();
  reported.counts.set('input_tokens', countAt(done, 'prompt_eval_count', issues));
  reported.counts.set('output_tokens', countAt(done, 'eval_count', issues));
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}

function operationOf(chunks: readonly RawFields[]): ResponseReading['operation'] {
  if (chunks.some(isEmbedding)) return 'embeddings';
  return chunks.some((chunk) => 'response' in chunk) ? 'text_completion' : 'chat';
}
