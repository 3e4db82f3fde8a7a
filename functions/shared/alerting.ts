import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableMigrationStore } from '../../lib/adapters/dynamodb/migration-store.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { MigrationStore } from '../../lib/app/alerts/alert-ports.ts';
import type { EvaluatePorts } from '../../lib/app/budgets/budget-ports.ts';
import type { PriceBooks, Tenants } from '../../lib/app/ports.ts';
import { ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { wireForecastSources } from './forecast-inputs.ts';
import type { Outside } from './outside.ts';
import { readMilliseconds } from './read-environment.ts';

/** Everything that the functions which alert need. */
export type Alerting = Omit<EvaluatePorts, 'forecasting'> & {
  readonly tenants: Tenants;
  readonly migrations: MigrationStore;
};

/** Makes the ports of a function that publishes alerts; once, at cold start. */
export function wireAlerting({ table, now, publisher, chat, drawOwner, leaseMs, apiUrl }: Outside): Alerting {
  const tenants = new TenantStore(table, now);
  return {
    tenants,
    reader: new DynamoLedgerReader(table, tenants),
    budgets: new TableBudgetStore(table),
    alerts: new TableAlertStore(table),
    migrations: new TableMigrationStore(table),
    publisher,
    ...(chat ? { chat } : {}),
    clock: now,
    drawOwner,
    leaseMs,
    memory: new Map(),
    apiUrl,
  };
}

/** Adds what the alerts of budgets take besides. */
export function withForecasts(
  alerting: Alerting,
  { table }: Outside,
  priceBooks: PriceBooks,
): Alerting & EvaluatePorts {
  return { ...alerting, forecasting: wireForecastSources(table, priceBooks) };
}

/** The epoch milliseconds at which a function that starts now should begin nothing new: 5 s before its time-out. */
export function createDeadline(env: NodeJS.ProcessEnv): () => number {
  const timeoutMs = readMilliseconds(env, ENVIRONMENT.functionTimeoutMs);
  return () => Date.now() + timeoutMs - 5_000;
}
