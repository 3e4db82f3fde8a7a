import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TableWorkloadStore } from '../../lib/adapters/dynamodb/workload-store.ts';
import type { Clock } from '../../lib/app/ports.ts';
import type { Workloads } from '../../lib/app/workloads/workload-ports.ts';
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';

/** Makes what measuring workloads takes; once, at cold start. */
export function wireWorkloads(table: Table, catalog: Catalog, now: Clock): Workloads {
  return {
    store: new TableWorkloadStore(table),
    findModelKind: (provider, modelId) => catalog.find(provider, modelId)?.model.facts?.kind ?? null,
    now,
  };
}
