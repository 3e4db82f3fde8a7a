import { TableCatalogArchive } from '../../lib/adapters/dynamodb/catalog-archive.ts';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import type { Surroundings } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TablePricingStates } from '../../lib/adapters/dynamodb/pricing-states.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import type { RepricingPorts } from '../../lib/app/corrections/repricing-ports.ts';
import { ArchivedCatalogBooks } from '../../lib/app/prices/catalog-books.ts';
import { CurrentPriceBooks, createTouches } from '../../lib/app/prices/price-books.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import snapshot from '../../lib/catalog/snapshot.generated.json' with { type: 'json' };
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';

/** The catalog in force, decoded and as the text that the archive keeps. */
export interface CatalogInForce {
  readonly catalog: Catalog;
  readonly readText: () => string;
}

/** The catalog that this release bundles. */
export const bundledCatalogInForce = (): CatalogInForce => ({
  catalog: bundledCatalog(),
  readText: () => JSON.stringify(snapshot),
});

/** Makes the ports of a function that gives recorded entries other prices; once, at cold start. */
export function wireRepricing(
  table: Table,
  surroundings: Surroundings,
  reader: RepricingPorts['reader'],
  { catalog, readText }: CatalogInForce,
): RepricingPorts {
  const overrideChanges = new TableOverrideChanges(table);
  const source = { archive: new TableCatalogArchive(table), version: catalog.version, readText };
  const inForce = new CurrentPriceBooks(overrideChanges, catalog);
  return {
    reader,
    corrections: new DynamoCorrections(table, surroundings),
    orders: new TableCorrectionOrders(table),
    pricingStates: new TablePricingStates(table),
    catalogs: new ArchivedCatalogBooks(source, inForce, (other) => new CurrentPriceBooks(overrideChanges, other)),
    overrideChanges,
    now: surroundings.now,
    touches: createTouches(),
  };
}
