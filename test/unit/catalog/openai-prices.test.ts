import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { OPENAI_MODELS } from '../../../lib/catalog/own-rows-openai.ts';
import { parseDecimal } from '../../../lib/domain/decimal.ts';
import { formatUsd } from '../../../lib/domain/money.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import type { CatalogRow } from '../../../lib/domain/prices/price-catalog.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { counts } from '../../helpers/pricing.ts';

const catalog = bundledCatalog();
const book = createPriceBook({ catalog });

interface Terms {
  readonly on?: string;
  readonly tier?: string;
  readonly region?: string;
  readonly provider?: string;
}

function rate(model: string, units: Readonly<Record<string, number>>, terms: Terms = {}) {
  const { on = '2026-11-21', tier = null, region = null, provider = 'openai' } = terms;
  const timeMs = Date.parse(on);
  return rateUsage(book, { provider, model, timeMs, serviceTier: tier, region, usage: counts(units) });
}

/** USD of a call, or the status where it is not wholly priced. Counts are those of the units apart from each other. */
function usd(model: string, units: Readonly<Record<string, number>>, terms: Terms = {}): string {
  const { status, costPicoUsd } = rate(model, units, terms);
  return status === 'priced' && costPicoUsd !== null ? formatUsd(costPicoUsd) : status;
}

const THOUSANDS = { input_tokens: 1000, cache_read_tokens: 1000, output_tokens: 1000 };

describe('batch', () => {
  it.each([
    // 1,000 x (0.075 + 0.075 + 0.3): the vendor gives no cache discount in a batch of these models
    ['gpt-4o-mini', '0.00045'],
    ['gpt-4o-mini-2024-07-18', '0.00045'],
    // 1,000 x (1.25 + 1.25 + 5)
    ['gpt-4o', '0.0075'],
    ['gpt-4o-2024-08-06', '0.0075'],
    ['gpt-4o-2024-11-20', '0.0075'],
    // 1,000 x (1 + 1 + 4)
    ['gpt-4.1', '0.006'],
    ['gpt-4.1-mini-2025-04-14', '0.0012'], // 1,000 x (0.2 + 0.2 + 0.8)
    ['gpt-4.1-nano', '0.0003'], // 1,000 x (0.05 + 0.05 + 0.2)
    ['o1', '0.045'], // 1,000 x (7.5 + 7.5 + 30)
    ['o3', '0.006'], // 1,000 x (1 + 1 + 4)
    ['o3-mini', '0.0033'], // 1,000 x (0.55 + 0.55 + 2.2)
    ['o4-mini-2025-04-16', '0.0033'],
    // From GPT-5 on cached input has a batch price: 1,000 x (0.625 + 0.0625 + 5)
    ['gpt-5', '0.0056875'],
    ['gpt-5.1', '0.0056875'],
    ['gpt-5-mini', '0.0011375'], // 1,000 x (0.125 + 0.0125 + 1)
    ['gpt-5-nano-2025-08-07', '0.0002275'], // 1,000 x (0.025 + 0.0025 + 0.2)
    ['gpt-5.2', '0.0079625'], // 1,000 x (0.875 + 0.0875 + 7)
    ['gpt-5.4', '0.00888'], // 1,000 x (1.25 + 0.13 + 7.5), the list's 0.13 for half of 0.25
    ['gpt-5.4-mini', '0.0026625'], // 1,000 x (0.375 + 0.0375 + 2.25)
    ['gpt-5.4-nano', '0.000735'], // 1,000 x (0.1 + 0.01 + 0.625)
    ['gpt-5.5', '0.01775'], // 1,000 x (2.5 + 0.25 + 15)
    ['gpt-5.6-sol', '0.0122'], // 1,000 x (2 + 0.2 + 10)
    ['gpt-6-astra', '0.0305'], // 1,000 x (5 + 0.5 + 25)
    ['gpt-6-sol', '0.0061'], // 1,000 x (1 + 0.1 + 5)
    ['gpt-6-luna', '0.000305'], // 1,000 x (0.05 + 0.005 + 0.25)
  ])('of %s, a thousand tokens of each kind, is %s', (model, expected) => {
    expect(usd(model, THOUSANDS, { tier: 'batch' })).toBe(expected);
  });

  it.each([
    ['gpt-3.5-turbo', '0.001'], // 1,000 x (0.25 + 0.75)
    ['gpt-3.5-turbo-0125', '0.001'],
    ['gpt-3.5-turbo-1106', '0.003'], // 1,000 x (1 + 2): no discount in the list
    ['gpt-4', '0.045'], // 1,000 x (15 + 30)
    ['gpt-4-turbo', '0.02'], // 1,000 x (5 + 15)
    ['gpt-4o-2024-05-13', '0.01'], // 1,000 x (2.5 + 7.5)
    ['gpt-5-pro', '0.0675'], // 1,000 x (7.5 + 60)
    ['gpt-5.2-pro', '0.0945'], // 1,000 x (10.5 + 84)
    ['gpt-5.4-pro', '0.105'], // 1,000 x (15 + 90)
    ['o1-pro', '0.375'], // 1,000 x (75 + 300)
    ['o3-pro', '0.05'], // 1,000 x (10 + 40)
  ])('of %s, which has no cached input, is %s', (model, expected) => {
    expect(usd(model, { input_tokens: 1000, output_tokens: 1000 }, { tier: 'batch' })).toBe(expected);
    expect(usd(model, THOUSANDS, { tier: 'batch' })).toBe('partially_priced');
  });

  it.each([
    ['text-embedding-3-small', '0.00001'], // 1,000 x 0.01
    ['text-embedding-3-large', '0.000065'], // 1,000 x 0.065
    ['text-embedding-ada-002', '0.00005'], // 1,000 x 0.05
  ])('of %s is %s', (model, expected) => {
    expect(usd(model, { input_tokens: 1000 }, { tier: 'batch' })).toBe(expected);
  });

  it('of a large request is that of large requests', () => {
    // 272,001 x 2.5 + 10 x 11.25 = 680,115
    expect(usd('gpt-5.4', { input_tokens: 272_001, output_tokens: 10 }, { tier: 'batch' })).toBe('0.680115');
    // 271,999 x 1.25 + 10 x 7.5 = 340,073.75
    expect(usd('gpt-5.4', { input_tokens: 271_999, output_tokens: 10 }, { tier: 'batch' })).toBe('0.34007375');
  });

  it('is not sold for models that are not in its list', () => {
    for (const model of ['gpt-5-chat-latest', 'gpt-5-codex', 'gpt-4o-mini-search-preview', 'chatgpt-4o-latest']) {
      expect(usd(model, { input_tokens: 1000 }, { tier: 'batch' })).toBe('unpriced');
    }
  });
});

describe('flex and priority', () => {
  it.each([
    // 1,000 x (0.625 + 5), the given case, and with cached input 1,000 x 0.0625 more
    ['gpt-5', 'flex', '0.0056875'],
    ['gpt-5', 'priority', '0.02275'], // 1,000 x (2.5 + 0.25 + 20)
    ['gpt-5-mini', 'flex', '0.0011375'], // 1,000 x (0.125 + 0.0125 + 1)
    ['gpt-5-mini', 'priority', '0.004095'], // 1,000 x (0.45 + 0.045 + 3.6)
    ['gpt-5-nano', 'flex', '0.0002275'], // 1,000 x (0.025 + 0.0025 + 0.2)
    ['gpt-5-codex', 'priority', '0.02275'],
    ['gpt-5.1', 'flex', '0.0056875'],
    ['gpt-5.2', 'priority', '0.03185'], // 1,000 x (3.5 + 0.35 + 28)
    ['gpt-5.3-codex', 'priority', '0.03185'],
    ['gpt-5.4', 'flex', '0.00888'], // 1,000 x (1.25 + 0.13 + 7.5)
    ['gpt-5.4', 'priority', '0.0355'], // 1,000 x (5 + 0.5 + 30)
    // 1,000 x (12.5 + 1.25 + 75): the vendor's page; LiteLLM has 10 + 1 + 60
    ['gpt-5.5', 'priority', '0.08875'],
    ['gpt-5.6-sol', 'priority', '0.0488'], // 1,000 x (8 + 0.8 + 40)
    ['gpt-4o', 'priority', '0.023375'], // 1,000 x (4.25 + 2.125 + 17)
    ['gpt-4o-mini', 'priority', '0.001375'], // 1,000 x (0.25 + 0.125 + 1)
    ['gpt-4.1', 'priority', '0.018375'], // 1,000 x (3.5 + 0.875 + 14)
    ['o3', 'flex', '0.00525'], // 1,000 x (1 + 0.25 + 4)
    ['o3', 'priority', '0.018375'],
    // 1,000 x (0.55 + 0.138 + 2.2): the list rounds 0.1375 up
    ['o4-mini', 'flex', '0.002888'],
    ['o4-mini', 'priority', '0.0105'], // 1,000 x (2 + 0.5 + 8)
  ])('of %s by %s, a thousand tokens of each kind, is %s', (model, tier, expected) => {
    expect(usd(model, THOUSANDS, { tier })).toBe(expected);
  });

  it('rate the given case of gpt-5 under flex', () => {
    // 1,000 x 0.625 + 1,000 x 5
    expect(usd('gpt-5', { input_tokens: 1000, output_tokens: 1000 }, { tier: 'flex' })).toBe('0.005625');
  });

  it('are not sold where the list has none', () => {
    for (const [model, tier] of [
      ['gpt-4o', 'flex'],
      ['gpt-5-nano', 'priority'],
      ['gpt-5-chat-latest', 'flex'],
      ['gpt-5.1-codex-max', 'priority'],
      ['gpt-6-sol', 'priority'],
      ['gpt-3.5-turbo', 'priority'],
    ] as const) {
      expect(usd(model, { input_tokens: 1000 }, { tier })).toBe('unpriced');
    }
  });

  it('knows priority as fast from the day of its renaming', () => {
    const units = { input_tokens: 1000 }; // x 2.5
    expect(usd('gpt-5', units, { tier: 'fast', on: '2026-07-29T23:59:59Z' })).toBe('unpriced');
    expect(usd('gpt-5', units, { tier: 'fast', on: '2026-07-30' })).toBe('0.0025');
  });

  it('charges searches what they cost under the default tier', () => {
    // 2 x 10 / 1,000
    for (const tier of ['default', 'batch', 'flex', 'priority']) {
      expect(usd('gpt-5', { web_searches: 2 }, { tier })).toBe('0.02');
    }
  });

  it.each([
    ['gpt-5.6-sol', '2026-08-20T23:59:59Z', '0.0025', '0.01'],
    ['gpt-5.6-sol', '2026-08-21', '0.002', '0.008'],
    ['gpt-5.6-terra', '2026-07-29', '0.00125', '0.005'],
    ['gpt-5.6-terra', '2026-07-30', '0.001', '0.004'],
    ['gpt-5.6-luna', '2026-07-29', '0.0005', '0.002'],
    ['gpt-5.6-luna', '2026-07-30', '0.0001', '0.0004'],
  ])('follow the price of %s on %s: half and twice', (model, on, flex, priority) => {
    expect(usd(model, { input_tokens: 1000 }, { on, tier: 'flex' })).toBe(flex);
    expect(usd(model, { input_tokens: 1000 }, { on, tier: 'priority' })).toBe(priority);
  });
});

describe('every tier of our rows', () => {
  const isInForce = ({ fromMs, toMs }: CatalogRow, timeMs: number): boolean =>
    (fromMs ?? Number.NEGATIVE_INFINITY) <= timeMs && timeMs < (toMs ?? Number.POSITIVE_INFINITY);
  const amount = (text: string): number => {
    const { digits, scale } = parseDecimal(text) ?? { digits: -1n, scale: 0 };
    return Number(digits) / 10 ** scale;
  };

  it('costs at most the default price in a batch or by flex, more by priority, for input and output', () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const day of ['2024-09-01', '2025-05-01', '2026-02-01', '2026-07-01', '2026-11-21']) {
      for (const { model } of OPENAI_MODELS) {
        const rows = (catalog.find('openai', model)?.model.rows() ?? []).filter((row) =>
          isInForce(row, Date.parse(day)),
        );
        for (const row of rows.filter(({ unit }) => unit === 'input_tokens' || unit === 'output_tokens')) {
          const standard = rows.findLast((it) => it.serviceTier === 'default' && it.unit === row.unit);
          if (row.serviceTier === 'default' || standard === undefined) continue;
          compared += 1;
          const [own, usual] = [amount(row.rate), amount(standard.rate)];
          const isCheaper = row.serviceTier === 'batch' || row.serviceTier === 'flex';
          if (isCheaper ? own > usual : own <= usual) wrong.push(`${model} ${row.serviceTier} ${row.unit} on ${day}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(300);
  });
});

describe('fine-tuned models', () => {
  it.each([
    // 1,000 x 0.3 + 200 x 1.2, the given case
    ['ft:gpt-4o-mini-2024-07-18:org::abc', { input_tokens: 1000, output_tokens: 200 }, '0.00054'],
    // 1,000 x (0.3 + 0.15 + 1.2)
    ['ft:gpt-4o-mini-2024-07-18:org::abc', THOUSANDS, '0.00165'],
    // 1,000 x (3.75 + 1.875 + 15)
    ['ft:gpt-4o-2024-08-06:org:support:abc', THOUSANDS, '0.020625'],
    ['ft:gpt-4.1-2025-04-14:org::abc', THOUSANDS, '0.01575'], // 1,000 x (3 + 0.75 + 12)
    ['ft:gpt-4.1-mini-2025-04-14:org::abc', THOUSANDS, '0.0042'], // 1,000 x (0.8 + 0.2 + 3.2)
    ['ft:gpt-4.1-nano-2025-04-14:org::abc', THOUSANDS, '0.00105'], // 1,000 x (0.2 + 0.05 + 0.8)
    ['ft:o4-mini-2025-04-16:org::abc', THOUSANDS, '0.021'], // 1,000 x (4 + 1 + 16)
    ['ft:gpt-3.5-turbo-0125:org::abc', { input_tokens: 1000, output_tokens: 1000 }, '0.009'], // 1,000 x (3 + 6)
    ['ft:davinci-002:org::abc', { input_tokens: 1000, output_tokens: 1000 }, '0.024'], // 1,000 x (12 + 12)
    // A mistaken base must not fall back on the base model's price.
    ['ft:gpt-4o-2024-11-20:org::abc', THOUSANDS, 'unpriced'],
  ])('%s %j is %s', (model, units, expected) => {
    expect(usd(model, units)).toBe(expected);
  });

  it('cost in a batch what the list says, which is not always half', () => {
    // 1,000 x (0.15 + 0.075 + 0.6)
    expect(usd('ft:gpt-4o-mini-2024-07-18:org::abc', THOUSANDS, { tier: 'batch' })).toBe('0.000825');
    // 1,000 x (2.225 + 0.9 + 12.5)
    expect(usd('ft:gpt-4o-2024-08-06:org::abc', THOUSANDS, { tier: 'batch' })).toBe('0.015625');
  });

  it('of GPT-3.5 became cheaper on 2023-11-06', () => {
    const units = { input_tokens: 1000, output_tokens: 1000 };
    const model = 'ft:gpt-3.5-turbo-0613:org::abc';
    expect(usd(model, units, { on: '2023-11-05' })).toBe('0.028'); // 1,000 x (12 + 16)
    expect(usd(model, units, { on: '2023-11-06' })).toBe('0.009'); // 1,000 x (3 + 6)
  });

  it.each([
    ['ft:gpt-4o-mini-2024-07-18:org::abc', '3'],
    ['gpt-4o-mini-2024-07-18', '3'],
    ['gpt-4o-2024-08-06', '25'],
    ['gpt-4.1-2025-04-14', '25'],
    ['gpt-4.1-mini-2025-04-14', '5'],
    ['gpt-4.1-nano-2025-04-14', '1.5'],
    ['gpt-3.5-turbo', '8'],
    ['gpt-3.5-turbo-0125', '8'],
    ['davinci-002', '6'],
    // Trained by the hour, which no unit can say.
    ['o4-mini-2025-04-16', 'unpriced_unit'],
  ])('training %s costs %s a million tokens', (model, expected) => {
    expect(usd(model, { training_tokens: 1_000_000 })).toBe(expected);
  });
});

describe('speech and transcription', () => {
  it.each([
    ['tts-1', { input_characters: 2000 }, '0.03'], // x 15 / 1,000,000
    ['tts-1-hd', { input_characters: 2000 }, '0.06'],
    ['tts-1-1106', { input_characters: 2000 }, '0.03'],
    // 10 x 0.6 + 1,000 x 12: audio however it is reported
    ['gpt-4o-mini-tts', { input_tokens: 10, output_audio_tokens: 1000 }, '0.012006'],
    ['gpt-4o-mini-tts-2025-12-15', { input_tokens: 10, output_tokens: 1000 }, '0.012006'],
    // 10 x 2.5 + 1,000 x 6 + 100 x 10
    ['gpt-4o-transcribe', { input_tokens: 10, input_audio_tokens: 1000, output_tokens: 100 }, '0.007025'],
    // 10 x 1.25 + 1,000 x 3 + 100 x 5
    ['gpt-4o-mini-transcribe', { input_tokens: 10, input_audio_tokens: 1000, output_tokens: 100 }, '0.0035125'],
  ])('%s %j is %s', (model, units, expected) => {
    expect(usd(model, units)).toBe(expected);
  });

  it.each([
    ['whisper-1', 90n, 9_000_000_000n], // 90 x 0.006 / 60 = 0.009
    ['gpt-realtime-whisper', 90n, 25_500_000_000n], // 90 x 0.017 / 60 = 0.0255
    ['gpt-live-1', 6n, 5_000_000_000n], // 6 x 0.05 / 60 = 0.005
  ])('%s is billed by the second', (model, seconds, expected) => {
    const usage = { counts: new Map<string, bigint>(), audioSeconds: { digits: seconds, scale: 0 } };
    const call = { provider: 'openai', model, timeMs: Date.parse('2026-11-21'), usage };
    expect(rateUsage(book, call)).toMatchObject({ status: 'priced', costPicoUsd: expected });
  });
});

describe('images', () => {
  it.each([
    // 50 x 5 + 300 x 10 + 4,160 x 40 = 169,650
    ['gpt-image-1', { input_tokens: 50, input_image_tokens: 300, output_image_tokens: 4160 }, '0.16965'],
    ['gpt-image-1', { input_tokens: 50, input_image_tokens: 300, output_tokens: 4160 }, '0.16965'],
    // 100 x 1.25
    ['gpt-image-1', { cache_read_tokens: 100 }, '0.000125'],
    // 50 x 2 + 300 x 2.5 + 1,000 x 8 = 8,850
    ['gpt-image-1-mini', { input_tokens: 50, input_image_tokens: 300, output_image_tokens: 1000 }, '0.00885'],
    // 50 x 5 + 1,000 x 32 + 10 x 10 = 32,350
    ['gpt-image-1.5', { input_tokens: 50, output_image_tokens: 1000, output_tokens: 10 }, '0.03235'],
    // 300 x 8 + 1,000 x 30 = 32,400
    ['gpt-image-2', { input_image_tokens: 300, output_image_tokens: 1000 }, '0.0324'],
    ['gpt-image-2.5-flare', { input_image_tokens: 300, output_image_tokens: 1000 }, '0.0324'],
    // The price of a picture depends on its size and quality, which the unit does not tell.
    ['dall-e-3', { images: 1 }, 'unpriced'],
    ['gpt-image-1', { images: 1 }, 'unpriced_unit'],
  ])('%s %j is %s', (model, units, expected) => {
    expect(usd(model, units)).toBe(expected);
  });

  it('cost half in a batch', () => {
    // 50 x 2.5 + 300 x 5 + 4,160 x 20 = 84,825
    const units = { input_tokens: 50, input_image_tokens: 300, output_image_tokens: 4160 };
    expect(usd('gpt-image-1', units, { tier: 'batch' })).toBe('0.084825');
  });
});

describe('names over time', () => {
  it.each([
    // 1,000 x (2 + 2), then 1,000 x (1.5 + 2), then 1,000 x (0.5 + 1.5)
    ['gpt-3.5-turbo', '2023-03-01', '0.004'],
    ['gpt-3.5-turbo', '2023-06-12T23:59:59Z', '0.004'],
    ['gpt-3.5-turbo', '2023-06-13', '0.0035'],
    ['gpt-3.5-turbo', '2024-02-15T23:59:59Z', '0.0035'],
    ['gpt-3.5-turbo', '2024-02-16', '0.002'],
    ['gpt-3.5-turbo-0301', '2023-05-01', '0.004'],
    ['gpt-3.5-turbo-0301', '2023-06-13', '0.0035'],
    ['gpt-3.5-turbo-0613', '2023-12-01', '0.0035'],
    ['gpt-3.5-turbo-16k', '2023-12-01', '0.007'], // 1,000 x (3 + 4)
    ['gpt-3.5-turbo-16k-0613', '2023-12-01', '0.007'],
    ['gpt-3.5-turbo-1106', '2023-12-01', '0.003'], // 1,000 x (1 + 2)
    ['gpt-3.5-turbo-0125', '2024-02-01', '0.002'],
    ['gpt-4o', '2024-10-01T23:59:59Z', '0.02'], // 1,000 x (5 + 15)
    ['gpt-4o', '2024-10-02', '0.0125'], // 1,000 x (2.5 + 10)
    ['gpt-4o-2024-05-13', '2026-11-21', '0.02'],
    ['gpt-4o-2024-08-06', '2024-08-06', '0.0125'],
    ['gpt-4o-2024-11-20', '2024-11-20', '0.0125'],
    ['chatgpt-4o-latest', '2025-03-01', '0.02'],
    ['gpt-4', '2023-04-01', '0.09'], // 1,000 x (30 + 60)
    ['gpt-4-turbo', '2024-05-01', '0.04'], // 1,000 x (10 + 30)
    ['o1-mini', '2025-01-30', '0.015'], // 1,000 x (3 + 12)
    ['o1-mini', '2025-01-31', '0.0055'], // 1,000 x (1.1 + 4.4)
    ['o3', '2025-06-09T23:59:59Z', '0.05'], // 1,000 x (10 + 40)
    ['o3', '2025-06-10', '0.01'], // 1,000 x (2 + 8)
  ])('%s on %s: a thousand tokens in and out are %s', (model, on, expected) => {
    expect(usd(model, { input_tokens: 1000, output_tokens: 1000 }, { on })).toBe(expected);
  });

  it('of gpt-4o decide the batch price too', () => {
    const units = { input_tokens: 1000, output_tokens: 1000 };
    expect(usd('gpt-4o', units, { tier: 'batch', on: '2024-10-01' })).toBe('0.01'); // 1,000 x (2.5 + 7.5)
    expect(usd('gpt-4o', units, { tier: 'batch', on: '2024-10-02' })).toBe('0.00625'); // 1,000 x (1.25 + 5)
  });

  it('cut all prices of o3 on 2025-06-10, cached input and tiers among them', () => {
    const before = { on: '2025-06-09T23:59:59Z' };
    // 1,000 x (10 + 2.5 + 40), then 1,000 x (2 + 0.5 + 8)
    expect(usd('o3', THOUSANDS, before)).toBe('0.0525');
    expect(usd('o3-2025-04-16', THOUSANDS, { on: '2025-06-10' })).toBe('0.0105');
    // 1,000 x (5 + 20); of cached input under flex no price of that time is known
    expect(usd('o3', { input_tokens: 1000, output_tokens: 1000 }, { ...before, tier: 'flex' })).toBe('0.025');
    expect(usd('o3', THOUSANDS, { ...before, tier: 'flex' })).toBe('partially_priced');
    expect(usd('o3', { input_tokens: 1000 }, { ...before, tier: 'priority' })).toBe('unpriced');
  });
});

describe('audio', () => {
  it.each([
    // 1,000 x 2.5 + 1,000 x 40 + 1,000 x 80 = 122,500
    ['gpt-4o-audio-preview', '2026-11-21', '0.1225'],
    ['gpt-4o-audio-preview-2024-12-17', '2025-01-10', '0.1225'],
    ['gpt-4o-audio-preview-2025-06-03', '2025-07-01', '0.1225'],
    // 1,000 x (2.5 + 100 + 200), also after the price of the bare name fell
    ['gpt-4o-audio-preview-2024-10-01', '2024-11-01', '0.3025'],
    ['gpt-4o-audio-preview-2024-10-01', '2025-09-01', '0.3025'],
    ['gpt-4o-mini-audio-preview', '2025-03-01', '0.03015'], // 1,000 x (0.15 + 10 + 20)
    ['gpt-4o-realtime-preview-2024-10-01', '2024-11-01', '0.305'], // 1,000 x (5 + 100 + 200)
    ['gpt-4o-realtime-preview-2024-12-17', '2025-01-10', '0.125'], // 1,000 x (5 + 40 + 80)
    ['gpt-realtime', '2026-01-01', '0.1'], // 1,000 x (4 + 32 + 64)
    ['gpt-audio', '2026-01-01', '0.0985'], // 1,000 x (2.5 + 32 + 64)
  ])('of %s on %s has its own rates', (model, on, expected) => {
    const units = { input_tokens: 1000, input_audio_tokens: 1000, output_audio_tokens: 1000 };
    expect(usd(model, units, { on })).toBe(expected);
  });

  it('is left unpriced, never charged as text, where no rate is known', () => {
    const units = { input_tokens: 1000, input_audio_tokens: 1000, output_audio_tokens: 1000 };
    // Which release the bare name meant then is not known.
    expect(rate('gpt-4o-audio-preview', units, { on: '2025-01-01' })).toMatchObject({
      status: 'partially_priced',
      costPicoUsd: 2_500_000_000n, // 1,000 x 2.5
      unpricedUnits: ['input_audio_tokens', 'output_audio_tokens'],
    });
    for (const model of ['gpt-4o-audio-preview', 'gpt-4o', 'gpt-audio']) {
      expect(usd(model, { cache_audio_read_tokens: 1000 })).toBe('unpriced_unit');
    }
  });

  it('read from the cache has its own rate where the vendor sells it', () => {
    expect(usd('gpt-4o-realtime-preview', { cache_audio_read_tokens: 1000 })).toBe('0.0025');
    expect(usd('gpt-4o-realtime-preview-2024-10-01', { cache_audio_read_tokens: 1000 })).toBe('0.02');
    expect(usd('gpt-realtime', { cache_audio_read_tokens: 1000 })).toBe('0.0004');
  });
});

describe('regions', () => {
  it.each([
    ['gpt-5.4', 'eu', '0.00275'], // 1,000 x 2.5 x 1.1
    ['gpt-5.4-mini', 'us', '0.000825'], // 1,000 x 0.75 x 1.1
    ['gpt-5.5', 'jp', '0.0055'],
    ['gpt-6.1-terra', 'eu', '0.0011'],
    ['gpt-5.4', 'global', '0.0025'],
    // It only stores there; what that costs is not said.
    ['gpt-5.4', 'sg', 'unpriced'],
    // Released before 2026-03-05.
    ['gpt-5.2', 'eu', '0.00175'],
    ['gpt-4o-mini', 'eu', '0.00015'],
  ])('%s in %s: a thousand tokens are %s', (model, region, expected) => {
    expect(usd(model, { input_tokens: 1000 }, { region })).toBe(expected);
  });

  it('charge a tenth more under every tier', () => {
    // 1,000 x 1.25 x 1.1
    expect(usd('gpt-5.4', { input_tokens: 1000 }, { region: 'eu', tier: 'batch' })).toBe('0.001375');
  });
});

describe('what later models cost', () => {
  it.each([
    ['gpt-6.1-sol', 1000, '0.012'], // 1,000 x 2 + 1,000 x 10
    ['gpt-6.1-sol', 272_000, '0.554'], // 272,000 x 2 + 1,000 x 10
    ['gpt-6.1-sol', 272_001, '1.103004'], // 272,001 x 4 + 1,000 x 15
    ['gpt-6.1-terra', 272_001, '0.551502'], // 272,001 x 2 + 1,000 x 7.5
  ])('%s with %d tokens is %s', (model, inputTokens, expected) => {
    expect(usd(model, { input_tokens: inputTokens, output_tokens: 1000 })).toBe(expected);
  });
});

describe('what is known of the models of the guides', () => {
  it.each([
    ['gpt-4o-mini', 'chat', 128_000, 16_384],
    ['gpt-4o-mini-2024-07-18', 'chat', 128_000, 16_384],
    ['gpt-4o', 'chat', 128_000, 16_384],
    ['gpt-4o-2024-05-13', 'chat', 128_000, 4096],
    ['gpt-4', 'chat', 8192, 8192],
    ['gpt-4-turbo', 'chat', 128_000, 4096],
    ['gpt-3.5-turbo', 'chat', 16_385, 4096],
    ['gpt-5', 'chat', 400_000, 128_000],
    ['text-embedding-3-small', 'embedding', 8192, null],
  ])('%s: %s, %d tokens of context, at most %s out', (model, kind, contextTokens, maxOutputTokens) => {
    const facts = catalog.find('openai', model)?.model.facts;
    expect(facts).toMatchObject({ kind, contextTokens, maxOutputTokens });
    expect(facts?.source).toContain('openai');
  });
});
