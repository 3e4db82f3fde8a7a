import type { OwnModel } from './own-model.ts';
import { FRONTIER_MODELS } from './own-rows-openai-frontier.ts';
import { GPT_MODELS } from './own-rows-openai-gpt.ts';
import { MEDIA_MODELS } from './own-rows-openai-media.ts';
import { REASONING_MODELS } from './own-rows-openai-reasoning.ts';
import { TUNED_MODELS } from './own-rows-openai-tuned.ts';

/** OpenAI: history, service tiers, fine-tuned models, regions, and units that the library lacks. */
export const OPENAI_MODELS: readonly OwnModel[] = [
  ...GPT_MODELS,
  ...REASONING_MODELS,
  ...FRONTIER_MODELS,
  ...TUNED_MODELS,
  ...MEDIA_MODELS,
];
