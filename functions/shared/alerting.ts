import { randomUUID } from 'node:crypto';
import { SNSClient } from '@aws-sdk/client-sns';
import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableMigrationStore } from '../../lib/adapters/dynamodb/migration-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { SnsAlertPublisher } from '../../lib/adapters/sns/alert-publisher.ts';
import type { EvaluatePorts, MigrationStore } from '../../lib/app/alert-ports.ts';
import type { Tenants } from '../../lib/app/ports.ts';
import { ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { createTable } from './create-table.ts';
import { readMilliseconds, readText } from './read-environment.ts';

/** Everything that the functions which evaluate and alert need. */
export type Alerting = EvaluatePorts & { readonly tenants: Tenants; readonly migrations: MigrationStore };

/** Makes the ports of a function that publishes alerts, from its environment; once, at cold start. */
export function createAlerting(env: NodeJS.ProcessEnv, table: Table = createTable(env)): Alerting {
  const clock = Date.now;
  const tenants = new TenantStore(table, clock);
  // The publisher retries by itself; a hanging connection is given up early enough for all attempts to fit.
  const sns = new SNSClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  return {
    tenants,
    reader: new DynamoLedgerReader(table, tenants),
    budgets: new TableBudgetStore(table),
    alerts: new TableAlertStore(table),
    migrations: new TableMigrationStore(table),
    publisher: new SnsAlertPublisher(sns, readText(env, ENVIRONMENT.alertTopicArn)),
    clock,
    drawOwner: randomUUID,
    leaseMs: readMilliseconds(env, ENVIRONMENT.alertLeaseMs),
    memory: new Map(),
    apiUrl: readText(env, ENVIRONMENT.apiUrl),
  };
}

/** The epoch milliseconds at which a function that starts now should begin nothing new: 5 s before its time-out. */
export function createDeadline(env: NodeJS.ProcessEnv): () => number {
  const timeoutMs = readMilliseconds(env, ENVIRONMENT.functionTimeoutMs);
  return () => Date.now() + timeoutMs - 5_000;
}
