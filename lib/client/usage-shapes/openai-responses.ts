import { splitInclusive, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { outsideCache } from './openai-chat.ts';
import { countAt, emptyCounts, expectOneOf, objectAt, type RawFields, secondsAt } from './raw-counts.ts';

/**
 * Reads the usage of OpenAI's responses, realtime, image and transcription endpoints, which count alike:
 * `input_tokens` includes cached, written, audio and image tokens, `output_tokens` includes reasoning, audio and
 * images. The details are called `input_tokens_details` or `input_token_details`, by endpoint.
 */
export function readOpenaiResponses(raw: RawFields): UsageReading {
  return readTokens(raw, false);
}

/** Reads the usage of OpenAI's image endpoints: as the others, but output is images unless it is itemised. */
export function readOpenaiImages(raw: RawFields): UsageReading {
  return readTokens(raw, true);
}

/** Reads the usage of OpenAI's transcriptions: seconds for models billed by duration, tokens for the others. */
export function readOpenaiTranscription(raw: RawFields): UsageReading {
  if (raw['type'] !== 'duration') return readOpenaiResponses(raw);
  const issues: string[] = [];
  expectOneOf(raw, ['seconds'], issues);
  const reported = emptyCounts();
  reported.audioSeconds = secondsAt(raw, 'seconds', issues);
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}

function readTokens(raw: RawFields, isImageOutput: boolean): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, ['input_tokens', 'output_tokens'], issues);
  const input = detailsAt(raw, 'input', issues);
  const output = detailsAt(raw, 'output', issues);
  const inputTokens = countAt(raw, 'input_tokens', issues);
  const outputTokens = countAt(raw, 'output_tokens', issues);
  const reasoningTokens = countAt(output, 'reasoning_tokens', issues);
  const totalTokens = countAt(raw, 'total_tokens', issues);
  // As in chat, the total gives away a server that counts reasoning beside the output.
  const isReasoningBeside = reasoningTokens > 0n && totalTokens === inputTokens + outputTokens + reasoningTokens;
  const cached = objectAt(input, 'cached_tokens_details', issues);
  const cachedAudio = countAt(cached, 'audio_tokens', issues);
  const cachedImages = countAt(cached, 'image_tokens', issues);
  const readTokens = countAt(input, 'cached_tokens', issues);
  if (readTokens < cachedImages) issues.push(`cached_tokens ${readTokens} is less than its images ${cachedImages}`);
  const reported = emptyCounts();
  const { counts } = reported;
  counts.set('input_tokens', inputTokens - cachedImages);
  counts.set('cache_read_tokens', readTokens - cachedImages);
  // Cached images cost another rate than cached text, and the contract has no unit for them: named, and unpriced.
  counts.set('cache_image_read_tokens', cachedImages);
  counts.set('cache_audio_read_tokens', cachedAudio);
  counts.set('cache_write_tokens', countAt(input, 'cache_write_tokens', issues));
  counts.set('input_audio_tokens', outsideCache('audio_tokens', input, cachedAudio, issues));
  counts.set('input_image_tokens', outsideCache('image_tokens', input, cachedImages, issues));
  counts.set('output_tokens', outputTokens + (isReasoningBeside ? reasoningTokens : 0n));
  counts.set('reasoning_tokens', reasoningTokens);
  counts.set('output_audio_tokens', countAt(output, 'audio_tokens', issues));
  const isItemised = (output['image_tokens'] ?? null) !== null;
  const imageTokens = isItemised || !isImageOutput ? countAt(output, 'image_tokens', issues) : outputTokens;
  counts.set('output_image_tokens', imageTokens);
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}

function detailsAt(raw: RawFields, side: 'input' | 'output', issues: string[]): RawFields {
  const plural = `${side}_tokens_details`;
  return objectAt(raw, (raw[plural] ?? null) === null ? `${side}_token_details` : plural, issues);
}
