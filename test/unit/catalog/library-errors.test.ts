import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { formatUsd } from '../../../lib/domain/money.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { counts } from '../../helpers/pricing.ts';
import { libraryUsd, type TableCall } from './library-price.ts';

const book = createPriceBook({ catalog: bundledCatalog() });
const MILLION = { input_tokens: 1_000_000 };

/** Provider, model, what else the call says, what the library makes of it, what we do. */
type Case = readonly [
  provider: string | null,
  model: string,
  rest: Partial<TableCall>,
  theirs: number | null,
  ours: string,
];

/** USD, with the units that have no price; or the status where there is no amount. */
function ourAnswer({ provider, model, units, on = '2026-11-21', service_tier, region }: TableCall): string {
  const rating = rateUsage(book, {
    provider,
    model,
    timeMs: Date.parse(on),
    usage: counts(units),
    serviceTier: service_tier ?? null,
    region: region ?? null,
  });
  if (rating.costPicoUsd === null) return rating.status;
  return [formatUsd(rating.costPicoUsd), ...rating.unpricedUnits].join(' without ');
}

function expectBoth([provider, model, rest, theirs, ours]: Case): void {
  const call: TableCall = { provider, model, units: MILLION, ...rest };
  const amount = libraryUsd(call);
  if (theirs === null) expect(amount).toBeNull();
  else expect(amount).toBeCloseTo(theirs, 9);
  expect(ourAnswer(call)).toBe(ours);
}

describe('where the library errs', () => {
  it.each<Case>([
    // Discounts by night held from 2025-02-26 to 2025-09-05 only.
    ['deepseek', 'deepseek-chat', { on: '2025-03-01T00:29:59Z' }, 0.135, '0.135'],
    ['deepseek', 'deepseek-chat', { on: '2025-02-20T20:00:00Z' }, 0.135, '0.27'],
    ['deepseek', 'deepseek-chat', { on: '2025-12-01T20:00:00Z' }, 0.135, '0.28'],
    ['deepseek', 'deepseek-chat', {}, 0.135, 'unpriced'],
    // Peaks began on 2026-08-16, and spare weekends since 2026-08-22.
    ['deepseek', 'deepseek-v4-flash', { on: '2026-08-10T02:00:00Z' }, 0.44, '0.14'],
    ['deepseek', 'deepseek-v4-flash', { on: '2026-08-24T02:00:00Z' }, 0.44, '0.44'],
    ['deepseek', 'deepseek-v4-flash', { on: '2026-08-29T02:00:00Z' }, 0.44, '0.22'],
    ['deepseek', 'deepseek-v4-flash', { on: '2026-09-14T02:00:00Z' }, 0.44, '0.3'],
  ])('hours of the day hold at their dates and weekdays: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it.each<Case>([
    ['openai', 'gpt-4o-audio-preview', { units: { input_tokens: 1000, input_audio_tokens: 1000 } }, 0.005, '0.0425'],
    ['openai', 'gpt-4o-audio-preview', { units: { output_tokens: 1000, output_audio_tokens: 1000 } }, 0.02, '0.09'],
    [
      'openai',
      'gpt-4o-mini-audio-preview',
      { units: { input_tokens: 1000, input_audio_tokens: 1000 } },
      0.0003,
      '0.01015',
    ],
    // Where nobody quotes audio, it is named instead of being charged as text.
    [
      'openai',
      'gpt-4o-mini',
      { units: { input_tokens: 1000, input_audio_tokens: 1000 } },
      0.0003,
      '0.00015 without input_audio_tokens',
    ],
  ])('audio is not text: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it('gpt-audio-mini, for which the library has the audio rates, costs the same in both', () => {
    // 15 x 0.6 + 13 x 2.4 + 34 x 20 = 720.2
    const units = { input_tokens: 15, output_tokens: 13, output_audio_tokens: 34 };
    expectBoth(['openai', 'gpt-audio-mini', { units }, 0.0007202, '0.0007202']);
  });

  it.each<Case>([
    ['anthropic', 'claude-sonnet-4-50', {}, 6, 'unpriced'],
    ['anthropic', 'claude-sonnet-5-50', {}, 2, 'unpriced'],
    ['aws', 'amazon.titan-embed-text-v2:0', {}, 0.1, '0.02'],
    ['google', 'gemini-1.5-flash-8b', { units: { input_tokens: 1000 } }, 0.000075, '0.0000375'],
    ['azure', 'o4-mini-deep-research', {}, 1.1, '2'],
    ['groq', 'openai/gpt-oss-safeguard-20b', {}, 0.15, '0.075'],
    ['aws', 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', { units: { input_tokens: 1000 } }, 0.0033, 'unpriced'],
  ])('a name that another begins or contains is not it: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it.each<Case>([
    [null, 'mistral-7b', {}, 0.25, 'unpriced'],
    [null, 'open-mistral-7b', {}, 0.25, 'unpriced'],
    [null, 'deepseek-r1', {}, 0.135, 'unpriced'],
    ['openai', 'gpt-oss-120b', {}, 0.039, 'unpriced'],
    ['azure', 'phi-4', {}, 0.07, '0.125'],
    ['deepseek', 'deepseek-v3.2', {}, 0.2288, 'unpriced'],
  ])('a host is not guessed, nor another host charged: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it.each<Case>([
    ['openai', 'gpt-4o', { units: { ...MILLION, images: 3 } }, 2.5, '2.5 without images'],
    ['openai', 'gpt-4o', { units: { ...MILLION, pages: 5 } }, 2.5, '2.5 without pages'],
    ['openai', 'gpt-4-turbo', { units: { training_tokens: 1 } }, 0, 'unpriced_unit'],
    ['google', 'gemini-2.5-flash', { units: { input_tokens: 1000, web_searches: 1 } }, 0.0003, '0.0353'],
    ['google', 'gemini-pro', { units: { input_characters: 4000, output_characters: 2000 } }, 0, '0.002'],
    ['mistral', 'mistral-ocr-latest', { units: { pages: 1000 } }, 0, '4'],
    ['openai', 'omni-moderation-latest', {}, 0, 'unpriced'],
    ['openai', 'tts-1-hd', { units: { input_characters: 1_000_000 } }, null, '30'],
    // Without a rate for cached tokens the library charges them as fresh ones.
    [
      'openai',
      'gpt-4o-2024-05-13',
      { units: { input_tokens: 1000, cache_read_tokens: 1000 } },
      0.01,
      '0.005 without cache_read_tokens',
    ],
  ])('a unit without a rate is not free: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it.each<Case>([
    ['openai', 'gpt-5', { service_tier: 'flex' }, 1.25, '0.625'],
    ['openai', 'gpt-5', { service_tier: 'batch' }, 1.25, '0.625'],
    ['openai', 'gpt-5', { service_tier: 'priority' }, 1.25, '2.5'],
    ['openai', 'gpt-4o', { service_tier: 'priority' }, 2.5, '4.25'],
    ['openai', 'gpt-4o', { service_tier: 'scale' }, 2.5, 'unpriced'],
    ['openai', 'gpt-5.5', { service_tier: 'flex' }, 10, '5'],
    ['anthropic', 'claude-sonnet-4-5', { service_tier: 'batch', units: { input_tokens: 1000 } }, 0.003, '0.0015'],
    ['anthropic', 'claude-sonnet-4-5', { service_tier: 'priority' }, 6, 'unpriced'],
    ['google', 'gemini-2.5-pro', { service_tier: 'batch', units: { input_tokens: 1000 } }, 0.00125, '0.000625'],
  ])('a service tier is not the default one: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it.each<Case>([
    ['openai', 'gpt-5.4', { region: 'eu', units: { input_tokens: 1000 } }, 0.0025, '0.00275'],
    ['openai', 'gpt-5', { region: 'eu', units: { input_tokens: 1000 } }, 0.00125, '0.00125'],
    ['aws', 'amazon.nova-lite-v1:0', { region: 'eu-west-1' }, 0.06, 'unpriced'],
    [
      'aws',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { units: { input_tokens: 200_001 } },
      0.6600033,
      '1.3200066',
    ],
    ['azure', 'gpt-4o', { region: 'westeurope' }, 2.5, 'unpriced'],
  ])('a place may have a price of its own: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it.each<Case>([
    ['anthropic', 'claude-sonnet-4-20250514', { units: { input_tokens: 200_000 } }, 0.6, '0.6'],
    ['anthropic', 'claude-sonnet-4-20250514', { units: { input_tokens: 200_001 } }, 0.600003, '1.200006'],
    ['x-ai', 'grok-4', { units: { input_tokens: 127_999 } }, 0.383997, '0.383997'],
    ['x-ai', 'grok-4', { units: { input_tokens: 128_000 } }, 0.384, '0.768'],
    ['aws', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', {}, 3, '6'],
  ])('a long request has its own rates from the vendor’s boundary on: %s %s %j, not %d but %s', (...row) =>
    expectBoth(row),
  );

  it.each<Case>([
    ['openai', 'gpt-3.5-turbo', { on: '2023-04-01' }, 0.5, '2'],
    ['openai', 'gpt-3.5-turbo', { on: '2023-07-01' }, 0.5, '1.5'],
    ['openai', 'gpt-4o', { on: '2024-06-01' }, 2.5, '5'],
    ['openai', 'o1-mini', { on: '2025-01-15' }, 1.1, '3'],
    ['openai', 'o3', { on: '2025-06-01', units: { cache_read_tokens: 1_000_000 } }, 0.5, '2.5'],
    ['mistral', 'mistral-large-latest', { on: '2026-01-15' }, 2, '0.5'],
  ])('a name means what it meant that day: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it.each<Case>([
    ['openai', 'gpt-4o-2024-08-06', { units: { training_tokens: 1_000_000 } }, 0, '25'],
    ['openai', 'gpt-4o-mini-2024-07-18', { units: { training_tokens: 1_000_000 } }, 0, '3'],
    ['openai', 'ft:gpt-4o-2024-08-06:org::abc', {}, 3.75, '3.75'],
    ['openai', 'ft:gpt-4o-2024-08-06:org::abc', { units: { cache_read_tokens: 1_000_000 } }, 3.75, '1.875'],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:org::abc', { units: { cache_read_tokens: 1_000_000 } }, 0.3, '0.15'],
  ])('tuning and tuned models have prices: %s %s %j, not %d but %s', (...row) => expectBoth(row));

  it('keeps picodollars where the library computes in floating point', () => {
    // One cached token of Nova Micro, 8.75e-9, and the same a third of a million times over.
    const units = { input_tokens: 3, cache_read_tokens: 333_333, output_tokens: 7 };
    // 3 x 0.035 + 333,333 x 0.00875 + 7 x 0.14 = 2,917.74875 millionths
    expect(ourAnswer({ provider: 'aws', model: 'amazon.nova-micro-v1:0', units })).toBe('0.00291774875');
  });
});
