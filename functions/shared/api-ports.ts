import type { SQSClient } from '@aws-sdk/client-sqs';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import { TableAnomalyStore } from '../../lib/adapters/dynamodb/anomaly-store.ts';
import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { TableCapacityStore } from '../../lib/adapters/dynamodb/capacity-store.ts';
import { TableCatalogArchive } from '../../lib/adapters/dynamodb/catalog-archive.ts';
import { KeptCountStore } from '../../lib/adapters/dynamodb/counted-items.ts';
import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { TableApiKeys } from '../../lib/adapters/dynamodb/key-store.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import type { Surroundings } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import { DynamoRebuilder } from '../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableMigrationStore } from '../../lib/adapters/dynamodb/migration-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TableOwnRowStore } from '../../lib/adapters/dynamodb/own-row-store.ts';
import { TableProjectionStore } from '../../lib/adapters/dynamodb/projection-store.ts';
import { TableQueueWatches } from '../../lib/adapters/dynamodb/queue-watch-store.ts';
import { ConflictStore, RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TableRuleStore } from '../../lib/adapters/dynamodb/rule-store.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import { TableSubscriptionStore } from '../../lib/adapters/dynamodb/subscription-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { UnknownFieldStore } from '../../lib/adapters/dynamodb/unknown-field-store.ts';
import type { ApiPorts } from '../../lib/adapters/http/api-ports.ts';
import { SnsAlertSubscriber } from '../../lib/adapters/sns/alert-subscriber.ts';
import { createIdentities } from '../../lib/app/access/find-caller.ts';
import type { AlertSubscriber } from '../../lib/app/alerts/subscription-ports.ts';
import { ArchivedCatalogFinder } from '../../lib/app/corrections/explain-entry.ts';
import { createFreshnessReader, type WatchedQueues } from '../../lib/app/spend/query-completeness.ts';
import { type AccessDirectory, ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { createTable } from './create-table.ts';
import { wireForecastSources } from './forecast-inputs.ts';
import { createNotificationClient, createPublishers, type Publishers, REAL_SURROUNDINGS } from './outside.ts';
import { createReturnPaths, createUsageQueues, type ReturnPaths, readAccess, withSenderRoles } from './queues.ts';
import { readText } from './read-environment.ts';
import { bundledCatalogInForce, type CatalogInForce, wireRepricing } from './repricing.ts';
import { wireWorkloads } from './workloads.ts';

/** What the API is told and uses beside the table. */
export interface ApiSettings {
  readonly surroundings: Surroundings;
  readonly queues: WatchedQueues;
  readonly alerting: Publishers;
  readonly subscriber: AlertSubscriber;
  readonly catalog: CatalogInForce;
  readonly senderMode: ApiPorts['senderMode'];
  readonly returnPaths: ReturnPaths;
  readonly access: AccessDirectory;
  readonly reportError: ApiPorts['reportError'];
}

/** Makes the ports of the API function from its environment; once, at cold start. */
export function createApiPorts(env: NodeJS.ProcessEnv, sqs: SQSClient): ApiPorts {
  const returnPaths = createReturnPaths(env, sqs);
  const sns = createNotificationClient();
  return wireApi(createTable(env), {
    surroundings: REAL_SURROUNDINGS,
    queues: createUsageQueues(env, sqs),
    alerting: createPublishers(env, sns),
    subscriber: new SnsAlertSubscriber(sns, readText(env, ENVIRONMENT.alertTopicArn)),
    senderMode: returnPaths.senders.directory.mode,
    returnPaths,
    access: readAccess(env),
    catalog: bundledCatalogInForce(),
    reportError: (error) => console.error(error),
  });
}

/** Makes the ports of an API over a table; once, at cold start. */
export function wireApi(table: Table, settings: ApiSettings): ApiPorts {
  const { surroundings, queues, catalog, senderMode, returnPaths, reportError } = settings;
  const { now } = surroundings;
  const tenants = new TenantStore(table, now);
  const alerts = new TableAlertStore(table);
  const rejects = new RejectStore(table);
  const conflicts = new ConflictStore(table);
  const sourceStates = new TableSourceStates(table);
  const reader = new DynamoLedgerReader(table, tenants);
  const repricing = wireRepricing(table, surroundings, reader, catalog);
  return {
    ledger: new DynamoLedger(table, surroundings),
    reader,
    repricing,
    ...wireForecastSources(table, repricing.catalogs.inForce),
    rebuilder: new DynamoRebuilder(table, tenants, surroundings),
    catalogFinder: new ArchivedCatalogFinder(() => catalog.catalog, new TableCatalogArchive(table)),
    tenants,
    apiKeys: new TableApiKeys(table),
    identities: createIdentities(settings.access),
    adminRecords: new TableAdminRecords(table),
    overrideChanges: new TableOverrideChanges(table),
    capacities: new TableCapacityStore(table),
    ownRows: new TableOwnRowStore(table),
    budgets: new TableBudgetStore(table),
    budgetChecks: new Map(),
    projections: new TableProjectionStore(table),
    alerts,
    testAlerts: { ...settings.alerting, alerts, clock: now, apiUrl: null },
    subscriptions: new TableSubscriptionStore(table),
    subscriber: settings.subscriber,
    rules: new TableRuleStore(table),
    gpuSamples: new GpuSampleStore(table),
    profiles: new TableMigrationStore(table),
    anomalies: new TableAnomalyStore(table),
    workloads: wireWorkloads(table, catalog.catalog, now),
    rejects,
    conflicts,
    unknownFields: new UnknownFieldStore(table),
    sourceStates,
    queues,
    readFreshness: createFreshnessReader({
      queues,
      watches: new TableQueueWatches(table),
      kept: new KeptCountStore(table),
      gaps: sourceStates,
      now,
    }),
    ...returnPaths,
    senders: withSenderRoles(returnPaths.senders, table, now),
    senderMode,
    now,
    reportError,
  };
}
