import { batchPeriod, type ClaudePrice, claudeRates, LONG_CONTEXT } from './claude-rates.ts';
import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { type DatedPrice, NEW_CLAUDE } from './own-rows-anthropic.ts';
import { LITELLM } from './rate-factors.ts';
import type { SnapshotPeriod } from './snapshot.ts';

const PORTKEY = 'Portkey-AI/models pricing/vertex-ai.json (2026-08-21)';
const SOURCE = `${LITELLM}; ${PORTKEY}; platform.claude.com/docs/en/about-claude/pricing`;

/** Regions and multi-regions of Google Cloud, all but the global endpoint; some models cost a tenth more in them. */
export const REGIONAL: NonNullable<OwnModel['surcharges']> = [
  {
    regions: [
      'us',
      'us-*',
      'eu',
      'europe-*',
      'asia',
      'asia-*',
      'australia-*',
      'northamerica-*',
      'southamerica-*',
      'me-*',
      'africa-*',
    ],
    factor: '1.1',
  },
];

const OPUS = { input: '5', output: '25' };
const SONNET = { input: '3', output: '15' };
const LONG_SONNET = { ...SONNET, long: LONG_CONTEXT };

/** What Google Cloud does not discount or sell otherwise: its searches have a price of their own. */
const batch = (price: ClaudePrice, dates: DatedPrice[1] = {}): SnapshotPeriod => {
  const { web_searches: _, ...rates } = batchPeriod(price).rates;
  return { ...dates, tier: 'batch', rates };
};

/** A model of the library: rates that are missing there, mostly writes that live an hour, and its price by the batch. */
const extend = (
  model: string,
  price: ClaudePrice,
  missing: SnapshotPeriod['rates'] | null,
  isRegional = true,
): OwnModel => ({
  provider: 'google',
  model,
  replaces: model,
  scope: 'units',
  periods: [...(missing === null ? [] : [{ rates: missing }]), batch(price)],
  ...(isRegional ? { surcharges: REGIONAL } : {}),
  source: SOURCE,
  checkedOn: CHECKED_ON,
});

const hourWrite = (rate: string) => ({ cache_write_1h_tokens: rate });

/** Models that the library leaves to Anthropic's list, which knows nothing of regions. */
const LISTED_BY_ANTHROPIC: readonly (readonly [model: string, prices: readonly DatedPrice[], release?: string])[] = [
  ['claude-haiku-4-5', [[{ input: '1', output: '5' }, {}]], '20251001'],
  ['claude-opus-4-5', [[OPUS, {}]], '20251101'],
  ['claude-sonnet-5', [[{ input: '2', output: '10' }, {}]]],
  ...Object.entries(NEW_CLAUDE),
];

/** Claude on Google Cloud. */
export const GOOGLE_CLAUDE_MODELS: readonly OwnModel[] = [
  {
    provider: 'google',
    model: 'claude-3-7-sonnet',
    replaces: 'claude-3-7-sonnet',
    scope: 'units',
    periods: [{ rates: hourWrite('6') }],
    source: LITELLM,
    checkedOn: CHECKED_ON,
  },
  extend('claude-4-opus', { input: '15', output: '75' }, hourWrite('30'), false),
  extend('claude-4-sonnet', LONG_SONNET, claudeRates(LONG_SONNET), false),
  extend('claude-sonnet-4-5', LONG_SONNET, {
    cache_write_1h_tokens: { rate: '6', tiers: [['>', 200_000, '12']] },
  }),
  extend('claude-sonnet-4-6', SONNET, hourWrite('6')),
  extend('claude-opus-4-6', OPUS, { cache_write_1h_tokens: { rate: '10', tiers: [['>', 200_000, '20']] } }),
  extend('claude-opus-4-7', OPUS, hourWrite('10')),
  extend('claude-opus-4-8', OPUS, hourWrite('10')),
  extend('claude-opus-5', OPUS, hourWrite('10')),
  extend('claude-fable-5', { input: '10', output: '50' }, hourWrite('20')),
  // Whether Google Cloud sells writes that live an hour for these two could not be read anywhere.
  extend('claude-fable-5-1', { input: '10', output: '50', cacheRead: '0.025' }, null),
  extend('claude-opus-5-5', { input: '4', output: '20', cacheRead: '0.05' }, null),
  ...LISTED_BY_ANTHROPIC.map(
    ([model, prices, release]): OwnModel => ({
      provider: 'google',
      model,
      names: [`${model}@default`, ...(release === undefined ? [] : [`${model}@${release}`, `${model}-${release}`])],
      replaces: null,
      scope: 'all',
      periods: prices.flatMap(([price, dates]) => [{ ...dates, rates: claudeRates(price) }, batch(price, dates)]),
      surcharges: REGIONAL,
      source: SOURCE,
      checkedOn: CHECKED_ON,
    }),
  ),
];
