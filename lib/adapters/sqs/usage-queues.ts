import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { StampedMessage } from '../../app/rejects/reject-ports.ts';
import type { WatchedQueues } from '../../app/spend/query-completeness.ts';
import type { QueueCounts } from '../../app/watch-queues.ts';
import { askQueue, sendStamped } from './queue-requests.ts';

export { QueueUnavailableError } from './queue-requests.ts';

/** URLs of the queues that usage goes through. */
export interface QueueUrls {
  readonly usage: string;
  readonly import: string;
  readonly usageDeadLetters: string;
  readonly importDeadLetters: string;
}

const WAITING = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed'] as const;
const IN_FLIGHT = ['ApproximateNumberOfMessagesNotVisible'] as const;

/**
 * How far behind we take the counts of SQS to be. AWS says that they need at least a minute to become consistent and
 * names no longest time, so a minute is an assumption.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
 */
export const SQS_COUNT_LAG_MS = 60_000;

/** The usage and import queues on SQS. Depths are SQS's own approximate counts. */
export class SqsUsageQueues implements WatchedQueues, QueueCounts {
  readonly #client: SQSClient;
  readonly #urls: QueueUrls;
  readonly countLagMs: number;

  /** @param countLagMs - how far behind counts may be; 0 for an engine that counts exactly */
  constructor(client: SQSClient, urls: QueueUrls, countLagMs: number = SQS_COUNT_LAG_MS) {
    this.#client = client;
    this.#urls = urls;
    this.countLagMs = countLagMs;
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

  /** @throws {@link QueueUnavailableError} when a queue does not answer */
  async countMessages(): Promise<{ readonly waiting: number; readonly inFlight: number }> {
    const [usage, imported] = await Promise.all([this.#ask(this.#urls.usage), this.#ask(this.#urls.import)]);
    return { waiting: usage.waiting + imported.waiting, inFlight: usage.inFlight + imported.inFlight };
  }

  async #count(url: string): Promise<number> {
    const { waiting, inFlight } = await this.#ask(url);
    return waiting + inFlight;
  }

  async #ask(url: string): Promise<{ readonly waiting: number; readonly inFlight: number }> {
    const { Attributes = {} } = await askQueue(() =>
      this.#client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...WAITING, ...IN_FLIGHT] })),
    );
    const sum = (names: readonly (typeof WAITING | typeof IN_FLIGHT)[number][]): number =>
      names.reduce((total, name) => total + Number(Attributes[name] ?? 0), 0);
    return { waiting: sum(WAITING), inFlight: sum(IN_FLIGHT) };
  }
}
