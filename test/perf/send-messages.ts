import type { EngineClient } from '../../lib/local/engine-client.ts';
import { asList } from '../../lib/local/template.ts';
import type { BenchEvent } from './bench-events.ts';

/** Most bytes of one `SendMessageBatch`, the service's limit. */
const MAX_BATCH_BYTES = 1_048_576;
const MAX_BATCH_MESSAGES = 10;
/** Requests under way at a time: a few services that send at once. */
const CONCURRENT_SENDS = 4;

/** Bodies of messages with so many events each: the event itself for one, an array for more. */
export function packMessages(events: readonly BenchEvent[], eventsPerMessage: number): string[] {
  if (eventsPerMessage === 1) return events.map((event) => JSON.stringify(event));
  const bodies: string[] = [];
  for (let start = 0; start < events.length; start += eventsPerMessage) {
    bodies.push(JSON.stringify(events.slice(start, start + eventsPerMessage)));
  }
  return bodies;
}

/** Sends messages as `SendMessageBatch` requests, a few at a time. @throws Error when one is not accepted */
export async function sendMessages(sqs: EngineClient, queueUrl: string, bodies: readonly string[]): Promise<void> {
  const batches = cutBatches(bodies);
  const send = async (): Promise<void> => {
    for (const batch of batches) {
      const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      const { Failed } = await sqs.call('SendMessageBatch', { QueueUrl: queueUrl, Entries });
      if (asList(Failed).length > 0) throw new Error(`the queue refused messages: ${JSON.stringify(Failed)}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_SENDS }, send));
}

function* cutBatches(bodies: readonly string[]): Iterable<readonly string[]> {
  let batch: string[] = [];
  let sizeBytes = 0;
  for (const body of bodies) {
    // Bench events are ASCII: characters are bytes.
    if (batch.length === MAX_BATCH_MESSAGES || (batch.length > 0 && sizeBytes + body.length > MAX_BATCH_BYTES)) {
      yield batch;
      batch = [];
      sizeBytes = 0;
    }
    batch.push(body);
    sizeBytes += body.length;
  }
  if (batch.length > 0) yield batch;
}
