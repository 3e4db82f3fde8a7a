import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { usdOf } from '../../helpers/catalog-prices.ts';

// A tenth of a million tokens: amounts are tenths of the prices per million, and no size tier is passed.
const TENTH = 100_000;
const BOTH = { input_tokens: TENTH, output_tokens: TENTH };

describe('Claude by the batch', () => {
  it.each([
    ['claude-opus-4-5-20251101', '1.5'], // (5 + 25) / 2 / 10
    ['claude-opus-4-6', '1.5'],
    ['claude-haiku-4-5-20251001', '0.3'], // (1 + 5) / 2 / 10
    ['claude-sonnet-4-5-20250929', '0.9'], // (3 + 15) / 2 / 10
    ['claude-sonnet-4-20250514', '0.9'],
    ['claude-opus-4-1-20250805', '4.5'], // (15 + 75) / 2 / 10
    ['claude-3-5-sonnet-20241022', '0.9'],
    ['claude-3-haiku-20240307', '0.075'], // (0.25 + 1.25) / 2 / 10
    ['claude-3-opus-20240229', '4.5'],
    ['claude-opus-5-5', '1.2'], // (4 + 20) / 2 / 10
    ['claude-sonnet-5-5', '0.6'], // (2 + 10) / 2 / 10
    ['claude-haiku-5-5', '0.03'], // (0.1 + 0.5) / 2 / 10
    ['claude-fable-5-2', '2.4'], // (8 + 40) / 2 / 10
  ])('costs half: %s', (model, expected) => {
    expect(usdOf('anthropic', model, BOTH, { tier: 'batch' })).toBe(expected);
  });

  it.each(['claude-sonnet-4-20250514', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-6'])(
    'halves cached tokens too, and no searches: %s',
    (model) => {
      // 1,000 x 1.5 + 2,000 x 1.875 + 3,000 x 3 + 4,000 x 0.15 + 500 x 7.5 = 18,600 millionths; 2 searches at 0.01
      const units = {
        input_tokens: 1000,
        cache_write_5m_tokens: 2000,
        cache_write_1h_tokens: 3000,
        cache_read_tokens: 4000,
        output_tokens: 500,
        web_searches: 2,
      };
      expect(usdOf('anthropic', model, units, { tier: 'batch' })).toBe('0.0386');
    },
  );

  it('moves a large request as a whole, cached tokens counted', () => {
    const call = (input: number) =>
      usdOf('anthropic', 'claude-sonnet-4-5', { input_tokens: input, cache_read_tokens: 199_999 }, { tier: 'batch' });
    expect(call(1)).toBe('0.03000135'); // 200,000: 1 x 1.5 + 199,999 x 0.15
    expect(call(2)).toBe('0.0600057'); // 200,001: 2 x 3 + 199,999 x 0.3
  });

  it('prices large requests of Opus 4.6 like all others since 2026-03-13', () => {
    const call = (on: string) =>
      usdOf('anthropic', 'claude-opus-4-6', { input_tokens: 200_001 }, { on, tier: 'batch' });
    expect(call('2026-03-12T23:59:59.999Z')).toBe('1.000005'); // x 5, twice the half of 5
    expect(call('2026-03-13T00:00:00Z')).toBe('0.5000025'); // x 2.5
  });
});

describe('Claude otherwise', () => {
  it.each([
    // 100,000 x (input + output) and as many cached tokens read
    ['claude-opus-4-6', '18.3'], // 6 x (5 + 25 + 0.5) / 10
    ['claude-opus-4-7', '18.3'],
    ['claude-opus-4-8', '6.1'], // 2 x (5 + 25 + 0.5) / 10
    ['claude-opus-5', '6.1'],
    ['claude-opus-5-5', '4.84'], // 2 x (4 + 20 + 0.2) / 10
    ['claude-fable-5-2', '9.64'], // 2 x (8 + 40 + 0.2) / 10
    ['claude-sonnet-4-6', 'unpriced'], // not sold in fast mode
  ])('multiplies all tokens in fast mode: %s', (model, expected) => {
    expect(usdOf('anthropic', model, { ...BOTH, cache_read_tokens: TENTH }, { tier: 'fast' })).toBe(expected);
  });

  it('has no price for capacity that was paid in advance', () => {
    expect(usdOf('anthropic', 'claude-opus-4-5', BOTH, { tier: 'priority' })).toBe('unpriced');
  });

  it.each([
    ['claude-opus-4-6', '3.3'], // (5 + 25) x 1.1 / 10
    ['claude-sonnet-4-6', '1.98'], // (3 + 15) x 1.1 / 10
    ['claude-haiku-5-5', '0.066'], // (0.1 + 0.5) x 1.1 / 10
    ['claude-opus-4-5', '3'], // older models cost the same everywhere
  ])('costs a tenth more when it must run in the United States: %s', (model, expected) => {
    expect(usdOf('anthropic', model, BOTH, { region: 'us' })).toBe(expected);
  });

  it('takes both a batch and the United States into account', () => {
    expect(usdOf('anthropic', 'claude-opus-4-8', BOTH, { region: 'us', tier: 'batch' })).toBe('1.65'); // 3 / 2 x 1.1
  });

  it.each([
    ['2024-12-02T23:59:59Z', '0.6', '0.3'], // (1 + 5) / 10
    ['2024-12-03T00:00:00Z', '0.48', '0.24'], // (0.8 + 4) / 10
  ])('follows the cut of Claude 3.5 Haiku: %s', (on, standard, batch) => {
    expect(usdOf('anthropic', 'claude-3-5-haiku-20241022', BOTH, { on })).toBe(standard);
    expect(usdOf('anthropic', 'claude-3-5-haiku-20241022', BOTH, { on, tier: 'batch' })).toBe(batch);
  });

  it('follows the cut of cached tokens of Sonnet 5.5', () => {
    const call = (on: string) => usdOf('anthropic', 'claude-sonnet-5-5', { cache_read_tokens: TENTH }, { on });
    expect(call('2026-10-06T23:59:59Z')).toBe('0.02'); // 0.2 / 10
    expect(call('2026-10-07T00:00:00Z')).toBe('0.01'); // 0.1 / 10
  });

  it('charges five times as much for requests of Haiku 5.5 above 100,000 tokens', () => {
    const call = (input: number) => usdOf('anthropic', 'claude-haiku-5-5', { input_tokens: input, output_tokens: 10 });
    expect(call(100_000)).toBe('0.010005'); // 100,000 x 0.1 + 10 x 0.5
    expect(call(100_001)).toBe('0.0500255'); // 100,001 x 0.5 + 10 x 2.5
  });

  it.each([
    ['claude-haiku-4-5@20251001', 'us-east5', '0.66'], // (1 + 5) x 1.1 / 10
    ['claude-haiku-4-5@20251001', 'global', '0.6'],
    ['claude-sonnet-4-5@20250929', 'europe-west1', '1.98'], // (3 + 15) x 1.1 / 10
    ['claude-opus-4-8', 'eu', '3.3'],
    ['claude-sonnet-5-5', 'asia-southeast1', '1.32'], // (2 + 10) x 1.1 / 10
  ])('costs a tenth more in a region of Google Cloud: %s in %s', (model, region, expected) => {
    expect(usdOf('google', model, BOTH, { region })).toBe(expected);
  });
});

describe('Gemini', () => {
  it.each([
    ['gemini-2.5-pro', 'batch', '0.575'], // (1.25 + 10) / 2 + 0.125 cached, / 10
    ['gemini-2.5-pro', 'flex', '0.575'],
    ['gemini-2.5-pro', 'priority', '2.0475'], // (1.25 + 10 + 0.125) x 1.8 / 10
    ['gemini-2.5-flash', 'batch', '0.143'], // (0.3 + 2.5) / 2 + 0.03, / 10
    ['gemini-2.5-flash-lite', 'batch', '0.026'], // (0.1 + 0.4) / 2 + 0.01, / 10
    ['gemini-3-pro-preview', 'batch', '0.72'], // (2 + 12) / 2 + 0.2, / 10
    ['gemini-3-pro-preview', 'priority', '2.556'], // (2 + 12 + 0.2) x 1.8 / 10
    ['gemini-3.1-flash-lite', 'batch', '0.08875'], // (0.25 + 1.5 + 0.025) / 2 / 10
    ['gemini-3.8-flash', 'batch', '0.22875'], // (0.75 + 3.75 + 0.075) / 2 / 10
    // How cached tokens are charged under flex is documented only for some.
    ['gemini-3-pro-preview', 'flex', 'partially_priced'],
  ])('costs half by the batch and under flex, cached tokens as documented: %s %s', (model, tier, expected) => {
    expect(usdOf('google', model, { ...BOTH, cache_read_tokens: TENTH }, { tier })).toBe(expected);
  });

  it.each([
    ['batch', 200_000, '0.125'], // x 0.625
    ['batch', 200_001, '0.25000125'], // x 1.25
    ['priority', 200_001, '0.9000045'], // x 4.5
  ])('keeps the size tier of 2.5 Pro: %s at %d', (tier, inputTokens, expected) => {
    expect(usdOf('google', 'gemini-2.5-pro', { input_tokens: inputTokens }, { tier })).toBe(expected);
  });

  it('prices audio and images at their own rates, halved in a batch', () => {
    const audio = { input_audio_tokens: TENTH, cache_audio_read_tokens: TENTH };
    expect(usdOf('google', 'gemini-2.5-flash', audio)).toBe('0.11'); // (1 + 0.1) / 10
    expect(usdOf('google', 'gemini-2.5-flash', audio, { tier: 'batch' })).toBe('0.06'); // (0.5 + 0.1) / 10
    const image = { input_tokens: 9, output_image_tokens: 1290 };
    expect(usdOf('google', 'gemini-2.5-flash-image', image)).toBe('0.0387027'); // 9 x 0.3 + 1,290 x 30
    expect(usdOf('google', 'gemini-2.5-flash-image', image, { tier: 'batch' })).toBe('0.01935135');
    expect(usdOf('google', 'gemini-2.5-flash-tts', { output_audio_tokens: TENTH })).toBe('1'); // 10 / 10
  });

  it('charges searches by the prompt up to 2.5 and by the query since 3', () => {
    expect(usdOf('google', 'gemini-2.5-flash', { web_searches: 1 })).toBe('0.035');
    expect(usdOf('google', 'gemini-3-flash-preview', { web_searches: 3 })).toBe('0.042');
  });

  it.each([
    ['gemini-1.5-flash', '2024-08-11T23:59:59Z', 128_000, '0.0448'], // x 0.35
    ['gemini-1.5-flash', '2024-08-11T23:59:59Z', 128_001, '0.0896007'], // x 0.7
    ['gemini-1.5-flash', '2024-08-12T00:00:00Z', 128_000, '0.0096'], // x 0.075
    ['gemini-1.5-pro', '2024-09-30T23:59:59Z', 128_000, '0.448'], // x 3.5
    ['gemini-1.5-pro', '2024-10-01T00:00:00Z', 128_000, '0.16'], // x 1.25
    ['gemini-1.5-pro', '2024-10-01T00:00:00Z', 128_001, '0.3200025'], // x 2.5
    ['gemini-3.6-flash', '2026-08-12T23:59:59Z', 100_000, '0.15'], // x 1.5
    ['gemini-3.6-flash', '2026-08-13T00:00:00Z', 100_000, '0.075'], // x 0.75
    ['gemini-3.6-flash', '2027-01-01T00:00:00Z', 100_000, '0.15'],
    ['gemini-4-argon', '2026-11-30T23:59:59Z', 100_000, '0.2'], // x 2
    ['gemini-4-argon', '2026-12-01T00:00:00Z', 100_000, '0.4'], // x 4
  ])('dates its prices: %s at %s, %d tokens', (model, on, inputTokens, expected) => {
    expect(usdOf('google', model, { input_tokens: inputTokens }, { on })).toBe(expected);
  });

  it('costs a tenth more in a region where the vendor says so, and is unpriced where nobody does', () => {
    const call = (model: string, region: string) => usdOf('google', model, { input_tokens: TENTH }, { region });
    expect(call('gemini-3.1-flash-lite', 'us-central1')).toBe('0.0275'); // 0.25 x 1.1 / 10
    expect(call('gemini-3.1-flash-lite', 'global')).toBe('0.025');
    expect(call('gemini-2.5-pro', 'us-central1')).toBe('0.125');
    expect(call('gemini-3-pro-preview', 'us-central1')).toBe('unpriced');
  });
});

describe('Bedrock', () => {
  it.each([
    ['anthropic.claude-3-haiku-20240307-v1:0', '0.075'], // (0.25 + 1.25) / 2 / 10
    ['us.anthropic.claude-3-5-sonnet-20241022-v2:0', '0.9'], // (3 + 15) / 2 / 10
    ['anthropic.claude-3-5-sonnet-20240620-v1:0', '0.9'],
    ['us.amazon.nova-premier-v1:0', '0.75'], // (2.5 + 12.5) / 2 / 10
  ])('sells older models by the batch at half: %s', (model, expected) => {
    expect(usdOf('aws', model, BOTH, { tier: 'batch' })).toBe(expected);
  });

  it.each([
    ['global.anthropic.claude-haiku-4-5-20251001-v1:0', '0.6'], // (1 + 5) / 10
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', '0.66'],
    ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', '1.98'], // (3 + 15) x 1.1 / 10
    ['jp.anthropic.claude-sonnet-4-5-20250929-v1:0', '1.98'],
    ['au.anthropic.claude-sonnet-4-6', '1.98'],
    ['apac.anthropic.claude-sonnet-4-20250514-v1:0', '1.8'], // before 4.5 all regions cost the same
  ])('charges a tenth more for regional profiles since Claude 4.5: %s', (model, expected) => {
    expect(usdOf('aws', model, BOTH)).toBe(expected);
  });

  it.each([
    ['global.anthropic.claude-opus-4-6-v1:0', 'batch', '1.5'], // (5 + 25) / 2 / 10
    ['us.anthropic.claude-opus-4-6-v1:0', 'batch', '1.65'],
    ['amazon.nova-lite-v1:0', 'batch', '0.015'], // (0.06 + 0.24) / 2 / 10
    ['meta.llama3-1-70b-instruct-v1:0', 'batch', '0.072'], // 0.72 / 10
    ['mistral.mixtral-8x7b-instruct-v0:1', 'flex', '0.0575'], // (0.45 + 0.7) / 2 / 10
    ['mistral.mixtral-8x7b-instruct-v0:1', 'priority', '0.20125'], // (0.45 + 0.7) x 1.75 / 10
    ['amazon.nova-lite-v1:0', 'flex', 'unpriced'],
  ])('knows its service tiers: %s %s', (model, tier, expected) => {
    expect(usdOf('aws', model, BOTH, { tier })).toBe(expected);
  });

  it('charges what Nova writes to its cache as any other input', () => {
    // 0.8 / 10 and 0.33 / 10
    expect(usdOf('aws', 'us.amazon.nova-pro-v1:0', { cache_write_5m_tokens: TENTH })).toBe('0.08');
    expect(usdOf('aws', 'eu.amazon.nova-2-lite-v1:0', { cache_write_tokens: TENTH })).toBe('0.033');
  });

  it('charges one cached token of Nova Micro 8.75e-9 USD', () => {
    expect(usdOf('aws', 'amazon.nova-micro-v1:0', { cache_read_tokens: 1 })).toBe('0.00000000875');
  });

  it('tells the second Titan embedding from the first, by the batch too', () => {
    const call = (model: string, tier?: string) =>
      usdOf('aws', model, { input_tokens: TENTH }, tier === undefined ? {} : { tier });
    expect([call('amazon.titan-embed-text-v1'), call('amazon.titan-embed-text-v1', 'batch')]).toEqual([
      '0.01',
      '0.005',
    ]);
    expect([call('amazon.titan-embed-text-v2:0'), call('amazon.titan-embed-text-v2:0', 'batch')]).toEqual([
      '0.002',
      '0.001',
    ]);
  });
});

describe('others', () => {
  it.each([
    ['cohere', 'rerank-v3.5', '0.004'], // 2 x 2 / 1,000
    ['aws', 'cohere.rerank-v3-5:0', '0.004'],
    ['aws', 'amazon.rerank-v1:0', '0.002'], // 2 x 1 / 1,000
  ])('charges rankings by the search: %s %s', (provider, model, expected) => {
    expect(usdOf(provider, model, { requests: 2 })).toBe(expected);
  });

  it('charges the pages that Mistral reads', () => {
    expect(usdOf('mistral', 'mistral-ocr-2505', { pages: 30 })).toBe('0.03'); // 30 x 1 / 1,000
  });

  it.each([
    ['anthropic', 'claude-sonnet-4-5', 'chat', 200_000, 64_000],
    ['anthropic', 'claude-3-5-sonnet', 'chat', 200_000, 8192],
    ['anthropic', 'claude-3-opus-latest', 'chat', 200_000, 4096],
    ['anthropic', 'claude-3-sonnet', 'chat', 200_000, 4096],
    ['anthropic', 'claude-3-haiku', 'chat', 200_000, 4096],
    ['google', 'gemini-3-pro-preview', 'chat', 1_048_576, 65_536],
    ['google', 'gemini-2.5-pro', 'chat', 1_048_576, 65_536],
    ['google', 'gemini-2.5-flash', 'chat', 1_048_576, 65_536],
    ['google', 'gemini-2.5-flash-lite', 'chat', 1_048_576, 65_536],
    ['google', 'gemini-pro', 'chat', 32_768, 8192],
    ['openrouter', 'meta-llama/llama-3.1-70b-instruct', 'chat', 131_072, 16_384],
    ['openrouter', 'meta-llama/llama-3.1-8b-instruct', 'chat', 131_072, 16_384],
    ['openrouter', 'meta-llama/llama-3-70b-instruct', 'chat', 8192, 8000],
    ['openrouter', 'meta-llama/llama-4-maverick', 'chat', 1_048_576, 16_384],
    ['mistral', 'mistral-7b', 'chat', 32_000, 8191],
    ['mistral', 'mixtral-8x7b', 'chat', 32_000, 8191],
  ])('knows kind, context and longest answer of the guides’ models: %s %s', (provider, name, kind, context, output) => {
    const facts = bundledCatalog().find(provider, name)?.model.facts;
    expect([facts?.kind, facts?.contextTokens, facts?.maxOutputTokens]).toEqual([kind, context, output]);
    expect(facts?.source.length).toBeGreaterThan(10);
  });
});
