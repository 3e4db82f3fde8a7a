import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/** What the thread of one environment is started with. */
export interface EnvironmentSettings {
  /** Absolute path of the module that exports `handler`. */
  readonly sourceFile: string;
  readonly functionName: string;
  readonly memoryMegabytes: number;
}

/** One invocation, sent to the thread. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly event: unknown;
  /** Epoch milliseconds at which the host ends the thread. */
  readonly deadlineMs: number;
}

/** What the thread answers: once when it is ready, then once an invocation. */
export type EnvironmentReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string; readonly trace: string };

interface InvocationContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  readonly memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

type Handler = (event: unknown, context: InvocationContext) => unknown;

const settings = workerData as EnvironmentSettings;
const handler = await importHandler(settings.sourceFile);

parentPort?.on('message', async ({ requestId, event, deadlineMs }: InvocationRequest) => {
  const context: InvocationContext = {
    functionName: settings.functionName,
    awsRequestId: requestId,
    memoryLimitInMB: String(settings.memoryMegabytes),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  try {
    const result = await handler(event, context);
    // What leaves a function is JSON: anything that JSON does not know is lost here as it would be there.
    report({ kind: 'result', result: result === undefined ? null : JSON.parse(JSON.stringify(result)) });
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    report({ kind: 'error', errorType: error.name, errorMessage: error.message, trace: error.stack ?? '' });
  }
});
report({ kind: 'ready' });

async function importHandler(sourceFile: string): Promise<Handler> {
  const module = (await import(pathToFileURL(sourceFile).href)) as { handler?: unknown };
  if (typeof module.handler !== 'function') throw new TypeError(`${sourceFile} exports no function named handler`);
  return module.handler as Handler;
}

function report(message: EnvironmentReport): void {
  parentPort?.postMessage(message);
}
