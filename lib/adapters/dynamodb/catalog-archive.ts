import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CatalogArchive } from '../../app/corrections/correction-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { Table } from './table.ts';

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 15 } };

/**
 * Catalogs in the table: one compressed item per version, and a list of the versions apart so that it can be read
 * without them. A catalog whose text is over 400 KB compressed is refused by the table.
 */
export class TableCatalogArchive implements CatalogArchive {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async keep(version: string, snapshotText: string): Promise<void> {
    const listed = { pk: keys.catalogs, sk: version };
    if (await this.#table.get(listed)) return;
    // The catalog first: whatever is on the list can be found.
    const absent = { absent: true } as const;
    await this.#table.put({ ...keys.catalog(version), b: zstdCompressSync(snapshotText, LEVEL) }, absent);
    await this.#table.put(listed, absent);
  }

  async find(version: string): Promise<string | undefined> {
    const item = await this.#table.get(keys.catalog(version));
    return item && zstdDecompressSync(item['b'] as Uint8Array).toString('utf8');
  }

  async versions(): Promise<readonly string[]> {
    return (await this.#table.query({ pk: keys.catalogs })).map(({ sk }) => sk);
  }
}
