import type { SnapshotPeriod } from './snapshot.ts';

/** Prices of one model that we keep ourselves, because the library has none, or others, for some time or unit. */
export interface OwnModel {
  readonly provider: string;
  readonly model: string;
  /** Exact names besides the id; a name listed here no longer belongs to a library entry. */
  readonly names?: readonly string[];
  /** Library entry whose match clause and other names this one takes over; `null` = none, only the names here. */
  readonly replaces: string | null;
  /** `all`: our periods stand alone. `units`: they add to the library's rates, unit by unit. `names`: none of ours. */
  readonly scope: 'all' | 'units' | 'names';
  readonly periods: readonly SnapshotPeriod[];
  /** Where the price can be read. The build fails without it. */
  readonly source: string;
  /** Day of the last check, `YYYY-MM-DD`. The build fails without it. */
  readonly checkedOn: string;
}

const CHECKED_ON = '2026-11-21';

const AUDIO_PREVIEW_RATES = { input_audio_tokens: '40', output_audio_tokens: '80' };

const DEEPSEEK = 'https://api-docs.deepseek.com/quick_start/pricing';
// Until 2025-09-05 a discount ran from 16:30 to 00:30 UTC. It began on the evening of 2025-02-26.
const NIGHT = { windows: [{ from: '16:30', to: '00:30' }] };
// Peak hours of the V4 models; since the last week of August 2026 not at weekends in Beijing, whose working hours
// fall on the same UTC day.
const EVERY_DAY = {
  windows: [
    { from: '01:00', to: '04:00' },
    { from: '06:00', to: '10:00' },
  ],
};
const WORKDAYS = { windows: EVERY_DAY.windows.map((window) => ({ ...window, weekdays: [1, 2, 3, 4, 5] })) };

const deepseekRates = (input: string, cacheRead: string, output: string) => ({
  rates: { input_tokens: input, cache_read_tokens: cacheRead, output_tokens: output },
});

/** V3 and R1 by their moving names. What the names cost since V4 took them over is in nobody's dated list: unpriced. */
const deepseekMovingName = (model: string, standard: ReturnType<typeof deepseekRates>): OwnModel => ({
  provider: 'deepseek',
  model,
  replaces: model,
  scope: 'all',
  periods: [
    { from: '2025-02-08T16:00:00Z', to: '2025-09-05T16:00:00Z', ...standard },
    { from: '2025-02-26T16:30:00Z', to: '2025-09-05T16:00:00Z', ...NIGHT, ...deepseekRates('0.135', '0.035', '0.55') },
    { from: '2025-09-05T16:00:00Z', to: '2025-09-29', ...deepseekRates('0.56', '0.07', '1.68') },
    { from: '2025-09-30', to: '2026-04-01', ...deepseekRates('0.28', '0.028', '0.42') },
  ],
  source: DEEPSEEK,
  checkedOn: CHECKED_ON,
});

/** V4, up to the day on which V4.1 began to answer under its name. */
const deepseekV4 = (
  model: string,
  to: string | undefined,
  [flat, offPeak, peak]: ReadonlyArray<ReturnType<typeof deepseekRates>>,
): OwnModel => ({
  provider: 'deepseek',
  model,
  replaces: model,
  scope: 'all',
  periods: [
    { to: '2026-08-16T16:00:00Z', ...(flat ?? { rates: {} }) },
    { from: '2026-08-16T16:00:00Z', ...(to === undefined ? {} : { to }), ...(offPeak ?? { rates: {} }) },
    { from: '2026-08-16T16:00:00Z', to: '2026-08-22T16:00:00Z', ...EVERY_DAY, ...(peak ?? { rates: {} }) },
    { from: '2026-08-22T16:00:00Z', ...(to === undefined ? {} : { to }), ...WORKDAYS, ...(peak ?? { rates: {} }) },
  ],
  source: `${DEEPSEEK}; simonw/llm-prices pull 71; Wei-Shaw/sub2api pull 6097`,
  checkedOn: CHECKED_ON,
});

/** Our rows, one model each. A price changes by a new period, never by editing one. */
export const OWN_MODELS: readonly OwnModel[] = [
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
    provider: 'google',
    model: 'gemini-pro',
    replaces: 'gemini-pro',
    scope: 'units',
    periods: [
      {
        rates: {
          input_characters: { rate: '0.00025', per: 1000 },
          output_characters: { rate: '0.0005', per: 1000 },
        },
      },
    ],
    source: 'cloud.google.com/vertex-ai/generative-ai/pricing (Gemini 1.0 Pro, per 1,000 characters)',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'google',
    model: 'gemini-flash-1.5-8b',
    names: ['gemini-1.5-flash-8b', 'gemini-1.5-flash-8b-001', 'gemini-1.5-flash-8b-latest'],
    replaces: 'gemini-flash-1.5-8b',
    scope: 'names',
    periods: [],
    source: 'ai.google.dev/gemini-api/docs/pricing#gemini-1.5-flash-8b',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'anthropic',
    model: 'claude-2',
    names: ['claude-2.0', 'claude-2.1'],
    replaces: 'claude-2',
    scope: 'names',
    periods: [],
    source: 'pydantic/genai-prices prices/providers/anthropic.yml',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'aws',
    model: 'amazon.titan-embed-text-v2:0',
    names: ['amazon.titan-embed-text-v2'],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_tokens: '0.02' } }],
    source: 'aws.amazon.com/bedrock/pricing (Titan Text Embeddings V2, 0.00002 per 1,000 tokens)',
    checkedOn: CHECKED_ON,
  },
  ...['whisper-large-v3', 'whisper-large-v3-turbo'].map(
    (model): OwnModel => ({
      provider: 'groq',
      model,
      replaces: model,
      scope: 'units',
      periods: [
        {
          rates: {
            audio_seconds: { rate: model === 'whisper-large-v3' ? '0.111' : '0.04', per: 3600, minimum: '10' },
          },
        },
      ],
      source: 'console.groq.com/docs/speech-to-text (each request is billed for at least 10 seconds)',
      checkedOn: CHECKED_ON,
    }),
  ),
  deepseekMovingName('deepseek-chat', deepseekRates('0.27', '0.07', '1.1')),
  deepseekMovingName('deepseek-reasoner', deepseekRates('0.55', '0.14', '2.19')),
  deepseekV4('deepseek-v4-flash', '2026-09-10', [
    deepseekRates('0.14', '0.0028', '0.28'),
    deepseekRates('0.22', '0.007', '0.66'),
    deepseekRates('0.44', '0.014', '1.32'),
  ]),
  deepseekV4('deepseek-v4-pro', undefined, [
    deepseekRates('0.435', '0.003625', '0.87'),
    deepseekRates('0.66', '0.022', '1.98'),
    deepseekRates('1.32', '0.044', '3.96'),
  ]),
  {
    provider: 'deepseek',
    model: 'deepseek-flash',
    replaces: null,
    scope: 'all',
    periods: [
      { from: '2026-09-11', ...deepseekRates('0.15', '0.003', '0.6') },
      { from: '2026-09-11', ...WORKDAYS, ...deepseekRates('0.3', '0.006', '1.2') },
    ],
    source: `${DEEPSEEK}; 2389-research/dippin-lang pull 316`,
    checkedOn: CHECKED_ON,
  },
];

/** Models that the library lists without any price because their vendor charges nothing for them. */
export const FREE_MODELS: ReadonlyArray<readonly [provider: string, model: string]> = [
  ['google', 'gemma-4-26b-a4b-it'],
  ['google', 'gemma-4-31b-it'],
];
