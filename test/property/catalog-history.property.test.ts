import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSnapshot } from '../../lib/catalog/build/make.ts';
import type { OwnModel } from '../../lib/catalog/own-model.ts';
import { decodeSnapshot, type Snapshot } from '../../lib/catalog/snapshot.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../lib/domain/rating/rating.ts';
import { counts } from '../helpers/pricing.ts';

const MODELS = ['a', 'b', 'c'];
const UNITS = ['input_tokens', 'output_tokens'];
const DAY_MS = 86_400_000;
const dayText = (day: number): string => new Date(Date.UTC(2026, 0, 1) + day * DAY_MS).toISOString().slice(0, 10);

/** One list of prices: by model the rates of its units; what is missing is not listed. */
const lists = fc.dictionary(
  fc.constantFrom(...MODELS),
  fc.dictionary(fc.constantFrom(...UNITS), fc.constantFrom('1', '2', '3'), { minKeys: 1 }),
);
/** Lists in the order of their releases, each with the days since the one before. */
const releases = fc.array(fc.record({ list: lists, daysLater: fc.integer({ min: 1, max: 40 }) }), {
  minLength: 1,
  maxLength: 5,
});

function build(
  list: Readonly<Record<string, Readonly<Record<string, string>>>>,
  released?: Snapshot,
  asOf = dayText(0),
) {
  const ownModels = Object.entries(list).map(
    ([model, rates]): OwnModel => ({
      provider: 'acme',
      model,
      replaces: null,
      scope: 'all',
      periods: [{ rates }],
      source: 'acme.example',
      checkedOn: '2026-01-01',
    }),
  );
  return buildSnapshot(
    {
      library: 'none',
      checkedOn: '2026-01-01',
      providers: [],
      ownModels,
      freeModels: [],
      borrowedPrices: new Map(),
      resales: [],
    },
    { released, asOf, correctedRows: [], correctedNames: [] },
  );
}

/** Cost of a million of a unit on a day, or why there is none. */
function costOn(snapshot: Snapshot, model: string, unit: string, day: number): bigint | string {
  const book = createPriceBook({ catalog: decodeSnapshot(snapshot) });
  const call = { provider: 'acme', model, timeMs: Date.parse(dayText(day)), usage: counts({ [unit]: 1_000_000 }) };
  const { costPicoUsd, status } = rateUsage(book, call);
  return costPicoUsd ?? status;
}

describe('prices over any number of releases', () => {
  it('never change before the day of the change, and are those of the list from then on', () => {
    fc.assert(
      fc.property(releases, fc.integer({ min: -10, max: 250 }), (steps, day) => {
        let released: Snapshot | undefined;
        let effectiveDay = 0;
        for (const { list, daysLater } of steps) {
          effectiveDay += daysLater;
          const next = build(list, released, dayText(effectiveDay));
          for (const model of MODELS) {
            for (const unit of UNITS) {
              const before = released === undefined ? 'unpriced' : costOn(released, model, unit, day);
              const after = costOn(next, model, unit, day);
              const listed = list[model]?.[unit];
              // A past price stays; from the day on the list counts; a model that is not listed stays as it was.
              if (typeof before === 'bigint' && (day < effectiveDay || list[model] === undefined)) {
                expect(after).toBe(before);
              } else if (listed !== undefined) expect(after).toBe(BigInt(listed) * 10n ** 12n);
              else expect(typeof after).toBe('string');
            }
          }
          released = next;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are the same after building again from the result, on any later day', () => {
    fc.assert(
      fc.property(releases, fc.integer({ min: 0, max: 100 }), (steps, later) => {
        let released: Snapshot | undefined;
        let effectiveDay = 0;
        for (const { list, daysLater } of steps) {
          effectiveDay += daysLater;
          const next = build(list, released, dayText(effectiveDay));
          expect(build(list, next, dayText(effectiveDay + later)).version).toBe(next.version);
          released = next;
        }
      }),
      { numRuns: 200 },
    );
  });
});
