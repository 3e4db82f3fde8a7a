import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { EnvironmentReport, EnvironmentSettings, InvocationRequest } from './function-worker.ts';

/** A function of the template, ready to be run. */
export interface FunctionDefinition {
  /** The template's id of it. */
  readonly id: string;
  /** Short name: the folder of the handler. */
  readonly name: string;
  /** Absolute path of the module that exports `handler`. */
  readonly sourceFile: string;
  readonly timeoutMs: number;
  readonly memoryMegabytes: number;
  /** All of its environment; nothing of this process shines through. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * How an invocation ended. `result` is what the handler answered, as JSON; `failed` that it threw or its thread died;
 * `timed-out` that it was ended.
 */
export type InvocationOutcome =
  | { readonly status: 'succeeded'; readonly result: unknown }
  | { readonly status: 'failed'; readonly errorType: string; readonly message: string }
  | { readonly status: 'timed-out' };

// Source is loaded without a bundle here, on machines that are busy with something else.
const LOAD_TIMEOUT_MS = 30_000;

/** One warm copy of a function: a thread that runs one invocation at a time and is thrown away when it breaks. */
export class FunctionEnvironment {
  readonly #definition: FunctionDefinition;
  readonly #thread: Worker;
  readonly #ready: Promise<EnvironmentReport>;
  #settle: ((report: EnvironmentReport) => void) | undefined;
  #alive = true;

  /** @param log - takes each line that the function writes, with its name in front */
  constructor(definition: FunctionDefinition, log: (line: string) => void) {
    this.#definition = definition;
    const workerData: EnvironmentSettings = {
      sourceFile: definition.sourceFile,
      functionName: definition.id,
      memoryMegabytes: definition.memoryMegabytes,
    };
    this.#thread = new Worker(new URL('./function-worker.ts', import.meta.url), {
      workerData,
      env: { ...definition.variables },
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMegabytes },
    });
    for (const stream of [this.#thread.stdout, this.#thread.stderr]) {
      createInterface({ input: stream }).on('line', (line) => log(`${definition.name}: ${line}`));
    }
    this.#ready = this.#nextReport();
    this.#thread.on('message', (report: EnvironmentReport) => this.#take(report));
    this.#thread.on('error', (error: Error) => {
      this.#alive = false;
      this.#take({ kind: 'error', errorType: error.name, errorMessage: error.message, trace: error.stack ?? '' });
    });
    this.#thread.on('exit', (code) => {
      this.#alive = false;
      const errorMessage = `the function ended its own process with code ${code}`;
      this.#take({ kind: 'error', errorType: 'ExitError', errorMessage, trace: '' });
    });
  }

  /** Whether it can take another invocation. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Runs one invocation; never called while another runs. The time-out begins when the function has been loaded. */
  async invoke(event: unknown): Promise<InvocationOutcome> {
    const ready = await within(this.#ready, LOAD_TIMEOUT_MS);
    if (ready === 'late') return this.#giveUp();
    if (ready.kind === 'error') return toOutcome(ready);
    if (!this.#alive)
      return { status: 'failed', errorType: 'ExitError', message: 'the function ended while it was idle' };
    const { timeoutMs } = this.#definition;
    const answered = this.#nextReport();
    this.#thread.postMessage({
      requestId: randomUUID(),
      event,
      deadlineMs: Date.now() + timeoutMs,
    } satisfies InvocationRequest);
    const answer = await within(answered, timeoutMs);
    return answer === 'late' ? this.#giveUp() : toOutcome(answer);
  }

  /** Ends the thread at once, whatever it is doing. */
  async end(): Promise<void> {
    this.#alive = false;
    await this.#thread.terminate();
  }

  async #giveUp(): Promise<InvocationOutcome> {
    await this.end();
    return { status: 'timed-out' };
  }

  #nextReport(): Promise<EnvironmentReport> {
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  #take(report: EnvironmentReport): void {
    this.#settle?.(report);
    this.#settle = undefined;
  }
}

async function within<T>(promise: Promise<T>, limitMs: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function toOutcome(report: EnvironmentReport): InvocationOutcome {
  if (report.kind === 'error') return { status: 'failed', errorType: report.errorType, message: report.errorMessage };
  return { status: 'succeeded', result: report.kind === 'result' ? report.result : null };
}
