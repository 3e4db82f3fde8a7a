import { createPriceBook, type PriceBook } from '../../domain/prices/price-book.ts';
import { type ChangeContent, parseChange, withoutWithdrawn } from '../../domain/prices/price-book-change.ts';
import type { OverrideFile } from '../../domain/prices/price-book-file.ts';
import { touches } from '../../domain/prices/price-book-touches.ts';
import type { Catalog } from '../../domain/prices/price-catalog.ts';
import { type CallFacts, EVERY_TENANT } from '../corrections/repricing-ports.ts';
import type { PriceBooks } from '../ports.ts';
import type { OverrideChange, OverrideChanges } from './override-ports.ts';

/**
 * Price books that are as new as the moment they are asked for: the changes of every tenant and of the one are read
 * each time, and the book is built again only when there are new ones. An event sent after an override was stored is
 * therefore rated with it. What holds for every tenant comes first, the tenant's own on top of it.
 */
export class CurrentPriceBooks implements PriceBooks {
  readonly #changes: Pick<OverrideChanges, 'list'>;
  readonly #catalog: Catalog;
  readonly #reader = new ChangeReader();
  readonly #books = new Map<string, PriceBook>();

  constructor(changes: Pick<OverrideChanges, 'list'>, catalog: Catalog) {
    this.#changes = changes;
    this.#catalog = catalog;
  }

  async current(tenant: string): Promise<PriceBook> {
    const [global, own] = await Promise.all([this.#changes.list(EVERY_TENANT), this.#changes.list(tenant)]);
    const stamp = { global: global.at(-1)?.number ?? 0, tenant: own.at(-1)?.number ?? 0 };
    const known = this.#books.get(tenant);
    // Changes are numbered without gaps and never altered, so equal numbers mean equal books.
    if (known && known.stamp.global === stamp.global && known.stamp.tenant === stamp.tenant) return known;
    const files = [...this.#reader.readInForce(global), ...this.#reader.readInForce(own)];
    const book = createPriceBook({
      catalog: this.#catalog,
      overrides: files.flatMap((file) => file.overrides),
      aliases: files.flatMap((file) => file.aliases),
      reportedCost: files.flatMap((file) => (file.reportedCost === null ? [] : [file.reportedCost])),
      capacities: files.flatMap((file) => (file.capacity === null ? [] : [file.capacity])),
      overrideVersion: versionOf(global.at(-1), own.at(-1)),
      stamp,
    });
    this.#books.set(tenant, book);
    return book;
  }
}

const MAX_REMEMBERED = 2_000;

/** Reads stored changes and remembers what they say, so that each text is read once. */
class ChangeReader {
  readonly #known = new Map<string, { readonly fileText: string; readonly content: ChangeContent }>();

  read({ version, fileText }: OverrideChange): ChangeContent {
    const known = this.#known.get(version);
    if (known?.fileText === fileText) return known.content;
    const content = parseChange(fileText);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(version, { fileText, content });
    return content;
  }

  /** The files of a chain that are in force or will be. */
  readInForce(changes: readonly OverrideChange[]): readonly OverrideFile[] {
    const chain = changes.map((change) => ({ number: change.number, content: this.read(change) }));
    return withoutWithdrawn(chain).map(({ content }) => content.file);
  }
}

/** Makes the judge of whether a stored change could alter the price of a call, by the book of the call's tenant. */
export function createTouches(): (change: OverrideChange, call: CallFacts, book: PriceBook) => boolean {
  const reader = new ChangeReader();
  return (change, call, book) => touches(reader.read(change).file, call, book);
}

/** Names what a book is made of: the tenant's version, behind that of every tenant where there is one. */
function versionOf(global: OverrideChange | undefined, own: OverrideChange | undefined): string | null {
  if (!global) return own?.version ?? null;
  return `${global.version}+${own?.version ?? ''}`;
}
