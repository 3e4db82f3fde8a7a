import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { parseOverrideFile } from '../../../lib/domain/prices/price-book-file.ts';
import { rateEvent, rateUsage } from '../../../lib/domain/rating/rating.ts';
import { linesOf } from '../../../lib/domain/rating/rating-lines.ts';
import { catalogOf, counts } from '../../helpers/pricing.ts';

const catalog = catalogOf([
  { provider: 'openrouter', unit: 'input_tokens', rate: '1' },
  { provider: 'openrouter', model: 'free', unit: 'input_tokens', rate: '0' },
]);
// 1M tokens at 1/M: 1 USD at list price
const usage = counts({ input_tokens: 1_000_000 });
const ONE_USD = 1_000_000_000_000n;

interface Reported {
  readonly rules?: readonly object[];
  readonly model?: string;
  readonly provider?: string;
  readonly units?: Readonly<Record<string, number>>;
  readonly timeMs?: number;
}

function rate(reportedCostUsd: string | null, options: Reported = {}) {
  const { rules = [{ use: true }], model = 'widget', provider = 'openrouter', timeMs = 0 } = options;
  const reportedCost = rules.flatMap((rule) => parseOverrideFile({ reported_cost: rule }).reportedCost ?? []);
  const book = createPriceBook({ catalog, reportedCost });
  const counted = options.units === undefined ? usage : counts(options.units);
  return rateUsage(book, { provider, model, timeMs, usage: counted, reportedCostUsd });
}

describe("a provider's own charge", () => {
  it('is the cost where the tenant wants it; list cost stays the catalog’s', () => {
    expect(rate('0.87')).toMatchObject({
      status: 'reported',
      costPicoUsd: 870_000_000_000n,
      listCostPicoUsd: ONE_USD,
      price: { modelId: 'widget' },
      reportedCost: 'used',
    });
  });

  it('is of no account where nobody asked for it, or not any more, or not for this provider', () => {
    expect(rate('0.87', { rules: [] })).toMatchObject({ status: 'priced', costPicoUsd: ONE_USD });
    expect(rate('0.87', { rules: [] })).not.toHaveProperty('reportedCost');
    expect(rate(null)).not.toHaveProperty('reportedCost');
    expect(rate('0.87', { rules: [{ use: true }, { use: false }] }).status).toBe('priced');
    expect(rate('0.87', { rules: [{ use: true, providers: ['groq'] }] }).status).toBe('priced');
    expect(rate('0.87', { rules: [{ use: true }, { use: false, providers: ['groq'] }] }).status).toBe('reported');
  });

  it('counts in the period of the rule', () => {
    const rules = [{ use: true, effective_from: '2026-02-01' }];
    const statusAt = (timeMs: number) => rate('0.87', { rules, timeMs }).status;
    expect([statusAt(Date.parse('2026-02-01') - 1), statusAt(Date.parse('2026-02-01'))]).toEqual([
      'priced',
      'reported',
    ]);
  });

  it.each([
    ['0.1', 'reported'],
    ['0.099999999999', 'priced'],
    ['10', 'reported'],
    ['10.000000000001', 'priced'],
    ['0', 'priced'],
    ['-0.5', 'priced'],
    ['1e0', 'priced'],
    ['free', 'priced'],
  ])('of %s USD for a call of 1 USD makes it %s', (reported, status) => {
    const rating = rate(reported);
    expect(rating.status).toBe(status);
    if (status === 'priced') expect(rating).toMatchObject({ costPicoUsd: ONE_USD, reportedCost: 'out_of_bounds' });
  });

  it('is believed up to the bounds that the tenant gives', () => {
    const rules = [{ use: true, max_factor: '1.5', max_usd: '1.2' }];
    expect(rate('1.2', { rules }).status).toBe('reported');
    expect(rate('1.3', { rules }).status).toBe('priced');
    expect(rate('0.6', { rules }).status).toBe('priced');
  });

  it('prices a call that nothing else prices, up to the largest charge', () => {
    expect(rate('999', { model: 'unknown' })).toMatchObject({
      status: 'reported',
      costPicoUsd: 999n * ONE_USD,
      listCostPicoUsd: 999n * ONE_USD,
      price: null,
    });
    expect(rate('1000.1', { model: 'unknown' })).toMatchObject({ status: 'unpriced', reportedCost: 'out_of_bounds' });
  });

  it('of nothing is believed where the list price is nothing too', () => {
    expect(rate('0', { model: 'free' })).toMatchObject({ status: 'reported', costPicoUsd: 0n });
    expect(rate('0.01', { model: 'free' }).status).toBe('priced');
  });

  it('makes a partly priced call whole: what the catalog knows of it is a lower bound', () => {
    const units = { input_tokens: 1_000_000, images: 2 };
    expect(rate('50', { units })).toMatchObject({
      status: 'reported',
      listCostPicoUsd: 50n * ONE_USD,
      unpricedUnits: [],
    });
    expect(rate('0.05', { units }).status).toBe('partially_priced');
  });

  it('is one line of the entry', () => {
    expect(linesOf(rate('0.87'), usage)).toEqual([
      {
        unit: 'reported_cost',
        count: '1',
        rate: '0.87',
        listRate: '1',
        per: 1,
        amountPicoUsd: 870_000_000_000n,
        listAmountPicoUsd: ONE_USD,
      },
    ]);
  });

  it('of an event is read from its field, and no charge for an answer from the response cache', () => {
    const book = createPriceBook({
      catalog,
      reportedCost: [parseOverrideFile({ reported_cost: { use: true } }).reportedCost].filter((it) => it !== null),
    });
    const event = {
      id: 'e',
      timeMs: 0,
      provider: 'openrouter',
      model: 'widget',
      usage: { input_tokens: 1_000_000 },
      reported_cost_usd: '0.87',
    };
    expect(rateEvent(book, event)).toMatchObject({ status: 'reported', costPicoUsd: 870_000_000_000n });
    expect(rateEvent(book, { ...event, response_cache_hit: true })).toMatchObject({
      status: 'priced',
      costPicoUsd: 0n,
    });
  });
});
