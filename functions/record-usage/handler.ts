import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { recordUsage, type UsageMessage } from '../../lib/app/record-usage.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { ENVIRONMENT, type SenderDirectory } from '../../lib/contracts/environment.ts';
import { MESSAGE_ATTRIBUTES } from '../../lib/contracts/message-attributes.ts';
import { failedMessagesAsBatchResponse, toBatchResponse } from '../shared/failed-messages.ts';
import { createOutside } from '../shared/outside.ts';
import { readText } from '../shared/read-environment.ts';
import { RECORD_RESERVE_MS, wireRecording } from '../shared/recording.ts';

const importQueueArn = readText(process.env, ENVIRONMENT.importQueueArn);
const ports = wireRecording(createOutside(process.env), {
  catalog: bundledCatalog(),
  senders: {
    directory: JSON.parse(readText(process.env, ENVIRONMENT.senders)) as SenderDirectory,
    apiSenderId: readText(process.env, ENVIRONMENT.apiSenderId),
  },
  warn: (message, cause) => console.warn(JSON.stringify({ level: 'warn', message, cause: String(cause) })),
});

/** Records the usage events of a batch of messages; answers which messages must come again. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .use(failedMessagesAsBatchResponse())
  .handler(async (event, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - RECORD_RESERVE_MS;
    return toBatchResponse(await recordUsage(ports, event.Records.map(toUsageMessage), deadlineMs));
  });

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
