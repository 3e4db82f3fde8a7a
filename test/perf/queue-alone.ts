import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineClient } from '../../lib/local/engine-client.ts';
import { startQueueEngine } from '../../lib/local/queue-engine.ts';
import { QueueReader } from '../../lib/local/queue-reader.ts';
import { sendMessages } from './send-messages.ts';

/** As many readers as the local host has for one queue: two batches in the making with four requests each, shared. */
const READERS = 4;

/**
 * Sends, receives and deletes messages through the durable queue engine with nobody doing anything with them: the rate
 * that no ledger behind this queue can exceed.
 * @returns seconds from the first send to the last delete
 * @throws Error when a message is lost
 */
export async function measureQueueAlone(bodies: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-queue-'));
  const engine = await startQueueEngine(folder, 0);
  const sqs = new EngineClient('sqs', engine.endpoint);
  try {
    const { QueueUrl } = await sqs.call('CreateQueue', {
      QueueName: 'alone',
      Attributes: { VisibilityTimeout: '360' },
    });
    const queueUrl = String(QueueUrl);
    const reader = new QueueReader(sqs, queueUrl, 'alone');
    const started = performance.now();
    await Promise.all([sendMessages(sqs, queueUrl, bodies), drain(reader, bodies.length)]);
    return (performance.now() - started) / 1000;
  } finally {
    sqs.close();
    await engine.stop();
    rmSync(folder, { recursive: true });
  }
}

async function drain(reader: QueueReader, count: number): Promise<void> {
  const finished = new AbortController();
  let left = count;
  const read = async (): Promise<void> => {
    while (left > 0) {
      const records = await reader.receive(10, 1, finished.signal).catch((cause: unknown) => {
        if (finished.signal.aborted) return [];
        throw cause;
      });
      if (records.length === 0) continue;
      await reader.delete(records);
      left -= records.length;
    }
    finished.abort();
  };
  await Promise.all(Array.from({ length: READERS }, read));
  if (left < 0) throw new Error(`the queue handed out ${-left} messages twice`);
}
