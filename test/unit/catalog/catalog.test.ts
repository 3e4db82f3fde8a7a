import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { OWN_MODELS } from '../../../lib/catalog/own-rows.ts';
import generated from '../../../lib/catalog/snapshot.generated.json' with { type: 'json' };
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { counts } from '../../helpers/pricing.ts';

const book = createPriceBook({ catalog: bundledCatalog() });

interface Call {
  readonly provider?: string | null;
  readonly model: string;
  readonly on?: string;
  readonly region?: string;
  readonly serviceTier?: string;
  readonly units?: Readonly<Record<string, number>>;
}

function rate({ on = '2026-11-21', units = { input_tokens: 1_000_000 }, ...call }: Call) {
  return rateUsage(book, { ...call, timeMs: Date.parse(on), usage: counts(units) });
}

/** USD of a million input tokens, in millionths, or the status where there is no amount. */
function inputRate(call: Call): bigint | string {
  const rating = rate(call);
  return rating.costPicoUsd === null ? rating.status : rating.costPicoUsd / 1_000_000n;
}

describe('the committed snapshot', () => {
  it('is what the build script makes of the library and our rows', { timeout: 30_000 }, () => {
    const check = () => execFileSync('node', ['lib/catalog/build/build-snapshot.ts', '--check'], { encoding: 'utf8' });
    expect(check()).toContain(`version ${generated.version}`);
  });

  it('fits a Lambda: at most 60 KB gzipped', () => {
    expect(gzipSync(JSON.stringify(generated)).length).toBeLessThanOrEqual(60_000);
  });

  it('names for every row where its price can be read and when that was checked', () => {
    const hit = bundledCatalog().find('google', 'gemini-pro');
    const rows = hit?.model.rows() ?? [];
    expect(rows.length).toBeGreaterThan(2);
    for (const row of rows)
      expect([row.source.length > 10, /^\d{4}-\d{2}-\d{2}$/.test(row.checkedOn)]).toEqual([true, true]);
  });
});

describe('own rows', () => {
  it('are all found in the catalog under their names', () => {
    for (const { provider, model, names = [] } of OWN_MODELS) {
      for (const name of [model, ...names]) expect(bundledCatalog().find(provider, name)?.model.id).toBe(model);
    }
  });
});

describe('the catalog', () => {
  it.each([
    ['2023-02-28', 'unpriced'],
    ['2023-03-01', 2_000_000n],
    ['2023-07-01', 1_500_000n],
    ['2024-02-16', 500_000n],
    ['2026-11-21', 500_000n],
  ])('knows what gpt-3.5-turbo meant on %s', (on, expected) => {
    expect(inputRate({ provider: 'openai', model: 'gpt-3.5-turbo', on })).toBe(expected);
  });

  it.each([
    ['gpt-4o', '2024-10-01', 5_000_000n],
    ['gpt-4o', '2024-10-02', 2_500_000n],
    ['gpt-4o-2024-05-13', '2026-01-01', 5_000_000n],
    ['gpt-4o-2024-08-06', '2024-09-01', 2_500_000n],
    ['gpt-4o-20240806', '2024-09-01', 2_500_000n],
    ['o3', '2025-06-09T23:59:59Z', 10_000_000n],
    ['o3', '2025-06-10', 2_000_000n],
  ])('prices %s on %s', (model, on, expected) => {
    expect(inputRate({ provider: 'openai', model, on })).toBe(expected);
  });

  it.each([
    ['2025-03-01T00:29:59Z', 135_000n],
    ['2025-03-01T00:30:00Z', 270_000n],
    ['2025-02-20T20:00:00Z', 270_000n],
    ['2025-09-05T17:00:00Z', 560_000n],
    ['2026-11-21', 'unpriced'],
  ])('follows the nights of deepseek-chat, only while they lasted: %s', (on, expected) => {
    expect(inputRate({ provider: 'deepseek', model: 'deepseek-chat', on })).toBe(expected);
  });

  it.each([
    ['2026-08-10T02:00:00Z', 140_000n], // before the change the library charges the later peak price
    ['2026-08-24T02:00:00Z', 440_000n], // a Monday
    ['2026-08-24T05:00:00Z', 220_000n],
    ['2026-08-29T02:00:00Z', 220_000n], // a Saturday
  ])('follows the peaks of deepseek-v4-flash with their dates and weekdays: %s', (on, expected) => {
    expect(inputRate({ provider: 'deepseek', model: 'deepseek-v4-flash', on })).toBe(expected);
  });

  it.each([
    ['deepseek', 'deepseek-chat', '2025-02-01', 140_000n],
    ['deepseek', 'deepseek-reasoner', '2025-02-01', 550_000n],
    ['deepseek', 'deepseek-chat', '2026-04-23', 280_000n],
    ['deepseek', 'deepseek-chat', '2026-04-24T12:00:00Z', 'unpriced'],
    ['deepseek', 'deepseek-reasoner', '2026-07-24T15:58:59Z', 140_000n],
    ['deepseek', 'deepseek-reasoner', '2026-07-24T15:59:00Z', 'unpriced'],
    ['deepseek', 'deepseek-v4-flash', '2026-09-10T03:59:59Z', 440_000n],
    ['deepseek', 'deepseek-v4-flash', '2026-09-10T04:00:00Z', 150_000n],
    ['deepseek', 'deepseek-v4-flash', '2026-09-14T02:00:00Z', 300_000n],
    ['deepseek', 'deepseek-flash', '2026-11-21T02:00:00Z', 150_000n], // a Saturday
    ['deepseek', 'deepseek-v4-pro', '2026-11-20T02:00:00Z', 1_320_000n],
    ['openai', 'o1-mini-2024-09-12', '2025-01-30', 3_000_000n],
    ['openai', 'o1-mini', '2025-01-31', 1_100_000n],
    ['mistral', 'mistral-large-latest', '2025-12-01', 2_000_000n],
    ['mistral', 'mistral-large-latest', '2025-12-02', 500_000n],
    ['mistral', 'mistral-large-2411', '2026-01-01', 2_000_000n],
    ['mistral', 'mistral-small-latest', '2026-03-15', 100_000n],
    ['mistral', 'mistral-small-latest', '2026-03-16', 150_000n],
    ['mistral', 'mistral-medium', '2026-06-20', 'unpriced'],
    ['mistral', 'mistral-medium', '2026-07-01', 1_500_000n],
    ['x-ai', 'grok-4.20-0309-reasoning', '2026-06-18', 'unpriced'],
    ['x-ai', 'grok-4.20-0309-reasoning', '2026-06-19', 2_500_000n],
  ])('dates the prices of %s %s: %s', (provider, model, on, expected) => {
    expect(inputRate({ provider, model, on })).toBe(expected);
  });

  it.each([
    ['anthropic', 'claude-sonnet-4-20250514', 200_000, 600_000_000_000n],
    ['anthropic', 'claude-sonnet-4-20250514', 200_001, 1_200_006_000_000n],
    ['aws', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_000, 660_000_000_000n],
    ['aws', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_001, 1_320_006_600_000n],
    ['google', 'claude-sonnet-4@20250514', 200_001, 1_200_006_000_000n],
    // "From 128,000 tokens on" where others say "above".
    ['x-ai', 'grok-4', 127_999, 383_997_000_000n],
    ['x-ai', 'grok-4-0709', 128_000, 768_000_000_000n],
  ])('knows the size tiers that the library lacks: %s %s at %d', (provider, model, inputTokens, expected) => {
    expect(rate({ provider, model, units: { input_tokens: inputTokens } }).costPicoUsd).toBe(expected);
  });

  it.each([
    ['aws', 'global.anthropic.claude-haiku-4-5-20251001-v1:0', 2_000_000_000_000n],
    ['aws', 'eu.anthropic.claude-opus-4-8-v1:0', 11_000_000_000_000n],
    ['aws', 'us.anthropic.claude-fable-5', 22_000_000_000_000n],
    ['google', 'claude-opus-4-7@default', 10_000_000_000_000n],
    ['google', 'claude-opus-4-1@20250805', 30_000_000_000_000n],
    ['anthropic', 'claude-opus-4-1', 30_000_000_000_000n],
  ])('charges cache writes that live an hour at their own rate: %s %s', (provider, model, expected) => {
    const units = { cache_write_1h_tokens: 1_000_000 };
    expect(rate({ provider, model, units }).costPicoUsd).toBe(expected);
  });

  it('takes no price from another seller', () => {
    expect(inputRate({ provider: 'openai', model: 'gpt-oss-120b' })).toBe('unpriced');
    expect(inputRate({ provider: 'azure', model: 'gpt-oss-120b' })).toBe(150_000n);
    expect(inputRate({ provider: 'azure', model: 'azure_ai/Phi-4' })).toBe(125_000n);
    expect(inputRate({ provider: 'groq', model: 'openai/gpt-oss-safeguard-20b' })).toBe(75_000n);
    expect(inputRate({ provider: 'deepseek', model: 'deepseek-v3.2' })).toBe('unpriced');
  });

  it('leaves what only looks like a known name unpriced', () => {
    expect(inputRate({ provider: 'anthropic', model: 'claude-sonnet-4-50' })).toBe('unpriced');
    expect(inputRate({ provider: 'openai', model: 'gpt-4o-mini-2' })).toBe('unpriced');
    expect(inputRate({ provider: 'azure', model: 'deepseek-chat' })).toBe('unpriced');
  });

  it('finds at a reseller the model itself, not the shorter name that the library stops at', () => {
    expect(inputRate({ provider: 'azure', model: 'o4-mini-2025-04-16' })).toBe(1_100_000n);
    expect(inputRate({ provider: 'azure', model: 'o4-mini-deep-research' })).toBe(2_000_000n);
  });

  it('tells titan-embed-text-v2 from v1', () => {
    expect(inputRate({ provider: 'aws', model: 'amazon.titan-embed-text-v1' })).toBe(100_000n);
    expect(inputRate({ provider: 'aws', model: 'amazon.titan-embed-text-v2:0' })).toBe(20_000n);
  });

  it('leaves a hosted price away from a bare open-weight name', () => {
    expect(inputRate({ model: 'mistral-7b' })).toBe('unpriced');
    expect(inputRate({ provider: 'self-hosted', model: 'llama-3-8b' })).toBe('unpriced');
    expect(inputRate({ provider: 'mistral', model: 'mistral-7b' })).toBe(250_000n);
  });

  it('resolves a missing provider only for names of one vendor, and stores it', () => {
    const rating = rate({ provider: null, model: 'gpt-4o-mini' });
    expect(rating.price).toMatchObject({ provider: 'openai', modelId: 'gpt-4o-mini', method: 'exact', tier: null });
    expect(rate({ model: 'bedrock/amazon.nova-micro-v1:0' }).price?.provider).toBe('aws');
    expect(rate({ model: 'openrouter/openai/gpt-4o' }).price?.provider).toBe('openrouter');
  });

  it('prices a service tier by its own rows, and one that nobody quotes not at all', () => {
    const tiers = ['default', 'batch', 'flex', 'priority', 'scale'];
    expect(tiers.map((serviceTier) => inputRate({ provider: 'openai', model: 'gpt-5', serviceTier }))).toEqual([
      1_250_000n,
      625_000n,
      625_000n,
      2_500_000n,
      'unpriced',
    ]);
    expect(inputRate({ provider: 'openai', model: 'gpt-4', serviceTier: 'flex' })).toBe('unpriced');
  });

  it('prices fine-tuned models and their training by rows of their own', () => {
    const training = { units: { training_tokens: 1_000_000 } };
    expect(inputRate({ provider: 'openai', model: 'ft:gpt-4o-mini-2024-07-18:org::abc' })).toBe(300_000n);
    expect(inputRate({ provider: 'openai', model: 'gpt-4o-2024-08-06', ...training })).toBe(25_000_000n);
    expect(inputRate({ provider: 'openai', model: 'gpt-4o-mini-2024-07-18', ...training })).toBe(3_000_000n);
    expect(inputRate({ provider: 'openai', model: 'gpt-4o', ...training })).toBe(25_000_000n);
    expect(inputRate({ provider: 'openai', model: 'gpt-4o', on: '2024-08-19', ...training })).toBe('unpriced_unit');
    expect(inputRate({ provider: 'openai', model: 'ft:gpt-5:org::abc' })).toBe('unpriced');
  });

  it('prices Bedrock profiles by their own rows, and others only where the list holds', () => {
    const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';
    expect(inputRate({ provider: 'aws', model: `us.${haiku}` })).toBe(1_100_000n);
    expect(inputRate({ provider: 'aws', model: `global.${haiku}` })).toBe(1_000_000n);
    expect(inputRate({ provider: 'aws', model: 'us.amazon.nova-lite-v1:0' })).toBe(60_000n);
    expect(inputRate({ provider: 'aws', model: 'eu.amazon.nova-lite-v1:0' })).toBe('unpriced');
    expect(inputRate({ provider: 'aws', model: 'amazon.nova-lite-v1:0', region: 'eu-west-1' })).toBe('unpriced');
    expect(inputRate({ provider: 'aws', model: 'amazon.nova-lite-v1:0', region: 'us-east-1' })).toBe(60_000n);
  });

  it('reads the region of a route, and prices it only where the list holds', () => {
    const llama = 'meta.llama3-70b-instruct-v1:0';
    expect(inputRate({ model: `bedrock/us-east-1/${llama}` })).toBe(2_650_000n);
    expect(inputRate({ model: `bedrock/ap-south-1/${llama}` })).toBe('unpriced');
    expect(inputRate({ provider: 'aws', model: `bedrock/ap-south-1/${llama}` })).toBe('unpriced');
    expect(inputRate({ provider: 'aws', model: `arn:aws:bedrock:eu-west-2::foundation-model/${llama}` })).toBe(
      'unpriced',
    );
    expect(inputRate({ model: `arn:aws:bedrock:us-west-2::foundation-model/${llama}` })).toBe(2_650_000n);
    expect(inputRate({ model: 'azure/global/gpt-4o-2024-11-20' })).toBe(2_500_000n);
    // Data zones cost a tenth more: 2.5 and 1.1.
    expect(inputRate({ model: 'azure/eu/gpt-4o-2024-11-20' })).toBe(2_750_000n);
    expect(inputRate({ provider: 'azure', model: 'azure/us/o4-mini-2025-04-16' })).toBe(1_210_000n);
    expect(inputRate({ provider: 'azure', model: 'gpt-4o', region: 'westeurope' })).toBe('unpriced');
  });

  it('has no price of the government regions, which cost more', () => {
    const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';
    expect(inputRate({ provider: 'aws', model: `us-gov.${haiku}` })).toBe('unpriced');
    expect(inputRate({ provider: 'aws', model: haiku, region: 'us-gov-west-1' })).toBe('unpriced');
    expect(inputRate({ provider: 'aws', model: `bedrock/us-gov-east-1/${haiku}` })).toBe('unpriced');
  });

  it('prices a pinned region only where it is known to cost the same', () => {
    expect(inputRate({ provider: 'openai', model: 'gpt-4o-mini', region: 'eu' })).toBe(150_000n);
    // A million tokens are above the tier of 272,000: 10 + 10 %.
    expect(inputRate({ provider: 'openai', model: 'gpt-5.5', region: 'eu' })).toBe(11_000_000n);
    expect(inputRate({ provider: 'anthropic', model: 'claude-opus-4-6', region: 'mars' })).toBe('unpriced');
    expect(inputRate({ provider: 'azure', model: 'gpt-4o', region: 'westeurope' })).toBe('unpriced');
    expect(inputRate({ provider: 'google', model: 'gemini-2.5-pro', region: 'global' })).toBe(2_500_000n);
  });

  it('prices audio at its own rate, never as text', () => {
    const units = { input_tokens: 1_000_000, input_audio_tokens: 1_000_000 };
    expect(rate({ provider: 'openai', model: 'gpt-4o-audio-preview', units }).costPicoUsd).toBe(42_500_000_000_000n);
    expect(rate({ provider: 'openai', model: 'gpt-4o-mini-audio-preview', units }).costPicoUsd).toBe(
      10_150_000_000_000n,
    );
    expect(rate({ provider: 'openai', model: 'gpt-4o-mini', units })).toMatchObject({
      status: 'partially_priced',
      costPicoUsd: 150_000_000_000n,
      unpricedUnits: ['input_audio_tokens'],
    });
    expect(rate({ provider: 'openai', model: 'gpt-4o-transcribe', units }).costPicoUsd).toBe(8_500_000_000_000n);
  });

  it('charges images in a Gemini prompt as text, and audio where the vendor quotes one price for all', () => {
    const units = { input_tokens: 1000, input_image_tokens: 1000, input_audio_tokens: 1000 };
    // Flash: 1,000 x (0.3 + 0.3 + 1); Pro: 3,000 x 1.25
    expect(rate({ provider: 'google', model: 'gemini-2.5-flash', units }).costPicoUsd).toBe(1_600_000_000n);
    expect(rate({ provider: 'google', model: 'gemini-2.5-pro', units }).costPicoUsd).toBe(3_750_000_000n);
    expect(rate({ provider: 'google', model: 'gemini-2.5-pro', serviceTier: 'batch', units }).costPicoUsd).toBe(
      1_875_000_000n,
    );
    expect(rate({ provider: 'google', model: 'gemini-3.7-flash', units }).status).toBe('partially_priced');
  });

  it('says what a model is and holds, and where that can be read', () => {
    const facts = (provider: string, model: string) => bundledCatalog().find(provider, model)?.model.facts;
    expect(facts('openai', 'gpt-4o')).toMatchObject({ kind: 'chat', contextTokens: 128_000, maxOutputTokens: 16_384 });
    expect(facts('voyageai', 'voyage-3.5')).toMatchObject({ kind: 'embedding', maxOutputTokens: null });
    expect(facts('groq', 'whisper-large-v3')?.kind).toBe('audio');
    const sourced = [...bundledCatalog().models()].filter((model) => model.facts !== null);
    expect(sourced.length).toBeGreaterThan(800);
    expect(sourced.filter((model) => (model.facts?.source ?? '').length < 10)).toEqual([]);
  });

  it('charges nothing for what is free by name, and knows no price for what merely lacks one', () => {
    expect(inputRate({ provider: 'openrouter', model: 'qwen/qwq-32b:free' })).toBe(0n);
    expect(inputRate({ provider: 'cerebras', model: 'qwen-3-coder-480b' })).toBe('unpriced');
  });
});
