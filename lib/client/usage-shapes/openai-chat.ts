import { splitInclusive, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { firstValueAt, valueAt } from './openai-paths.ts';
import { countAt, emptyCounts, expectOneOf, objectAt, type RawFields, secondsAt } from './raw-counts.ts';

/** Where servers of the chat protocol differ in what they report. Paths are dotted and begin at the usage object. */
export interface ChatDifferences {
  /** Places of the cached part of the prompt; the first that holds something counts. */
  readonly cachedAt: readonly string[];
  /** Places of the reasoning tokens, likewise. */
  readonly reasoningAt: readonly string[];
  /**
   * Whether reasoning is told to be outside the completion, or only the total can tell; or whether all that the total
   * holds beyond prompt and completion is reasoning, even where it is not named.
   */
  readonly reasoning: 'by_total' | 'beside' | 'rest_of_total';
  /**
   * Whether tokens written to the cache may be counted, and charged, as read from it too. The prompt then counts them
   * twice as well, so that each count is priced as it was charged.
   */
  readonly countsWritesAsReads: boolean;
  /** Counts that this server reports beyond the protocol, as pairs of path and unit. They lie outside the tokens. */
  readonly alsoCounts: ReadonlyArray<readonly [path: string, unit: string]>;
  /** Place of the seconds of audio billed; null where there is none. */
  readonly audioSecondsAt: string | null;
}

/** The protocol as OpenAI speaks it, with the fields in which other servers are known to put cached tokens. */
export const OPENAI_CHAT: ChatDifferences = {
  cachedAt: [
    'prompt_tokens_details.cached_tokens',
    'prompt_cache_hit_tokens', // DeepSeek; its newer servers report both.
    'num_cached_tokens', // Mistral, before it took over OpenAI's field.
    'cached_tokens', // Moonshot, Together and routers in front of them.
  ],
  reasoningAt: ['completion_tokens_details.reasoning_tokens'],
  reasoning: 'by_total',
  countsWritesAsReads: false,
  alsoCounts: [],
  audioSecondsAt: null,
};

/**
 * Reads the usage of OpenAI's chat completions and embeddings and of servers that speak their protocol.
 * `prompt_tokens` includes cached and audio tokens, `audio_tokens` those of the cache too, `completion_tokens`
 * reasoning, audio and both accepted and rejected predictions. Image tokens of a prompt cost what its text does,
 * so they stay in the plain part.
 */
export function readOpenaiChat(raw: RawFields, differences: ChatDifferences = OPENAI_CHAT): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, ['prompt_tokens', 'completion_tokens'], issues);
  const prompt = objectAt(raw, 'prompt_tokens_details', issues);
  const completion = objectAt(raw, 'completion_tokens_details', issues);
  const promptTokens = countAt(raw, 'prompt_tokens', issues);
  const completionTokens = countAt(raw, 'completion_tokens', issues);
  const { reasoningTokens, besideTokens } = readReasoning(raw, promptTokens + completionTokens, differences, issues);
  const reported = emptyCounts();
  const { counts } = reported;
  const cachedField = firstValueAt(raw, differences.cachedAt);
  const readTokens = countAt({ cached_tokens: cachedField }, 'cached_tokens', issues);
  const writtenTokens = countAt(prompt, 'cache_write_tokens', issues);
  const isWriteRead =
    differences.countsWritesAsReads && writtenTokens <= readTokens && readTokens + writtenTokens > promptTokens;
  counts.set('input_tokens', promptTokens + (isWriteRead ? writtenTokens : 0n));
  counts.set('cache_read_tokens', readTokens);
  counts.set('cache_write_tokens', writtenTokens);
  const cachedAudio = countAt(objectAt(prompt, 'cached_tokens_details', issues), 'audio_tokens', issues);
  counts.set('cache_audio_read_tokens', cachedAudio);
  counts.set('input_audio_tokens', outsideCache('audio_tokens', prompt, cachedAudio, issues));
  counts.set('output_tokens', completionTokens + besideTokens);
  counts.set('reasoning_tokens', reasoningTokens);
  counts.set('output_audio_tokens', countAt(completion, 'audio_tokens', issues));
  counts.set('output_image_tokens', countAt(completion, 'image_tokens', issues));
  for (const [path, unit] of differences.alsoCounts) {
    counts.set(unit, countAt({ [path]: valueAt(raw, path) }, path, issues));
  }
  const { audioSecondsAt } = differences;
  if (audioSecondsAt !== null) {
    reported.audioSeconds = secondsAt({ [audioSecondsAt]: valueAt(raw, audioSecondsAt) }, audioSecondsAt, issues);
  }
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}

/** Reasoning tokens, and how many of them lie beside the completion. */
function readReasoning(
  raw: RawFields,
  countedTokens: bigint,
  differences: ChatDifferences,
  issues: string[],
): { readonly reasoningTokens: bigint; readonly besideTokens: bigint } {
  const field = firstValueAt(raw, differences.reasoningAt);
  const reasoningTokens = countAt({ reasoning_tokens: field }, 'reasoning_tokens', issues);
  const restTokens = countAt(raw, 'total_tokens', issues) - countedTokens;
  if (differences.reasoning === 'rest_of_total' && reasoningTokens === 0n && restTokens > 0n) {
    return { reasoningTokens: restTokens, besideTokens: restTokens };
  }
  // Some servers count reasoning beside the completion; their total gives them away.
  const isBeside = differences.reasoning === 'beside' || restTokens === reasoningTokens;
  return { reasoningTokens, besideTokens: isBeside ? reasoningTokens : 0n };
}

/** The part of a prompt's audio or image tokens that was not read from the cache; cached ones are counted in both. */
export function outsideCache(field: string, details: RawFields, cached: bigint, issues: string[]): bigint {
  const all = countAt(details, field, issues);
  if (all >= cached) return all - cached;
  issues.push(`${field} ${all} is less than its cached part ${cached}`);
  return 0n;
}
