import { TableCapacityStore } from '../../lib/adapters/dynamodb/capacity-store.ts';
import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import type { Surroundings } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { AccrualPorts } from '../../lib/app/capacity/capacity-ports.ts';
import type { Tenants } from '../../lib/app/ports.ts';
import { type CatalogInForce, wireRepricing } from './repricing.ts';

/** Makes the ports of the function that accrues capacities with a fixed price; once, at cold start. */
export function wireAccrual(
  table: Table,
  surroundings: Surroundings,
  catalog: CatalogInForce,
): AccrualPorts & { readonly tenants: Tenants } {
  const tenants = new TenantStore(table, surroundings.now);
  const reader = new DynamoLedgerReader(table, tenants);
  return {
    tenants,
    reader,
    overrideChanges: new TableOverrideChanges(table),
    capacities: new TableCapacityStore(table),
    ledger: new DynamoLedger(table, surroundings),
    gpuSamples: new GpuSampleStore(table),
    repricing: wireRepricing(table, surroundings, reader, catalog),
    now: surroundings.now,
  };
}
