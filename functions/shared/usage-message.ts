import type { SQSRecord } from 'aws-lambda';
import type { UsageMessage } from '../../lib/app/record-usage.ts';
import { MESSAGE_ATTRIBUTES } from '../../lib/contracts/message-attributes.ts';

/** A record of a queue's batch as the use case takes it. */
export function toUsageMessage(record: SQSRecord, importQueueArn: string): UsageMessage {
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
