import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { readStamp } from '../../app/recording/message-stamp.ts';
import type { DeadLetter, DeadLetterQueues, StampedMessage } from '../../app/rejects/reject-ports.ts';
import { askQueue, QueueUnavailableError, sendStamped } from './queue-requests.ts';
import type { QueueUrls } from './usage-queues.ts';

const LETTERS_PER_CALL = 10;
const HIDING_SECONDS = 60;

/**
 * Dead letters on SQS, and the way back into the queues they come from. Who sent a letter and when is what SQS noted at
 * its first sending; a letter that is sent back is a new message there, which is why it carries a stamp.
 */
export class SqsDeadLetterQueues implements DeadLetterQueues {
  readonly #client: SQSClient;
  readonly #urls: QueueUrls;

  constructor(client: SQSClient, urls: QueueUrls) {
    this.#client = client;
    this.#urls = urls;
  }

  /** @throws {@link QueueUnavailableError} when the queue may not have accepted every message */
  sendStamped(queue: 'usage' | 'import', messages: readonly StampedMessage[]): Promise<void> {
    return sendStamped(this.#client, this.#urls[queue], messages);
  }

  /** @throws {@link QueueUnavailableError} when the queue does not answer */
  async receive(queue: 'usage' | 'import'): Promise<readonly DeadLetter[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#urlOf(queue),
      MaxNumberOfMessages: LETTERS_PER_CALL,
      VisibilityTimeout: HIDING_SECONDS,
      MessageSystemAttributeNames: ['SenderId', 'SentTimestamp'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await askQueue(() => this.#client.send(command));
    return Messages.map(toDeadLetter);
  }

  /** @throws {@link QueueUnavailableError} when a letter may still be there */
  async remove(queue: 'usage' | 'import', letters: readonly DeadLetter[]): Promise<void> {
    const entries = letters.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
    const command = new DeleteMessageBatchCommand({ QueueUrl: this.#urlOf(queue), Entries: entries });
    const { Failed = [] } = await askQueue(() => this.#client.send(command));
    if (Failed[0]) throw new QueueUnavailableError(`${Failed.length} dead letters were not removed: ${Failed[0].Code}`);
  }

  /** @throws {@link QueueUnavailableError} when the queue does not answer; a letter it keeps showing is no harm */
  async postpone(queue: 'usage' | 'import', letters: readonly DeadLetter[], seconds: number): Promise<void> {
    const entries = letters.map(({ receipt }, index) => ({
      Id: String(index),
      ReceiptHandle: receipt,
      VisibilityTimeout: seconds,
    }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#urlOf(queue), Entries: entries });
    await askQueue(() => this.#client.send(command));
  }

  #urlOf(queue: 'usage' | 'import'): string {
    return queue === 'usage' ? this.#urls.usageDeadLetters : this.#urls.importDeadLetters;
  }
}

function toDeadLetter({ MessageId, Body, ReceiptHandle, Attributes, MessageAttributes }: Message): DeadLetter {
  return {
    messageId: MessageId ?? '',
    body: Body ?? '',
    senderId: Attributes?.SenderId ?? '',
    sentAtMs: Number(Attributes?.SentTimestamp),
    stamp: readStamp((name) => MessageAttributes?.[name]?.StringValue),
    receipt: ReceiptHandle ?? '',
  };
}
