import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { bundledReference } from '../../lib/catalog/reference.ts';
import { buildMarket, type Market } from '../../lib/domain/advice/market.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';

/** The day of which figures of the page of advice are, so that a later price does not change them. */
export const ADVICE_DAY_MS = Date.UTC(2026, 10, 21);

/** What the release knows on that day, with a model asked for by name or none. */
export function marketOfRelease(namedModel: string | null = null): Market {
  const book = createPriceBook({ catalog: bundledCatalog() });
  return buildMarket({ reference: bundledReference(), book, atMs: ADVICE_DAY_MS, namedModel, namedProvider: null });
}
