import { createPriceBook, type PriceBook } from '../domain/price-book.ts';
import { parseOverrideFile } from '../domain/price-book-file.ts';
import type { Catalog } from '../domain/price-catalog.ts';
import type { OverrideChanges } from './override-ports.ts';
import type { PriceBooks } from './ports.ts';

/**
 * Price books that are as new as the moment they are asked for: the tenant's changes are read each time, and the book
 * is built again only when there are new ones. An event sent after an override was stored is therefore rated with it.
 */
export class CurrentPriceBooks implements PriceBooks {
  readonly #changes: OverrideChanges;
  readonly #catalog: Catalog;
  readonly #books = new Map<string, PriceBook>();

  constructor(changes: OverrideChanges, catalog: Catalog) {
    this.#changes = changes;
    this.#catalog = catalog;
  }

  async current(tenant: string): Promise<PriceBook> {
    const changes = await this.#changes.list(tenant);
    const overrideVersion = changes.at(-1)?.version ?? null;
    const known = this.#books.get(tenant);
    if (known && known.overrideVersion === overrideVersion) return known;
    const overrides = changes.flatMap((change) => parseOverrideFile(JSON.parse(change.fileText)).overrides);
    const book = createPriceBook({ catalog: this.#catalog, overrides, overrideVersion });
    this.#books.set(tenant, book);
    return book;
  }
}
