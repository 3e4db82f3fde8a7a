import { type EngineClient, LOCAL_REGION } from './engine-client.ts';
import { asList, asRecord } from './template.ts';

/** One message in the shape in which a function gets it. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** Most messages that one call may receive or delete. */
export const MESSAGES_PER_CALL = 10;

/** Reads and deletes messages of one queue. */
export class QueueReader {
  readonly #sqs: EngineClient;
  readonly #queueUrl: string;
  readonly #queueArn: string;

  constructor(sqs: EngineClient, queueUrl: string, queueArn: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
    this.#queueArn = queueArn;
  }

  /**
   * @param limit - 1 to {@link MESSAGES_PER_CALL}
   * @param waitSeconds - how long to wait for a first message, 0 to 20, fractions too
   * @param signal - gives up waiting
   */
  async receive(limit: number, waitSeconds: number, signal: AbortSignal): Promise<QueueRecord[]> {
    const answer = await this.#sqs.call(
      'ReceiveMessage',
      {
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: limit,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      },
      signal,
    );
    return asList(answer['Messages']).map((message) => this.#toRecord(asRecord(message)));
  }

  /** Deletes messages, ten a call, all calls at once. */
  async delete(records: readonly QueueRecord[]): Promise<void> {
    const calls: Promise<unknown>[] = [];
    for (let start = 0; start < records.length; start += MESSAGES_PER_CALL) {
      const entries = records
        .slice(start, start + MESSAGES_PER_CALL)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
      calls.push(this.#sqs.call('DeleteMessageBatch', { QueueUrl: this.#queueUrl, Entries: entries }));
    }
    await Promise.all(calls);
  }

  #toRecord(message: Readonly<Record<string, unknown>>): QueueRecord {
    return {
      messageId: String(message['MessageId']),
      receiptHandle: String(message['ReceiptHandle']),
      body: String(message['Body']),
      attributes: asRecord(message['Attributes']),
      messageAttributes: Object.fromEntries(
        Object.entries(asRecord(message['MessageAttributes'])).map(([name, value]) => [name, toAttribute(value)]),
      ),
      md5OfBody: String(message['MD5OfBody']),
      eventSource: 'aws:sqs',
      eventSourceARN: this.#queueArn,
      awsRegion: LOCAL_REGION,
    };
  }
}

function toAttribute(value: unknown): Readonly<Record<string, unknown>> {
  const { StringValue, BinaryValue, DataType } = asRecord(value);
  return {
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
