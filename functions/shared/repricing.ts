import { setTimeout as sleep } from 'node:timers/promises';
import { TableCatalogArchive } from '../../lib/adapters/dynamodb/catalog-archive.ts';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TablePricingStates } from '../../lib/adapters/dynamodb/pricing-states.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { ArchivedCatalogBooks } from '../../lib/app/catalog-books.ts';
import { CurrentPriceBooks, createTouches } from '../../lib/app/price-books.ts';
import type { RepricingPorts } from '../../lib/app/repricing-ports.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import snapshot from '../../lib/catalog/snapshot.generated.json' with { type: 'json' };

/** Makes the ports of a function that gives recorded entries other prices; once, at cold start. */
export function createRepricing(table: Table, reader: RepricingPorts['reader']): RepricingPorts {
  const catalog = bundledCatalog();
  const overrideChanges = new TableOverrideChanges(table);
  const source = {
    archive: new TableCatalogArchive(table),
    version: catalog.version,
    readText: () => JSON.stringify(snapshot),
  };
  const inForce = new CurrentPriceBooks(overrideChanges, catalog);
  return {
    reader,
    corrections: new DynamoCorrections(table, {
      now: Date.now,
      sleep: (milliseconds) => sleep(milliseconds),
      random: Math.random,
    }),
    orders: new TableCorrectionOrders(table),
    pricingStates: new TablePricingStates(table),
    catalogs: new ArchivedCatalogBooks(source, inForce, (other) => new CurrentPriceBooks(overrideChanges, other)),
    overrideChanges,
    now: Date.now,
    touches: createTouches(),
  };
}
