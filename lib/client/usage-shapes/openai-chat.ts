import { splitInclusive, type UsageReading } from '../../domain/usage-shapes.ts';
import { countAt, emptyCounts, expectOneOf, objectAt, type RawFields } from './raw-counts.ts';

/**
 * Reads the usage of OpenAI's chat completions and embeddings and of servers that speak their protocol.
 * `prompt_tokens` includes cached and audio tokens, `completion_tokens` includes reasoning and audio.
 */
export function readOpenaiChat(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, ['prompt_tokens', 'completion_tokens'], issues);
  const prompt = objectAt(raw, 'prompt_tokens_details', issues);
  const completion = objectAt(raw, 'completion_tokens_details', issues);
  const promptTokens = countAt(raw, 'prompt_tokens', issues);
  const completionTokens = countAt(raw, 'completion_tokens', issues);
  const reasoningTokens = countAt(completion, 'reasoning_tokens', issues);
  const totalTokens = countAt(raw, 'total_tokens', issues);
  // Some servers count reasoning beside the completion; their total gives them away.
  const isReasoningBeside = reasoningTokens > 0n && totalTokens === promptTokens + completionTokens + reasoningTokens;
  const reported = emptyCounts();
  const { counts } = reported;
  counts.set('input_tokens', promptTokens);
  // DeepSeek's own field; its newer servers report both.
  const cachedField = prompt['cached_tokens'] ?? raw['prompt_cache_hit_tokens'];
  counts.set('cache_read_tokens', countAt({ cached_tokens: cachedField }, 'cached_tokens', issues));
  counts.set('cache_write_tokens', countAt(prompt, 'cache_write_tokens', issues));
  counts.set('input_audio_tokens', countAt(prompt, 'audio_tokens', issues));
  counts.set('output_tokens', completionTokens + (isReasoningBeside ? reasoningTokens : 0n));
  counts.set('reasoning_tokens', reasoningTokens);
  counts.set('output_audio_tokens', countAt(completion, 'audio_tokens', issues));
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}
