import { describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../../lib/domain/events/usage-event.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateEvent, rateSaved, rateUsage } from '../../../lib/domain/rating/rating.ts';
import { linesOf } from '../../../lib/domain/rating/rating-lines.ts';
import { catalogOf, counts, overridesOf } from '../../helpers/pricing.ts';

const tiers = [{ over: 200_000, operator: '>', rate: '6' }];
const book = createPriceBook({
  catalog: catalogOf([
    { unit: 'input_tokens', rate: '3', tiers },
    { unit: 'cache_read_tokens', rate: '0.3', tiers: [{ ...tiers[0], rate: '0.6' }] },
    { unit: 'cache_write_tokens', rate: '3.75' },
    { unit: 'output_tokens', rate: '15', tiers: [{ ...tiers[0], rate: '22.5' }] },
    { model: 'inclusive', unit: 'input_tokens', rate: '1', tiers: [{ over: 272_000, operator: '>=', rate: '2' }] },
    { model: 'nova', unit: 'cache_read_tokens', rate: '0.00875' },
    { model: 'third', unit: 'requests', rate: '0.000000000001', per: 3 },
    { model: 'whisper', unit: 'audio_seconds', rate: '0.36', per: 3600, minimum: '10' },
    { model: 'half', unit: 'output_tokens', rate: '0.0000005' },
  ]),
});
const rate = (units: Record<string, number | bigint>, model = 'widget') =>
  rateUsage(book, { provider: 'acme', model, timeMs: 0, usage: counts(units) });

describe('rating', () => {
  it('adds input, cache write and output', () => {
    // 3 x 3/M + 12,304 x 3.75/M + 550 x 15/M = 0.000009 + 0.04614 + 0.00825
    const rating = rate({ input_tokens: 3, cache_write_tokens: 12_304, output_tokens: 550 });
    expect(rating).toMatchObject({ status: 'priced', costPicoUsd: 54_399_000_000n, listCostPicoUsd: 54_399_000_000n });
  });

  it('keeps a request of exactly the tier size at the base rates, and moves the whole request one token above', () => {
    // 200,000 x 3/M + 1,000 x 15/M = 0.615; 200,001 x 6/M + 1,000 x 22.5/M = 1.222506
    expect(rate({ input_tokens: 200_000, output_tokens: 1000 }).costPicoUsd).toBe(615_000_000_000n);
    expect(rate({ input_tokens: 200_001, output_tokens: 1000 }).costPicoUsd).toBe(1_222_506_000_000n);
  });

  it('reaches a tier written ">=" at its very size', () => {
    expect(rate({ input_tokens: 271_999 }, 'inclusive').costPicoUsd).toBe(271_999_000_000n);
    expect(rate({ input_tokens: 272_000 }, 'inclusive').costPicoUsd).toBe(544_000_000_000n);
  });

  it('reads each rate of a model by its own limit and operator', () => {
    const mixed = createPriceBook({
      catalog: catalogOf([
        { unit: 'input_tokens', rate: '1', tiers: [{ over: 1_000, operator: '>=', rate: '2' }] },
        { unit: 'output_tokens', rate: '10', tiers: [{ over: 1_000, operator: '>', rate: '20' }] },
      ]),
    });
    const cost = (input: number) =>
      rateUsage(mixed, {
        provider: 'acme',
        model: 'widget',
        timeMs: 0,
        usage: counts({ input_tokens: input, output_tokens: 1 }),
      }).costPicoUsd;
    expect(cost(999)).toBe(1_009_000_000n); // 999 x 1 + 10
    expect(cost(1_000)).toBe(2_010_000_000n); // 1,000 x 2 + 10
    expect(cost(1_001)).toBe(2_022_000_000n); // 1,001 x 2 + 20
  });

  it('counts cached tokens for the tier and moves their rate too', () => {
    // 200,001 tokens in all: 1 x 6/M + 200,000 x 0.6/M = 0.120006
    const rating = rate({ input_tokens: 1, cache_read_tokens: 200_000 });
    expect(rating.costPicoUsd).toBe(120_006_000_000n);
    expect(rating.price?.tier).toBe('>200000');
  });

  it('does not count output for the tier', () => {
    // 1,000 x 3/M + 250,000 x 15/M
    expect(rate({ input_tokens: 1000, output_tokens: 250_000 }).costPicoUsd).toBe(3_753_000_000_000n);
  });

  it('prices one cached Nova Micro token at 8.75e-9 USD', () => {
    expect(rate({ cache_read_tokens: 1 }, 'nova').costPicoUsd).toBe(8_750n);
  });

  it('rounds a call once, half to even', () => {
    // 0.5 picodollars a token: 1 -> 0, 3 -> 2, 5 -> 2
    expect([1, 3, 5].map((tokens) => rate({ output_tokens: tokens }, 'half').costPicoUsd)).toEqual([0n, 2n, 2n]);
    // a third of a picodollar a request: 2 -> 0.67 -> 1
    expect(rate({ requests: 2 }, 'third').costPicoUsd).toBe(1n);
  });

  it('takes counts of any size', () => {
    // 10^30 x 3/M = 3 x 10^24 USD
    expect(rate({ input_tokens: 10n ** 30n }).costPicoUsd).toBe(6n * 10n ** 36n);
  });

  it('charges reasoning as output and a 5-minute write as the only write', () => {
    expect(rate({ reasoning_tokens: 10 }).costPicoUsd).toBe(rate({ output_tokens: 10 }).costPicoUsd);
    expect(rate({ cache_write_5m_tokens: 10 }).costPicoUsd).toBe(rate({ cache_write_tokens: 10 }).costPicoUsd);
  });

  it('bills audio by the fraction of a second, from the shortest billed duration on', () => {
    const seconds = (digits: bigint, scale: number) =>
      rateUsage(book, {
        provider: 'acme',
        model: 'whisper',
        timeMs: 0,
        usage: { counts: new Map(), audioSeconds: { digits, scale } },
      }).costPicoUsd;
    // 12.5 s x 0.36/3600 = 0.00125; 3 s are billed as 10 s = 0.001
    expect(seconds(125n, 1)).toBe(1_250_000_000n);
    expect(seconds(3n, 0)).toBe(1_000_000_000n);
  });
});

describe('what is not known', () => {
  it('makes a call of an unknown model, provider or tier unpriced, never free', () => {
    expect(rate({ input_tokens: 1 }, 'widget-2')).toMatchObject({ status: 'unpriced', costPicoUsd: null, price: null });
    const call = { model: 'widget', timeMs: 0, usage: counts({ input_tokens: 1 }) };
    expect(rateUsage(book, { ...call, provider: 'other' }).status).toBe('unpriced');
    expect(rateUsage(book, call).status).toBe('unpriced');
    expect(rateUsage(book, { ...call, provider: 'acme', serviceTier: 'batch' }).status).toBe('unpriced');
    expect(rateUsage(book, { ...call, provider: 'acme', serviceTier: 'standard' }).status).toBe('priced');
  });

  it('is named where other units have a rate', () => {
    const rating = rate({ input_tokens: 10, images: 1, cache_write_1h_tokens: 5, gizmos: 2 });
    expect(rating).toMatchObject({ status: 'partially_priced', costPicoUsd: 30_000_000n });
    expect(rating.unpricedUnits).toEqual(['images', 'cache_write_1h_tokens', 'gizmos']);
  });

  it('is an unpriced unit where nothing else was reported', () => {
    const rating = rate({ images: 1 });
    expect(rating).toMatchObject({ status: 'unpriced_unit', costPicoUsd: null, unpricedUnits: ['images'] });
  });

  it('is not the number of requests, unless the vendor charges for them', () => {
    expect(rate({ input_tokens: 10, requests: 1 }).status).toBe('priced');
    expect(rate({ requests: 1 }).status).toBe('priced');
  });

  it('is no matter for a known model without usage, which costs nothing', () => {
    expect(rate({})).toMatchObject({ status: 'priced', costPicoUsd: 0n });
  });
});

describe('an event', () => {
  const event: UsageEvent = {
    id: 'e',
    timeMs: 0,
    provider: 'acme',
    model: 'widget',
    usage: { input_tokens: 1200, cache_read_tokens: 800, output_tokens: 350, reasoning_tokens: 120 },
  };

  it('is priced on its parts: 400 input, 800 cached, 350 output with reasoning inside', () => {
    // 400 x 3/M + 800 x 0.3/M + 350 x 15/M = 0.0012 + 0.00024 + 0.00525
    expect(rateEvent(book, event).costPicoUsd).toBe(6_690_000_000n);
    expect(rateEvent(book, { ...event, status: 'aborted' }).costPicoUsd).toBe(6_690_000_000n);
    expect(rateSaved(book, event)).toBe(0n);
  });

  it('answered from a response cache costs nothing and says what it saved', () => {
    const hit = { ...event, response_cache_hit: true };
    expect(rateEvent(book, hit)).toMatchObject({ status: 'priced', costPicoUsd: 0n, listCostPicoUsd: 0n });
    expect(rateSaved(book, hit)).toBe(6_690_000_000n);
    expect(rateSaved(book, { ...hit, model: 'unknown' })).toBeNull();
    const overrides = overridesOf({ model: 'widget', multiplier: '0.5' });
    // What it would have cost is after overrides.
    expect(rateSaved(createPriceBook({ catalog: book.catalog, overrides }), hit)).toBe(3_345_000_000n);
  });

  it('of equal price shares one price object', () => {
    const [first, second] = [rateEvent(book, event), rateEvent(book, { ...event, timeMs: 86_400_000 })];
    expect(first.price).not.toBeNull();
    expect(second.price).toBe(first.price);
  });
});

describe('the lines of a rating', () => {
  it('sum to its cost, with the rest at the largest remainder', () => {
    // 3 x 0.5 p = 1.5 p, rounded to 2 p in one line
    const usage = counts({ output_tokens: 2, reasoning_tokens: 1 });
    const rating = rateUsage(book, { provider: 'acme', model: 'half', timeMs: 0, usage });
    expect(linesOf(rating, usage)).toEqual([
      {
        unit: 'output_tokens',
        count: '3',
        rate: '0.0000005',
        listRate: '0.0000005',
        per: 1_000_000,
        amountPicoUsd: 2n,
        listAmountPicoUsd: 2n,
      },
    ]);
  });

  it('give what is missing to the earlier of equal remainders', () => {
    // 0.5 p + 0.5 p + 0.5 p = 1.5 p, rounded to 2 p: of three halves the first two get one.
    const rows = ['input_tokens', 'cache_read_tokens', 'output_tokens'].map((unit) => ({ unit, rate: '0.0000005' }));
    const usage = counts({ input_tokens: 1, cache_read_tokens: 1, output_tokens: 1 });
    const halves = createPriceBook({ catalog: catalogOf(rows) });
    const rating = rateUsage(halves, { provider: 'acme', model: 'widget', timeMs: 0, usage });
    expect(linesOf(rating, usage).map(({ amountPicoUsd }) => amountPicoUsd)).toEqual([1n, 1n, 0n]);
  });

  it('are none where nothing is priced', () => {
    const usage = counts({ images: 1 });
    expect(linesOf(rate({ images: 1 }), usage)).toEqual([]);
  });
});
