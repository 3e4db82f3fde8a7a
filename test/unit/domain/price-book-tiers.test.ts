import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { isDefaultTier, toServiceTier } from '../../../lib/domain/prices/price-book-tiers.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { catalogOf, counts, overridesOf } from '../../helpers/pricing.ts';

const catalog = catalogOf([
  { unit: 'input_tokens', rate: '2' },
  { unit: 'cache_read_tokens', rate: '1' },
  { unit: 'output_tokens', rate: '8' },
  { unit: 'input_tokens', rate: '1', service_tier: 'batch' },
  { unit: 'output_tokens', rate: '4', service_tier: 'batch' },
  { unit: 'input_tokens', rate: '3', service_tier: 'priority', effective_from: '2026-01-01' },
]);
const AT = Date.parse('2026-06-01');

function rateAt(
  serviceTier: string | null,
  units: Readonly<Record<string, number>>,
  { timeMs = AT, overrides = [] as ReadonlyArray<Readonly<Record<string, unknown>>> } = {},
) {
  const book = createPriceBook({ catalog, overrides: overridesOf(...overrides) });
  return rateUsage(book, { provider: 'acme', model: 'widget', timeMs, serviceTier, usage: counts(units) });
}

describe('the name of a service tier', () => {
  it.each([
    [null, 'default'],
    ['', 'default'],
    ['standard', 'default'],
    ['ON_DEMAND', 'default'],
    ['on-demand', 'default'],
    [' Auto ', 'default'],
    ['batch_api', 'batch'],
    ['Batch API', 'batch'],
    ['flex', 'flex'],
    ['ON_DEMAND_PRIORITY', 'priority'],
    ['on-demand - priority', 'priority'],
    ['fast-mode', 'fast'],
    ['Provisioned Throughput', 'provisioned_throughput'],
  ])('%j means %s', (sent, tier) => {
    expect(toServiceTier(sent)).toBe(tier);
    expect(isDefaultTier(sent)).toBe(tier === 'default');
  });
});

describe('a call of a service tier', () => {
  it('costs what its tier costs', () => {
    // 1,000 x 1/M + 500 x 4/M = 0.003
    const units = { input_tokens: 1000, output_tokens: 500 };
    expect(rateAt('batch', units)).toMatchObject({ status: 'priced', costPicoUsd: 3_000_000_000n });
    expect(rateAt('batch-api', units).costPicoUsd).toBe(3_000_000_000n);
    // 1,000 x 2/M + 500 x 8/M = 0.006
    expect(rateAt('standard', units).costPicoUsd).toBe(6_000_000_000n);
  });

  it('is unpriced in a unit that has a rate in the default tier only', () => {
    expect(rateAt('batch', { input_tokens: 1000, cache_read_tokens: 10 })).toMatchObject({
      status: 'partially_priced',
      costPicoUsd: 1_000_000_000n,
      unpricedUnits: ['cache_read_tokens'],
    });
    expect(rateAt('batch', { cache_read_tokens: 10 }).status).toBe('unpriced_unit');
  });

  it('is unpriced where the model has no rows of the tier, or none yet', () => {
    expect(rateAt('flex', { input_tokens: 1000 })).toMatchObject({ status: 'unpriced', costPicoUsd: null });
    expect(rateAt('gold', { input_tokens: 1000 }).status).toBe('unpriced');
    expect(rateAt('priority', { input_tokens: 1000 }).status).toBe('priced');
    expect(rateAt('priority', { input_tokens: 1000 }, { timeMs: Date.parse('2025-12-31T23:59:59Z') }).status).toBe(
      'unpriced',
    );
  });
});

describe('an override and the tiers', () => {
  const units = { input_tokens: 1000 };

  it('with rates is for the default tier, unless it names one', () => {
    const overrides = [{ model: 'widget', rates: { input_tokens: '0.5' } }];
    expect(rateAt(null, units, { overrides }).costPicoUsd).toBe(500_000_000n);
    expect(rateAt('batch', units, { overrides }).costPicoUsd).toBe(1_000_000_000n);
    const ofBatch = [{ ...overrides[0], service_tier: 'Batch API' }];
    expect(rateAt(null, units, { overrides: ofBatch }).costPicoUsd).toBe(2_000_000_000n);
    expect(rateAt('batch', units, { overrides: ofBatch }).costPicoUsd).toBe(500_000_000n);
  });

  it('that is a multiplier alone is for every tier, unless it names one', () => {
    const overrides = [{ model: 'widget', multiplier: '0.5' }];
    expect(rateAt(null, units, { overrides }).costPicoUsd).toBe(1_000_000_000n);
    expect(rateAt('batch', units, { overrides }).costPicoUsd).toBe(500_000_000n);
    const ofDefault = [{ ...overrides[0], service_tier: 'default' }];
    expect(rateAt('batch', units, { overrides: ofDefault }).costPicoUsd).toBe(1_000_000_000n);
  });

  it('gives a price to a tier that the catalog does not have only where it says so', () => {
    const multiplied = [{ model: 'widget', multiplier: '0.5' }];
    expect(rateAt('flex', units, { overrides: multiplied }).status).toBe('unpriced');
    const all = [{ model: 'widget', service_tier: '*', rates: { input_tokens: '0.25' } }];
    // A price that no list has is its own list price.
    expect(rateAt('flex', units, { overrides: all })).toMatchObject({
      costPicoUsd: 250_000_000n,
      listCostPicoUsd: 250_000_000n,
    });
  });
});
