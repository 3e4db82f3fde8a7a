import type { OwnModel } from './own-model.ts';
import {
  chatFacts,
  extendOpenAi,
  OPENAI_PRICING,
  openAi,
  type TierPrices,
  tierPeriods,
  tokenRates,
  WEB_SEARCH,
} from './own-rows-openai-tables.ts';
import { LITELLM } from './rate-factors.ts';

const HISTORY = 'developers.openai.com/api/docs/changelog; developers.openai.com/api/docs/deprecations';

/**
 * The batch list has no price for cached input of these models: there is no discount, so cached tokens cost what the
 * others do. Later models have a price of their own for it.
 */
const BATCH_CACHE = 'prompt caching guide: discounting for prompt caching is not available on the Batch API';
const SOURCE = `${OPENAI_PRICING}; ${BATCH_CACHE}`;

/** Training a fine-tuned model, USD per 1M tokens of the file times epochs. */
const TRAINING_4O = { rates: { training_tokens: '25' } };
const TRAINING_4O_MINI = { rates: { training_tokens: '3' } };
const TRAINING_35 = { from: '2023-08-22', rates: { training_tokens: '8' } };

const GPT_4O_TIERS: TierPrices = { batch: ['1.25', '1.25', '5'], priority: ['4.25', '2.125', '17'] };
const GPT_4O_LAUNCH_TIERS: TierPrices = { batch: ['2.5', null, '7.5'], priority: ['8.75', null, '26.25'] };

/** GPT-3.5 to GPT-4o, as names meant different models over time. */
export const GPT_MODELS: readonly OwnModel[] = [
  openAi(
    'gpt-3.5-turbo',
    // The name pointed to 0301, then 0613, then from 2024-02-16 to 0125.
    [
      { from: '2023-03-01', to: '2023-06-13', rates: { input_tokens: '2', output_tokens: '2' } },
      { from: '2023-06-13', to: '2024-02-16', rates: { input_tokens: '1.5', output_tokens: '2' } },
      { from: '2024-02-16', rates: { input_tokens: '0.5', output_tokens: '1.5' } },
      TRAINING_35,
      // The Batch API came two months after the name had moved to 0125.
      ...tierPeriods({ from: '2024-04-15', batch: ['0.25', null, '0.75'] }),
    ],
    {
      facts: chatFacts(16_385, 4096),
      source: `openai.com/index/introducing-chatgpt-and-whisper-apis; function-calling-and-other-api-updates; new-embedding-models-and-api-updates; ${OPENAI_PRICING}`,
    },
  ),
  // Under this id the library's entry of gpt-3.5-turbo goes on once the bare name is taken from it.
  extendOpenAi('gpt-3.5-turbo-0125', [TRAINING_35, ...tierPeriods({ batch: ['0.25', null, '0.75'] })], {
    facts: chatFacts(16_385, 4096),
  }),
  // The list shows no discount for these older ones in a batch.
  extendOpenAi('gpt-3.5-turbo-1106', [TRAINING_35, ...tierPeriods({ batch: ['1', null, '2'] })]),
  extendOpenAi('gpt-3.5-turbo-0613', [TRAINING_35, ...tierPeriods({ batch: ['1.5', null, '2'] })]),
  extendOpenAi('gpt-3.5-turbo-16k', tierPeriods({ batch: ['1.5', null, '2'] })),
  extendOpenAi(
    'gpt-3.5-0301',
    // The cut of that day was for the family; that it held for this release from the same day is inferred.
    [
      { to: '2023-06-13', rates: { input_tokens: '2', output_tokens: '2' } },
      ...tierPeriods({ batch: ['1.5', null, '2'] }),
    ],
    { source: `openai.com/index/function-calling-and-other-api-updates; ${OPENAI_PRICING}` },
  ),
  extendOpenAi('gpt-4', tierPeriods({ batch: ['15', null, '30'] }), { facts: chatFacts(8192, 8192) }),
  extendOpenAi('gpt-4-32k', tierPeriods({ batch: ['30', null, '60'] })),
  extendOpenAi('gpt-4-turbo', tierPeriods({ batch: ['5', null, '15'] }), { facts: chatFacts(128_000, 4096) }),
  openAi(
    'gpt-4o',
    // The name pointed to 2024-05-13 until 2024-10-02, then to 2024-08-06.
    [
      { from: '2024-05-13', to: '2024-10-02', rates: { input_tokens: '5', output_tokens: '15' } },
      { from: '2024-10-02', rates: { ...tokenRates(['2.5', '1.25', '10']), ...WEB_SEARCH } },
      { from: '2024-08-20', ...TRAINING_4O },
      ...tierPeriods({ from: '2024-05-13', to: '2024-10-02', batch: ['2.5', null, '7.5'] }),
      ...tierPeriods({ from: '2024-10-02', ...GPT_4O_TIERS }, WEB_SEARCH),
    ],
    { facts: chatFacts(128_000, 16_384), source: `${SOURCE}; ${HISTORY}` },
  ),
  extendOpenAi('gpt-4o-2024-05-13', tierPeriods(GPT_4O_LAUNCH_TIERS, WEB_SEARCH), {
    facts: chatFacts(128_000, 4096),
  }),
  // Under this id the library's entry of gpt-4o goes on once the bare name is taken from it.
  extendOpenAi('gpt-4o-2024-08-06', [TRAINING_4O, ...tierPeriods(GPT_4O_TIERS, WEB_SEARCH)], {
    facts: chatFacts(128_000, 16_384),
    source: SOURCE,
  }),
  extendOpenAi(
    'gpt-4o-mini',
    [
      TRAINING_4O_MINI,
      ...tierPeriods({ batch: ['0.075', '0.075', '0.3'], priority: ['0.25', '0.125', '1'] }, WEB_SEARCH),
    ],
    { facts: chatFacts(128_000, 16_384), source: SOURCE },
  ),
  // The library has it among the names of gpt-4o-mini; it has no price for cached input, and searches cost otherwise.
  openAi('gpt-4o-mini-search-preview', [{ rates: tokenRates(['0.15', null, '0.6']) }], {
    names: ['gpt-4o-mini-search-preview-2025-03-11'],
    facts: chatFacts(128_000, 16_384),
  }),
  ...(
    [
      ['gpt-4.1', ['1', '1', '4'], ['3.5', '0.875', '14'], '25'],
      ['gpt-4.1-mini', ['0.2', '0.2', '0.8'], ['0.7', '0.175', '2.8'], '5'],
      ['gpt-4.1-nano', ['0.05', '0.05', '0.2'], ['0.2', '0.05', '0.8'], '1.5'],
    ] as const
  ).map(([model, batch, priority, training]) =>
    extendOpenAi(
      model,
      [
        { rates: { training_tokens: training } },
        ...tierPeriods({ batch, priority }, model === 'gpt-4.1-nano' ? {} : WEB_SEARCH),
      ],
      { facts: chatFacts(1_047_576, 32_768), source: SOURCE },
    ),
  ),
  ...(
    [
      ['text-embedding-3-small', '0.01'],
      ['text-embedding-3-large', '0.065'],
      ['text-embedding-ada-002', '0.05'],
    ] as const
  ).map(([model, batch]) =>
    extendOpenAi(model, tierPeriods({ batch: [batch, null, null] }), {
      facts: { kind: 'embedding', contextTokens: 8192 },
    }),
  ),
  openAi('babbage-002', completions('0.4', '0.2', '0.4'), { source: `${OPENAI_PRICING}; ${LITELLM}` }),
  openAi('davinci-002', completions('2', '1', '6'), { source: `${OPENAI_PRICING}; ${LITELLM}` }),
];

function completions(rate: string, batch: string, training: string) {
  const rates = { input_tokens: rate, output_tokens: rate, training_tokens: training };
  return [{ rates }, ...tierPeriods({ batch: [batch, null, batch] })];
}
