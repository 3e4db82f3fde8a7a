import { TableAnomalyStore } from '../../lib/adapters/dynamodb/anomaly-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TablePlannedChangeStore } from '../../lib/adapters/dynamodb/planned-change-store.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import type { PlannedChangeStore } from '../../lib/app/forecasts/planned-change-ports.ts';
import type { ForecastSourcePorts } from '../../lib/app/forecasts/read-forecast-inputs.ts';
import type { PriceBooks } from '../../lib/app/ports.ts';

/** What a function that forecasts reads beside the ledger itself. */
export interface ForecastSources extends ForecastSourcePorts {
  readonly plannedChanges: PlannedChangeStore;
}

/** Makes what forecasts read beside the ledger; once, at cold start. */
export function wireForecastSources(table: Table, priceBooks: PriceBooks): ForecastSources {
  return {
    priceBooks,
    overrideChanges: new TableOverrideChanges(table),
    plannedChanges: new TablePlannedChangeStore(table),
    missingCalls: new TableSourceStates(table),
    anomalies: new TableAnomalyStore(table),
  };
}
