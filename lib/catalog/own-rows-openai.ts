import { CHECKED_ON, type OwnModel } from './own-model.ts';

const AUDIO_PREVIEW_RATES = { input_audio_tokens: '40', output_audio_tokens: '80' };

const LITELLM = 'BerriAI/litellm model_prices_and_context_window.json (copy of 2026-07-24)';

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

/** OpenAI, and what is its own at Azure. */
export const OPENAI_MODELS: readonly OwnModel[] = [
  {
    provider: 'openai',
    model: 'gpt-3.5-turbo',
    replaces: null,
    scope: 'all',
    // The name pointed to 0301, then 0613, then from 2024-02-16 to 0125.
    periods: [
      { from: '2023-03-01', to: '2023-06-13', rates: { input_tokens: '2', output_tokens: '2' } },
      { from: '2023-06-13', to: '2024-02-16', rates: { input_tokens: '1.5', output_tokens: '2' } },
      { from: '2024-02-16', rates: { input_tokens: '0.5', output_tokens: '1.5' } },
    ],
    source:
      'openai.com/index/introducing-chatgpt-and-whisper-apis; function-calling-and-other-api-updates; new-embedding-models-and-api-updates',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'gpt-4o',
    replaces: null,
    scope: 'all',
    // The name pointed to 2024-05-13 until 2024-10-02, then to 2024-08-06.
    periods: [
      { from: '2024-05-13', to: '2024-10-02', rates: { input_tokens: '5', output_tokens: '15' } },
      {
        from: '2024-10-02',
        rates: {
          input_tokens: '2.5',
          cache_read_tokens: '1.25',
          output_tokens: '10',
          web_searches: { rate: '10', per: 1000 },
        },
      },
    ],
    source: 'developers.openai.com/api/docs/pricing; developers.openai.com/api/docs/changelog',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'o3',
    replaces: 'o3',
    scope: 'units',
    // The library carries the later price of cached input back to the launch.
    periods: [
      { to: '2025-06-10', rates: { cache_read_tokens: '2.5' } },
      { from: '2025-06-10', rates: { cache_read_tokens: '0.5' } },
    ],
    source: 'openai.com/index/introducing-o3-and-o4-mini; developers.openai.com/api/docs/pricing',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'o1-mini',
    replaces: 'o1-mini',
    scope: 'units',
    // The price fell on the day o3-mini came out.
    periods: [{ to: '2025-01-31', rates: { input_tokens: '3', cache_read_tokens: '1.5', output_tokens: '12' } }],
    source: 'langfuse/langfuse pull 5335; RooCodeInc/Roo-Code pull 711; openai.com/api/pricing',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'gpt-4o-audio-preview-2024-12-17',
    names: ['gpt-4o-audio-preview-2025-06-03'],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_tokens: '2.5', output_tokens: '10', ...AUDIO_PREVIEW_RATES } }],
    source: 'platform.openai.com/docs/models/gpt-4o-audio-preview; BerriAI/litellm pull 11560; simonw/llm issue 677',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'gpt-4o-audio-preview',
    replaces: 'gpt-4o-audio-preview',
    scope: 'units',
    // The name first meant a release whose audio cost more; on this day the vendor listed it at the lower rates.
    periods: [{ from: '2025-06-09', rates: AUDIO_PREVIEW_RATES }],
    source: 'platform.openai.com/docs/models/gpt-4o-audio-preview; BerriAI/litellm pull 11560',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'tts-1',
    names: ['tts-1-1106'],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_characters: { rate: '15', per: 1_000_000 } } }],
    source: 'developers.openai.com/api/docs/pricing',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'tts-1-hd',
    names: ['tts-1-hd-1106'],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_characters: { rate: '30', per: 1_000_000 } } }],
    source: 'developers.openai.com/api/docs/pricing',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openai',
    model: 'gpt-5-search-api',
    names: ['gpt-5-search-api-2025-10-14'],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_tokens: '1.25', cache_read_tokens: '0.125', output_tokens: '10' } }],
    source: LITELLM,
    checkedOn: CHECKED_ON,
  },
  ...(
    [
      ['babbage-002', '0.4'],
      ['davinci-002', '2'],
    ] as const
  ).map(
    ([model, rate]): OwnModel => ({
      provider: 'openai',
      model,
      replaces: null,
      scope: 'all',
      periods: [{ rates: { input_tokens: rate, output_tokens: rate } }],
      source: LITELLM,
      checkedOn: CHECKED_ON,
    }),
  ),
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
