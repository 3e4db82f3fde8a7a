import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { WatchedQueues } from '../../app/query-completeness.ts';
import type { StampedMessage } from '../../app/reject-ports.ts';
import { askQueue, sendStamped } from './queue-requests.ts';

export { QueueUnavailableError } from './queue-requests.ts';

/** URLs of the queues that usage goes through. */
export interface QueueUrls {
  readonly usage: string;
  readonly import: string;
  readonly usageDeadLetters: string;
  readonly importDeadLetters: string;
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/**
 * The usage and import queues on SQS. Depths are SQS's own approximate counts: on AWS they may lag behind by up to a
 * minute after sends and receives.
 */
export class SqsUsageQueues implements WatchedQueues {
  readonly #client: SQSClient;
  readonly #urls: QueueUrls;

  constructor(client: SQSClient, urls: QueueUrls) {
    this.#client = client;
    this.#urls = urls;
  }

  /** @throws {@link QueueUnavailableError} when the queue may not have accepted every message */
  send(queue: 'usage' | 'import', tenant: string, bodies: readonly string[]): Promise<void> {
    const messages: readonly StampedMessage[] = bodies.map((body) => ({ body, stamp: { tenant } }));
    return sendStamped(this.#client, this.#urls[queue], messages);
  }

  /** @throws {@link QueueUnavailableError} when a queue does not answer */
  async depth(): Promise<Readonly<Record<'usage' | 'import', number>>> {
    const [usage, imported] = await Promise.all([this.#count(this.#urls.usage), this.#count(this.#urls.import)]);
    return { usage, import: imported };
  }

  /** @throws {@link QueueUnavailableError} when a queue does not answer */
  async deadLetters(): Promise<number> {
    const { usageDeadLetters, importDeadLetters } = this.#urls;
    const [usage, imported] = await Promise.all([this.#count(usageDeadLetters), this.#count(importDeadLetters)]);
    return usage + imported;
  }

  async #count(url: string): Promise<number> {
    const { Attributes = {} } = await askQueue(() =>
      this.#client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] })),
    );
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }
}
