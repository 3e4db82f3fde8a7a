import { decodeSnapshot, type Snapshot } from '../../catalog/snapshot.ts';
import type { Catalog } from '../../domain/prices/price-catalog.ts';
import { type Explanation, explainEntry } from '../../domain/rating/explain.ts';
import type { LedgerReader } from '../ports.ts';
import { NotFoundError } from '../request-errors.ts';
import type { CatalogArchive } from './correction-ports.ts';

/** Catalogs by version, the one in force and earlier ones. */
export interface CatalogFinder {
  /** @returns undefined when no catalog of this version was kept */
  findCatalog(version: string): Promise<Catalog | undefined>;
}

/** What explaining an entry takes. */
export interface ExplainPorts {
  readonly reader: Pick<LedgerReader, 'findEntries'>;
  readonly catalogFinder: CatalogFinder;
}

/** An archived catalog is some megabytes when decoded; entries of one question are mostly of the same few. */
const MAX_DECODED = 3;

/** Finds the bundled catalog at once and earlier ones in the archive. */
export class ArchivedCatalogFinder implements CatalogFinder {
  readonly #readBundled: () => Catalog;
  readonly #archive: Pick<CatalogArchive, 'find'>;
  readonly #decoded = new Map<string, Catalog>();

  constructor(readBundled: () => Catalog, archive: Pick<CatalogArchive, 'find'>) {
    this.#readBundled = readBundled;
    this.#archive = archive;
  }

  async findCatalog(version: string): Promise<Catalog | undefined> {
    const bundled = this.#readBundled();
    if (version === bundled.version) return bundled;
    const known = this.#decoded.get(version);
    if (known) return known;
    const text = await this.#archive.find(version);
    if (text === undefined) return undefined;
    // Only releases of ours write the archive, with the text of the catalog that they bundle.
    const catalog = decodeSnapshot(JSON.parse(text) as Snapshot);
    const [oldest] = this.#decoded.keys();
    if (this.#decoded.size >= MAX_DECODED && oldest !== undefined) this.#decoded.delete(oldest);
    this.#decoded.set(version, catalog);
    return catalog;
  }
}

/**
 * Explains one entry by the id of its event, with the catalog of its own version.
 * @throws {@link NotFoundError} when the ledger holds no entry of this id
 */
export async function explainById(ports: ExplainPorts, tenant: string, id: string): Promise<Explanation> {
  const [found] = await ports.reader.findEntries(tenant, [id]);
  if (found?.status !== 'recorded') throw new NotFoundError('The ledger holds no entry with this id.');
  const version = found.entry.rating.price?.catalogVersion;
  const catalog = version === undefined ? undefined : await ports.catalogFinder.findCatalog(version);
  return explainEntry(found.entry, catalog);
}
