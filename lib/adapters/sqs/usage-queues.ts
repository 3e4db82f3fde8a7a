import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { WatchedQueues } from '../../app/query-completeness.ts';
import { MESSAGE_ATTRIBUTES } from '../../contracts/message-attributes.ts';
import { LedgerError } from '../../domain/errors.ts';

/** URLs of the queues that usage goes through. */
export interface QueueUrls {
  readonly usage: string;
  readonly import: string;
  readonly usageDeadLetters: string;
  readonly importDeadLetters: string;
}

/** The queue did not take everything or did not answer; sending the same again is safe, because ids are counted once. */
export class QueueUnavailableError extends LedgerError {
  override readonly name = 'QueueUnavailableError';
  readonly code = 'queue/unavailable';
  readonly retryable = true;
}

const MAX_BATCH_ENTRIES = 10;
/** SQS counts a batch by its bodies, attributes included; this leaves room for them. */
const MAX_BATCH_BYTES = 1_000_000;
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
  async send(queue: 'usage' | 'import', tenant: string, bodies: readonly string[]): Promise<void> {
    for (const batch of splitBatches(bodies)) await this.#sendBatch(this.#urls[queue], tenant, batch);
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

  async #sendBatch(url: string, tenant: string, bodies: readonly string[]): Promise<void> {
    const entries = bodies.map(
      (body, index): SendMessageBatchRequestEntry => ({
        Id: String(index),
        MessageBody: body,
        MessageAttributes: { [MESSAGE_ATTRIBUTES.tenant]: { DataType: 'String', StringValue: tenant } },
      }),
    );
    const { Failed = [] } = await this.#ask(() =>
      this.#client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries })),
    );
    const [failed] = Failed;
    if (failed) throw new QueueUnavailableError(`the queue refused ${Failed.length} messages: ${failed.Code}`);
  }

  async #count(url: string): Promise<number> {
    const { Attributes = {} } = await this.#ask(() =>
      this.#client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] })),
    );
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }

  async #ask<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    try {
      return await request();
    } catch (cause) {
      throw new QueueUnavailableError('the queue did not answer', { cause });
    }
  }
}

function splitBatches(bodies: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last && last.length < MAX_BATCH_ENTRIES && bytes + size <= MAX_BATCH_BYTES) {
      last.push(body);
      bytes += size;
    } else {
      batches.push([body]);
      bytes = size;
    }
  }
  return batches;
}
