import { describe, expect, it } from 'vitest';
import { createPriceTimeline } from '../../../../lib/domain/forecast-conditions/price-timeline.ts';
import { createZone } from '../../../../lib/domain/local-time.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import { dayRow } from '../../../helpers/forecast-rows.ts';
import { catalogOf } from '../../../helpers/pricing.ts';

const USD = 1_000_000_000_000n;
const OWN = { provider: 'acme', model: 'widget', deployment: 'own' };

describe('a forecast of calls that a capacity covers from a day on', () => {
  const book = createPriceBook({
    catalog: catalogOf([{ unit: 'input_tokens', rate: '4' }]),
    capacities: [
      {
        name: 'h100',
        fromMs: Date.UTC(2026, 5, 10),
        toMs: Date.UTC(2026, 5, 20),
        covers: { deployment: 'own' },
        list: null,
      },
    ],
  });
  const restate = (leaf: Readonly<Record<string, string>>, cost: bigint, fromDay: string, toDay: string) =>
    createPriceTimeline(book, createZone('UTC')).restate(
      dayRow(fromDay, leaf, { calls: 1n, input_tokens: 1_000_000n }),
      cost,
      fromDay,
      toDay,
    );

  it('knows that they cost nothing while they are covered, and what they cost again behind its end', () => {
    expect(restate(OWN, 4n * USD, '2026-06-09', '2026-06-10')).toBe(0n);
    expect(restate(OWN, 0n, '2026-06-10', '2026-06-19')).toBe(0n);
    expect(restate(OWN, 0n, '2026-06-19', '2026-06-20')).toBe(4n * USD);
  });

  it('leaves calls of the same model alone that it does not cover', () => {
    expect(restate({ ...OWN, deployment: 'other' }, 4n * USD, '2026-06-09', '2026-06-10')).toBe(4n * USD);
  });
});
