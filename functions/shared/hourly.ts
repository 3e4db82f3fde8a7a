import { TableAnomalyStore } from '../../lib/adapters/dynamodb/anomaly-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TableProjectionStore } from '../../lib/adapters/dynamodb/projection-store.ts';
import { TableQueueWatches } from '../../lib/adapters/dynamodb/queue-watch-store.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import { type WatchDaysPorts, watchDays } from '../../lib/app/anomalies/watch-days.ts';
import { watchForecasts } from '../../lib/app/forecasts/project-budgets.ts';
import type { HourlyPorts, HourlyWatcher } from '../../lib/app/hourly/run-hourly.ts';
import { CurrentPriceBooks } from '../../lib/app/prices/price-books.ts';
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';
import { wireAlerting } from './alerting.ts';
import { wireForecastSources } from './forecast-inputs.ts';
import type { Outside } from './outside.ts';

/** Makes the ports of the function that runs hourly; once, at cold start. */
export function wireHourly(outside: Outside, catalog: Catalog): HourlyPorts {
  const { table, now } = outside;
  const alerting = wireAlerting(outside);
  const priceBooks = new CurrentPriceBooks(new TableOverrideChanges(table), catalog);
  const queueWatches = new TableQueueWatches(table);
  const watchedDays: WatchDaysPorts = {
    ...alerting,
    anomalies: new TableAnomalyStore(table),
    sourceStates: new TableSourceStates(table),
    priceBooks,
    readClearedMs: async () => (await queueWatches.find())?.clearedMs ?? undefined,
  };
  // Everything that looks after tenants once an hour is named here.
  const watchers: readonly HourlyWatcher[] = [
    watchForecasts({
      ...alerting,
      ...wireForecastSources(table, priceBooks),
      projections: new TableProjectionStore(table),
    }),
    { name: 'days', watch: (tenants, deadlineMs) => watchDays(watchedDays, tenants, deadlineMs) },
  ];
  return { tenants: alerting.tenants, clock: now, watchers };
}
