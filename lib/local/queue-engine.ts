import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { LOCAL_REGION } from './engine-client.ts';
import { LocalHostError } from './errors.ts';
import type { QueueEngineReport, QueueEngineRequest, QueueEngineSettings } from './queue-engine-worker.ts';

/** A running engine for queues and topics, in a thread of its own. */
export interface QueueEngine {
  readonly endpoint: string;
  /** Makes topics, each with the queue that listens to it, where they do not exist yet. */
  subscribe(topics: readonly { readonly topic: string; readonly queue: string | null }[]): Promise<void>;
  /** Writes everything down and ends the thread. */
  stop(): Promise<void>;
}

/**
 * Starts the engine over a folder; a port of 0 takes a free one.
 * @throws {@link LocalHostError} `local/port-taken` or `local/engine-failed`
 */
export async function startQueueEngine(folder: string, port: number): Promise<QueueEngine> {
  mkdirSync(folder, { recursive: true });
  showInterruptedMessages(join(folder, 'fauxqs.db'));
  const workerData: QueueEngineSettings = { dataDir: folder, port, region: LOCAL_REGION };
  const thread = new Worker(new URL('./queue-engine-worker.ts', import.meta.url), {
    workerData,
    execArgv: [],
    env: {},
  });
  const [report] = (await once(thread, 'message')) as [QueueEngineReport];
  if ('failure' in report) {
    if (report.code === 'EADDRINUSE') throw new LocalHostError('local/port-taken', `port ${port} is already in use`);
    throw new LocalHostError('local/engine-failed', `the queue engine does not start: ${report.failure}`);
  }
  return {
    endpoint: `http://127.0.0.1:${report.port}`,
    async subscribe(topics) {
      const answered = once(thread, 'message');
      thread.postMessage({ kind: 'subscribe', topics } satisfies QueueEngineRequest);
      await answered;
    },
    async stop() {
      const ended = once(thread, 'exit');
      thread.postMessage({ kind: 'stop' } satisfies QueueEngineRequest);
      await ended;
    },
  };
}

/**
 * Puts messages that a previous run had taken, and neither finished nor failed, back in sight. The data folder is
 * ours alone, so nobody can still be working on them; waiting for their visibility time-out would only delay a
 * restart. The interrupted hand-out does not count towards the dead-letter limit: the message was not at fault.
 */
function showInterruptedMessages(databaseFile: string): void {
  if (!existsSync(databaseFile)) return;
  const database = new DatabaseSync(databaseFile);
  try {
    const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sqs_messages'").get();
    if (!known) return;
    database.exec(
      'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL, ' +
        'approximate_receive_count = max(approximate_receive_count - 1, 0) WHERE receipt_handle IS NOT NULL',
    );
  } finally {
    database.close();
  }
}
