import { parentPort, workerData } from 'node:worker_threads';
import { startFauxqs } from 'fauxqs';

/** What the thread of the queue engine is started with. */
export interface QueueEngineSettings {
  readonly dataDir: string;
  readonly port: number;
  readonly region: string;
}

/** What the thread of the queue engine says when it runs or cannot run. */
export type QueueEngineReport = { readonly port: number } | { readonly failure: string; readonly code: string };

/** What the thread of the queue engine is asked for later. */
export type QueueEngineRequest =
  | {
      readonly kind: 'subscribe';
      readonly topics: readonly { readonly topic: string; readonly queue: string | null }[];
    }
  | { readonly kind: 'stop' };

const settings = workerData as QueueEngineSettings;

try {
  const engine = await startFauxqs({
    port: settings.port,
    dataDir: settings.dataDir,
    defaultRegion: settings.region,
    logger: false,
  });
  parentPort?.on('message', async (request: QueueEngineRequest) => {
    if (request.kind === 'stop') {
      await engine.stop();
      parentPort?.close();
      return;
    }
    // What exists already is left as it is, so a restart changes nothing.
    engine.setup({
      topics: request.topics.map(({ topic }) => ({ name: topic })),
      subscriptions: request.topics.flatMap(({ topic, queue }) => (queue === null ? [] : [{ topic, queue }])),
    });
    parentPort?.postMessage('subscribed');
  });
  report({ port: engine.port });
} catch (cause) {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  report({ failure: String(cause), code });
  parentPort?.close();
}

function report(message: QueueEngineReport): void {
  parentPort?.postMessage(message);
}
