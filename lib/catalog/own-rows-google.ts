import { CHECKED_ON, type OwnModel } from './own-model.ts';

/** Rates of a Claude model whose requests of more than 200,000 input tokens cost more. */
const LONG_SONNET = {
  input_tokens: { rate: '3', tiers: [['>', 200_000, '6']] },
  cache_write_tokens: { rate: '3.75', tiers: [['>', 200_000, '7.5']] },
  cache_write_1h_tokens: { rate: '6', tiers: [['>', 200_000, '12']] },
  cache_read_tokens: { rate: '0.3', tiers: [['>', 200_000, '0.6']] },
  output_tokens: { rate: '15', tiers: [['>', 200_000, '22.5']] },
} as const;

const LITELLM = 'BerriAI/litellm model_prices_and_context_window.json (copy of 2026-07-24)';

/** Vertex AI's writes that live one hour, which the library does not list: model, USD per 1M tokens, above 200,000. */
const VERTEX_HOUR_WRITES: ReadonlyArray<readonly [model: string, rate: string, above: string | null]> = [
  ['claude-3-7-sonnet', '6', null],
  ['claude-4-opus', '30', null],
  ['claude-sonnet-4-5', '6', '12'],
  ['claude-sonnet-4-6', '6', null],
  ['claude-opus-4-6', '10', '20'],
  ['claude-opus-4-7', '10', null],
  ['claude-opus-4-8', '10', null],
  ['claude-opus-5', '10', null],
  ['claude-fable-5', '20', null],
];

/** Another name of a model whose price the library has. */
const alias = (model: string, names: readonly string[]): OwnModel => ({
  provider: 'google',
  model,
  names,
  replaces: model,
  scope: 'names',
  periods: [],
  source: LITELLM,
  checkedOn: CHECKED_ON,
});

/** Google and Anthropic. */
export const GOOGLE_MODELS: readonly OwnModel[] = [
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
  alias('gemini-3.1-pro-preview', ['gemini-3.1-pro-preview-customtools']),
  alias('gemini-embedding-2', ['gemini-embedding-2-preview']),
  {
    provider: 'anthropic',
    model: 'claude-mythos-5',
    replaces: null,
    scope: 'all',
    periods: [
      {
        rates: {
          input_tokens: '10',
          cache_write_tokens: '12.5',
          cache_write_1h_tokens: '20',
          cache_read_tokens: '1',
          output_tokens: '50',
        },
      },
    ],
    source: 'simonw/llm-prices data/anthropic.json; platform.claude.com/docs/en/build-with-claude/prompt-caching',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'google',
    model: 'gemini-2.5-computer-use-preview-10-2025',
    replaces: null,
    scope: 'all',
    periods: [
      {
        rates: {
          input_tokens: { rate: '1.25', tiers: [['>', 200_000, '2.5']] },
          output_tokens: { rate: '10', tiers: [['>', 200_000, '15']] },
        },
      },
    ],
    source: LITELLM,
    checkedOn: CHECKED_ON,
  },
  ...VERTEX_HOUR_WRITES.map(
    ([model, rate, above]): OwnModel => ({
      provider: 'google',
      model,
      replaces: model,
      scope: 'units',
      periods: [{ rates: { cache_write_1h_tokens: above === null ? rate : { rate, tiers: [['>', 200_000, above]] } } }],
      source: LITELLM,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...(
    [
      ['anthropic', 'claude-sonnet-4-0'],
      ['google', 'claude-4-sonnet'],
    ] as const
  ).map(
    ([provider, model]): OwnModel => ({
      provider,
      model,
      replaces: model,
      scope: 'units',
      periods: [{ rates: LONG_SONNET }],
      source: `${LITELLM}; anthropic.com/news/1m-context`,
      checkedOn: CHECKED_ON,
    }),
  ),
];
