import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { LITELLM } from './own-rows-openai-tables.ts';

/** Azure's names and rates where they are not OpenAI's: names, USD per 1M tokens of input, cached input, output. */
const AZURE_RATES: ReadonlyArray<
  readonly [names: readonly [string, ...string[]], input: string, cacheRead: string | null, output: string]
> = [
  [['gpt-35-turbo-0125'], '0.5', null, '1.5'],
  [['gpt-35-turbo-1106'], '1', null, '2'],
  [['gpt-5.1-chat-2025-11-13', 'gpt-5.1-codex-2025-11-13'], '1.25', '0.125', '10'],
  [['gpt-5.1-codex-mini-2025-11-13'], '0.25', '0.025', '2'],
  [['gpt-5.2-chat-2025-12-11'], '1.75', '0.175', '14'],
  [['gpt-oss-120b'], '0.15', null, '0.6'],
  [['deepseek-r1'], '1.35', null, '5.4'],
  [['deepseek-v3', 'deepseek-v3-0324'], '1.14', null, '4.56'],
  [['llama-3.3-70b-instruct'], '0.71', null, '0.71'],
  [['meta-llama-3.1-405b-instruct'], '5.33', null, '16'],
  [['meta-llama-3.1-70b-instruct'], '2.68', null, '3.54'],
  [['meta-llama-3.1-8b-instruct'], '0.3', null, '0.61'],
  [['mistral-large-2407'], '2', null, '6'],
  [['mistral-medium-2505'], '0.4', null, '2'],
  [['mistral-small-2503'], '0.1', null, '0.3'],
  [['mistral-nemo'], '0.15', null, '0.15'],
  [['ministral-3b'], '0.04', null, '0.04'],
  [['phi-4', 'phi-4-reasoning'], '0.125', null, '0.5'],
  [['phi-4-mini-instruct'], '0.075', null, '0.3'],
  [['phi-4-multimodal-instruct'], '0.08', null, '0.32'],
  [['phi-3-medium-128k-instruct', 'phi-3-medium-4k-instruct'], '0.17', null, '0.68'],
  [['phi-3-mini-128k-instruct', 'phi-3-mini-4k-instruct', 'phi-3.5-mini-instruct'], '0.13', null, '0.52'],
];

/** What is Azure's own; the rest of what it serves is OpenAI's, at OpenAI's prices. */
export const AZURE_MODELS: readonly OwnModel[] = AZURE_RATES.map(([names, input, cacheRead, output]) => ({
  provider: 'azure',
  model: names[0],
  names,
  replaces: null,
  scope: 'all',
  periods: [
    {
      rates: {
        input_tokens: input,
        ...(cacheRead === null ? {} : { cache_read_tokens: cacheRead }),
        output_tokens: output,
      },
    },
  ],
  source: `${LITELLM}; azure.microsoft.com/pricing/details/ai-foundry-models`,
  checkedOn: CHECKED_ON,
}));
