import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { InvalidOverridesError, parseOverrideFile } from '../../../lib/domain/prices/price-book-file.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { catalogOf, counts, overridesOf } from '../../helpers/pricing.ts';

const catalog = catalogOf([
  { unit: 'input_tokens', rate: '3' },
  { unit: 'cache_write_tokens', rate: '3.75' },
  { unit: 'output_tokens', rate: '15' },
]);

function rateWith(
  overrides: ReadonlyArray<Readonly<Record<string, unknown>>>,
  units: Readonly<Record<string, number>>,
  { model = 'widget', timeMs = 0 } = {},
) {
  const book = createPriceBook({ catalog, overrides: overridesOf(...overrides) });
  return rateUsage(book, { provider: 'acme', model, timeMs, usage: counts(units) });
}

describe('overrides on top of each other', () => {
  it('of a unit that shares another unit’s rate keep that rate as its list price', () => {
    const own = [{ model: 'widget', rates: { cache_write_5m_tokens: '3', reasoning_tokens: '10' } }];
    // 1M x 3 + 1M x 10; list 1M x 3.75 + 1M x 15
    expect(rateWith(own, { cache_write_5m_tokens: 1_000_000, reasoning_tokens: 1_000_000 })).toMatchObject({
      costPicoUsd: 13_000_000_000_000n,
      listCostPicoUsd: 18_750_000_000_000n,
    });
  });

  it('by two multipliers are not multiplied: the later one is of the list price', () => {
    const twice = [
      { model: 'widget', multiplier: '0.9' },
      { model: 'widget', multiplier: '0.8' },
    ];
    expect(rateWith(twice, { input_tokens: 1_000_000 }).costPicoUsd).toBe(2_400_000_000_000n);
    const ownModel = [
      { model: 'at-home', rates: { input_tokens: '10' } },
      ...twice.map((it) => ({ ...it, model: 'at-home' })),
    ];
    // 10 x 0.8; a model that no list has costs at list what it costs
    expect(rateWith(ownModel, { input_tokens: 1_000_000 }, { model: 'at-home' })).toMatchObject({
      costPicoUsd: 8_000_000_000_000n,
      listCostPicoUsd: 8_000_000_000_000n,
    });
  });

  it('of rates and a multiplier at once multiply what has no rate among them', () => {
    const both = [{ model: 'widget', rates: { input_tokens: '2' }, multiplier: '0.5' }];
    // 1M x 2 + 1M x 7.5
    expect(rateWith(both, { input_tokens: 1_000_000, output_tokens: 1_000_000 }).costPicoUsd).toBe(9_500_000_000_000n);
  });

  it('leave the size tiers of a named unit to the list, whatever a multiplier beside it does', () => {
    const tiered = catalogOf([
      { unit: 'input_tokens', rate: '3', tiers: [{ over: 200_000, operator: '>', rate: '6' }] },
      { unit: 'output_tokens', rate: '15' },
    ]);
    const own = overridesOf({ model: 'widget', rates: { input_tokens: '2' }, multiplier: '0.5' });
    const book = createPriceBook({ catalog: tiered, overrides: own });
    const cost = (input: number) =>
      rateUsage(book, {
        provider: 'acme',
        model: 'widget',
        timeMs: 0,
        usage: counts({ input_tokens: input, output_tokens: 2 }),
      }).costPicoUsd;
    expect(cost(200_000)).toBe(400_015_000_000n); // 200,000 x 2 + 2 x 7.5
    expect(cost(200_001)).toBe(1_200_021_000_000n); // 200,001 x 6 + 2 x 7.5
  });

  it('keep the smallest billed count of the unit that they price', () => {
    const perSecond = catalogOf([{ unit: 'audio_seconds', rate: '0.04', per: 3600, minimum: '10' }]);
    const own = overridesOf({ model: 'widget', rates: { audio_seconds: '0.036' }, per: 3600 });
    const book = createPriceBook({ catalog: perSecond, overrides: own });
    const usage = { counts: new Map<string, bigint>(), audioSeconds: { digits: 3n, scale: 0 } };
    // 10 seconds x 0.036 / 3,600
    expect(rateUsage(book, { provider: 'acme', model: 'widget', timeMs: 0, usage }).costPicoUsd).toBe(100_000_000n);
  });

  it('that replace are named by the last one where the catalog does not know the model', () => {
    const own = ['openrouter/at-home', 'at-home'].map((model) => ({
      model,
      rates: { input_tokens: '1' },
      replace: true,
    }));
    const rating = rateWith(own, { input_tokens: 1 }, { model: 'openrouter/at-home' });
    expect(rating.price).toMatchObject({ modelId: 'at-home', method: 'override' });
  });

  it('in time come back to what was before when one ends', () => {
    const march = { effective_from: '2026-03-01', effective_to: '2026-04-01' };
    const stored = [
      { model: 'widget', rates: { input_tokens: '2' } },
      { model: 'widget', rates: { input_tokens: '1' }, ...march },
      { model: 'widget', multiplier: '0.5', effective_from: '2027-01-01' },
    ];
    const costAt = (day: string) =>
      rateWith(stored, { input_tokens: 1_000_000 }, { timeMs: Date.parse(day) }).costPicoUsd;
    expect(['2026-02-28', '2026-03-15', '2026-04-01', '2027-01-01'].map(costAt)).toEqual([
      2_000_000_000_000n,
      1_000_000_000_000n,
      2_000_000_000_000n,
      1_500_000_000_000n,
    ]);
  });
});

describe('a file of overrides', () => {
  it('may hold prices, names and the use of reported costs, each by itself', () => {
    expect(parseOverrideFile({ aliases: [{ name: ' Prod ', provider: 'Bedrock', model: 'Nova' }] })).toEqual({
      overrides: [],
      aliases: [{ name: 'prod', provider: 'aws', model: 'nova', fromMs: null, toMs: null }],
      reportedCost: null,
      capacity: null,
    });
    const reported = { use: true, providers: ['OpenRouter'], effective_from: '2026-01-01' };
    expect(parseOverrideFile({ reported_cost: reported }).reportedCost).toEqual({
      use: true,
      providers: ['openrouter'],
      maxFactor: '10',
      maxUsd: '1000',
      fromMs: Date.parse('2026-01-01'),
      toMs: null,
    });
  });

  const expectIssue = (file: unknown, issue: string): void => {
    expect(() => parseOverrideFile(file)).toThrow(InvalidOverridesError);
    expect(() => parseOverrideFile(file)).toThrow(issue);
  };

  it.each([
    [{ overrides: 1 }, 'overrides: expected an array, got 1'],
    [{ prices: [] }, 'prices: expected no such field'],
    [
      { overrides: [{ model: 'm', multiplier: '1', service_tier: 3 }] },
      'overrides[0].service_tier: expected a service tier',
    ],
    [{ overrides: [{ model: 'm', rates: [] }] }, 'overrides[0].rates: expected an object'],
    [{ overrides: [{ model: 'm', rates: { input_tokens: '1' }, per: 7 }] }, 'overrides[0].per: expected a whole block'],
    [
      { overrides: [{}, { model: 'm', rates: { input_tokens: '1e3' } }] },
      'overrides[1].rates.input_tokens: expected decimal',
    ],
    [{ aliases: [{ name: 'a', model: 'm' }] }, 'aliases[0].provider: expected the provider of the model'],
    [{ aliases: [{ name: 'a', provider: '*', model: 'm' }] }, 'aliases[0].provider: expected one provider'],
    [{ aliases: [{ name: 'a', provider: 'p', model: 'm', to: 'x' }] }, 'aliases[0].to: expected no such field'],
    [
      { aliases: [{ name: 'a', provider: 'p', model: 'm', effective_to: 'soon' }] },
      'aliases[0].effective_to: expected a date',
    ],
    [{ reported_cost: {} }, 'reported_cost.use: expected true or false'],
    [
      { reported_cost: { use: true, providers: 'openrouter' } },
      'reported_cost.providers: expected a list of providers',
    ],
    [{ reported_cost: { use: true, max_factor: '0.5' } }, 'reported_cost.max_factor: expected a factor of at least 1'],
    [{ reported_cost: { use: true, max_usd: 5 } }, 'reported_cost.max_usd: expected decimal text'],
    [
      { reported_cost: { use: true, max_usd: '1000000000.1' } },
      'reported_cost.max_usd: expected decimal text such as "1000" of at most 1000000000,',
    ],
    [
      { reported_cost: { use: true, providers: ['*'] } },
      'reported_cost.providers: expected a list of providers by name; without it, all are meant',
    ],
    [{ aliases: [{ name: '*', provider: 'p', model: 'm' }] }, 'aliases[0].name: expected one name'],
    [{ aliases: [{ name: 'a', provider: 'p', model: '*' }] }, 'aliases[0].model: expected one model'],
    [{ overrides: [{ model: 'a\u001b[31m', multiplier: '1' }] }, 'overrides[0].model: expected a model name, at most'],
    [{ overrides: [{ model: 'é'.repeat(65), multiplier: '1' }] }, 'at most 128 bytes without control characters'],
    [{ overrides: [{ model: 'm', multiplier: '1000.001' }] }, 'overrides[0].multiplier: expected decimal text such as'],
    [
      { overrides: [{ model: 'm', multiplier: `0.${'3'.repeat(39)}` }] },
      'overrides[0].multiplier: expected decimal text such as "0.85" of at most 40 characters',
    ],
    // $10,000 a token is $10,000,000 a block of 1,000.
    [
      { overrides: [{ model: 'm', rates: { input_tokens: '10000000.000001' }, per: 1_000 }] },
      'overrides[0].rates.input_tokens: expected decimal text such as "0.15" of at most 10000000,',
    ],
  ])('%j is rejected naming the field', expectIssue);

  it('may hold prices up to far above any there is', () => {
    const bounds = { model: 'é'.repeat(64), rates: { input_tokens: '10000000' }, per: 1_000, multiplier: '1000' };
    const { overrides } = parseOverrideFile({
      overrides: [bounds],
      reported_cost: { use: true, max_usd: '1000000000' },
    });
    expect(overrides[0]).toMatchObject({ per: 1_000, multiplier: '1000' });
  });

  it('is told of a wrong unit once, and not that rates are missing too', () => {
    const rates = { inptu_tokens: '1' };
    expect(() => parseOverrideFile({ overrides: [{ model: 'm', rates }] })).toThrow(
      /^overrides rejected: overrides\[0\]\.rates\.inptu_tokens: expected a usage unit's name$/,
    );
  });

  it('is rejected with all that is wrong at once', () => {
    const file = { overrides: [{ model: '', rates: { input_tokens: 'x' } }], aliases: [{}] };
    expect(() => parseOverrideFile(file)).toThrow(
      /overrides\[0\]\.model.*overrides\[0\]\.rates\.input_tokens.*aliases\[0\]\.name/,
    );
  });
});
