import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { formatUsd } from '../../../lib/domain/money.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { counts } from '../../helpers/pricing.ts';
import type { TableCall } from './library-price.ts';

const PAGE = new URL('../../../docs/catalog-gaps.md', import.meta.url);
const book = createPriceBook({ catalog: bundledCatalog() });

/** The calls of the page's table with the answers it promises. */
function readGaps(): ReadonlyArray<{ readonly call: TableCall; readonly answer: string }> {
  const rows = readFileSync(PAGE, 'utf8').matchAll(/^\|[^|]*\| `(\{[^|]*\})` \| ([^|]+) \|/gm);
  return [...rows].map(([, call = '', answer = '']) => ({ call: JSON.parse(call), answer: answer.trim() }));
}

function rate({ provider, model, units, on = '2026-11-21', service_tier, region }: TableCall) {
  const usage = counts(units);
  const call = { provider, model, timeMs: Date.parse(on), usage };
  return rateUsage(book, { ...call, serviceTier: service_tier ?? null, region: region ?? null });
}

describe('the page of gaps', () => {
  const gaps = readGaps();

  it('has all its rows read', () => {
    const lines = readFileSync(PAGE, 'utf8').split('\n');
    expect(gaps).toHaveLength(lines.filter((line) => line.startsWith('|')).length - 2);
    expect(gaps.length).toBeGreaterThan(30);
  });

  it.each(gaps)('$call.provider $call.model is still $answer', ({ call, answer }) => {
    const { status, costPicoUsd, unpricedUnits } = rate(call);
    expect(status).not.toBe('priced');
    expect(costPicoUsd === null ? status : `${formatUsd(costPicoUsd)} without ${unpricedUnits.join(', ')}`).toBe(
      answer,
    );
  });
});
