import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineClient } from './engine-client.ts';
import { LocalHostError } from './errors.ts';

/** Where to look for an engine, and what to do when it stops on its own. */
export interface DynamoDbEngineOptions {
  /** Database file; made when absent. */
  readonly databaseFile: string;
  /** Read for `DYNAMODB_ENDPOINT` and `PATH`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** npm package that ships the binary `dynoxide`. */
  readonly packageName: string;
  /** Takes one line about something unexpected. */
  readonly log: (line: string) => void;
}

/** A running engine. */
export interface DynamoDbEngine {
  readonly endpoint: string;
  /** Ends the engine, if it is ours, and waits for it. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 15_000;

/** An engine that lives shorter than this will not live longer for being started again. */
const SHORTEST_LIFE_MS = 1_000;

// The engine must not outlive this process, not even after SIGKILL: a shell of its own process group (so that Ctrl-C
// in the terminal does not reach it before the host has finished) waits until the pipe from the host closes.
const WATCHDOG =
  'exec 3<&0; "$@" </dev/null & engine=$!; (cat <&3 >/dev/null; kill $engine 2>/dev/null) & wait $engine';

/**
 * Starts the engine over a database file, or uses the one that `DYNAMODB_ENDPOINT` names.
 * @throws {@link LocalHostError} `local/engine-missing` or `local/engine-failed`
 */
export async function startDynamoDbEngine(options: DynamoDbEngineOptions): Promise<DynamoDbEngine> {
  const endpoint = options.environment['DYNAMODB_ENDPOINT'];
  if (endpoint) {
    if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
      throw new LocalHostError('local/engine-failed', `DYNAMODB_ENDPOINT: expected an http URL, got ${endpoint}`);
    }
    await waitUntilReady(endpoint, new AbortController().signal);
    return { endpoint, stop: async () => {} };
  }
  const binary = locateBinary(options);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startBinary(binary, options);
    } catch (cause) {
      // The free port may have been taken by somebody else in between.
      if (attempt === 3) throw cause;
    }
  }
}

/** The installed package first, then the `PATH`. */
function locateBinary({ packageName, environment }: DynamoDbEngineOptions): string {
  const candidates: string[] = [];
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    candidates.push(join(dirname(manifest), 'dynoxide'));
  } catch {
    // Not installed: the package exists for some platforms only.
  }
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  candidates.push(...path.map((folder) => join(folder, 'dynoxide')));
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new LocalHostError(
    'local/engine-missing',
    `no DynamoDB engine found: set DYNAMODB_ENDPOINT to a running one, install the package ${packageName}, ` +
      'or put the program dynoxide on the PATH',
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function startBinary(binary: string, options: DynamoDbEngineOptions): Promise<DynamoDbEngine> {
  const port = await findFreePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const engineArguments = ['--host', '127.0.0.1', '--port', String(port), '--db-path', options.databaseFile];
  const start = () => spawnUnderWatch(binary, engineArguments);
  const first = start();
  await waitUnlessItEnds(first.shell, endpoint);
  let stopping = false;
  let running = first;
  const keepRunning = async (): Promise<void> => {
    for (let startedMs = performance.now(); ; startedMs = performance.now()) {
      await running.ended;
      running.shell.stdin?.end();
      if (stopping) return;
      if (performance.now() - startedMs < SHORTEST_LIFE_MS) {
        options.log('the DynamoDB engine stopped again at once; restart the local host');
        return;
      }
      // What was committed is in its file, and whoever asked it meanwhile asks again at the same port.
      options.log('the DynamoDB engine stopped unexpectedly and is started again');
      running = start();
    }
  };
  const kept = keepRunning();
  return {
    endpoint,
    async stop() {
      stopping = true;
      running.shell.stdin?.end();
      await kept;
    },
  };
}

interface WatchedEngine {
  readonly shell: ChildProcess;
  readonly ended: Promise<void>;
}

function spawnUnderWatch(binary: string, engineArguments: readonly string[]): WatchedEngine {
  const shell = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', binary, ...engineArguments], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve());
    shell.once('error', () => resolve());
  });
  // Writing is never tried, but a shell that dies early would otherwise raise here.
  shell.stdin.on('error', () => {});
  return { shell, ended };
}

async function waitUnlessItEnds(shell: ChildProcess, endpoint: string): Promise<void> {
  const giveUp = new AbortController();
  const onEnd = () => giveUp.abort();
  shell.once('exit', onEnd);
  try {
    await waitUntilReady(endpoint, giveUp.signal);
  } catch (cause) {
    shell.stdin?.end();
    throw cause;
  } finally {
    shell.off('exit', onEnd);
  }
}

async function waitUntilReady(endpoint: string, giveUp: AbortSignal): Promise<void> {
  const client = new EngineClient('dynamodb', endpoint);
  const until = performance.now() + START_TIMEOUT_MS;
  try {
    for (;;) {
      try {
        await client.call('ListTables', {}, AbortSignal.timeout(2_000));
        return;
      } catch (cause) {
        if (giveUp.aborted || performance.now() > until) {
          throw new LocalHostError('local/engine-failed', `the DynamoDB engine at ${endpoint} does not answer`, {
            cause,
          });
        }
        await sleep(20);
      }
    }
  } finally {
    client.close();
  }
}

/** A port that is free at this moment; the engine cannot pick one itself and say which. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
