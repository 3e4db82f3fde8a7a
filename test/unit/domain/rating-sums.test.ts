import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { linesOf } from '../../../lib/domain/rating/rating-lines.ts';
import { catalogOf, counts, overridesOf } from '../../helpers/pricing.ts';

const catalog = catalogOf([
  { unit: 'input_tokens', rate: '0.15' },
  { unit: 'cache_read_tokens', rate: '0.075' },
  { unit: 'output_tokens', rate: '0.60' },
  { model: 'searcher', unit: 'input_tokens', rate: '1', minimum: '100' },
  { model: 'searcher', unit: 'web_searches', rate: '10', per: 1000, minimum: '2.5' },
]);

describe('a million tiny calls', () => {
  it('sum to exactly 2.85 USD', () => {
    const book = createPriceBook({ catalog });
    const call = { provider: 'acme', model: 'widget', timeMs: 0, usage: counts({ input_tokens: 19 }) };
    let sum = 0n;
    let floatSum = 0;
    for (let index = 0; index < 1_000_000; index++) {
      // 19 x 0.15/M = 0.00000285
      sum += rateUsage(book, call).costPicoUsd ?? 0n;
      floatSum += (19 * 0.15) / 1e6;
    }
    expect(sum).toBe(2_850_000_000_000n);
    // What adding up doubles would have come to.
    expect(floatSum).not.toBe(2.85);
  });
});

describe('a month of odd calls under an override of 15 %', () => {
  // Every rate is a whole multiple of 20 picoUSD a token (75,000 is the smallest), so 85 % of it is whole as well:
  // neither amount of a call is rounded, and the shares are exact call by call and in any sum.
  const book = createPriceBook({ catalog, overrides: overridesOf({ model: '*', multiplier: '0.85' }) });
  const month = Array.from({ length: 30_000 }, (_, index) => {
    const units = {
      input_tokens: (index * 7919) % 10_007,
      cache_read_tokens: (index * 104_729) % 4_099,
      output_tokens: (index * 1_299_709) % 997,
    };
    const usage = counts(units);
    return { usage, rating: rateUsage(book, { provider: 'acme', model: 'widget', timeMs: index * 86_400, usage }) };
  });
  const sumOf = (amounts: readonly (bigint | null)[]): bigint =>
    amounts.reduce<bigint>((sum, it) => sum + (it ?? 0n), 0n);

  it('costs exactly 15 % less than its list cost', () => {
    const list = sumOf(month.map(({ rating }) => rating.listCostPicoUsd));
    const net = sumOf(month.map(({ rating }) => rating.costPicoUsd));
    expect(list).toBeGreaterThan(0n);
    expect(100n * (list - net)).toBe(15n * list);
  });

  it('is explained by lines of which each is exactly 15 % below list', () => {
    for (const { usage, rating } of month.slice(0, 1_000)) {
      for (const line of linesOf(rating, usage)) {
        expect(100n * line.amountPicoUsd).toBe(85n * line.listAmountPicoUsd);
      }
    }
  });
});

describe('a smallest billed count', () => {
  const rate = (units: Readonly<Record<string, number>>) => {
    const usage = counts(units);
    const book = createPriceBook({ catalog });
    const rating = rateUsage(book, { provider: 'acme', model: 'searcher', timeMs: 0, usage });
    return { rating, lines: linesOf(rating, usage) };
  };

  it('is billed for a smaller one, and nothing for none', () => {
    // 100 x 1/M; 101 x 1/M; 2.5 x 10/1000
    expect(rate({ input_tokens: 1 }).rating.costPicoUsd).toBe(100_000_000n);
    expect(rate({ input_tokens: 101 }).rating.costPicoUsd).toBe(101_000_000n);
    expect(rate({ web_searches: 1 }).rating.costPicoUsd).toBe(25_000_000_000n);
    expect(rate({}).rating.costPicoUsd).toBe(0n);
  });

  it('is the count of its line', () => {
    expect(rate({ web_searches: 2, input_tokens: 200 }).lines).toMatchObject([
      { unit: 'web_searches', count: '2.5', amountPicoUsd: 25_000_000_000n },
      { unit: 'input_tokens', count: '200', amountPicoUsd: 200_000_000n },
    ]);
  });
});

describe('the lines of a call answered from a response cache', () => {
  it('are none, because it costs nothing', () => {
    const usage = counts({ input_tokens: 1000 });
    const { price } = rateUsage(createPriceBook({ catalog }), { provider: 'acme', model: 'widget', timeMs: 0, usage });
    expect(
      linesOf({ status: 'priced', costPicoUsd: 0n, listCostPicoUsd: 0n, price, unpricedUnits: [] }, usage),
    ).toEqual([]);
  });
});
