import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { InvalidOverridesError, parseOverrideFile } from '../../../lib/domain/prices/price-book-file.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { catalogOf, counts, overridesOf } from '../../helpers/pricing.ts';

const catalog = catalogOf([
  { unit: 'input_tokens', rate: '3', tiers: [{ over: 200_000, operator: '>', rate: '6' }], aliases: ['widget-latest'] },
  { unit: 'cache_read_tokens', rate: '0.3' },
  { unit: 'output_tokens', rate: '15' },
]);
const million = { input_tokens: 100_000, cache_read_tokens: 100_000, output_tokens: 100_000 };
const atDay = (day: string): number => Date.parse(`${day}T00:00:00Z`);

function rateWith(
  overrides: ReadonlyArray<Readonly<Record<string, unknown>>>,
  { provider = 'acme' as string | null, model = 'widget', timeMs = 0, units = million as Record<string, number> } = {},
) {
  const book = createPriceBook({ catalog, overrides: overridesOf(...overrides), overrideVersion: 'v1' });
  return rateUsage(book, { provider, model, timeMs, usage: counts(units) });
}

describe('an override', () => {
  it('of one unit leaves the others, and the list cost, as they were', () => {
    // 0.1 x 2 + 0.1 x 0.3 + 0.1 x 15 = 1.73; list 0.1 x 3 + ... = 1.83
    expect(rateWith([{ model: 'widget', rates: { input_tokens: '2' } }])).toMatchObject({
      costPicoUsd: 1_730_000_000_000n,
      listCostPicoUsd: 1_830_000_000_000n,
    });
  });

  it('of a unit with size tiers leaves its tiers', () => {
    const units = { input_tokens: 200_001 };
    expect(rateWith([{ model: 'widget', rates: { input_tokens: '2' } }], { units }).costPicoUsd).toBe(
      1_200_006_000_000n,
    );
  });

  it('that replaces sets aside tiers and other units', () => {
    const replacing = [{ model: 'widget', rates: { input_tokens: '2' }, replace: true }];
    expect(rateWith(replacing, { units: { input_tokens: 200_001 } })).toMatchObject({
      costPicoUsd: 400_002_000_000n,
      listCostPicoUsd: 1_200_006_000_000n,
    });
    expect(rateWith(replacing)).toMatchObject({
      status: 'partially_priced',
      unpricedUnits: ['cache_read_tokens', 'output_tokens'],
    });
  });

  it('by a multiplier takes exactly that share of every list rate, tiers included', () => {
    // 0.85 x 1.83 = 1.5555; 200,001 x 6/M x 0.85 = 1.0200051
    expect(rateWith([{ model: 'widget', multiplier: '0.85' }]).costPicoUsd).toBe(1_555_500_000_000n);
    const large = rateWith([{ model: '*', multiplier: '0.85' }], { units: { input_tokens: 200_001 } });
    expect(large.costPicoUsd).toBe(1_020_005_100_000n);
  });

  it('counts for its own period, half open', () => {
    const dated = [
      {
        model: 'widget',
        rates: { input_tokens: '1' },
        effective_from: '2026-03-01',
        effective_to: '2026-04-01T00:00:00Z',
      },
    ];
    const costAt = (timeMs: number) => rateWith(dated, { timeMs, units: { input_tokens: 1 } }).costPicoUsd;
    expect(costAt(atDay('2026-03-01') - 1)).toBe(3_000_000n);
    expect(costAt(atDay('2026-03-01'))).toBe(1_000_000n);
    expect(costAt(atDay('2026-04-01') - 1)).toBe(1_000_000n);
    expect(costAt(atDay('2026-04-01'))).toBe(3_000_000n);
  });

  it('stored later wins for the same unit and time', () => {
    const both = [
      { model: 'widget', rates: { input_tokens: '1', output_tokens: '10' } },
      { model: 'widget', rates: { input_tokens: '2' } },
    ];
    // 0.1 x 2 + 0.1 x 0.3 + 0.1 x 10
    expect(rateWith(both).costPicoUsd).toBe(1_230_000_000_000n);
  });

  it('is found by the name sent, without its route prefix, and by the model that an alias means', () => {
    const units = { input_tokens: 1 };
    const own = [{ model: 'Widget', rates: { input_tokens: '1' } }];
    expect(rateWith(own, { model: 'acme/widget', units }).costPicoUsd).toBe(1_000_000n);
    expect(rateWith(own, { model: 'widget-latest', units }).costPicoUsd).toBe(1_000_000n);
    const ofAlias = [{ model: 'widget-latest', rates: { input_tokens: '1' } }];
    expect(rateWith(ofAlias, { units }).costPicoUsd).toBe(3_000_000n);
  });

  it('for any provider prices a call without one; list cost is then the cost', () => {
    const own = [{ model: 'llama-at-home', rates: { input_tokens: '1' } }];
    const options = { provider: null, model: 'llama-at-home', units: { input_tokens: 1 } };
    const rating = rateWith(own, options);
    expect(rating).toMatchObject({ status: 'priced', costPicoUsd: 1_000_000n, listCostPicoUsd: 1_000_000n });
    expect(rating.price).toMatchObject({ modelId: 'llama-at-home', method: 'override', overrideVersion: 'v1' });
    expect(rateWith([{ ...own[0], provider: 'home' }], options).status).toBe('unpriced');
    expect(rateWith([{ ...own[0], provider: 'home' }], { ...options, provider: 'Home' }).status).toBe('priced');
  });

  it('with a block of its own shows both rates for one block', () => {
    const rating = rateWith([{ model: 'widget', rates: { input_tokens: '0.002' }, per: 1000 }]);
    expect(rating.price?.rates[0]).toEqual({ unit: 'input_tokens', rate: '2', listRate: '3', per: 1_000_000 });
  });
});

describe('dated prices', () => {
  const dated = createPriceBook({
    catalog: catalogOf([
      { unit: 'input_tokens', rate: '10', effective_to: '2025-06-10' },
      { unit: 'input_tokens', rate: '2', effective_from: '2025-06-10' },
      { model: 'night', unit: 'input_tokens', rate: '4' },
      { model: 'night', unit: 'input_tokens', rate: '1', windows: [{ from: '16:30', to: '00:30', weekdays: [5] }] },
    ]),
  });
  const costAt = (time: string, model = 'widget') =>
    rateUsage(dated, { provider: 'acme', model, timeMs: Date.parse(time), usage: counts({ input_tokens: 1 }) })
      .costPicoUsd;

  it('change at their boundary and never reach back', () => {
    expect(costAt('2025-06-09T23:59:59.999Z')).toBe(10_000_000n);
    expect(costAt('2025-06-10T00:00:00Z')).toBe(2_000_000n);
    expect(costAt('2025-06-09T23:59:59.999Z')).toBe(10_000_000n);
  });

  it('follow a daily window past midnight, on the weekday on which it began', () => {
    // 2026-11-20 is a Friday.
    expect(costAt('2026-11-20T16:29:59Z', 'night')).toBe(4_000_000n);
    expect(costAt('2026-11-20T16:30:00Z', 'night')).toBe(1_000_000n);
    expect(costAt('2026-11-21T00:29:59Z', 'night')).toBe(1_000_000n);
    expect(costAt('2026-11-21T00:30:00Z', 'night')).toBe(4_000_000n);
    expect(costAt('2026-11-21T16:30:00Z', 'night')).toBe(4_000_000n);
    expect(costAt('2026-11-20T00:10:00Z', 'night')).toBe(4_000_000n);
  });
});

describe('a file of overrides', () => {
  it.each([
    [[{ rates: { input_tokens: '1' } }], 'overrides[0].model'],
    [[{ model: 'm' }], 'overrides[0].rates'],
    [[{ model: 'm', rates: { input_token: '1' } }], "overrides[0].rates.input_token: expected a usage unit's name"],
    [[{ model: 'm', rates: { input_tokens: 1 } }], 'overrides[0].rates.input_tokens'],
    [[{ model: 'm', rates: { input_tokens: '-1' } }], 'overrides[0].rates.input_tokens'],
    [[{ model: 'm', rates: { input_tokens: '1' }, per: 0 }], 'overrides[0].per'],
    [[{ model: 'm', multiplier: 'half' }], 'overrides[0].multiplier'],
    [[{ model: 'm', multiplier: '0.5', replace: true }], 'overrides[0].rates'],
    [[{ model: '*', rates: { input_tokens: '1' } }], 'overrides[0].model'],
    [[{ model: 'm', multiplier: '1', effective_from: '2026-02-30' }], 'overrides[0].effective_from'],
    [
      [{ model: 'm', multiplier: '1', effective_from: '2026-02-01', effective_to: '2026-02-01' }],
      'overrides[0].effective_to',
    ],
    [[{ model: 'm', multiplier: '1', from: '2026-02-01' }], 'overrides[0].from: expected no such field'],
    [['m'], 'overrides[0]: expected an object'],
  ])('%j is rejected naming the field', (overrides, issue) => {
    expect(() => parseOverrideFile({ overrides })).toThrow(InvalidOverridesError);
    expect(() => parseOverrideFile({ overrides })).toThrow(issue);
  });

  it('that is no object, or says nothing, is rejected', () => {
    expect(() => parseOverrideFile([])).toThrow('file: expected an object');
    expect(() => parseOverrideFile({})).toThrow('overrides: expected at least one of overrides');
  });
});
