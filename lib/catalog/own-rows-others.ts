import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { tokenRates } from './own-rows-openai-tables.ts';
import { LITELLM } from './rate-factors.ts';

const XAI_TIERS = `${LITELLM}; Helicone/helicone issue 4894; theopenco/llmgateway pull 2037; docs.x.ai/docs/models`;

/** Grok 4 charges more from 128,000 tokens of input on: model, input and output, both again above, USD per 1M tokens. */
const GROK_4: ReadonlyArray<readonly [model: string, input: string, output: string, above: readonly [string, string]]> =
  [
    ['grok-4-0709', '3', '15', ['6', '30']],
    ['grok-4-fast-reasoning', '0.2', '0.5', ['0.4', '1']],
    ['grok-4-fast-non-reasoning', '0.2', '0.5', ['0.4', '1']],
    ['grok-4-1-fast-reasoning', '0.2', '0.5', ['0.4', '1']],
    ['grok-4-1-fast-non-reasoning', '0.2', '0.5', ['0.4', '1']],
  ];

const GROK_4_20 = {
  input_tokens: { rate: '1.25', tiers: [['>=', 200_000, '2.5']] },
  cache_read_tokens: { rate: '0.2', tiers: [['>=', 200_000, '0.4']] },
  output_tokens: { rate: '2.5', tiers: [['>=', 200_000, '5']] },
} as const;

/** Models that rank documents: USD per 1,000 searches, a search being one request with up to 100 documents. */
const RERANKERS: ReadonlyArray<readonly [model: string, rate: string]> = [
  ['rerank-v3.5', '2'],
  ['rerank-english-v3.0', '2'],
  ['rerank-multilingual-v3.0', '2'],
];

/** Open models by their sellers: tokens of prompt and answer together, and at most of the answer. */
const OPEN_MODELS: ReadonlyArray<
  readonly [provider: string, model: string, contextTokens: number, maxOutputTokens: number]
> = [
  ['openrouter', 'meta-llama/llama-3.1-70b-instruct', 131_072, 16_384],
  ['openrouter', 'meta-llama/llama-3.1-8b-instruct', 131_072, 16_384],
  ['openrouter', 'meta-llama/llama-3-70b-instruct', 8192, 8000],
  ['openrouter', 'meta-llama/llama-3-8b-instruct', 8192, 8192],
  ['openrouter', 'meta-llama/llama-3.2-3b-instruct', 80_000, 80_000],
  ['openrouter', 'meta-llama/llama-4-scout', 327_680, 16_384],
  ['openrouter', 'meta-llama/llama-4-maverick', 1_048_576, 16_384],
  ['openrouter', 'mistralai/mistral-7b-instruct', 32_768, 8191],
  ['groq', 'llama-3.1-8b-instant', 128_000, 8192],
  ['groq', 'meta-llama/llama-4-scout-17b-16e-instruct', 131_072, 8192],
  ['groq', 'meta-llama/llama-4-maverick-17b-128e-instruct', 131_072, 8192],
];

/** OpenRouter passes on what vendors ask; where the library's copy of its list is not what calls were charged. */
const OPENROUTER: readonly OwnModel[] = [
  {
    provider: 'openrouter',
    model: 'google/gemini-2.5-flash',
    replaces: 'google/gemini-2.5-flash',
    scope: 'units',
    // A write costs five minutes of storage at 1 USD an hour, the twelfth of a dollar.
    periods: [{ rates: { cache_read_tokens: '0.03', cache_write_tokens: { rate: '1', per: 12_000_000 } } }],
    source:
      'pydantic/pydantic-ai tests/models/openrouter/cassettes/test_cache (charged 2026-03-08); openrouter.ai/google',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'openrouter',
    model: 'openai/gpt-5.6-sol',
    replaces: 'openai/gpt-5.6-sol',
    scope: 'units',
    // Before the vendor's cut of that day; the library carries the later price back to the launch.
    periods: [
      { to: '2026-08-21', rates: tokenRates({ short: ['5', '0.5', '30', '6.25'], long: ['10', '1', '45', '12.5'] }) },
    ],
    source:
      'pydantic/pydantic-ai tests/models/cassettes/test_openai_prompt_cache (charged 2026-07-17); openrouter.ai/openai',
    checkedOn: CHECKED_ON,
  },
];

/** xAI charges live search by the source used; the models after Grok 3 search by tools with prices of their own. */
const GROK_3: readonly OwnModel[] = ['grok-3', 'grok-3-mini'].map((model) => ({
  provider: 'x-ai',
  model,
  replaces: model,
  scope: 'units',
  periods: [{ rates: { web_searches: { rate: '25', per: 1000 } } }],
  source:
    'docs.x.ai/docs/models (live search); Helicone/helicone packages/__tests__/cost/modelCostFromRegistry.test.ts',
  checkedOn: CHECKED_ON,
}));

/** Groq, xAI and Cohere, and what is known of open models elsewhere. */
export const OTHER_MODELS: readonly OwnModel[] = [
  ...OPENROUTER,
  ...GROK_3,
  {
    provider: 'together',
    model: 'mistralai/mixtral-8x7b-instruct-v0.1',
    replaces: 'mistralai/Mixtral-8x7B-Instruct-v0.1',
    scope: 'units',
    periods: [{ rates: { input_tokens: '0.6', output_tokens: '0.6' } }],
    source: `${LITELLM}; docs.together.ai/docs/serverless-models`,
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
  {
    provider: 'groq',
    // The library counts it among the names of the 120B model, which costs twice as much.
    model: 'openai/gpt-oss-safeguard-20b',
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_tokens: '0.075', output_tokens: '0.3' } }],
    source: `console.groq.com/docs/models; braintrustdata/braintrust-proxy issue 609; ${LITELLM}`,
    checkedOn: CHECKED_ON,
  },
  ...GROK_4.map(
    ([model, input, output, [inputAbove, outputAbove]]): OwnModel => ({
      provider: 'x-ai',
      model,
      replaces: model,
      scope: 'units',
      periods: [
        {
          rates: {
            input_tokens: { rate: input, tiers: [['>=', 128_000, inputAbove]] },
            output_tokens: { rate: output, tiers: [['>=', 128_000, outputAbove]] },
          },
        },
      ],
      source: XAI_TIERS,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...(
    [
      [
        'grok-4.20-0309-reasoning',
        null,
        ['grok-4.20-0309-non-reasoning', 'grok-4.20-beta-0309-reasoning', 'grok-4.20-beta-0309-non-reasoning'],
      ],
      [
        'grok-4.20-multi-agent',
        'grok-4.20-multi-agent',
        ['grok-4.20-multi-agent-0309', 'grok-4.20-multi-agent-beta-0309'],
      ],
    ] as const
  ).map(
    ([model, replaces, names]): OwnModel => ({
      provider: 'x-ai',
      model,
      names,
      replaces,
      scope: 'all',
      // They had cost more; the day of the change is not known, this is the first on which the new price was seen.
      periods: [{ from: '2026-06-19', rates: GROK_4_20 }],
      source: 'BerriAI/litellm pull 30849; simonw/llm-prices data/xai.json',
      checkedOn: CHECKED_ON,
    }),
  ),
  {
    provider: 'x-ai',
    model: 'grok-4.7',
    replaces: null,
    scope: 'all',
    periods: [
      {
        rates: {
          input_tokens: { rate: '2', tiers: [['>=', 200_000, '4']] },
          cache_read_tokens: { rate: '0.5', tiers: [['>=', 200_000, '1']] },
          output_tokens: { rate: '6', tiers: [['>=', 200_000, '12']] },
        },
      },
    ],
    source: 'EasyMetaAu/helm-api pull 911; docs.x.ai/developers/models/grok-4.7',
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'x-ai',
    model: 'grok-beta',
    names: ['grok-vision-beta'],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_tokens: '5', output_tokens: '15' } }],
    source: LITELLM,
    checkedOn: CHECKED_ON,
  },
  {
    provider: 'cohere',
    model: 'embed-english-v3.0',
    names: [
      'embed-english-light-v3.0',
      'embed-multilingual-v3.0',
      'embed-multilingual-light-v3.0',
      'embed-english-v2.0',
      'embed-english-light-v2.0',
      'embed-multilingual-v2.0',
    ],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_tokens: '0.1' } }],
    facts: { kind: 'embedding' },
    source: LITELLM,
    checkedOn: CHECKED_ON,
  },
  ...RERANKERS.map(
    ([model, rate]): OwnModel => ({
      provider: 'cohere',
      model,
      replaces: null,
      scope: 'all',
      periods: [{ rates: { requests: { rate, per: 1000 } } }],
      facts: { kind: 'rerank' },
      source: `${LITELLM}; docs.cohere.com/docs/how-does-cohere-pricing-work`,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...OPEN_MODELS.map(
    ([provider, model, contextTokens, maxOutputTokens]): OwnModel => ({
      provider,
      model,
      replaces: model,
      scope: 'names',
      periods: [],
      facts: { kind: 'chat', contextTokens, maxOutputTokens },
      source: `anomalyco/models.dev providers (2026-07-02); ${LITELLM}`,
      checkedOn: CHECKED_ON,
    }),
  ),
];
