import { CHECKED_ON, type OwnModel, type OwnResale } from './own-model.ts';
import { type SizedRates, tokenRates } from './own-rows-openai-tables.ts';
import { LITELLM } from './rate-factors.ts';

/** Deployments of a data zone cost a tenth more than global ones. */
const DATA_ZONES: NonNullable<OwnModel['surcharges']> = [{ regions: ['us', 'eu'], factor: '1.1' }];
const PRICING = 'azure.microsoft.com/pricing/details/cognitive-services/openai-service';

/** OpenAI's models that Azure does not list itself. Flex and fast are OpenAI's own, and its residency is another one. */
export const AZURE_RESALES: readonly OwnResale[] = [
  {
    reseller: 'azure',
    vendor: 'openai',
    withoutTiers: ['flex', 'fast'],
    surcharges: DATA_ZONES,
    source: `${PRICING}; ${LITELLM}`,
    checkedOn: CHECKED_ON,
  },
];

const GPT_5_5_PRIORITY: SizedRates = { short: ['10', '1', '60'], long: ['20', '2', '90'] };

/** Priority of GPT-5.5 costs twice the standard price here, two and a half times at OpenAI. */
const GPT_5_5: OwnModel = {
  provider: 'azure',
  model: 'gpt-5.5',
  names: ['gpt-5.5', 'gpt-5.5-2026-04-23'],
  replaces: null,
  scope: 'all',
  periods: [
    { rates: tokenRates({ short: ['5', '0.5', '30'], long: ['10', '1', '45'] }) },
    { tier: 'priority', rates: tokenRates(GPT_5_5_PRIORITY) },
  ],
  surcharges: DATA_ZONES,
  source: `${PRICING}; ${LITELLM}`,
  checkedOn: CHECKED_ON,
};

/** What the library lists for Azure itself, without a word on data zones. */
const IN_DATA_ZONES: readonly OwnModel[] = ['o1', 'o1-mini', 'o1-preview', 'o3-2025-04-16', 'o3-mini', 'o4-mini'].map(
  (model): OwnModel => ({
    provider: 'azure',
    model,
    replaces: model,
    scope: 'names',
    periods: [],
    surcharges: DATA_ZONES,
    source: `${PRICING}; ${LITELLM}`,
    checkedOn: CHECKED_ON,
  }),
);

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
export const AZURE_MODELS: readonly OwnModel[] = [
  GPT_5_5,
  ...IN_DATA_ZONES,
  ...AZURE_RATES.map(
    ([names, input, cacheRead, output]): OwnModel => ({
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
    }),
  ),
];
