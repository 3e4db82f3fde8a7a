import type { SQSClient } from '@aws-sdk/client-sqs';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { TableCatalogArchive } from '../../lib/adapters/dynamodb/catalog-archive.ts';
import { TableApiKeys } from '../../lib/adapters/dynamodb/key-store.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableMigrationStore } from '../../lib/adapters/dynamodb/migration-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { ConflictStore, RejectStore, UnknownFieldStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { ApiPorts } from '../../lib/adapters/http/api-ports.ts';
import { SqsUsageQueues } from '../../lib/adapters/sqs/usage-queues.ts';
import { ArchivedCatalogFinder } from '../../lib/app/explain-entry.ts';
import { createFreshnessReader } from '../../lib/app/query-completeness.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { createTable } from './create-table.ts';
import { REAL_SURROUNDINGS } from './outside.ts';
import { readText } from './read-environment.ts';
import { bundledCatalogInForce, wireRepricing } from './repricing.ts';

/** Makes the ports of the API function from its environment; once, at cold start. */
export function createApiPorts(env: NodeJS.ProcessEnv, sqs: SQSClient): ApiPorts {
  const now = Date.now;
  const table = createTable(env);
  const tenants = new TenantStore(table, now);
  const rejects = new RejectStore(table);
  const conflicts = new ConflictStore(table);
  const queues = new SqsUsageQueues(sqs, {
    usage: readText(env, ENVIRONMENT.usageQueueUrl),
    import: readText(env, ENVIRONMENT.importQueueUrl),
    usageDeadLetters: readText(env, ENVIRONMENT.usageDeadLetterQueueUrl),
    importDeadLetters: readText(env, ENVIRONMENT.importDeadLetterQueueUrl),
  });
  const reader = new DynamoLedgerReader(table, tenants);
  return {
    ledger: new DynamoLedger(table, REAL_SURROUNDINGS),
    reader,
    repricing: wireRepricing(table, REAL_SURROUNDINGS, reader, bundledCatalogInForce()),
    catalogFinder: new ArchivedCatalogFinder(bundledCatalog, new TableCatalogArchive(table)),
    tenants,
    apiKeys: new TableApiKeys(table),
    adminRecords: new TableAdminRecords(table),
    overrideChanges: new TableOverrideChanges(table),
    budgets: new TableBudgetStore(table),
    alerts: new TableAlertStore(table),
    profiles: new TableMigrationStore(table),
    rejects,
    conflicts,
    unknownFields: new UnknownFieldStore(table),
    queues,
    readFreshness: createFreshnessReader({ queues, rejects, conflicts, now }),
    senderMode: readSenderMode(readText(env, ENVIRONMENT.senders)),
    now,
    reportError: (error) => console.error(error),
  };
}

function readSenderMode(text: string): 'trusted' | 'mapped' {
  const senders: unknown = JSON.parse(text);
  const isMapped = typeof senders === 'object' && senders !== null && 'mode' in senders && senders.mode === 'mapped';
  return isMapped ? 'mapped' : 'trusted';
}
