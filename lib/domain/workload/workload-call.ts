import type { UsageEvent } from '../events/usage-event.ts';
import type { ModelKind } from '../prices/price-catalog.ts';
import type { Rating } from '../rating/rated-call.ts';
import type { CallKind, RecordedKind } from './workload.ts';

/** A call as far as a model of one's own would feel it. */
export interface WorkloadCall {
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly kind: RecordedKind;
  /** Whether its prompt or answer held something other than text. */
  readonly isMultimodal: boolean;
  /** Whether a capacity with a fixed price covers it. */
  readonly isCovered: boolean;
  readonly model: string | null;
  /** As resolved where rating could, else as sent. */
  readonly provider: string | null;
  /** Whole prompt, cached part included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What is known of its cost. */
  readonly costPicoUsd: bigint;
  /** Whether it lacks a full price. */
  readonly isUnpriced: boolean;
}

/** The app under which `tokenledger measure` records its calls, unless it is told another. */
export const MEASUREMENT_APP = 'tokenledger-measure';

/** An event with what it counts for now. */
export interface RatedEvent {
  readonly event: UsageEvent;
  readonly rating: Rating;
}

/** Kinds by what senders call an operation, OpenTelemetry's GenAI names first; any other word says nothing. */
const KIND_OF_OPERATION: Readonly<Record<string, CallKind>> = {
  chat: 'chat',
  text_completion: 'chat',
  generate_content: 'chat',
  completion: 'chat',
  completions: 'chat',
  response: 'chat',
  responses: 'chat',
  messages: 'chat',
  embeddings: 'embedding',
  embedding: 'embedding',
  embed: 'embedding',
  image: 'image',
  images: 'image',
  image_generation: 'image',
  audio: 'audio',
  speech: 'audio',
  transcription: 'audio',
  transcriptions: 'audio',
  translation: 'audio',
  text_to_speech: 'audio',
  rerank: 'rerank',
  moderation: 'other',
  fine_tuning: 'other',
  training: 'other',
  ocr: 'other',
};

const KIND_OF_MODEL: Readonly<Record<ModelKind, CallKind>> = {
  chat: 'chat',
  completion: 'chat',
  embedding: 'embedding',
  image: 'image',
  audio: 'audio',
  rerank: 'rerank',
  moderation: 'other',
};

/** Units that only something other than text brings, with what a call is that reports nothing else. */
const KIND_OF_UNIT: Readonly<Record<string, CallKind>> = {
  images: 'image',
  input_image_tokens: 'image',
  output_image_tokens: 'image',
  audio_seconds: 'audio',
  input_audio_tokens: 'audio',
  cache_audio_read_tokens: 'audio',
  output_audio_tokens: 'audio',
  pages: 'other',
};

/**
 * A recorded call as load, with its cost as it counts for now.
 *
 * @param modelKind - what the price catalog says of its model; null = not known
 * @returns null for what no model had to answer: a failed call without usage, and a hit of the response cache
 */
export function toWorkloadCall({ event, rating }: RatedEvent, modelKind: ModelKind | null): WorkloadCall | null {
  const isFailed = event.status === 'error' || event.status === 'aborted';
  if (event.response_cache_hit === true || (isFailed && !hasUsage(event))) return null;
  return {
    timeMs: event.timeMs,
    kind: event.app === MEASUREMENT_APP ? 'measurement' : findCallKind(event, modelKind),
    isMultimodal: Object.keys(KIND_OF_UNIT).some((unit) => (event.usage[unit] ?? 0) > 0),
    isCovered: rating.price?.capacity !== undefined,
    model: event.model,
    provider: rating.price?.provider ?? event.provider ?? null,
    inputTokens: event.usage.input_tokens ?? 0,
    outputTokens: event.usage.output_tokens ?? 0,
    costPicoUsd: rating.costPicoUsd ?? 0n,
    isUnpriced: lacksPrice(rating),
  };
}

/** Whether a call is not priced, or only in part. */
export function lacksPrice({ status }: Rating): boolean {
  return status === 'unpriced' || status === 'unpriced_unit' || status === 'partially_priced';
}

/** What a call asks of a model: by its operation, else by its model, else by its usage, else a chat. */
export function findCallKind(
  { operation, usage }: Pick<UsageEvent, 'operation' | 'usage'>,
  modelKind: ModelKind | null,
): CallKind {
  const name = operation?.toLowerCase() ?? '';
  const named = Object.hasOwn(KIND_OF_OPERATION, name) ? KIND_OF_OPERATION[name] : undefined;
  if (named !== undefined) return named;
  if (modelKind !== null) return KIND_OF_MODEL[modelKind];
  if ((usage.training_tokens ?? 0) > 0) return 'other';
  // Tokens of images and sound are part of the input and output counts.
  const special = Object.entries(KIND_OF_UNIT).filter(([unit]) => (usage[unit] ?? 0) > 0);
  const specialTokens = special.reduce((sum, [unit]) => sum + (unit.endsWith('_tokens') ? (usage[unit] ?? 0) : 0), 0);
  const isSpecialOnly = specialTokens >= (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
  return (isSpecialOnly && special[0] && KIND_OF_UNIT[special[0][0]]) || 'chat';
}

/** Whether a call reports any work; that it was made is none. */
function hasUsage({ usage }: UsageEvent): boolean {
  return Object.entries(usage).some(([unit, count]) => unit !== 'requests' && count > 0);
}
