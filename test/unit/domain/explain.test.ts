import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import type { Correction } from '../../../lib/domain/corrections/correction.ts';
import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import type { UsageEvent } from '../../../lib/domain/events/usage-event.ts';
import { formatUsd } from '../../../lib/domain/money.ts';
import { createPriceBook, type PriceBookParts } from '../../../lib/domain/prices/price-book.ts';
import { explainEntry } from '../../../lib/domain/rating/explain.ts';
import { rateEvent } from '../../../lib/domain/rating/rating.ts';
import { catalogOf, overridesOf } from '../../helpers/pricing.ts';

const FOUND = { source: 'https://acme.example/prices', checked_on: '2026-01-02' };
const NOON_MS = Date.UTC(2026, 0, 5, 12);

function entryOf(parts: PriceBookParts, event: Partial<UsageEvent> & Pick<UsageEvent, 'usage'>): LedgerEntry {
  const whole: UsageEvent = { id: 'a', timeMs: NOON_MS, provider: 'acme', model: 'widget', ...event };
  const rating = rateEvent(createPriceBook(parts), whole);
  const place = { commit: 1, segmentId: 's', position: 0, day: '2026-01-05' };
  return { ...place, event: whole, rating, recorded: rating, isVoid: false, corrections: [] };
}

const amounts = (entry: LedgerEntry, catalog?: PriceBookParts['catalog']) =>
  explainEntry(entry, catalog).lines.map((line) => [line.unit, line.count, formatUsd(line.amountPicoUsd)]);

describe('the explanation of an entry', () => {
  it('shows 3 input, 12,304 cache write and 550 output tokens at 3, 3.75 and 15 per million as $0.054399', () => {
    const catalog = catalogOf([
      { unit: 'input_tokens', rate: '3', ...FOUND },
      { unit: 'cache_write_5m_tokens', rate: '3.75', ...FOUND },
      { unit: 'output_tokens', rate: '15', ...FOUND },
    ]);
    // The prompt holds the cache writes: 3 + 12,304 = 12,307.
    const usage = { input_tokens: 12_307, cache_write_5m_tokens: 12_304, output_tokens: 550 };
    const entry = entryOf({ catalog }, { usage });
    // 3 x 3e-6 + 12,304 x 3.75e-6 + 550 x 15e-6 = 0.000009 + 0.04614 + 0.00825
    expect(amounts(entry, catalog)).toEqual([
      ['input_tokens', '3', '0.000009'],
      ['cache_write_5m_tokens', '12304', '0.04614'],
      ['output_tokens', '550', '0.00825'],
    ]);
    const explanation = explainEntry(entry, catalog);
    expect(formatUsd(explanation.rebuilt.costPicoUsd ?? 0n)).toBe('0.054399');
    expect(explanation.isExact).toBe(true);
    expect(explanation.catalog.rates.map(({ row }) => [row?.rate, row?.source, row?.checkedOn])).toEqual(
      ['3', '3.75', '15'].map((rate) => [rate, FOUND.source, FOUND.checked_on]),
    );
  });

  it('shows one cached Nova Micro token as $0.00000000875', () => {
    const catalog = bundledCatalog();
    const event = { provider: 'aws', model: 'amazon.nova-micro-v1:0', timeMs: Date.UTC(2026, 10, 21) };
    const entry = entryOf({ catalog }, { ...event, usage: { input_tokens: 1, cache_read_tokens: 1 } });
    expect(amounts(entry, catalog)).toEqual([['cache_read_tokens', '1', '0.00000000875']]);
    const row = explainEntry(entry, catalog).catalog.rates.find(({ rate }) => rate.unit === 'cache_read_tokens')?.row;
    expect(row?.source).not.toBe('');
  });

  it.each([
    ['>', 200_000, null, '200000 input tokens, 150000 of them read from or written to a cache, are not more than'],
    ['>', 200_001, '>200000', '200001 input tokens, 150000 of them read from or written to a cache, are more than'],
    ['>=', 199_999, null, '199999 input tokens, 150000 of them read from or written to a cache, are fewer than'],
    ['>=', 200_000, '>=200000', '200000 input tokens, 150000 of them read from or written to a cache, are at least'],
  ])(
    'says on which side of %s 200000 a request of %i tokens is, cached ones counted',
    (operator, size, tier, words) => {
      const tiers = [{ over: 200_000, operator, rate: '2' }];
      const catalog = catalogOf([
        { unit: 'input_tokens', rate: '1', tiers },
        { unit: 'cache_read_tokens', rate: '0.1', tiers: [{ over: 200_000, operator, rate: '0.2' }] },
      ]);
      const entry = entryOf({ catalog }, { usage: { input_tokens: size, cache_read_tokens: 150_000 } });
      const decision = explainEntry(entry, catalog).tier;
      expect(entry.rating.price?.tier).toBe(tier);
      expect(decision).toMatchObject({ sizeTokens: BigInt(size), cachedTokens: 150_000n });
      expect(decision?.thresholds).toEqual([{ operator, overTokens: 200_000n, isReached: tier !== null }]);
      expect(decision?.sentence).toContain(`${words} 200000: `);
      // Without the catalog the side is known, not the thresholds that were not reached.
      expect(explainEntry(entry, undefined).tier?.applied?.overTokens).toBe(tier === null ? undefined : 200_000n);
    },
  );

  it('names the row that was in force: its dates, its hours and weekdays, its service tier', () => {
    const catalog = catalogOf([
      { unit: 'input_tokens', rate: '9', effective_to: '2026-01-01' },
      { unit: 'input_tokens', rate: '4', effective_from: '2026-01-01' },
      { unit: 'input_tokens', rate: '2', windows: [{ from: '10:00', to: '14:00', weekdays: [1] }] },
      { unit: 'input_tokens', rate: '1', service_tier: 'batch' },
    ]);
    const rateAt = (event: Partial<UsageEvent>): string | undefined =>
      explainEntry(entryOf({ catalog }, { usage: { input_tokens: 5 }, ...event }), catalog).catalog.rates[0]?.row?.rate;
    // 2026-01-05 is a Monday.
    expect(rateAt({})).toBe('2');
    expect(rateAt({ timeMs: NOON_MS + 86_400_000 })).toBe('4');
    expect(rateAt({ timeMs: Date.UTC(2025, 11, 31, 23) })).toBe('9');
    expect(rateAt({ service_tier: 'Batch API' })).toBe('1');
  });

  it('shows the surcharge of a region with its source, and the list rate that includes it', () => {
    const surcharges = [{ regions: ['eu-*'], factor: '1.1' }];
    const catalog = catalogOf([{ unit: 'input_tokens', rate: '2', surcharges, ...FOUND }]);
    const entry = entryOf({ catalog }, { region: 'eu-west-1', usage: { input_tokens: 1_000_000 } });
    const { catalog: found, isExact } = explainEntry(entry, catalog);
    // $2 x 1.1 for a million tokens.
    expect(formatUsd(entry.rating.costPicoUsd ?? 0n)).toBe('2.2');
    expect(found.rates[0]).toMatchObject({ rate: { listRate: '2.2' }, row: { rate: '2' } });
    expect([found.surcharge?.factor, found.surcharge?.source, isExact]).toEqual(['1.1', FOUND.source, true]);
  });

  it('shows of two surcharges that are alike the one that was in force', () => {
    const alike = (source: string, dates: object) => ({
      surcharges: [{ regions: ['eu'], factor: '1.1', ...dates }],
      source,
    });
    const catalog = catalogOf([
      { unit: 'input_tokens', rate: '2' },
      alike('then', { effective_to: '2026-02-01' }),
      alike('later', { effective_from: '2026-02-01' }),
    ]);
    const entry = entryOf({ catalog }, { region: 'eu', usage: { input_tokens: 1 } });
    expect(explainEntry(entry, catalog).catalog.surcharge?.source).toBe('then');
  });

  it('says nothing of a smallest billed count where the charge is the provider’s own', () => {
    const catalog = catalogOf([{ unit: 'audio_seconds', rate: '0.36', per: 3_600, minimum: '10' }]);
    const rule = { use: true, providers: null, maxFactor: '10', maxUsd: '1000', fromMs: null, toMs: null };
    const parts = { catalog, reportedCost: [rule] };
    const entry = entryOf(parts, { usage: { audio_seconds: 3 }, reported_cost_usd: '0.002' });
    expect(explainEntry(entry, catalog)).toMatchObject({
      entry: { rating: { status: 'reported' } },
      minimumBilled: [],
    });
  });

  it('shows what was billed as the smallest billed count', () => {
    const catalog = catalogOf([{ unit: 'audio_seconds', rate: '0.36', per: 3_600, minimum: '10' }]);
    const short = explainEntry(entryOf({ catalog }, { usage: { audio_seconds: 3.25 } }), catalog);
    expect(short.minimumBilled).toEqual([{ unit: 'audio_seconds', reported: '3.25', billed: '10' }]);
    // 10 s x $0.36 an hour = $0.001
    expect(short.lines.map(({ count, amountPicoUsd }) => [count, formatUsd(amountPicoUsd)])).toEqual([['10', '0.001']]);
    expect(explainEntry(entryOf({ catalog }, { usage: { audio_seconds: 10 } }), catalog).minimumBilled).toEqual([]);
  });

  it('keeps list and net lines apart under a discount of 15 %, whose difference is the discount', () => {
    const catalog = catalogOf([{ unit: 'input_tokens', rate: '2' }]);
    const overrides = overridesOf({ model: 'widget', provider: 'acme', multiplier: '0.85' });
    const entry = entryOf({ catalog, overrides }, { usage: { input_tokens: 1_000 } });
    const { lines, discountPicoUsd } = explainEntry(entry, catalog);
    // 1,000 x $2/M = $0.002; 85 % of it is $0.0017.
    expect(lines.map((line) => [formatUsd(line.amountPicoUsd), formatUsd(line.listAmountPicoUsd)])).toEqual([
      ['0.0017', '0.002'],
    ]);
    expect(formatUsd(discountPicoUsd ?? 0n)).toBe('0.0003');
  });

  it("says why a provider's own charge counts or not", () => {
    const catalog = catalogOf([{ unit: 'input_tokens', rate: '2' }]);
    const rule = { use: true, providers: null, maxFactor: '10', maxUsd: '1000', fromMs: null, toMs: null };
    const explain = (reported: string | undefined, reportedCost: PriceBookParts['reportedCost'] = [rule]) => {
      const sent = reported === undefined ? {} : { reported_cost_usd: reported };
      return explainEntry(entryOf({ catalog, reportedCost }, { usage: { input_tokens: 1_000 }, ...sent }), catalog);
    };
    expect(explain(undefined).reportedCost).toBeNull();
    expect(explain('0.0019').reportedCost).toMatchObject({ isUsed: true });
    expect(explain('0.0019')).toMatchObject({ isExact: true, lines: [{ unit: 'reported_cost', rate: '0.0019' }] });
    expect(explain('5').reportedCost).toMatchObject({ isUsed: false, why: expect.stringContaining('bounds') });
    expect(explain('0.0019', []).reportedCost).toMatchObject({
      isUsed: false,
      why: expect.stringContaining('no rule'),
    });
    const charged = { usage: { input_tokens: 1_000 }, reported_cost_usd: '0.0019' };
    const hit = entryOf({ catalog, reportedCost: [rule] }, { ...charged, response_cache_hit: true });
    expect(explainEntry(hit, catalog).reportedCost).toEqual({
      isUsed: false,
      why: expect.stringContaining('a response cache answered'),
    });
    const unknown = entryOf({ reportedCost: [rule], catalog }, { ...charged, model: 'x', reported_cost_usd: '1001' });
    expect(explainEntry(unknown, catalog).reportedCost?.why).toContain('the cost stays unknown');
  });

  it('names units without a rate and adds nothing for them', () => {
    const catalog = catalogOf([{ unit: 'input_tokens', rate: '2' }]);
    const entry = entryOf({ catalog }, { usage: { input_tokens: 1_000, images: 2 } });
    const { rebuilt, isExact } = explainEntry(entry, catalog);
    expect([entry.rating.unpricedUnits, rebuilt.unpricedUnits, isExact]).toEqual([['images'], ['images'], true]);
  });

  it('says of each rate why it has no catalog row', () => {
    const catalog = catalogOf([{ unit: 'input_tokens', rate: '2' }]);
    const overrides = overridesOf({ model: 'widget', provider: 'acme', rates: { output_tokens: '4' } });
    const entry = entryOf({ catalog, overrides }, { usage: { input_tokens: 1, output_tokens: 1 } });
    const gaps = (of: LedgerEntry, known?: PriceBookParts['catalog']) =>
      explainEntry(of, known).catalog.rates.map(({ gap }) => gap);
    expect(gaps(entry, catalog)).toEqual([undefined, 'unit_not_in_catalog']);
    expect(gaps(entry)).toEqual(['catalog_not_kept', 'catalog_not_kept']);
    const own = overridesOf({ model: 'mine', provider: '*', rates: { input_tokens: '4' } });
    const unknown = entryOf({ catalog, overrides: own }, { model: 'mine', usage: { input_tokens: 1 } });
    expect(gaps(unknown, catalog)).toEqual(['model_not_in_catalog']);
  });

  it('has no lines and no amount for a call without a price, and nothing that differs', () => {
    const entry = entryOf({ catalog: catalogOf([]) }, { usage: { input_tokens: 1 } });
    expect(explainEntry(entry, undefined)).toMatchObject({
      lines: [],
      tier: null,
      isCatalogFound: null,
      isExact: true,
      discountPicoUsd: null,
      rebuilt: { costPicoUsd: null, listCostPicoUsd: null },
    });
  });

  it('is not exact when a stored amount is off by a picodollar', () => {
    const catalog = catalogOf([{ unit: 'input_tokens', rate: '2' }]);
    const entry = entryOf({ catalog }, { usage: { input_tokens: 1_000 } });
    const wrong = { ...entry, rating: { ...entry.rating, costPicoUsd: (entry.rating.costPicoUsd ?? 0n) + 1n } };
    expect(explainEntry(wrong, catalog).isExact).toBe(false);
  });

  it('shows each correction with what the entry counted for before and after', () => {
    const catalog = catalogOf([{ unit: 'input_tokens', rate: '2' }]);
    const entry = entryOf({ catalog }, { usage: { input_tokens: 1_000 } });
    const dearer = { ...entry.rating, costPicoUsd: 7n };
    const by = { commit: 2, atMs: 0, book: { global: 0, tenant: 1 }, by: 'key_1', reason: 'asked for' };
    const corrections: Correction[] = [
      { ...by, number: 1, order: 1, kind: 'reprice', rating: dearer },
      { ...by, number: 2, order: 2, kind: 'void', rating: null },
    ];
    const voided = { ...entry, rating: dearer, isVoid: true, corrections };
    const shown = explainEntry(voided, catalog).corrections;
    expect(shown.map(({ before, after }) => [before?.costPicoUsd, after?.costPicoUsd])).toEqual([
      [entry.recorded.costPicoUsd, 7n],
      [7n, undefined],
    ]);
  });
});
