import { splitInclusive, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { countAt, emptyCounts, expectOneOf, isFields, objectAt, type RawFields } from './raw-counts.ts';

const COUNTS = ['promptTokenCount', 'candidatesTokenCount', 'responseTokenCount'];

/**
 * Reads `usageMetadata` of Gemini, the Developer API's and Vertex AI's. `promptTokenCount` includes the cached
 * content; thoughts and the prompts of tools are counted beside candidates and prompt, so they are added, unless the
 * total says that the candidates hold the thoughts. Audio is
 * taken out by the details per modality; images, video and documents of a prompt are charged as its text is and stay
 * in the plain part. Embeddings, whose details go by another name (`promptTokenDetails`), have a rate per modality.
 *
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function readGemini(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, COUNTS, issues);
  const prompt = modalitiesAt(raw, 'promptTokensDetails', issues);
  const toolPrompt = modalitiesAt(raw, 'toolUsePromptTokensDetails', issues);
  const cached = modalitiesAt(raw, 'cacheTokensDetails', issues);
  const embedded = modalitiesAt(raw, 'promptTokenDetails', issues);
  // The Live API calls its candidates responses.
  const outputField = (raw['candidatesTokenCount'] ?? null) === null ? 'response' : 'candidates';
  const output = modalitiesAt(raw, `${outputField}TokensDetails`, issues);
  const promptTokens = countAt(raw, 'promptTokenCount', issues);
  const toolPromptTokens = countAt(raw, 'toolUsePromptTokenCount', issues);
  const answerTokens = countAt(raw, `${outputField}TokenCount`, issues);
  const thoughtsTokens = countAt(raw, 'thoughtsTokenCount', issues);
  const inputTokens = promptTokens + toolPromptTokens;
  // Some releases counted the thoughts among the candidates; the total gives them away.
  const areThoughtsInside =
    thoughtsTokens > 0n && countAt(raw, 'totalTokenCount', issues) === inputTokens + answerTokens;
  expectWithin(prompt.AUDIO, promptTokens, 'promptTokensDetails AUDIO', issues);
  expectWithin(toolPrompt.AUDIO, toolPromptTokens, 'toolUsePromptTokensDetails AUDIO', issues);
  expectWithin(embedded.AUDIO + embedded.IMAGE + embedded.VIDEO, promptTokens, 'promptTokenDetails', issues);
  const cachedAudioTokens = cached.AUDIO;
  // Without details of the prompt, what the cache holds is all that is known of its audio.
  const promptAudioTokens = prompt.total === 0n ? cachedAudioTokens : prompt.AUDIO;
  if (promptAudioTokens < cachedAudioTokens)
    issues.push(`promptTokensDetails AUDIO ${promptAudioTokens} is less than its cached part ${cachedAudioTokens}`);
  const reported = emptyCounts();
  const { counts } = reported;
  counts.set('input_tokens', inputTokens - embedded.VIDEO);
  counts.set('cache_read_tokens', countAt(raw, 'cachedContentTokenCount', issues));
  counts.set('cache_audio_read_tokens', cachedAudioTokens);
  counts.set('input_audio_tokens', promptAudioTokens - cachedAudioTokens + toolPrompt.AUDIO + embedded.AUDIO);
  counts.set('input_image_tokens', embedded.IMAGE);
  // The contract has no unit for embedded video. A unit of its own is named as unpriced, which its text rate is not.
  counts.set('input_video_tokens', embedded.VIDEO);
  counts.set('output_tokens', answerTokens + (areThoughtsInside ? 0n : thoughtsTokens));
  counts.set('reasoning_tokens', thoughtsTokens);
  counts.set('output_audio_tokens', output.AUDIO);
  counts.set('output_image_tokens', output.IMAGE);
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}

/**
 * The terms under which Gemini says it served a call. `serviceTier` is the Developer API's word, `trafficType` that of
 * Vertex AI; null is the standard one of both.
 */
export function readGeminiTier(raw: RawFields): string | null {
  const [tier, traffic] = [raw['serviceTier'], raw['trafficType']];
  const named = typeof tier === 'string' ? tier : typeof traffic === 'string' ? traffic : '';
  const known = named.toLowerCase().replace(/^on_demand_?/, '');
  return ['', 'standard', 'traffic_type_unspecified', 'unspecified'].includes(known) ? null : known;
}

/** Reads token counts of Vertex AI's embedding predictions: one per text. */
export function readVertexEmbeddings(statistics: readonly RawFields[]): UsageReading {
  const issues: string[] = [];
  const reported = emptyCounts();
  let tokens = 0n;
  for (const one of statistics) {
    expectOneOf(one, ['token_count'], issues);
    tokens += countAt(one, 'token_count', issues);
  }
  reported.counts.set('input_tokens', tokens);
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}

function expectWithin(part: bigint, whole: bigint, name: string, issues: string[]): void {
  if (part > whole) issues.push(`${name} ${part} is more than the ${whole} tokens that hold it`);
}

interface ModalityTokens {
  AUDIO: bigint;
  IMAGE: bigint;
  VIDEO: bigint;
  /** Tokens of all modalities together. */
  total: bigint;
}

function modalitiesAt(raw: RawFields, field: string, issues: string[]): ModalityTokens {
  const found: ModalityTokens = { AUDIO: 0n, IMAGE: 0n, VIDEO: 0n, total: 0n };
  const details = raw[field] ?? [];
  if (!Array.isArray(details)) {
    objectAt(raw, field, issues);
    return found;
  }
  for (const detail of details) {
    if (!isFields(detail)) continue;
    // A modality without tokens is reported without a count.
    const tokens = countAt(detail, 'tokenCount', issues);
    found.total += tokens;
    const modality = detail['modality'];
    if (modality === 'AUDIO' || modality === 'IMAGE' || modality === 'VIDEO') found[modality] += tokens;
  }
  return found;
}
