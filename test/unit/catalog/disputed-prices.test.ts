import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { formatUsd } from '../../../lib/domain/money.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { counts } from '../../helpers/pricing.ts';
import { libraryUsd, type TableCall } from './library-price.ts';

const PAGE = new URL('../../../docs/disputed-prices.md', import.meta.url);
const book = createPriceBook({ catalog: bundledCatalog() });

interface Row {
  readonly number: string;
  readonly call: TableCall;
  readonly others: string;
  readonly ours: string;
  readonly source: string;
  readonly alsoIn: string;
}

/** The rows of the page's table, its calls parsed. */
function readRows(): readonly Row[] {
  const lines = readFileSync(PAGE, 'utf8').split('\n');
  return lines
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) => {
      const [number = '', call = '', others = '', ours = '', source = '', alsoIn = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { number, call: JSON.parse(call.replaceAll('`', '')), others, ours, source, alsoIn };
    });
}

/** Our answer as the page writes it: an amount, a status, or an amount and the units without a price. */
function answer(call: TableCall): string {
  const { provider, model, units, on = '2026-11-21', service_tier: serviceTier = null, region = null } = call;
  const query = { provider, model, timeMs: Date.parse(on), usage: counts(units), serviceTier, region };
  const { status, costPicoUsd, unpricedUnits } = rateUsage(book, query);
  if (costPicoUsd === null) return status;
  const amount = formatUsd(costPicoUsd);
  return status === 'priced' ? amount : `${amount} and ${unpricedUnits.join(', ')} unpriced`;
}

const rows = readRows();

describe('the page of disputed prices', () => {
  it('has the rows it promises, numbered', () => {
    expect(rows.length).toBeGreaterThanOrEqual(20);
    expect(rows.map(({ number }) => Number(number))).toEqual(rows.map((_, index) => index + 1));
  });

  it.each(rows)('$number: $call.model costs $ours here', ({ call, ours }) => {
    expect(answer(call)).toBe(ours);
  });

  it.each(rows)('$number: others differ, and a reason is given', ({ others, ours, source }) => {
    const amounts = [...others.matchAll(/ (\d[\d.]*)(?=;|$)/g)].map((match) => match[1]);
    expect(amounts.length).toBeGreaterThan(0);
    expect(amounts).not.toContain(ours);
    expect(source.length).toBeGreaterThan(40);
  });

  const ofLibrary = rows.filter(({ others }) => others.includes('genai-prices'));

  it.each(ofLibrary)('$number: the library says what the page says it says', ({ call, others }) => {
    const said = Number(/genai-prices (\d[\d.]*)/.exec(others)?.[1]);
    expect(libraryUsd(call)).toBeCloseTo(said, 10);
  });

  it.each(rows.filter(({ alsoIn }) => alsoIn !== ''))('$number: $alsoIn tests it too', ({ alsoIn, call }) => {
    const folder = alsoIn === 'rating' ? 'domain' : 'catalog';
    const file = new URL(`../${folder}/${alsoIn}.test.ts`, import.meta.url);
    if (alsoIn === 'rating' || alsoIn === 'worked-cases') expect(readFileSync(file, 'utf8')).not.toBe('');
    else expect(readFileSync(file, 'utf8')).toContain(call.model.replace(/^eu\./, ''));
  });
});
