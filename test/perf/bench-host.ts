import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TableApiKeys } from '../../lib/adapters/dynamodb/key-store.ts';
import { SdkTable } from '../../lib/adapters/dynamodb/sdk-table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { createKey } from '../../lib/app/access/manage-keys.ts';
import { createTenant } from '../../lib/app/access/manage-tenants.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { EngineClient } from '../../lib/local/engine-client.ts';
import { type LedgerHost, startLedgerHost } from '../../lib/local/ledger-host.ts';
import type { TopicMessage } from '../../lib/local/subscriber.ts';

/** The whole product over a temporary folder, with one tenant and an admin key of it. */
export interface BenchHost {
  readonly host: LedgerHost;
  /** The ledger's table, past every function. */
  readonly table: SdkTable;
  readonly client: DynamoDBClient;
  readonly tenant: TenantConfig;
  /** The queue engine, called without the weight of an SDK. */
  readonly sqs: EngineClient;
  /** One request to the HTTP API. @throws Error when it is not answered with success */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Ends everything and removes the folder. */
  stop(): Promise<void>;
}

/** How a {@link BenchHost} differs from `npm start -- --empty`. */
export interface BenchHostOptions {
  /** Replaces the batching window of the template, in milliseconds. */
  readonly batchingWindowMs?: number;
  /** Takes the place of the embedded table engine. */
  readonly dynamodbEndpoint?: string;
  readonly onAlert?: (message: TopicMessage) => void;
}

/** Starts the product with durable engines and no schedules, so that nothing runs but what is measured. */
export async function startBenchHost(options: BenchHostOptions = {}): Promise<BenchHost> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-bench-'));
  const { batchingWindowMs, dynamodbEndpoint, onAlert } = options;
  const host = await startLedgerHost({
    dataFolder: folder,
    port: 0,
    runSchedules: false,
    ...(batchingWindowMs === undefined ? {} : { batchingWindowMs }),
    ...(dynamodbEndpoint === undefined ? {} : { environment: { DYNAMODB_ENDPOINT: dynamodbEndpoint } }),
    ...(onAlert === undefined ? {} : { onAlert }),
  });
  const client = new DynamoDBClient({
    endpoint: host.dynamodbEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const table = new SdkTable(client, host.tableName);
  const { tenant, key } = await prepareTenant(table);
  const sqs = new EngineClient('sqs', host.queueEndpoint);
  return {
    host,
    table,
    client,
    tenant,
    sqs,
    request: (method, path, body) => request(host.url + path, key, method, body),
    async stop() {
      sqs.close();
      client.destroy();
      await host.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Calls in the answered total of today and its two neighbours, which hold every event that a bench sends. */
export async function readVisibleCalls({ request }: Pick<BenchHost, 'request'>): Promise<number> {
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const answer = (await request('GET', `/v1/spend?from=${day(-1)}&to=${day(2)}&granularity=day`)) as {
    readonly total: { readonly calls: unknown };
  };
  return Number(answer.total.calls);
}

/**
 * Asks for the answered total again and again until it is what was sent.
 * @returns when the answer that showed it arrived, as `performance.now()`
 * @throws Error when more is counted than was sent, or all of it is not there within two minutes
 */
export async function waitUntilVisible(bench: BenchHost, calls: number, pauseMs: number): Promise<number> {
  const giveUpMs = performance.now() + 120_000;
  for (;;) {
    const visible = await readVisibleCalls(bench);
    if (visible === calls) return performance.now();
    if (visible > calls) throw new Error(`${visible} calls are counted, but only ${calls} were sent`);
    if (performance.now() > giveUpMs)
      throw new Error(`only ${visible} of ${calls} calls are counted after two minutes`);
    if (pauseMs > 0) await sleep(pauseMs);
  }
}

async function prepareTenant(table: SdkTable): Promise<{ tenant: TenantConfig; key: string }> {
  const tenants = new TenantStore(table, Date.now);
  const ports = { apiKeys: new TableApiKeys(table), tenants, now: Date.now };
  await createTenant(ports, { tenant: 'default' });
  const { key } = await createKey(ports, { tenant: 'default', role: 'admin', label: 'bench' });
  const tenant = await tenants.find('default');
  if (!tenant) throw new Error('the tenant that was just created is not there');
  return { tenant, key };
}

async function request(url: string, key: string, method: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 300)}`);
  return text === '' ? null : JSON.parse(text);
}
