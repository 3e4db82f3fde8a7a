import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plus, toPicoUsd } from '../../lib/domain/money.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../lib/domain/rating/rating.ts';
import { linesOf } from '../../lib/domain/rating/rating-lines.ts';
import { catalogOf, counts, overridesOf } from '../helpers/pricing.ts';

const UNITS = ['input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'cache_write_1h_tokens', 'output_tokens'];
const rates = fc.tuple(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 0, max: 14 })).map(([digits, scale]) => {
  const text = digits.toString().padStart(scale + 1, '0');
  return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
});
// Overrides are bounded at 10,000 USD a unit.
const boundedRates = rates.filter((text) => Number(text) <= 10_000);
const blocks = fc.constantFrom(1, 3, 8, 1000, 3600, 1_000_000);
const priceList = fc.record({ rates: fc.tuple(rates, rates, rates, rates, rates), per: blocks });
const usages = fc.tuple(...UNITS.map(() => fc.bigInt(0n, 10n ** 7n)));

const bookOf = ({ rates: list, per }: { rates: readonly string[]; per: number }, overrides: object[] = []) => {
  const rows = UNITS.map((unit, index) => ({ unit, rate: list[index], per }));
  return createPriceBook({
    catalog: catalogOf(rows),
    overrides: overridesOf(...(overrides as Record<string, unknown>[])),
  });
};
const usageOf = (values: readonly bigint[], order = UNITS) =>
  counts(Object.fromEntries(order.map((unit) => [unit, values[UNITS.indexOf(unit)] ?? 0n])));
const costOf = (book: ReturnType<typeof bookOf>, usage: ReturnType<typeof counts>): bigint =>
  rateUsage(book, { provider: 'acme', model: 'widget', timeMs: 0, usage }).costPicoUsd ?? -1n;
const denominators = fc.bigInt(1n, 10n ** 9n);

describe('laws of rating', () => {
  it('split over two calls, usage costs the same to within a rounding each', () => {
    fc.assert(
      fc.property(priceList, usages, usages, (prices, a, b) => {
        const book = bookOf(prices);
        const together = costOf(book, usageOf(a.map((count, index) => count + (b[index] ?? 0n))));
        const apart = costOf(book, usageOf(a)) + costOf(book, usageOf(b));
        expect(together - apart).toBeGreaterThanOrEqual(-1n);
        expect(together - apart).toBeLessThanOrEqual(1n);
      }),
    );
  });

  it('does not depend on the order of the units', () => {
    fc.assert(
      fc.property(
        priceList,
        usages,
        fc.shuffledSubarray(UNITS, { minLength: UNITS.length }),
        (prices, values, order) => {
          const book = bookOf(prices);
          expect(costOf(book, usageOf(values, order))).toBe(costOf(book, usageOf(values)));
        },
      ),
    );
  });

  it('is explained by lines that sum to the cost, each within a picodollar of its own amount', () => {
    fc.assert(
      fc.property(priceList, usages, (prices, values) => {
        const usage = usageOf(values);
        const rating = rateUsage(bookOf(prices), { provider: 'acme', model: 'widget', timeMs: 0, usage });
        const lines = linesOf(rating, usage);
        expect(lines.reduce((sum, line) => sum + line.amountPicoUsd, 0n)).toBe(rating.costPicoUsd);
        for (const line of lines) {
          const alone = costOf(bookOf(prices), counts({ [line.unit]: BigInt(line.count) }));
          expect(line.amountPicoUsd - alone >= -1n && line.amountPicoUsd - alone <= 1n).toBe(true);
        }
      }),
    );
  });

  it('under an override of one unit leaves what the other units cost', () => {
    fc.assert(
      fc.property(priceList, usages, fc.constantFrom(...UNITS), boundedRates, (prices, values, unit, rate) => {
        const overridden = bookOf(prices, [{ model: 'widget', rates: { [unit]: rate }, per: prices.per }]);
        const others = usageOf(values.map((count, index) => (UNITS[index] === unit ? 0n : count)));
        expect(costOf(overridden, others)).toBe(costOf(bookOf(prices), others));
        const rating = rateUsage(overridden, { provider: 'acme', model: 'widget', timeMs: 0, usage: usageOf(values) });
        expect(rating.listCostPicoUsd).toBe(costOf(bookOf(prices), usageOf(values)));
      }),
    );
  });
});

describe('laws of rounding', () => {
  it('stays within half a picodollar, and at the half goes to the even side', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), denominators, (numerator, denominator) => {
        const rounded = toPicoUsd({ numerator, denominator });
        const twiceOff = 2n * (rounded * denominator - numerator);
        expect(twiceOff <= denominator && twiceOff >= -denominator).toBe(true);
        if (twiceOff === denominator || twiceOff === -denominator) expect(rounded % 2n).toBe(0n);
      }),
    );
  });

  it('takes every exact half to the even side, whatever the fraction is written over', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.bigInt(1n, 10n ** 12n), (whole, scale) => {
        const rounded = toPicoUsd({ numerator: (2n * whole + 1n) * scale, denominator: 2n * scale });
        expect(rounded).toBe(whole % 2n === 0n ? whole : whole + 1n);
      }),
    );
  });

  it('takes whole picodollars out of a sum unchanged', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(0n, 10n ** 12n), denominators, (whole, numerator, denominator) => {
        const even = whole * 2n;
        const sum = plus({ numerator: even, denominator: 1n }, { numerator, denominator });
        expect(toPicoUsd(sum)).toBe(even + toPicoUsd({ numerator, denominator }));
      }),
    );
  });
});
