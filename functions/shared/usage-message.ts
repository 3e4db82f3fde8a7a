import type { SQSRecord } from 'aws-lambda';
import { readStamp } from '../../lib/app/recording/message-stamp.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';

/** A record of a queue's batch as the use case takes it. */
export function toUsageMessage(record: SQSRecord, importQueueArn: string): UsageMessage {
  const { attributes, messageAttributes } = record;
  return {
    messageId: record.messageId,
    body: record.body,
    senderId: attributes.SenderId,
    sentAtMs: Number(attributes.SentTimestamp),
    queue: record.eventSourceARN === importQueueArn ? 'import' : 'usage',
    stamp: readStamp((name) => messageAttributes[name]?.stringValue),
  };
}
