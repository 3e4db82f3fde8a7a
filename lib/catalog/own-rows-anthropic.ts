import { batchPeriod, CLAUDE_SEARCH, type ClaudePrice, claudeRates, fastPeriod, LONG_CONTEXT } from './claude-rates.ts';
import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { chat } from './rate-factors.ts';
import type { SnapshotPeriod } from './snapshot.ts';

const PRICING = 'platform.claude.com/docs/en/about-claude/pricing';
const SOURCE = `${PRICING}; platform.claude.com/docs/en/about-claude/models/overview; anomalyco/models.dev providers/anthropic`;

/** Since Claude 4.6 a request that must be answered in the United States costs a tenth more. */
const US_ONLY: NonNullable<OwnModel['surcharges']> = [{ regions: ['us'], factor: '1.1' }];

// Opus and Sonnet 4.6 gave up their higher price of large requests on this day.
const FLAT_SINCE = '2026-03-13';
const SONNET_5_5_CACHE_CUT = '2026-10-07';
const HAIKU_3_5_CUT = '2024-12-03';

const OPUS_4 = { input: '15', output: '75' };
const OPUS_4_5 = { input: '5', output: '25' };
const OPUS_5_5 = { input: '4', output: '20', cacheRead: '0.05' };
const SONNET = { input: '3', output: '15' };
const LONG_SONNET = { ...SONNET, long: LONG_CONTEXT };
const SONNET_5 = { input: '2', output: '10' };
const SONNET_5_5 = { ...SONNET_5, cacheRead: '0.05' };
const HAIKU_3_5 = { input: '0.8', output: '4' };
const HAIKU_3_5_AT_FIRST = { input: '1', output: '5' };
const HAIKU_4_5 = { input: '1', output: '5' };
const HAIKU_5_5 = { input: '0.1', output: '0.5', long: { over: 100_000, input: '5', output: '5' } };
const FABLE_5 = { input: '10', output: '50' };
const FABLE_5_1 = { ...FABLE_5, cacheRead: '0.025' };
const FABLE_5_2 = { input: '8', output: '40', cacheRead: '0.025' };

/** A price and when it was in force, dates as in a snapshot's periods. */
export type DatedPrice = readonly [price: ClaudePrice, dates: Pick<SnapshotPeriod, 'from' | 'to'>];

/** Prices of the models that the library lacks and Google Cloud sells as well. */
export const NEW_CLAUDE = {
  'claude-haiku-5-5': [[HAIKU_5_5, {}]],
  'claude-sonnet-5-5': [
    [SONNET_5, { to: SONNET_5_5_CACHE_CUT }],
    [SONNET_5_5, { from: SONNET_5_5_CACHE_CUT }],
  ],
  'claude-fable-5-2': [[FABLE_5_2, {}]],
} as const satisfies Readonly<Record<string, readonly DatedPrice[]>>;

const LARGE = chat(1_000_000, 128_000);
const MEDIUM = chat(200_000, 64_000);

/** A model whose default prices the library has. */
const extend = (
  model: string,
  periods: OwnModel['periods'],
  facts: NonNullable<OwnModel['facts']>,
  surcharges?: OwnModel['surcharges'],
): OwnModel => ({
  provider: 'anthropic',
  model,
  replaces: model,
  scope: periods.length === 0 ? 'names' : 'units',
  periods,
  facts,
  ...(surcharges === undefined ? {} : { surcharges }),
  source: SOURCE,
  checkedOn: CHECKED_ON,
});

/** A model that the library lacks. */
const add = (model: string, periods: OwnModel['periods'], source = SOURCE): OwnModel => ({
  ...extend(model, periods, LARGE, US_ONLY),
  replaces: null,
  scope: 'all',
  source,
});

/** Standard price and batch price of a model of which nothing else is known. */
const standardAndBatch = (prices: readonly DatedPrice[]): OwnModel['periods'] =>
  prices.flatMap(([price, dates]) => [
    { ...dates, rates: { ...claudeRates(price), ...CLAUDE_SEARCH } },
    batchPeriod(price, dates),
  ]);

/**
 * Anthropic. Sonnet 4 and 4.5 keep their price of large requests: since 2026-04-30 such a request is refused, so
 * nothing is charged by it. The priority tier is capacity paid in advance and has no price by the call.
 */
export const ANTHROPIC_MODELS: readonly OwnModel[] = [
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
  extend(
    'claude-3-haiku',
    [
      {
        tier: 'batch',
        // The only model whose cache prices are rounded instead of multiples.
        rates: {
          input_tokens: '0.125',
          cache_write_tokens: '0.15',
          cache_write_1h_tokens: '0.25',
          cache_read_tokens: '0.015',
          output_tokens: '0.625',
        },
      },
    ],
    chat(200_000, 4096),
  ),
  extend('claude-3-sonnet', [], chat(200_000, 4096)),
  extend('claude-3-opus-latest', [batchPeriod(OPUS_4)], chat(200_000, 4096)),
  {
    ...extend(
      'claude-3-5-haiku-latest',
      [
        { from: '2024-11-04', to: HAIKU_3_5_CUT, rates: claudeRates(HAIKU_3_5_AT_FIRST) },
        batchPeriod(HAIKU_3_5_AT_FIRST, { from: '2024-11-04', to: HAIKU_3_5_CUT }),
        batchPeriod(HAIKU_3_5, { from: HAIKU_3_5_CUT }),
      ],
      chat(200_000, 8192),
    ),
    source: `${SOURCE}; anthropic.com/news/trainium2-and-distillation; aiwiki.ai/wiki/claude_3_5_haiku`,
  },
  extend('claude-3-5-sonnet', [batchPeriod(SONNET)], chat(200_000, 8192)),
  extend('claude-3-7-sonnet-latest', [batchPeriod(SONNET)], MEDIUM),
  extend('claude-opus-4-0', [batchPeriod(OPUS_4)], chat(200_000, 32_000)),
  extend('claude-opus-4-1', [batchPeriod(OPUS_4)], chat(200_000, 32_000)),
  extend('claude-opus-4-5', [batchPeriod(OPUS_4_5)], MEDIUM),
  extend(
    'claude-opus-4-6',
    [
      batchPeriod({ ...OPUS_4_5, long: LONG_CONTEXT }, { to: FLAT_SINCE }),
      batchPeriod(OPUS_4_5, { from: FLAT_SINCE }),
      // Before, fast mode was sold at a discount for a while, and large requests cost more.
      fastPeriod(OPUS_4_5, '6', { from: FLAT_SINCE }),
    ],
    LARGE,
    US_ONLY,
  ),
  extend('claude-opus-4-7', [batchPeriod(OPUS_4_5), fastPeriod(OPUS_4_5, '6')], LARGE, US_ONLY),
  extend('claude-opus-4-8', [batchPeriod(OPUS_4_5), fastPeriod(OPUS_4_5, '2')], LARGE, US_ONLY),
  extend('claude-opus-5', [batchPeriod(OPUS_4_5), fastPeriod(OPUS_4_5, '2')], LARGE, US_ONLY),
  extend('claude-opus-5-5', [batchPeriod(OPUS_5_5), fastPeriod(OPUS_5_5, '2')], LARGE, US_ONLY),
  extend('claude-sonnet-4-0', [{ rates: claudeRates(LONG_SONNET) }, batchPeriod(LONG_SONNET)], MEDIUM),
  extend('claude-sonnet-4-5', [batchPeriod(LONG_SONNET)], MEDIUM),
  extend(
    'claude-sonnet-4-6',
    [batchPeriod(LONG_SONNET, { to: FLAT_SINCE }), batchPeriod(SONNET, { from: FLAT_SINCE })],
    chat(1_000_000, 64_000),
    US_ONLY,
  ),
  extend('claude-sonnet-5', [batchPeriod(SONNET_5)], LARGE, US_ONLY),
  add(
    'claude-sonnet-5-5',
    standardAndBatch(NEW_CLAUDE['claude-sonnet-5-5']),
    `${PRICING}; platform.claude.com/docs/en/models/sonnet-5-5/overview; kurofune/claudit release v1.9.2`,
  ),
  extend('claude-haiku-4-5', [batchPeriod(HAIKU_4_5)], MEDIUM),
  add(
    'claude-haiku-5-5',
    standardAndBatch(NEW_CLAUDE['claude-haiku-5-5']),
    `${PRICING}; platform.claude.com/docs/en/models/haiku-5-5/overview; kurofune/claudit release v1.9.2`,
  ),
  extend('claude-fable-5', [batchPeriod(FABLE_5)], LARGE, US_ONLY),
  extend('claude-fable-5-1', [batchPeriod(FABLE_5_1)], LARGE, US_ONLY),
  add(
    'claude-fable-5-2',
    [...standardAndBatch(NEW_CLAUDE['claude-fable-5-2']), fastPeriod(FABLE_5_2, '2')],
    `${PRICING}; archid21/rightsize release v0.10.2; code.claude.com/docs/en/fast-mode`,
  ),
  add('claude-mythos-5', standardAndBatch([[FABLE_5, {}]])),
  add('claude-mythos-5-1', standardAndBatch([[FABLE_5_1, {}]])),
];
