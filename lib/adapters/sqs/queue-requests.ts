import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { writeStamp } from '../../app/recording/message-stamp.ts';
import type { StampedMessage } from '../../app/rejects/reject-ports.ts';
import { LedgerError } from '../../domain/errors.ts';

/** The queue did not take everything or did not answer; sending the same again is safe, because ids are counted once. */
export class QueueUnavailableError extends LedgerError {
  override readonly name = 'QueueUnavailableError';
  readonly code = 'queue/unavailable';
  readonly retryable = true;
}

const MAX_BATCH_ENTRIES = 10;
/** SQS counts a batch by its bodies, attributes included; this leaves room for them. */
const MAX_BATCH_BYTES = 1_000_000;

/** Asks SQS. @throws {@link QueueUnavailableError} when it does not answer, or refuses */
export async function askQueue<Answer>(request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await request();
  } catch (cause) {
    throw new QueueUnavailableError('the queue did not answer', { cause });
  }
}

/** Sends messages in as few requests as go. @throws {@link QueueUnavailableError} when one may not be accepted */
export async function sendStamped(client: SQSClient, url: string, messages: readonly StampedMessage[]): Promise<void> {
  for (const batch of splitBatches(messages)) await sendBatch(client, url, batch);
}

async function sendBatch(client: SQSClient, url: string, batch: readonly StampedMessage[]): Promise<void> {
  const entries = batch.map(({ body, stamp }, index): SendMessageBatchRequestEntry => {
    const attributes = [...writeStamp(stamp)].map(([name, text]) => [name, { DataType: 'String', StringValue: text }]);
    return { Id: String(index), MessageBody: body, MessageAttributes: Object.fromEntries(attributes) };
  });
  const command = new SendMessageBatchCommand({ QueueUrl: url, Entries: entries });
  const { Failed = [] } = await askQueue(() => client.send(command));
  const [failed] = Failed;
  if (failed) throw new QueueUnavailableError(`the queue refused ${Failed.length} messages: ${failed.Code}`);
}

function splitBatches(messages: readonly StampedMessage[]): readonly (readonly StampedMessage[])[] {
  const batches: StampedMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    const last = batches.at(-1);
    if (last && last.length < MAX_BATCH_ENTRIES && bytes + size <= MAX_BATCH_BYTES) {
      last.push(message);
      bytes += size;
    } else {
      batches.push([message]);
      bytes = size;
    }
  }
  return batches;
}
