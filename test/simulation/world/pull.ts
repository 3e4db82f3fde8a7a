import type { SQSRecord } from 'aws-lambda';
import { RECORD_RESERVE_MS } from '../../../functions/shared/recording.ts';
import { toUsageMessage } from '../../../functions/shared/usage-message.ts';
import { recordUsage } from '../../../lib/app/recording/record-usage.ts';
import type { PullDeed } from '../history/history.ts';
import type { Delivery } from '../models/queue-model.ts';
import type { People } from './people.ts';
import type { World } from './world.ts';

const IMPORT_ARN = 'arn:aws:sqs:sim:1:import';
const USAGE_ARN = 'arn:aws:sqs:sim:1:usage';

/** Hands one batch to one consumer, and does with it what the event source mapping does with the answer. */
export async function pull(world: World, people: People, deed: Omit<PullDeed, 'kind' | 'atMs'>): Promise<number> {
  const queue = world.queues[deed.queue];
  let handedOut = 0;
  const host = people.consumer(deed.worker);
  await host.invoke(deed.faults, deed.lifeMs, async (ports) => {
    const deliveries = queue.receive(deed.most, world.isCalm);
    handedOut = deliveries.length;
    if (deliveries.length === 0) return;
    for (const { receiveCount } of deliveries) {
      world.tally.deliveries += 1;
      if (receiveCount > 1) world.tally.repeatedDeliveries += 1;
    }
    const messages = deliveries.map((delivery) => toUsageMessage(toRecord(delivery, deed.queue), IMPORT_ARN));
    const failed = new Set(await recordUsage(ports, messages, world.time.now() + deed.lifeMs - RECORD_RESERVE_MS));
    if (deed.losesAnswer && !world.isCalm) {
      world.count('delete lost-request');
      return;
    }
    for (const { message, receipt } of deliveries) {
      if (!failed.has(message.messageId)) queue.delete(receipt);
      else if (deed.failsBack === 'at once') queue.changeVisibility(receipt, 0);
    }
  });
  return handedOut;
}

function toRecord({ message, receipt, receiveCount }: Delivery, queue: 'usage' | 'import'): SQSRecord {
  const attributes = Object.entries(message.attributes).map(
    ([name, stringValue]) => [name, { stringValue, dataType: 'String' }] as const,
  );
  return {
    messageId: message.messageId,
    receiptHandle: receipt,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(message.sentAtMs),
      SenderId: message.senderId,
      ApproximateFirstReceiveTimestamp: String(message.sentAtMs),
    },
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: queue === 'import' ? IMPORT_ARN : USAGE_ARN,
    awsRegion: 'sim',
  };
}
