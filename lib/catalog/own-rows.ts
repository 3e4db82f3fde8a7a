import type { OwnModel, OwnResale } from './own-model.ts';
import { ANTHROPIC_MODELS } from './own-rows-anthropic.ts';
import { AZURE_MODELS, AZURE_RESALES } from './own-rows-azure.ts';
import { BEDROCK_MODELS } from './own-rows-bedrock.ts';
import { DEEPSEEK_MODELS } from './own-rows-deepseek.ts';
import { GOOGLE_MODELS } from './own-rows-google.ts';
import { HOSTED_MODELS } from './own-rows-hosted.ts';
import { MISTRAL_MODELS } from './own-rows-mistral.ts';
import { OPENAI_MODELS } from './own-rows-openai.ts';
import { OTHER_MODELS } from './own-rows-others.ts';

/** Our rows, one model each. A price changes by a new period, never by editing one. */
export const OWN_MODELS: readonly OwnModel[] = [
  ...OPENAI_MODELS,
  ...AZURE_MODELS,
  ...ANTHROPIC_MODELS,
  ...GOOGLE_MODELS,
  ...BEDROCK_MODELS,
  ...DEEPSEEK_MODELS,
  ...MISTRAL_MODELS,
  ...OTHER_MODELS,
  ...HOSTED_MODELS,
];

/** Models that the library lists without any price because their vendor charges nothing for them. */
export const FREE_MODELS: ReadonlyArray<readonly [provider: string, model: string]> = [
  ['google', 'gemma-4-26b-a4b-it'],
  ['google', 'gemma-4-31b-it'],
];

/**
 * Entries that the library took over from another seller's list: their vendor does not sell them under these names or
 * not at these prices. Left out, because a price that is somebody else's is worse than none.
 */
export const BORROWED_PRICES: ReadonlyMap<string, RegExp> = new Map([
  ['openai', /^gpt-oss-/],
  ['azure', /^(?:phi-3\.5-mini-128k-instruct|phi-4-reasoning-plus|wizardlm-2-8x22b)$/],
  ['deepseek', /^deepseek-v3\./],
  ['mistral', /^(?:mistral-small-24b-instruct-2501|mistral-small-3\.[12]-24b-instruct|mixtral-8x22b-instruct)$/],
]);

/** Sellers of others' models who do not keep to their vendors' lists. */
export const RESALES: readonly OwnResale[] = AZURE_RESALES;
