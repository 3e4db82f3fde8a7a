import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateWithSaved } from '../../lib/app/recording/rate-and-conceal.ts';
import type { LedgerEntry } from '../../lib/domain/events/entry.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import type { ReportedCostRule } from '../../lib/domain/prices/price-book-reported-cost.ts';
import { explainEntry } from '../../lib/domain/rating/explain.ts';
import { catalogOf, overridesOf } from '../helpers/pricing.ts';

const INPUT_PARTS = ['cache_read_tokens', 'cache_write_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens'];
const ALONE = ['input_characters', 'images', 'web_searches', 'pages', 'training_tokens', 'requests', 'own_unit'];
const UNITS = [...INPUT_PARTS, ...ALONE, 'input_tokens', 'output_tokens', 'reasoning_tokens', 'audio_seconds'];
const PRICED_UNITS = UNITS.filter((unit) => unit !== 'own_unit');

const decimals = fc.tuple(fc.bigInt(0n, 10n ** 9n), fc.integer({ min: 0, max: 12 })).map(([digits, scale]) => {
  const text = digits.toString().padStart(scale + 1, '0');
  return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
});
// Overrides are bounded at 10,000 USD a unit.
const bounded = decimals.filter((text) => Number(text) <= 10_000);
const sizes = fc.integer({ min: 0, max: 300_000 });
const rows = fc
  .subarray(PRICED_UNITS, { minLength: 1 })
  .chain((units) =>
    fc.tuple(
      ...units.map((unit) =>
        fc.record({
          unit: fc.constant(unit),
          rate: decimals,
          per: fc.constantFrom(1, 3, 60, 1_000, 1_000_000),
          tiers: fc.option(
            fc.record({ over: sizes, operator: fc.constantFrom('>', '>='), rate: decimals }).map((tier) => [tier]),
          ),
          minimum: fc.option(fc.constantFrom('0.5', '10', '1000')),
        }),
      ),
    ),
  )
  .map((list) =>
    list.map(({ tiers, minimum, ...row }) => ({ ...row, ...(tiers && { tiers }), ...(minimum && { minimum }) })),
  );
const overrides = fc.array(
  fc.record({
    units: fc.dictionary(fc.constantFrom(...PRICED_UNITS), bounded, { maxKeys: 3 }),
    multiplier: fc.option(fc.constantFrom('0.85', '1.25', '0.333333')),
    replace: fc.boolean(),
    per: fc.constantFrom(1, 3_600, 1_000_000),
  }),
  { maxLength: 3 },
);
const usages = fc
  .record({
    parts: fc.tuple(...INPUT_PARTS.map(() => sizes)),
    text: sizes,
    reasoning: sizes,
    output: sizes,
    alone: fc.tuple(...ALONE.map(() => fc.integer({ min: 0, max: 50_000 }))),
    audioSeconds: fc.integer({ min: 0, max: 600_000 }).map((thousandths) => thousandths / 1_000),
    isZero: fc.uniqueArray(fc.constantFrom(...UNITS)),
  })
  .map(({ parts, text, reasoning, output, alone, audioSeconds, isZero }): Record<string, number> => {
    const usage: Record<string, number> = {};
    for (const [index, unit] of INPUT_PARTS.entries()) usage[unit] = isZero.includes(unit) ? 0 : (parts[index] ?? 0);
    const inParts = Object.values(usage).reduce((sum, count) => sum + count, 0);
    for (const [index, unit] of ALONE.entries()) usage[unit] = isZero.includes(unit) ? 0 : (alone[index] ?? 0);
    usage['input_tokens'] = inParts + (isZero.includes('input_tokens') ? 0 : text);
    usage['reasoning_tokens'] = isZero.includes('reasoning_tokens') ? 0 : reasoning;
    usage['output_tokens'] = usage['reasoning_tokens'] + (isZero.includes('output_tokens') ? 0 : output);
    usage['audio_seconds'] = isZero.includes('audio_seconds') ? 0 : audioSeconds;
    return usage;
  });
const cases = fc.record({
  rows,
  overrides,
  usage: usages,
  surcharge: fc.option(fc.constantFrom('1.1', '1.25', '2.7182818')),
  isCacheHit: fc.boolean(),
  reported: fc.option(decimals),
  hasRule: fc.boolean(),
});
type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

const USE_REPORTED: ReportedCostRule = {
  use: true,
  providers: null,
  maxFactor: '1000000000',
  maxUsd: '1000000000000',
  fromMs: null,
  toMs: null,
};

function rateCase(given: Case) {
  const catalog = catalogOf(
    given.rows.map((row) => ({
      ...row,
      ...(given.surcharge && { surcharges: [{ regions: ['eu-*'], factor: given.surcharge }] }),
    })),
  );
  const changes = given.overrides.map(({ units, multiplier, replace, per }) => {
    const hasContent = Object.keys(units).length > 0 || multiplier !== null;
    return {
      model: 'widget',
      provider: '*',
      rates: hasContent ? units : { input_tokens: '1' },
      per,
      replace: replace && Object.keys(units).length > 0,
      ...(multiplier && { multiplier }),
    };
  });
  const book = createPriceBook({
    catalog,
    overrides: overridesOf(...changes),
    reportedCost: given.hasRule ? [USE_REPORTED] : [],
  });
  const event: UsageEvent = {
    id: 'a',
    timeMs: 0,
    provider: 'acme',
    model: 'widget',
    region: 'eu-1',
    usage: given.usage,
    ...(given.isCacheHit && { response_cache_hit: true }),
    ...(given.reported !== null && { reported_cost_usd: given.reported }),
  };
  const rating = rateWithSaved(book, event);
  const place = { commit: 1, segmentId: 's', position: 0 };
  const entry: LedgerEntry = {
    ...place,
    event,
    rating,
    recorded: rating,
    isVoid: false,
    corrections: [],
    day: '1970-01-01',
  };
  return { entry, catalog };
}

describe('an explanation of any call', () => {
  it('has lines that sum to the entry and to its list cost, and rebuilds both with no difference', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { entry, catalog } = rateCase(given);
        const { lines, rebuilt, isExact } = explainEntry(entry, catalog);
        const { costPicoUsd, listCostPicoUsd, unpricedUnits } = entry.rating;
        expect(lines.reduce((sum, line) => sum + line.amountPicoUsd, 0n)).toBe(costPicoUsd ?? 0n);
        expect(lines.reduce((sum, line) => sum + line.listAmountPicoUsd, 0n)).toBe(listCostPicoUsd ?? 0n);
        expect(rebuilt.costPicoUsd).toBe(costPicoUsd);
        expect(rebuilt.listCostPicoUsd).toBe(listCostPicoUsd);
        expect([...rebuilt.unpricedUnits].sort()).toEqual([...unpricedUnits].sort());
        expect(isExact).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('sees one picodollar too much or too little, in cost and in list cost', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(-1n, 1n), fc.boolean(), (given, slip, isList) => {
        const { entry, catalog } = rateCase(given);
        const field = isList ? 'listCostPicoUsd' : 'costPicoUsd';
        const amount = entry.rating[field];
        fc.pre(amount !== null && !entry.credit);
        const wrong = { ...entry, rating: { ...entry.rating, [field]: (amount ?? 0n) + slip } };
        expect(explainEntry(wrong, catalog).isExact).toBe(false);
      }),
    );
  });

  it('shows a catalog row for each rate of a unit that the catalog prices', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { entry, catalog } = rateCase(given);
        const priced = new Set(given.rows.map(({ unit }) => unit));
        // Rates that only the overrides bring have no row; a price of overrides alone still names its model.
        for (const { rate, row } of explainEntry(entry, catalog).catalog.rates) {
          expect(row !== null).toBe(priced.has(rate.unit));
          if (row) expect(row.rate).toBe(given.rows.find(({ unit }) => unit === rate.unit)?.rate);
        }
      }),
    );
  });
});
