import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { formatUsd } from '../../lib/domain/money.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../lib/domain/rating/rating.ts';
import { counts } from './pricing.ts';

const book = createPriceBook({ catalog: bundledCatalog() });

/** Terms of a call besides its model; the day of the tests' catalog, the standard tier and no region unless said. */
export interface CallTerms {
  readonly on?: string;
  readonly tier?: string;
  readonly region?: string;
}

/** Decimal USD of a call in disjoint counts by the bundled catalog, or its status where it is not wholly priced. */
export function usdOf(
  provider: string,
  model: string,
  units: Readonly<Record<string, number>>,
  { on = '2026-11-21', tier, region }: CallTerms = {},
): string {
  const rating = rateUsage(book, {
    provider,
    model,
    timeMs: Date.parse(on),
    usage: counts(units),
    ...(tier === undefined ? {} : { serviceTier: tier }),
    ...(region === undefined ? {} : { region }),
  });
  return rating.status === 'priced' && rating.costPicoUsd !== null ? formatUsd(rating.costPicoUsd) : rating.status;
}
