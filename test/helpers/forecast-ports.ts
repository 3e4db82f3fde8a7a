import { type ForecastSources, wireForecastSources } from '../../functions/shared/forecast-inputs.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { createCatalog } from '../../lib/domain/prices/price-catalog.ts';

/** What forecasts read beside the ledger, over a table and without any price. */
export function createForecastSources(table: Table): ForecastSources {
  const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });
  return wireForecastSources(table, { current: async () => createPriceBook({ catalog }) });
}
