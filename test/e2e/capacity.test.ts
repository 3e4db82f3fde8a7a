import { rmSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TableApiKeys } from '../../lib/adapters/dynamodb/key-store.ts';
import { SdkTable } from '../../lib/adapters/dynamodb/sdk-table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { registerKey } from '../../lib/app/access/manage-keys.ts';
import { createTenant } from '../../lib/app/access/manage-tenants.ts';
import { type LedgerHost, startLedgerHost } from '../../lib/local/ledger-host.ts';
import { makeDataFolder } from '../helpers/running-product.ts';

const KEY = `tlk_${'k'.repeat(43)}`;
const DAY_MS = 86_400_000;
const folder = makeDataFolder();
const dayText = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

let host: LedgerHost;
beforeAll(async () => {
  host = await startLedgerHost({ dataFolder: folder, port: 0, batchingWindowMs: 100 });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: host.dynamodbEndpoint, region: 'us-east-1', credentials });
  const table = new SdkTable(client, host.tableName);
  const ports = { apiKeys: new TableApiKeys(table), tenants: new TenantStore(table, Date.now), now: Date.now };
  await createTenant(ports, { tenant: 'default' });
  await registerKey(ports, KEY, { tenant: 'default', role: 'admin', label: 'test' });
  client.destroy();
}, 60_000);
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the answers hold that is read here. */
interface Answer {
  readonly orders: readonly number[];
  readonly entries?: readonly { readonly status: string }[];
  readonly total: Readonly<Record<string, unknown>>;
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(host.url + path, init);
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return (await response.json()) as Answer;
}

it('the function on its schedule books the days of a capacity, once, and the audit finds nothing', async () => {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  // Three days ago and the day before yesterday are over, whatever the hour.
  const [from, called, to] = [3, 2, 1].map((back) => dayText(today - back * DAY_MS));
  const event = {
    time: `${called}T12:00:00Z`,
    provider: 'openai',
    model: 'gpt-4o-mini',
    deployment: 'own',
    app: 'bot',
  };
  await ask('POST', '/v1/events', [{ ...event, id: 'c-1', usage: { input_tokens: 1_000_000 } }]);
  await expect
    .poll(async () => (await ask('POST', '/v1/entries/status', { ids: ['c-1'] })).entries?.[0]?.status, {
      timeout: 30_000,
    })
    .toBe('recorded');
  const capacity = { kind: 'subscription', from, to, price_usd: '1', per: 'hour', covers: { deployment: 'own' } };
  const { orders } = await ask('PUT', '/v1/capacities/h100', capacity);
  for (const number of orders) await ask('POST', `/v1/corrections/${number}/run`);
  expect(await host.invokeSchedule('accrue-capacity')).toEqual([{ tenant: 'default', days: 2, isCut: false }]);
  expect(await host.invokeSchedule('accrue-capacity')).toEqual([]);
  const use = await ask('GET', `/v1/capacities/h100/use?from=${from}&to=${to}`);
  // Two days of 24 hours at $1: the first unused, the second used by the one caller. A million tokens are $0.15 at list price.
  expect(use.total).toMatchObject({ cost_usd: '48', used_usd: '24', unused_usd: '24', list_cost_usd: '0.15' });
  expect(use.total.saved_usd).toBe('-47.85');
  const explained = await ask('GET', '/v1/entries/c-1/explain');
  expect(explained).toMatchObject({ cost_usd: '0', list_cost_usd: '0.15', capacity: { name: 'h100' } });
  expect(await ask('POST', '/v1/audits', {})).toMatchObject({ differences: [] });
}, 90_000);
