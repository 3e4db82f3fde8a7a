import { inputSizeTokens } from '../events/usage-shapes.ts';
import type { ModelFacts, ModelKind } from '../prices/price-catalog.ts';
import type { PricedCall } from '../rating/rating.ts';
import type { CallKind } from '../workload/workload.ts';

/** Why a model cannot serve a call. */
export type UnfitReason = 'kind' | 'modality' | 'context_window' | 'max_output';

/** What is known of a model that calls are to move to; null = not known, and no call is held back for it. */
export type TargetFacts = Pick<
  ModelFacts,
  'kind' | 'contextTokens' | 'maxOutputTokens' | 'inputModalities' | 'outputModalities'
>;

/**
 * Tells why a model cannot serve a call as it was made, the first reason there is; undefined = nothing known speaks
 * against it. A call of exactly the window's size fits.
 */
export function findUnfit(
  target: TargetFacts,
  { usage }: Pick<PricedCall, 'usage'>,
  kind: CallKind,
): UnfitReason | undefined {
  if (target.kind !== null && servedBy(target.kind) !== kind) return 'kind';
  if (lacks(target.inputModalities, usage, INPUTS) || lacks(target.outputModalities, usage, OUTPUTS)) return 'modality';
  const output = OUTPUT_UNITS.reduce((sum, unit) => sum + (usage.counts.get(unit) ?? 0n), 0n);
  const { contextTokens, maxOutputTokens } = target;
  if (contextTokens !== null && inputSizeTokens(usage) + output > BigInt(contextTokens)) return 'context_window';
  if (maxOutputTokens !== null && output > BigInt(maxOutputTokens)) return 'max_output';
  return undefined;
}

const OUTPUT_UNITS = ['output_tokens', 'reasoning_tokens', 'output_audio_tokens', 'output_image_tokens'] as const;

const INPUTS = [
  ['image', 'input_image_tokens'],
  ['audio', 'input_audio_tokens'],
  ['audio', 'cache_audio_read_tokens'],
] as const;

const OUTPUTS = [
  ['image', 'output_image_tokens'],
  ['image', 'images'],
  ['audio', 'output_audio_tokens'],
] as const;

function lacks(
  known: readonly string[] | null,
  usage: PricedCall['usage'],
  used: ReadonlyArray<readonly [modality: string, unit: string]>,
): boolean {
  return known !== null && used.some(([modality, unit]) => usage.counts.has(unit) && !known.includes(modality));
}

function servedBy(kind: ModelKind): CallKind {
  if (kind === 'completion') return 'chat';
  return kind === 'moderation' ? 'other' : kind;
}
