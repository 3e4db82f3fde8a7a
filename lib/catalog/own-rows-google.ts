import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { GOOGLE_CLAUDE_MODELS, REGIONAL } from './own-rows-google-claude.ts';
import { GOOGLE_MEDIA_MODELS } from './own-rows-google-media.ts';
import { above, chat, LITELLM, type Rates, timesRates } from './rate-factors.ts';
import type { SnapshotPeriod } from './snapshot.ts';

const PRICING = 'ai.google.dev/gemini-api/docs/pricing (copies of March and August 2026)';
const PORTKEY = 'Portkey-AI/models pricing/vertex-ai.json (2026-08-21)';
const SOURCE = `${PRICING}; ai.google.dev/gemini-api/docs/optimization; ${PORTKEY}; ${LITELLM}`;

/** One search query each since Gemini 3, one grounded prompt before; the free ones of a day or month not counted. */
const SEARCH = { web_searches: { rate: '14', per: 1000 } } as const;
const GROUNDED_PROMPT = { web_searches: { rate: '35', per: 1000 } } as const;

/** What the half price of batch and flex leaves of the price of cached tokens: the vendor says so model by model. */
type CachedShare = '1' | '0.5' | null;

interface GeminiTiers {
  /** Rates under the standard tier without those of cached tokens, USD per 1M tokens. */
  readonly rates: Rates;
  readonly cached?: Rates;
  readonly batch: CachedShare;
  /** Absent = the tier is not sold, or not listed. */
  readonly flex?: CachedShare;
  readonly isPrioritySold?: true;
  readonly search?: Rates;
  readonly from?: string;
  readonly to?: string;
}

/** Prices of the tiers besides the standard one: half of it, or four fifths more. */
function tierPeriods({ rates, cached = {}, batch, flex, isPrioritySold, search = {}, ...dates }: GeminiTiers) {
  const half = (tier: string, share: CachedShare): SnapshotPeriod => ({
    ...dates,
    tier,
    rates: { ...timesRates(rates, '0.5'), ...(share === null ? {} : timesRates(cached, share)), ...search },
  });
  const priority = { ...dates, tier: 'priority', rates: { ...timesRates({ ...rates, ...cached }, '1.8'), ...search } };
  return [
    half('batch', batch),
    ...(flex === undefined ? [] : [half('flex', flex)]),
    ...(isPrioritySold ? [priority] : []),
  ];
}

/** A model of the library, with the prices that are missing there. */
const extend = (model: string, periods: readonly SnapshotPeriod[], more: Partial<OwnModel> = {}): OwnModel => ({
  provider: 'google',
  model,
  replaces: model,
  scope: periods.length === 0 ? 'names' : 'units',
  periods,
  source: SOURCE,
  checkedOn: CHECKED_ON,
  ...more,
});

const text = (input: string, output: string): Rates => ({ input_tokens: input, output_tokens: output });

const pro = (input: string, output: string, cacheRead: string, larger: readonly [string, string, string]) => ({
  rates: { input_tokens: above(200_000, input, larger[0]), output_tokens: above(200_000, output, larger[1]) },
  cached: { cache_read_tokens: above(200_000, cacheRead, larger[2]) },
});

const flash = (input: string, audio: string, output: string, cacheRead: string, cachedAudio: string) => ({
  rates: { ...text(input, output), input_audio_tokens: audio },
  cached: { cache_read_tokens: cacheRead, cache_audio_read_tokens: cachedAudio },
});

const GEMINI_3_PRO = {
  ...pro('2', '12', '0.2', ['4', '18', '0.4']),
  batch: '1',
  flex: null,
  isPrioritySold: true,
  search: SEARCH,
} as const;

// The page of prices and the guide to batches differ on cached tokens of the 3.6 to 3.8 Flash; the page is followed.
const NEW_FLASH = { batch: '0.5', flex: '0.5', isPrioritySold: true, search: SEARCH } as const;
const DISCOUNT_UNTIL = '2027-01-01';
const FLASH_3_6_CUT = '2026-08-13';
const FULL_FLASH = { ...NEW_FLASH, rates: text('1.5', '7.5'), cached: { cache_read_tokens: '0.15' } };
const DISCOUNTED_FLASH = { ...NEW_FLASH, rates: text('0.75', '3.75'), cached: { cache_read_tokens: '0.075' } };

/** The standard price of a search, and the other tiers. */
const withSearch = (tiers: readonly SnapshotPeriod[], search: Rates): readonly SnapshotPeriod[] => [
  { rates: search },
  ...tiers,
];

const discountedFlash = (from?: string) => [
  ...tierPeriods({ ...DISCOUNTED_FLASH, ...(from === undefined ? {} : { from }), to: DISCOUNT_UNTIL }),
  ...tierPeriods({ ...FULL_FLASH, from: DISCOUNT_UNTIL }),
];

const LARGE = chat(1_048_576, 65_536);

/** Gemini 1.5 before the cuts of 2024: input, output and cached tokens, each below and above 128,000 tokens. */
const early = (from: string, to: string, input: string, output: string, cacheRead: string): SnapshotPeriod => {
  const doubled = timesRates({ ...text(input, output), cache_read_tokens: cacheRead }, '2');
  return {
    from,
    to,
    rates: {
      input_tokens: above(128_000, input, String(doubled['input_tokens'])),
      output_tokens: above(128_000, output, String(doubled['output_tokens'])),
      cache_read_tokens: above(128_000, cacheRead, String(doubled['cache_read_tokens'])),
    },
  };
};

const CUTS_2024 =
  'enricoros/big-AGI gemini.models.ts (mid-2024); developers.googleblog.com/en/gemini-15-flash-updates-google-ai-studio-gemini-api; developers.googleblog.com/en/updated-gemini-models-reduced-15-pro-pricing-increased-rate-limits-and-more';

/** Another name of a model whose price the library has. */
const alias = (model: string, names: readonly string[]): OwnModel =>
  extend(model, [], { names, source: LITELLM, scope: 'names' });

/** Google's own models and Claude on Google Cloud. The storage of a context cache by the hour is no unit of a call. */
export const GOOGLE_MODELS: readonly OwnModel[] = [
  extend(
    'gemini-pro',
    [
      {
        rates: {
          input_characters: { rate: '0.00025', per: 1000 },
          output_characters: { rate: '0.0005', per: 1000 },
        },
      },
    ],
    {
      facts: { kind: 'chat', contextTokens: 32_768, maxOutputTokens: 8192 },
      source: 'cloud.google.com/vertex-ai/generative-ai/pricing (Gemini 1.0 Pro, per 1,000 characters)',
    },
  ),
  alias('gemini-flash-1.5-8b', ['gemini-1.5-flash-8b', 'gemini-1.5-flash-8b-001', 'gemini-1.5-flash-8b-latest']),
  extend('gemini-1.5-flash', [early('2024-06-01', '2024-08-12', '0.35', '1.05', '0.0875')], { source: CUTS_2024 }),
  extend(
    'gemini-1.5-pro',
    [
      early('2024-06-01', '2024-10-01', '3.5', '10.5', '0.875'),
      { from: '2024-10-01', rates: { cache_read_tokens: above(128_000, '0.3125', '0.625') } },
    ],
    { source: `${CUTS_2024}; pydantic/genai-prices prices/providers/google.yml` },
  ),
  extend(
    'gemini-2.0-flash',
    withSearch(
      tierPeriods({ ...flash('0.1', '0.7', '0.4', '0.025', '0.175'), batch: '1', search: GROUNDED_PROMPT }),
      GROUNDED_PROMPT,
    ),
  ),
  extend('gemini-2.0-flash-lite', tierPeriods({ rates: text('0.075', '0.3'), batch: null })),
  extend(
    'gemini-2.5-pro',
    withSearch(
      tierPeriods({
        ...pro('1.25', '10', '0.125', ['2.5', '15', '0.25']),
        batch: '1',
        flex: '1',
        isPrioritySold: true,
        search: GROUNDED_PROMPT,
      }),
      GROUNDED_PROMPT,
    ),
    { facts: LARGE },
  ),
  extend(
    'gemini-2.5-flash',
    withSearch(
      tierPeriods({
        ...flash('0.3', '1', '2.5', '0.03', '0.1'),
        batch: '1',
        flex: '1',
        isPrioritySold: true,
        search: GROUNDED_PROMPT,
      }),
      GROUNDED_PROMPT,
    ),
    { facts: LARGE },
  ),
  extend(
    'gemini-2.5-flash-lite',
    withSearch(
      tierPeriods({
        ...flash('0.1', '0.3', '0.4', '0.01', '0.03'),
        batch: '1',
        flex: null,
        isPrioritySold: true,
        search: GROUNDED_PROMPT,
      }),
      GROUNDED_PROMPT,
    ),
    { facts: LARGE },
  ),
  extend(
    'gemini-2.5-flash-image',
    tierPeriods({ rates: { ...text('0.3', '2.5'), output_image_tokens: '30' }, batch: null, flex: null }),
    { facts: { kind: 'image', contextTokens: 32_768, maxOutputTokens: 32_768 } },
  ),
  // Speech is what they put out; the library prices it as text.
  ...(
    [
      ['gemini-2.5-flash-tts', '0.5', '10'],
      ['gemini-2.5-pro-tts', '1', '20'],
    ] as const
  ).map(([model, input, output]) => {
    const rates = { ...text(input, output), output_audio_tokens: output };
    return extend(model, [{ rates: { output_audio_tokens: output } }, ...tierPeriods({ rates, batch: null })]);
  }),
  extend('gemini-3-pro-preview', withSearch(tierPeriods(GEMINI_3_PRO), SEARCH), { facts: LARGE }),
  extend('gemini-3.1-pro-preview', withSearch(tierPeriods(GEMINI_3_PRO), SEARCH), {
    names: ['gemini-3.1-pro-preview-customtools'],
    facts: LARGE,
  }),
  extend(
    'gemini-3-flash-preview',
    withSearch(
      tierPeriods({
        ...flash('0.5', '1', '3', '0.05', '0.1'),
        batch: '1',
        flex: null,
        isPrioritySold: true,
        search: SEARCH,
      }),
      SEARCH,
    ),
    { facts: LARGE },
  ),
  extend(
    'gemini-3.1-flash-lite',
    withSearch(tierPeriods({ ...flash('0.25', '0.5', '1.5', '0.025', '0.05'), ...NEW_FLASH }), SEARCH),
    { facts: LARGE, surcharges: REGIONAL },
  ),
  extend(
    'gemini-3.5-flash',
    withSearch(tierPeriods({ rates: text('1.5', '9'), cached: { cache_read_tokens: '0.15' }, ...NEW_FLASH }), SEARCH),
    { facts: LARGE, surcharges: REGIONAL },
  ),
  extend(
    'gemini-3.5-flash-lite',
    withSearch(tierPeriods({ rates: text('0.3', '2.5'), cached: { cache_read_tokens: '0.03' }, ...NEW_FLASH }), SEARCH),
    { facts: LARGE, surcharges: REGIONAL },
  ),
  extend(
    'gemini-3.6-flash',
    [
      // The library carries the discount back to the launch; this is the first day on which it was seen.
      { from: '2026-07-21', to: FLASH_3_6_CUT, rates: { ...FULL_FLASH.rates, ...FULL_FLASH.cached } },
      ...withSearch(tierPeriods({ ...FULL_FLASH, from: '2026-07-21', to: FLASH_3_6_CUT }), SEARCH),
      ...discountedFlash(FLASH_3_6_CUT),
    ],
    {
      facts: LARGE,
      source: `${SOURCE}; Portkey-AI/models pull 857; theopenco/llmgateway pull 3593`,
    },
  ),
  extend('gemini-3.7-flash', withSearch(discountedFlash(), SEARCH), { facts: LARGE }),
  extend('gemini-3.8-flash', withSearch(discountedFlash(), SEARCH), {
    facts: LARGE,
    surcharges: REGIONAL,
    source: `${SOURCE}; BerriAI/litellm discussion 39357; elie222/inbox-zero pull 3756`,
  }),
  ...(
    [
      ['gemini-3-pro-image-preview', '2', '12', '120'],
      ['gemini-3.1-flash-image-preview', '0.5', '3', '60'],
      ['gemini-3.1-flash-lite-image', '0.25', '1.5', '30'],
    ] as const
  ).map(([model, input, output, image]) =>
    extend(
      model,
      tierPeriods({ rates: { ...text(input, output), output_image_tokens: image }, batch: null, flex: null }),
    ),
  ),
  {
    ...extend('gemini-4-argon', [
      { to: '2026-12-01', rates: { ...text('2', '10'), cache_read_tokens: '0.1', ...SEARCH } },
      { from: '2026-12-01', rates: { ...text('4', '20'), cache_read_tokens: '0.2', ...SEARCH } },
      ...tierPeriods({ rates: text('2', '10'), batch: null, search: SEARCH, to: '2026-12-01' }),
      ...tierPeriods({ rates: text('4', '20'), batch: null, search: SEARCH, from: '2026-12-01' }),
    ]),
    replaces: null,
    scope: 'all',
    source: 'iyulab/TokenMeter release v0.13.1; ai.google.dev/gemini-api/docs/pricing',
  },
  extend('gemini-embedding-001', [{ tier: 'batch', rates: { input_tokens: '0.075' } }], {
    facts: { kind: 'embedding', contextTokens: 2048 },
  }),
  alias('gemini-embedding-2', ['gemini-embedding-2-preview']),
  {
    ...extend('gemini-2.5-computer-use-preview-10-2025', [{ rates: pro('1.25', '10', '0', ['2.5', '15', '0']).rates }]),
    replaces: null,
    scope: 'all',
    source: LITELLM,
  },
  ...GOOGLE_MEDIA_MODELS,
  ...GOOGLE_CLAUDE_MODELS,
];
