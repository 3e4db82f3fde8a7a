import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lib/domain/events/entry.ts';
import type { UsageEvent } from '../../../../lib/domain/events/usage-event.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import type { CapacityCover } from '../../../../lib/domain/prices/price-book-capacities.ts';
import { explainEntry } from '../../../../lib/domain/rating/explain.ts';
import { rateEvent } from '../../../../lib/domain/rating/rating.ts';
import { catalogOf, overridesOf } from '../../../helpers/pricing.ts';

const catalog = catalogOf([
  { unit: 'input_tokens', rate: '3', tiers: [{ over: 200_000, operator: '>', rate: '6' }] },
  { unit: 'output_tokens', rate: '15' },
]);
const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const cover = (more: Partial<CapacityCover> = {}): CapacityCover => ({
  name: 'h100',
  fromMs: at('2026-03-01'),
  toMs: null,
  covers: { deployment: 'own' },
  list: null,
  ...more,
});
const call = (event: Partial<UsageEvent> = {}): UsageEvent => ({
  id: 'a',
  timeMs: at('2026-03-10'),
  provider: 'acme',
  model: 'widget',
  deployment: 'own',
  usage: { input_tokens: 1_000, output_tokens: 100 },
  ...event,
});
const bookOf = (...capacities: readonly CapacityCover[]) => createPriceBook({ catalog, capacities });
const rate = (event: Partial<UsageEvent>, ...capacities: readonly CapacityCover[]) =>
  rateEvent(bookOf(...capacities), call(event));

describe('a call that a capacity covers', () => {
  it('costs nothing and keeps its list cost', () => {
    // 1,000 x 3e-6 + 100 x 15e-6 = 0.0045
    expect(rate({}, cover())).toMatchObject({
      status: 'priced',
      costPicoUsd: 0n,
      listCostPicoUsd: 4_500_000_000n,
      price: { provider: 'acme', modelId: 'widget', method: 'capacity', capacity: { name: 'h100' } },
    });
  });

  it('has the list price of a large request where it is one', () => {
    // 200,001 x 6e-6 = 1.200006
    const rating = rate({ usage: { input_tokens: 200_001 } }, cover());
    expect(rating).toMatchObject({ costPicoUsd: 0n, listCostPicoUsd: 1_200_006_000_000n });
  });

  it('has the list price of the model that stands in for its own, and stays under its own name', () => {
    const standIn = cover({ list: { provider: 'acme', model: 'widget' } });
    const rating = rate({ provider: 'vllm', model: 'llama-70b' }, standIn);
    expect(rating).toMatchObject({
      status: 'priced',
      costPicoUsd: 0n,
      listCostPicoUsd: 4_500_000_000n,
      price: {
        provider: 'vllm',
        modelId: 'llama-70b',
        capacity: { name: 'h100', list: { provider: 'acme', modelId: 'widget' } },
      },
    });
  });

  it('costs nothing and has no list cost, unit by unit, where nobody knows its list price', () => {
    expect(rate({ provider: 'vllm', model: 'llama-70b' }, cover())).toMatchObject({
      status: 'partially_priced',
      costPicoUsd: 0n,
      listCostPicoUsd: null,
      unpricedUnits: ['input_tokens', 'output_tokens'],
      price: { provider: 'vllm', modelId: 'llama-70b', rates: [] },
    });
  });

  it('takes its list price from an override where the catalog has none, and no discount from one', () => {
    const overrides = overridesOf(
      { model: 'llama-70b', rates: { input_tokens: '1', output_tokens: '2' } },
      { model: 'widget', multiplier: '0.5' },
    );
    const book = createPriceBook({ catalog, overrides, capacities: [cover()] });
    // 1,000 x 1e-6 + 100 x 2e-6 = 0.0012; the discount of 50 % is no part of the list cost of 0.0045.
    const rated = [call({ provider: 'vllm', model: 'llama-70b' }), call()].map((event) => rateEvent(book, event));
    expect(rated.map((rating) => rating.listCostPicoUsd)).toEqual([1_200_000_000n, 4_500_000_000n]);
    expect(rated.map((rating) => rating.costPicoUsd)).toEqual([0n, 0n]);
  });

  it('costs nothing whatever its server reports', () => {
    const reportedCost = [
      { fromMs: null, toMs: null, use: true, providers: null, maxFactor: '10', maxUsd: '1000' } as const,
    ];
    const book = createPriceBook({ catalog, reportedCost, capacities: [cover()] });
    const rating = rateEvent(book, call({ reported_cost_usd: '0.005' }));
    expect([rating.status, rating.costPicoUsd, rating.reportedCost]).toEqual(['priced', 0n, undefined]);
  });

  it('can be explained and computed anew from its own price alone', () => {
    const capacities = [cover()];
    for (const event of [
      call(),
      call({ provider: 'vllm', model: 'llama-70b' }),
      call({ response_cache_hit: true }),
      call({ provider: 'vllm', model: 'llama-70b', usage: { requests: 1 } }),
      call({ reported_cost_usd: '0.1' }),
    ]) {
      const rating = rateEvent(bookOf(...capacities), event);
      const place = { commit: 1, segmentId: 's', position: 0, day: '2026-03-10' };
      const entry: LedgerEntry = { ...place, event, rating, recorded: rating, isVoid: false, corrections: [] };
      expect(explainEntry(entry, catalog).isExact).toBe(true);
    }
  });

  it('shows the catalog rows of the model that stands in for its own', () => {
    const event = call({ provider: 'vllm', model: 'llama-70b', service_tier: 'priority' });
    const rating = rateEvent(bookOf(cover({ list: { provider: 'acme', model: 'widget' } })), event);
    const place = { commit: 1, segmentId: 's', position: 0, day: '2026-03-10' };
    const entry: LedgerEntry = { ...place, event, rating, recorded: rating, isVoid: false, corrections: [] };
    expect(explainEntry(entry, catalog).catalog.rates.map(({ row }) => row?.rate)).toEqual(['3', '15']);
  });
});

describe('a capacity', () => {
  it('covers calls of its days, the first included and the last excluded', () => {
    const ending = cover({ toMs: at('2026-04-01') });
    const costAt = (timeMs: number) => rate({ timeMs }, ending).costPicoUsd;
    expect(costAt(at('2026-03-01') - 1)).toBe(4_500_000_000n);
    expect(costAt(at('2026-03-01'))).toBe(0n);
    expect(costAt(at('2026-04-01') - 1)).toBe(0n);
    expect(costAt(at('2026-04-01'))).toBe(4_500_000_000n);
  });

  it('covers calls that have every value it names, and no others', () => {
    const named = cover({ covers: { deployment: 'own', app: 'bot' } });
    expect(rate({ app: 'bot' }, named).costPicoUsd).toBe(0n);
    for (const event of [{ app: 'other' }, {}, { app: 'bot', deployment: 'rented' }]) {
      expect(rate(event, named).costPicoUsd).toBe(4_500_000_000n);
    }
  });

  it('knows a provider by any of its names, and by the model where none was sent', () => {
    const tuned = catalogOf([{ provider: 'openai', model: 'gpt-4o', unit: 'input_tokens', rate: '2.5' }]);
    const book = createPriceBook({ catalog: tuned, capacities: [cover({ covers: { provider: 'OpenAI' } })] });
    const { provider: _none, ...nameless } = call({ model: 'gpt-4o', usage: { input_tokens: 1 } });
    expect(rateEvent(book, nameless).costPicoUsd).toBe(0n);
    expect(rateEvent(book, { ...nameless, provider: 'openai' }).costPicoUsd).toBe(0n);
  });

  it('gives way to a later version from its beginning on, also to one that ends it', () => {
    const narrower = cover({ fromMs: at('2026-03-15'), covers: { deployment: 'own', app: 'bot' } });
    const end = cover({ fromMs: at('2026-03-20'), toMs: at('2026-03-20') });
    const costAt = (day: string) => rate({ timeMs: at(day) }, cover(), narrower, end).costPicoUsd;
    expect(costAt('2026-03-14')).toBe(0n);
    expect(costAt('2026-03-15')).toBe(4_500_000_000n);
    expect(rate({ timeMs: at('2026-03-19'), app: 'bot' }, cover(), narrower, end).costPicoUsd).toBe(0n);
    expect(rate({ timeMs: at('2026-03-20'), app: 'bot' }, cover(), narrower, end).costPicoUsd).toBe(4_500_000_000n);
  });

  it('that names more of a call goes before one that names less, and the first by name before its equal', () => {
    const wide = cover({ name: 'a' });
    const narrow = cover({ name: 'b', covers: { deployment: 'own', model: 'widget' } });
    const same = cover({ name: 'c' });
    const nameOf = (...capacities: readonly CapacityCover[]) => rate({}, ...capacities).price?.capacity?.name;
    expect([nameOf(wide, narrow), nameOf(narrow, wide), nameOf(same, wide)]).toEqual(['b', 'b', 'a']);
  });

  it('bounds the time in which a price is said to hold', () => {
    const query = { provider: 'acme', model: 'widget', serviceTier: null, region: null, facts: call() };
    const book = bookOf(cover({ toMs: at('2026-04-01') }));
    const { fromMs, toMs } = book.spanOf({ ...query, timeMs: at('2026-03-10') });
    expect([fromMs, toMs]).toEqual([at('2026-03-01'), at('2026-04-01')]);
    expect(book.spanOf({ ...query, timeMs: at('2026-02-10') }).toMs).toBe(at('2026-03-01'));
  });
});
