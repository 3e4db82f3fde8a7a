import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TableApiKeys } from '../lib/adapters/dynamodb/key-store.ts';
import { SdkTable } from '../lib/adapters/dynamodb/sdk-table.ts';
import { TenantStore } from '../lib/adapters/dynamodb/tenant-store.ts';
import { registerKey } from '../lib/app/access/manage-keys.ts';
import { createTenant } from '../lib/app/access/manage-tenants.ts';
import { LocalHostError } from '../lib/local/errors.ts';
import { type LedgerHost, startLedgerHost } from '../lib/local/ledger-host.ts';
import { stopOnSignals } from '../lib/local/stop-on-signals.ts';
import { DEFAULT_SAMPLE_SEED, DEFAULT_SAMPLE_SIZE } from '../lib/sample/generate-sample.ts';
import { loadSample } from '../lib/sample/load-sample.ts';

const USAGE = `npm start -- [--data DIR] [--port N] [--empty] [--json] [--seed TEXT] [--size N]

  --data DIR   folder of all data (.tokenledger)
  --port N     port of the HTTP API, 0 for a free one (8080)
  --empty      load no sample
  --json       print one line of JSON when ready, and nothing else, on standard output
  --seed TEXT  seed of the sample (${DEFAULT_SAMPLE_SEED})
  --size N     events of the sample (${DEFAULT_SAMPLE_SIZE})
  --window MS  how long a batch of messages waits to fill up, instead of as long as deployed (5000)
  --minute MS  how long the sweep waits for its next run (60000)`;

const TENANT = 'default';

interface Options {
  readonly dataFolder: string;
  readonly port: number;
  readonly isEmpty: boolean;
  readonly isJson: boolean;
  readonly seed: string;
  readonly size: number;
  readonly windowMs: number | undefined;
  readonly minuteMs: number | undefined;
}

class WrongUseError extends Error {}

try {
  await run(readOptions(process.argv.slice(2)));
} catch (cause) {
  const isOurs = cause instanceof LocalHostError || cause instanceof WrongUseError;
  console.error(isOurs ? cause.message : cause);
  process.exit(cause instanceof WrongUseError ? 2 : 1);
}

async function run(options: Options): Promise<void> {
  const host = await startLedgerHost({
    dataFolder: options.dataFolder,
    port: options.port,
    ...(options.windowMs === undefined ? {} : { batchingWindowMs: options.windowMs }),
    ...(options.minuteMs === undefined ? {} : { minuteMs: options.minuteMs }),
    onAlert: ({ subject, message, parts }) =>
      console.error(`\n  ALERT ${subject ?? ''}\n\n${indent(parts['email'] ?? message)}`),
  });
  stopOnSignals(host, () => console.error('stopped; the data stays in its folder'));
  try {
    const apiKey = await prepareTenant(host, options.dataFolder);
    const post = createPost(host.url, apiKey);
    if (!options.isEmpty && (await isEmptyLedger(host.url, apiKey))) await fill(host, post, options);
    announce(host, apiKey, options);
  } catch (cause) {
    await host.stop();
    throw cause;
  }
}

/** The local tenant and an admin key of it, kept beside the data so that it is the same after a restart. */
async function prepareTenant(host: LedgerHost, dataFolder: string): Promise<string> {
  const client = new DynamoDBClient({
    endpoint: host.dynamodbEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const table = new SdkTable(client, host.tableName);
  const ports = {
    apiKeys: new TableApiKeys(table),
    tenants: new TenantStore(table, Date.now),
    now: Date.now,
  };
  await createTenant(ports, { tenant: TENANT });
  const file = join(dataFolder, 'api-key');
  if (!existsSync(file)) writeFileSync(file, `tlk_${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  const key = readFileSync(file, 'utf8').trim();
  await registerKey(ports, key, { tenant: TENANT, role: 'admin', label: 'local host' });
  client.destroy();
  return key;
}

function createPost(url: string, apiKey: string) {
  return async (path: string, body: unknown, method: 'POST' | 'PUT' = 'POST'): Promise<unknown> => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
    return response.json();
  };
}

async function isEmptyLedger(url: string, apiKey: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${apiKey}` } });
  if (!response.ok) throw new Error(`/v1/status answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  return ((await response.json()) as { commit: number }).commit === 0;
}

async function fill(host: LedgerHost, post: ReturnType<typeof createPost>, options: Options): Promise<void> {
  const started = performance.now();
  const settings = { seed: options.seed, size: options.size, endMs: Date.now() };
  const events = await loadSample(post, settings, sleep, showProgress);
  // By the clock they would run at night, and at the next full hour.
  await Promise.all(['assess-break-even', 'project-spend'].map((name) => host.invokeSchedule(name)));
  console.error(`\rsample of ${events} calls recorded in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function showProgress(sent: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rsending the sample: ${sent} of ${total} calls `);
}

function announce(host: LedgerHost, apiKey: string, { isJson }: Options): void {
  if (isJson) {
    const { url, queueUrl, queueEndpoint, topicArn, tableName } = host;
    const addresses = { url, queueUrl, sqsEndpoint: queueEndpoint, topicArn, tableName, apiKey, dashboardUrl: null };
    console.log(JSON.stringify({ ...addresses, environment: { ...forHttp(host, apiKey), ...forQueue(host) } }));
    return;
  }
  console.log(`
Tokenledger is running at ${host.url}   (stop with Ctrl-C; the data stays)

Open another terminal in this folder. There, for HTTP and the command line:

${showExports(forHttp(host, apiKey))}

Send an event of your own, and see it in the spend of app "demo" a few seconds later:

  curl -sS -w '\\n' "$TOKENLEDGER_URL/v1/events" -H "Authorization: Bearer $TOKENLEDGER_KEY" -H 'Content-Type: application/json' \\
    -d '{"id":"call-'$(date +%s)'","time":"'$(date -u +%FT%TZ)'","app":"demo","model":"gpt-4o-mini","usage":{"input_tokens":1200,"output_tokens":350}}'

  npm run -s tokenledger -- spend --group-by app      what is spent, by app
  npm run -s tokenledger -- alerts                    what was alerted
  npm run -s tokenledger -- status                    who reports, and what is missing

To send over the queue as well (any credentials will do here; not in a shell that you deploy from):

${showExports(forQueue(host))}`);
}

/** What the command line, the examples of the pages and any program of the reader's take from their environment. */
function forHttp(host: LedgerHost, apiKey: string): Readonly<Record<string, string>> {
  return { TOKENLEDGER_URL: host.url, TOKENLEDGER_KEY: apiKey };
}

/** What leads AWS's SDKs and command line to the local queue; region and credentials are made up. */
function forQueue(host: LedgerHost): Readonly<Record<string, string>> {
  return {
    TOKENLEDGER_QUEUE_URL: host.queueUrl,
    AWS_ENDPOINT_URL_SQS: host.queueEndpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

function showExports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `  export ${name}=${value}`)
    .join('\n');
}

function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  return {
    dataFolder: resolve(values.data ?? '.tokenledger'),
    port: readWhole('--port', values.port ?? '8080', 0, 65_535),
    isEmpty: values.empty ?? false,
    isJson: values.json ?? false,
    seed: values.seed ?? DEFAULT_SAMPLE_SEED,
    size: readWhole('--size', values.size ?? String(DEFAULT_SAMPLE_SIZE), 1, 10_000_000),
    windowMs: values.window === undefined ? undefined : readWhole('--window', values.window, 0, 300_000),
    minuteMs: values.minute === undefined ? undefined : readWhole('--minute', values.minute, 1_000, 60_000),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        empty: { type: 'boolean' },
        json: { type: 'boolean' },
        seed: { type: 'string' },
        size: { type: 'string' },
        window: { type: 'string' },
        minute: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new WrongUseError(`${cause instanceof Error ? cause.message : cause}\n\n${USAGE}`);
  }
}

function readWhole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new WrongUseError(`${flag}: expected a whole number from ${least} to ${most}, got ${text}`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
