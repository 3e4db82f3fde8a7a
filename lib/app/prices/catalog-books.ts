import { decodeSnapshot, type Snapshot } from '../../catalog/snapshot.ts';
import type { Catalog } from '../../domain/prices/price-catalog.ts';
import type { CatalogBooks, CatalogSource } from '../corrections/repricing-ports.ts';
import type { PriceBooks } from '../ports.ts';

/** Price books over the catalog in force and over those in the archive, each made when first asked for. */
export class ArchivedCatalogBooks implements CatalogBooks {
  readonly inForce: PriceBooks;
  readonly #source: CatalogSource;
  readonly #booksOver: (catalog: Catalog) => PriceBooks;
  readonly #known = new Map<string, PriceBooks>();
  #isKept = false;

  /** @param booksOver - makes price books over a catalog, with the overrides of today */
  constructor(source: CatalogSource, inForce: PriceBooks, booksOver: (catalog: Catalog) => PriceBooks) {
    this.#source = source;
    this.inForce = inForce;
    this.#booksOver = booksOver;
  }

  get version(): string {
    return this.#source.version;
  }

  async at(version: string): Promise<PriceBooks | undefined> {
    if (version === this.version) return this.inForce;
    const known = this.#known.get(version);
    if (known) return known;
    const text = await this.#source.archive.find(version);
    if (text === undefined) return undefined;
    // Only `keep` below writes the archive, with the text of a catalog that was bundled.
    const books = this.#booksOver(decodeSnapshot(JSON.parse(text) as Snapshot));
    this.#known.set(version, books);
    return books;
  }

  async versions(): Promise<readonly string[]> {
    return [...new Set([this.version, ...(await this.#source.archive.versions())])];
  }

  async keep(): Promise<void> {
    if (this.#isKept) return;
    if ((await this.#source.archive.find(this.version)) === undefined) {
      await this.#source.archive.keep(this.version, this.#source.readText());
    }
    this.#isKept = true;
  }
}
