import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableApiKeys } from '../../lib/adapters/dynamodb/key-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { AdminRecord } from '../../lib/app/access-ports.ts';
import { hashKey } from '../../lib/app/manage-keys.ts';
import type { OverrideChange } from '../../lib/app/override-ports.ts';
import { runCli } from '../helpers/api-server.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

const record: AdminRecord = { atMs: 5, keyId: 'key_1', action: 'catalog.overrides.stored', detail: { number: 1 } };
const change = (number: number, keyId = 'key_1'): OverrideChange => ({
  number,
  version: `v${number}`,
  fileText: '{"overrides":[]}',
  storedAtMs: 5,
  keyId,
});

function behavesAsAccessStores(open: () => Table): void {
  it('keeps a key under its hash once; the first stays', async () => {
    const apiKeys = new TableApiKeys(open());
    const key = { keyId: 'key_1', tenant: 'acme', role: 'reader', label: '', createdAtMs: 7 } as const;
    expect(await apiKeys.create('hash', key)).toBe('created');
    expect(await apiKeys.create('hash', { ...key, tenant: 'other' })).toBe('exists');
    expect(await apiKeys.find('hash')).toEqual(key);
    expect(await apiKeys.find('none')).toBeUndefined();
  });

  it('keeps records of one moment apart and lists them oldest first, by tenant', async () => {
    const records = new TableAdminRecords(open());
    await records.append('recorded', { ...record, atMs: 2_000 });
    await records.append('recorded', { ...record, atMs: 1_000 });
    await records.append('recorded', { ...record, atMs: 1_000 });
    expect((await records.list('recorded')).map(({ atMs }) => atMs)).toEqual([1_000, 1_000, 2_000]);
    expect((await records.list('recorded'))[0]).toEqual({ ...record, atMs: 1_000 });
    expect(await records.list('nobody')).toEqual([]);
  });

  it('stores a change and its record both or neither, and one change per number', async () => {
    const table = open();
    const changes = new TableOverrideChanges(table);
    expect(await changes.append('acme', change(1), record)).toBe('stored');
    expect(await changes.append('acme', change(1, 'key_2'), record)).toBe('behind');
    expect(await changes.append('acme', change(2), record)).toBe('stored');
    expect(await changes.list('acme')).toEqual([change(1), change(2)]);
    expect(await new TableAdminRecords(table).list('acme')).toHaveLength(2);
  });
}

describe('keys, records and overrides in memory', () => {
  const table = new MemoryTable();
  behavesAsAccessStores(() => table);
});

describe('keys, records and overrides on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  behavesAsAccessStores(() => engine.table);

  it('take a first tenant and key from the command line', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    const { protocol, hostname, port } = (await engine.client.config.endpoint?.()) ?? {};
    const endpoint = `${protocol}//${hostname}:${port}`;
    const at = ['--table', engine.tableName, '--endpoint', endpoint, '--tenant', 'first', '--json'];
    const { code, out, err } = await runCli(['keys', 'create', ...at, '--time-zone', 'Asia/Kolkata'], {});
    expect([code, err]).toEqual([0, []]);
    const { key } = JSON.parse(out[0] ?? '');
    expect(await new TableApiKeys(engine.table).find(hashKey(key))).toMatchObject({ tenant: 'first', role: 'admin' });
    const again = await runCli(['keys', 'create', ...at, '--time-zone', 'Europe/Berlin'], {});
    expect([again.code, again.err]).toEqual([0, ['the tenant first exists and keeps the time zone it was made with']]);
    expect((await runCli(['keys', 'create', ...at, '--role', 'king'], {})).code).toBe(2);
    const lost = await runCli(['keys', 'create', ...at, '--table', 'nowhere'], {});
    expect([lost.code, lost.err]).toEqual([3, [expect.stringMatching(/^the table cannot be used: /)]]);
    expect((await runCli(['keys', 'create', ...at, '--time-zone', 'Mars/Olympus'], {})).code).toBe(2);
    vi.unstubAllEnvs();
  });
});
