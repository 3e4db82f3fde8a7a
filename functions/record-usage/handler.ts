import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { RejectStore, UnknownFieldStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { alertUnpricedModels } from '../../lib/app/alert-unpriced-models.ts';
import { evaluateBudgets } from '../../lib/app/evaluate-budgets.ts';
import { CurrentPriceBooks } from '../../lib/app/price-books.ts';
import { type RecordUsagePorts, recordUsage, type UsageMessage } from '../../lib/app/record-usage.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { ENVIRONMENT, type SenderDirectory } from '../../lib/contracts/environment.ts';
import { MESSAGE_ATTRIBUTES } from '../../lib/contracts/message-attributes.ts';
import { createAlerting } from '../shared/alerting.ts';
import { createTable } from '../shared/create-table.ts';
import { failedMessagesAsBatchResponse, toBatchResponse } from '../shared/failed-messages.ts';
import { readText } from '../shared/read-environment.ts';

/** Time kept free at the end of an invocation, for budgets and the answer. */
const RESERVE_MS = 5_000;

const importQueueArn = readText(process.env, ENVIRONMENT.importQueueArn);
const ports = createPorts(process.env);

/** Records the usage events of a batch of messages; answers which messages must come again. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(failedMessagesAsBatchResponse())
  .handler(async (event, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
    return toBatchResponse(await recordUsage(ports, event.Records.map(toUsageMessage), deadlineMs));
  });

function createPorts(env: NodeJS.ProcessEnv): RecordUsagePorts {
  const table = createTable(env);
  const alerting = createAlerting(env, table);
  const priceBooks = new CurrentPriceBooks(new TableOverrideChanges(table), bundledCatalog());
  const unpricedAlerts = { ...alerting, priceBooks, told: new Set<string>() };
  return {
    ledger: new DynamoLedger(table, {
      now: Date.now,
      sleep: (milliseconds) => sleep(milliseconds),
      random: Math.random,
    }),
    tenants: alerting.tenants,
    rejects: new RejectStore(table),
    unknownFields: new UnknownFieldStore(table),
    gpuSamples: new GpuSampleStore(table),
    priceBooks,
    senders: {
      directory: JSON.parse(readText(env, ENVIRONMENT.senders)) as SenderDirectory,
      apiSenderId: readText(env, ENVIRONMENT.apiSenderId),
    },
    now: Date.now,
    evaluate: async (tenant) => {
      await evaluateBudgets(alerting, tenant);
    },
    alertUnpriced: async (tenant, calls) => {
      await alertUnpricedModels(unpricedAlerts, tenant, calls);
    },
    warn: (message, cause) => console.warn(JSON.stringify({ level: 'warn', message, cause: String(cause) })),
  };
}

function toUsageMessage(record: SQSRecord): UsageMessage {
  const { attributes, messageAttributes } = record;
  const tenant = messageAttributes[MESSAGE_ATTRIBUTES.tenant]?.stringValue;
  const firstArrivalMs = Number(messageAttributes[MESSAGE_ATTRIBUTES.firstArrival]?.stringValue);
  return {
    messageId: record.messageId,
    body: record.body,
    senderId: attributes.SenderId,
    sentAtMs: Number(attributes.SentTimestamp),
    queue: record.eventSourceARN === importQueueArn ? 'import' : 'usage',
    stamp: {
      ...(tenant === undefined ? {} : { tenant }),
      ...(Number.isSafeInteger(firstArrivalMs) ? { firstArrivalMs } : {}),
    },
  };
}
