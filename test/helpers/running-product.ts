import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** What `npm start -- --json` prints when it is ready. */
export interface Ready {
  readonly url: string;
  readonly queueUrl: string;
  readonly sqsEndpoint: string;
  readonly topicArn: string;
  readonly tableName: string;
  readonly apiKey: string;
  readonly dashboardUrl: null;
  /** Variables that lead programs to it, as `npm start` prints them for a shell. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The product in a process of its own, as `npm start` runs it. */
export interface Product extends Ready {
  readonly process: ChildProcess;
  /** What it wrote to standard error so far. */
  notes(): string;
  /** The answer to a GET request; to look again and again, which a command would take a process for each time. */
  ask(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** Runs one command of the command line against it. */
  run(...args: readonly string[]): Promise<CommandResult>;
  /** Sends a signal and waits for the end; @returns the exit code, or the signal that ended it */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string>;
}

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty folder for the product's data. */
export const makeDataFolder = (): string => mkdtempSync(join(tmpdir(), 'tokenledger-e2e-'));

/** Starts the product and waits until it is ready. @throws with what it wrote when it ends before */
export async function startProduct(dataFolder: string, ...args: readonly string[]): Promise<Product> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'bin/local.ts'), '--data', dataFolder, '--port', '0', '--json', ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.on('exit', (code) => reject(new Error(`the product ended with ${code}: ${errors}`)));
  });
  const ready = JSON.parse(line) as Ready;
  return {
    ...ready,
    process: child,
    notes: () => errors,
    ask: (path) => ask(ready, path),
    run: (...command) => runCommand(ready, command),
    end: (signal) =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null)
          return resolve(child.exitCode ?? child.signalCode ?? '');
        child.once('exit', (code, by) => resolve(code ?? by ?? ''));
        child.kill(signal);
      }),
  };
}

async function ask({ url, apiKey }: Ready, path: string): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

/** Runs `tokenledger` with the ledger's URL and key in its environment. */
export function runCommand(ready: Pick<Ready, 'url' | 'apiKey'>, args: readonly string[]): Promise<CommandResult> {
  const env = { ...process.env, TOKENLEDGER_URL: ready.url, TOKENLEDGER_KEY: ready.apiKey };
  const child = spawn(process.execPath, [join(ROOT, 'bin/tokenledger.ts'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr })));
}
