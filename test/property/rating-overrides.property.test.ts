import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { rateEvent, rateUsage } from '../../lib/domain/rating/rating.ts';
import { linesOf } from '../../lib/domain/rating/rating-lines.ts';
import { catalogOf, counts, overridesOf } from '../helpers/pricing.ts';

const UNITS = ['input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens'] as const;
const MODELS = ['widget', 'gadget', 'gizmo'];
const catalog = catalogOf(
  MODELS.flatMap((model, at) => [
    {
      model,
      unit: 'input_tokens',
      rate: `${at + 1}.37`,
      tiers: [{ over: 200_000, operator: '>', rate: `${at + 2}.74` }],
    },
    { model, unit: 'cache_read_tokens', rate: '0.137' },
    { model, unit: 'cache_write_tokens', rate: '0.00000171', per: 1 },
    { model, unit: 'output_tokens', rate: '7.13' },
  ]),
);
const decimals = fc
  .tuple(fc.integer({ min: 0, max: 10 ** 6 }), fc.integer({ min: 0, max: 9 }))
  .map(([digits, scale]) => {
    const text = String(digits).padStart(scale + 1, '0');
    return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
  });
const blocks = fc.constantFrom(1, 3, 1000, 3600, 1_000_000, 27_000_000_000_000);
const shares = fc.integer({ min: 0, max: 10 ** 6 }).map((millionths) => {
  const text = String(millionths).padStart(7, '0');
  return `${text.slice(0, 1)}.${text.slice(1)}`;
});
const usages = fc.record(Object.fromEntries(UNITS.map((unit) => [unit, fc.nat(300_000)])));

type Overrides = ReadonlyArray<Readonly<Record<string, unknown>>>;

function rate(overrides: Overrides, units: Readonly<Record<string, number>>, model = 'widget', timeMs = 0) {
  const book = createPriceBook({ catalog, overrides: overridesOf(...overrides) });
  return rateUsage(book, { provider: 'acme', model, timeMs, usage: counts(units) });
}

const totals = (overrides: Overrides, units: Readonly<Record<string, number>>, model: string, timeMs: number) => {
  const { status, costPicoUsd, listCostPicoUsd, unpricedUnits } = rate(overrides, units, model, timeMs);
  return { status, costPicoUsd, listCostPicoUsd, unpricedUnits };
};

describe('laws of overrides', () => {
  it('in which order files are stored does not matter where no two speak of one price', () => {
    const days = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01'];
    // Each pair of model, unit and month is spoken of at most once.
    const plans = fc.uniqueArray(
      fc.record({
        model: fc.constantFrom(...MODELS),
        unit: fc.constantFrom(...UNITS),
        month: fc.integer({ min: 0, max: 2 }),
        rate: decimals,
      }),
      { selector: ({ model, unit, month }) => `${model} ${unit} ${month}`, minLength: 2, maxLength: 12 },
    );
    const stored = plans.chain((plan) => {
      const entries = plan.map(({ model, unit, month, rate: given }) => ({
        model,
        rates: { [unit]: given },
        effective_from: days[month],
        effective_to: days[month + 1],
      }));
      const shuffled = fc.shuffledSubarray(entries, { minLength: entries.length });
      return fc.record({ entries: fc.constant(entries), shuffled });
    });
    fc.assert(
      fc.property(stored, usages, fc.constantFrom(...MODELS), fc.constantFrom(...days), (files, units, model, day) => {
        const timeMs = Date.parse(day);
        expect(totals(files.shuffled, units, model, timeMs)).toEqual(totals(files.entries, units, model, timeMs));
      }),
    );
  });

  it('of which the later names a unit, the earlier says nothing of that unit any more', () => {
    fc.assert(
      fc.property(fc.constantFrom(...UNITS), decimals, decimals, usages, (unit, first, second, units) => {
        const later = { model: 'widget', rates: { [unit]: second } };
        const both = [{ model: 'widget', rates: { [unit]: first } }, later];
        expect(rate(both, units).costPicoUsd).toBe(rate([later], units).costPicoUsd);
      }),
    );
  });

  it('by a multiplier of at most 1 never cost more than list, and leave the list cost', () => {
    fc.assert(
      fc.property(shares, usages, (multiplier, units) => {
        const rating = rate([{ model: '*', multiplier }], units);
        expect(rating.listCostPicoUsd).toBe(rate([], units).costPicoUsd);
        expect((rating.costPicoUsd ?? -1n) <= (rating.listCostPicoUsd ?? -1n)).toBe(true);
      }),
    );
  });

  it('of 15 % off miss 15 % of list by less than a picodollar a call, which is the two roundings', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), decimals, blocks, (count, price, per) => {
        const book = createPriceBook({
          catalog: catalogOf([{ unit: 'output_tokens', rate: price, per }]),
          overrides: overridesOf({ model: '*', multiplier: '0.85' }),
        });
        const usage = counts({ output_tokens: count });
        const rating = rateUsage(book, { provider: 'acme', model: 'widget', timeMs: 0, usage });
        // |85 % of the rounded list - the rounded net| <= 0.85 / 2 + 1 / 2
        const off = 85n * (rating.listCostPicoUsd ?? 0n) - 100n * (rating.costPicoUsd ?? 0n);
        expect(off <= 92n && off >= -92n).toBe(true);
      }),
    );
  });

  it('are explained by lines that sum to cost and to list cost', () => {
    fc.assert(
      fc.property(shares, usages, (multiplier, units) => {
        const usage = counts(units);
        const rating = rate([{ model: '*', multiplier }], units);
        const lines = linesOf(rating, usage);
        expect(lines.reduce((sum, line) => sum + line.amountPicoUsd, 0n)).toBe(rating.costPicoUsd);
        expect(lines.reduce((sum, line) => sum + line.listAmountPicoUsd, 0n)).toBe(rating.listCostPicoUsd);
      }),
    );
  });
});

describe('laws of counting', () => {
  const plain = createPriceBook({ catalog });

  it('one more of a unit never costs less', () => {
    fc.assert(
      fc.property(usages, fc.constantFrom(...UNITS), fc.integer({ min: 1, max: 300_000 }), (units, unit, more) => {
        const larger = { ...units, [unit]: (units[unit] ?? 0) + more };
        expect((rate([], larger).costPicoUsd ?? -1n) >= (rate([], units).costPicoUsd ?? -1n)).toBe(true);
      }),
    );
  });

  it('an event, whose input includes its parts, costs what the disjoint counts cost', () => {
    fc.assert(
      fc.property(usages, (units) => {
        const { input_tokens: text = 0, cache_read_tokens: read = 0, cache_write_tokens: written = 0 } = units;
        const usage = { ...units, input_tokens: text + read + written };
        const event = { id: 'e', timeMs: 0, provider: 'acme', model: 'widget', usage };
        expect(rateEvent(plain, event).costPicoUsd).toBe(rate([], units).costPicoUsd);
      }),
    );
  });

  it('the size of the whole prompt decides the tier, however it splits into cached and plain', () => {
    const prompts = fc.tuple(fc.constantFrom(199_999, 200_000, 200_001, 200_002), fc.nat(199_999), fc.nat(1000));
    fc.assert(
      fc.property(prompts, ([size, cached, output]) => {
        const units = { input_tokens: size - cached, cache_read_tokens: cached, output_tokens: output };
        expect(rate([], units).price?.tier).toBe(size > 200_000 ? '>200000' : null);
      }),
    );
  });
});
