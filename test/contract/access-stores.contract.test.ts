import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableApiKeys } from '../../lib/adapters/dynamodb/key-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TableSenderRoles } from '../../lib/adapters/dynamodb/sender-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { AdminRecord, ApiKey } from '../../lib/app/access/access-ports.ts';
import { hashKey } from '../../lib/app/access/manage-keys.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import type { OverrideChange } from '../../lib/app/prices/override-ports.ts';
import { runCli } from '../helpers/api-server.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

const record: AdminRecord = { atMs: 5, keyId: 'key_1', action: 'catalog.overrides.stored', detail: { number: 1 } };
/** The key whose secret is this text. */
const keyOf = (secret: string, tenant = 'acme'): ApiKey => ({
  keyId: `key_${hashKey(secret).slice(0, 12)}`,
  tenant,
  role: 'reader',
  label: 'test',
  createdAtMs: 7,
});

const change = (number: number, keyId = 'key_1'): OverrideChange => ({
  number,
  version: `v${number}`,
  fileText: '{"overrides":[]}',
  storedAtMs: 5,
  keyId,
});

function behavesAsAccessStores(open: () => Table): void {
  it('keeps a key under its hash once; the first stays, with one record of it', async () => {
    const table = open();
    const apiKeys = new TableApiKeys(table);
    const key: ApiKey = { ...keyOf('once', 'first-tenant'), expiresAtMs: 9 };
    expect(await apiKeys.create(hashKey('once'), key, record)).toBe('created');
    expect(await apiKeys.create(hashKey('once'), { ...key, tenant: 'other' }, record)).toBe('exists');
    expect(await apiKeys.find(hashKey('once'))).toEqual(key);
    expect(await apiKeys.find(hashKey('none'))).toBeUndefined();
    // The beginning of a hash is no hash.
    expect(await apiKeys.find(hashKey('once').slice(0, 63))).toBeUndefined();
    expect(await new TableAdminRecords(table).list('first-tenant')).toEqual([record]);
  });

  it('reads keys that were stored before keys could end', async () => {
    const table = open();
    const { keyId, tenant, role, label, createdAtMs } = keyOf('old', 'old-tenant');
    const item = { keyId, tenant, role, label, createdAtMs: BigInt(createdAtMs) };
    await table.put({ pk: 'KEY', sk: hashKey('old'), ...item });
    const apiKeys = new TableApiKeys(table);
    expect(await apiKeys.find(hashKey('old'))).toEqual(keyOf('old', 'old-tenant'));
    expect(await apiKeys.list('old-tenant')).toEqual([keyOf('old', 'old-tenant')]);
    expect(await apiKeys.revoke('old-tenant', keyOf('old').keyId, record)).toBe('revoked');
    expect(await apiKeys.find(hashKey('old'))).toMatchObject({ revokedAtMs: record.atMs });
  });

  it('lists the keys of a tenant with their last use, and revokes one once with one record', async () => {
    const table = open();
    const apiKeys = new TableApiKeys(table);
    for (const [n, name] of ['k1', 'k2', 'k3'].entries()) {
      const tenant = name === 'k3' ? 'neighbour' : 'lister';
      await apiKeys.create(hashKey(name), { ...keyOf(name, tenant), createdAtMs: n }, record);
    }
    await apiKeys.noteUse(hashKey('k2'), '2026-11-20');
    await apiKeys.noteUse(hashKey('k2'), '2026-11-21');
    const revoking = [1, 2, 3].map(() => apiKeys.revoke('lister', keyOf('k1').keyId, { ...record, atMs: 77 }));
    expect((await Promise.all(revoking)).sort()).toEqual(['revoked', 'revoked_before', 'revoked_before']);
    expect(await apiKeys.revoke('lister', keyOf('k3').keyId, record)).toBe('unknown');
    expect(await apiKeys.revoke('lister', 'key_', record)).toBe('unknown');
    expect(await apiKeys.list('lister')).toEqual([
      { ...keyOf('k1', 'lister'), createdAtMs: 0, revokedAtMs: 77 },
      { ...keyOf('k2', 'lister'), createdAtMs: 1, lastUsedDay: '2026-11-21' },
    ]);
    expect((await apiKeys.list()).map(({ tenant }) => tenant)).toEqual(expect.arrayContaining(['lister', 'neighbour']));
    expect((await new TableAdminRecords(table).list('lister')).filter(({ atMs }) => atMs === 77)).toHaveLength(1);
  });

  it('pages records newest first, and finds a rare action among many', async () => {
    const table = open();
    const records = new TableAdminRecords(table);
    for (let n = 0; n < 6; n++) {
      await records.append('pager', { ...record, atMs: 1_000 + n, action: n === 0 ? 'rare' : 'common' });
    }
    const first = await records.page('pager', { limit: 4 });
    expect(first.records.map(({ atMs }) => atMs)).toEqual([1_005, 1_004, 1_003, 1_002]);
    const second = await records.page('pager', { limit: 4, position: first.next ?? '' });
    expect([second.records.map(({ atMs }) => atMs), second.next]).toEqual([[1_001, 1_000], undefined]);
    expect(await records.page('pager', { limit: 4, action: 'rare' })).toMatchObject({ records: [{ atMs: 1_000 }] });
    expect(await records.page('nobody', { limit: 4 })).toEqual({ records: [] });
  });

  it.each(['', ' ', 'x'.repeat(1_100), 'lone \ud800', 'a,a', 'ACME'])(
    'has no tenant %j, and fails of no name that a header may hold',
    async (name) => {
      const tenants = new TenantStore(open(), () => 5);
      expect([await tenants.find(name), await tenants.read(name)]).toEqual([undefined, undefined]);
    },
  );

  it('gives a sender role to one tenant in one step with the settings of it', async () => {
    const table = open();
    const now = () => 5;
    const tenants = new TenantStore(table, now);
    const config = (tenant: string, senders: readonly string[]): TenantConfig => ({
      ...{ tenant, timeZone: 'UTC', tagDimensions: [], trackUsers: false, pseudonymKey: 's', createdAtMs: 1 },
      senders,
    });
    const roles = () => new TableSenderRoles(table, now);
    expect(await tenants.create(config('one', ['AROA1', 'AROA2']), record)).toBe('created');
    expect(await tenants.create(config('one', []), record)).toBe('exists');
    expect(await tenants.create(config('two', ['AROA3', 'AROA2']), record)).toEqual({ takenRoleId: 'AROA2' });
    expect([await tenants.read('two'), await roles().find('AROA3')]).toEqual([undefined, undefined]);
    expect(await tenants.create(config('two', []), record)).toBe('created');
    const change = (tenant: string, from: readonly string[], to: readonly string[]) =>
      tenants.change(config(tenant, from), config(tenant, to), record);
    expect(await change('two', [], ['AROA1'])).toEqual({ takenRoleId: 'AROA1' });
    expect(await change('one', ['AROA1'], [])).toBe('behind');
    expect(await change('one', ['AROA1', 'AROA2'], ['AROA2'])).toBe('changed');
    expect(await change('two', [], ['AROA1'])).toBe('changed');
    expect([await roles().find('AROA1'), await roles().find('AROA2')]).toEqual(['two', 'one']);
    expect(await new TableAdminRecords(table).list('two')).toHaveLength(2);
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
    const ended = await runCli(['keys', 'create', ...at, '--expires-in-days', '1'], {});
    expect(JSON.parse(ended.out[0] ?? '')).toMatchObject({ expires_at: expect.stringMatching(/Z$/), role: 'admin' });
    vi.unstubAllEnvs();
  });

  it('take a first key from the name of a stack', async () => {
    const { protocol, hostname, port } = (await engine.client.config.endpoint?.()) ?? {};
    const stacks = await startStacks({ ledger: { TableName: engine.tableName }, bare: { ApiUrl: 'x' } });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', stacks.url);
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `${protocol}//${hostname}:${port}`);
    const create = (...args: string[]) => runCli(['keys', 'create', ...args], {});
    const { code, out, err } = await create('--stack', 'ledger', '--region', 'eu-west-1', '--role', 'org-admin');
    expect([code, err]).toEqual([0, []]);
    expect(await new TableApiKeys(engine.table).find(hashKey(out[0] ?? ''))).toMatchObject({
      tenant: 'default',
      role: 'org-admin',
    });
    const refusal = async (...args: string[]) => {
      const refused = await create(...args);
      return [refused.code, refused.out.length, refused.err[0]];
    };
    expect(await refusal('--stack', 'none', '--region', 'eu-west-1')).toEqual([
      ...[3, 0, expect.stringMatching(/^there is no stack none .*--region/)],
    ]);
    expect(await refusal('--stack', 'bare', '--region', 'eu-west-1')).toEqual([
      ...[3, 0, expect.stringMatching(/^the stack bare has no output TableName \(it has ApiUrl\)/)],
    ]);
    expect((await create('--stack', 'ledger', '--table', 't')).code).toBe(2);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const nobody = [3, 0, expect.stringContaining('no AWS credentials: sign in')];
    expect(await refusal('--stack', 'ledger', '--region', 'eu-west-1')).toEqual(nobody);
    expect(await refusal('--table', engine.tableName, '--region', 'eu-west-1')).toEqual(nobody);
    await stacks.stop();
    vi.unstubAllEnvs();
  });
});

/** CloudFormation as far as DescribeStacks goes: stacks by name, with their outputs. */
async function startStacks(stacks: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const name = new URLSearchParams(text).get('StackName') ?? '';
    const outputs = Object.entries(stacks[name] ?? {}).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    response.writeHead(stacks[name] ? 200 : 400, { 'content-type': 'text/xml' });
    response.end(
      stacks[name]
        ? `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${outputs.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
        : `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
