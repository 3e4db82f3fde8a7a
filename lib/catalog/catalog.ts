import type { Catalog } from '../domain/prices/price-catalog.ts';
import generated from './snapshot.generated.json' with { type: 'json' };
import { decodeSnapshot, type Snapshot } from './snapshot.ts';

let bundled: Catalog | undefined;

/** The catalog that ships with this release. */
export function bundledCatalog(): Catalog {
  // The build script writes the file by the same type, and a test rebuilds it and compares.
  bundled ??= decodeSnapshot(generated as unknown as Snapshot);
  return bundled;
}
