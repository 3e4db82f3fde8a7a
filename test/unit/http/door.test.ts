import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TableApiKeys } from '../../../lib/adapters/dynamodb/key-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { createDoor, type DoorPorts } from '../../../lib/adapters/http/authenticate.ts';
import type { HttpRequest } from '../../../lib/adapters/http/http-types.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { Identity, Role } from '../../../lib/app/access/access-ports.ts';
import { createKey, revokeKey } from '../../../lib/app/access/manage-keys.ts';
import { createTenant } from '../../../lib/app/access/manage-tenants.ts';

const START_MS = Date.UTC(2026, 10, 21, 23, 59, 30);
const READERS = ['reader', 'admin'] as const;

const request = (headers: HttpRequest['headers'], identity?: Identity): HttpRequest => ({
  ...{ method: 'GET', path: '/', query: '', headers, body: new Uint8Array() },
  ...(identity ? { identity } : {}),
});

async function createWorld() {
  const table = new MemoryTable();
  const clock = { nowMs: START_MS };
  const now = () => clock.nowMs;
  const apiKeys = new TableApiKeys(table);
  const tenants = new TenantStore(table, now);
  const failures: unknown[] = [];
  const identities = {
    findCaller: async (identity: Identity) =>
      identity.kind === 'iam' && identity.roleId === 'AROAKNOWN'
        ? { keyId: 'iam:AROAKNOWN', tenant: 'acme', role: 'reader' as const }
        : undefined,
  };
  const ports: DoorPorts = { apiKeys, tenants, identities, now, reportError: (error) => failures.push(error) };
  for (const tenant of ['acme', 'other']) await createTenant({ tenants, now }, { tenant });
  const make = (role: Role, end = {}) =>
    createKey({ apiKeys, tenants, now }, { tenant: 'acme', role, label: 'test', ...end });
  return { ports, clock, failures, make, enter: createDoor(ports) };
}

const bearer = (key: string, tenant?: string) => ({
  authorization: `Bearer ${key}`,
  ...(tenant === undefined ? {} : { 'tokenledger-tenant': tenant }),
});

describe('the door and the life of a key', () => {
  it('turns a revoked key away within a minute, at every instance that remembers it', async () => {
    const { ports, clock, make, enter } = await createWorld();
    const [admin, victim] = [await make('admin'), await make('reader')];
    const doors = [enter, createDoor(ports)];
    for (const door of doors) expect(await door(request(bearer(victim.key)), READERS)).toBeDefined();
    await revokeKey({ ...ports, tenants: ports.tenants }, 'acme', victim.keyId, admin, false);
    clock.nowMs += 60_000;
    for (const door of doors) {
      await expect(door(request(bearer(victim.key)), READERS)).rejects.toMatchObject({
        status: 401,
        code: 'key/revoked',
      });
    }
    expect(await enter(request(bearer(admin.key)), READERS)).toMatchObject({ key: { keyId: admin.keyId } });
  });

  it('turns an expired key away from its last moment on, remembered or not', async () => {
    const { clock, make, enter } = await createWorld();
    const { key } = await make('reader', { expiresAtMs: START_MS + 1_000 });
    clock.nowMs = START_MS + 999;
    expect(await enter(request(bearer(key)), READERS)).toBeDefined();
    clock.nowMs += 1;
    const refusal = { status: 401, code: 'key/expired' };
    await expect(enter(request(bearer(key)), READERS)).rejects.toMatchObject(refusal);
  });

  it('notes the day of use once a day, and lets in whoever it cannot note', async () => {
    const { ports, clock, make, failures } = await createWorld();
    const { key } = await make('reader');
    let writes = 0;
    const counting: DoorPorts['apiKeys'] = {
      find: (hash) => ports.apiKeys.find(hash),
      list: (tenant) => ports.apiKeys.list(tenant),
      create: async () => 'exists',
      revoke: async () => 'unknown',
      noteUse: async (hash, day) => {
        writes += 1;
        if (writes === 1) throw new Error('no table today');
        await ports.apiKeys.noteUse(hash, day);
      },
    };
    const enter = createDoor({ ...ports, apiKeys: counting });
    // 23:59:30 fails; 00:00:00, 00:00:30 and later are of the next day: one write more
    for (let n = 0; n < 10; n++) {
      expect(await enter(request(bearer(key)), READERS)).toBeDefined();
      await new Promise((resolve) => setImmediate(resolve));
      clock.nowMs += 30_000;
    }
    expect([writes, failures.length]).toEqual([2, 1]);
    expect(await ports.apiKeys.list('acme')).toMatchObject([{ lastUsedDay: '2026-11-22' }]);
  });
});

describe('the door and tenants', () => {
  it.each<[Role, string | undefined, string | number]>([
    ['reader', undefined, 'acme'],
    ['reader', 'acme', 'acme'],
    ['reader', 'other', 403],
    ['reader', 'nobody', 403],
    ['admin', 'other', 403],
    ['org-reader', undefined, 'acme'],
    ['org-reader', 'other', 'other'],
    ['org-admin', 'other', 'other'],
    ['org-admin', 'nobody', 404],
    ['org-admin', '', 404],
  ])('a key of role %s of acme that names %j acts in %j', async (role, named, expected) => {
    const { make, enter } = await createWorld();
    const { key, keyId } = await make(role);
    const outcome = await enter(request(bearer(key, named)), READERS).then(
      (caller) => [caller?.tenant.tenant, caller?.key.keyId],
      (error) => [error.status ?? (error.code === 'request/not-found' ? 404 : error.code)],
    );
    const name = expected === 'acme' ? keyId : `acme/${keyId}`;
    expect(outcome).toEqual(typeof expected === 'number' ? [expected] : [expected, name]);
  });

  it('takes a tenant in the path as one that is named, and no other beside it', async () => {
    const { make, enter } = await createWorld();
    const [reader, org] = [await make('reader'), await make('org-reader')];
    await expect(enter(request(bearer(reader.key)), READERS, 'other')).rejects.toMatchObject({ status: 403 });
    expect(await enter(request(bearer(org.key)), READERS, 'other')).toMatchObject({ tenant: { tenant: 'other' } });
    const both = enter(request(bearer(org.key, 'acme')), READERS, 'other');
    await expect(both).rejects.toMatchObject({ code: 'request/invalid' });
  });

  it('lets an org-reader change nothing and an org-admin do all', async () => {
    const { make, enter } = await createWorld();
    const [reader, admin] = [await make('org-reader'), await make('org-admin')];
    for (const access of [['admin'], ['emitter', 'admin'], ['org-admin']] as const) {
      await expect(enter(request(bearer(reader.key)), access)).rejects.toMatchObject({ status: 403 });
      expect(await enter(request(bearer(admin.key)), access)).toBeDefined();
    }
  });
});

describe('the door and identities of the gateway', () => {
  it('takes them without a key, and takes none that stands for nobody whatever key comes with it', async () => {
    const { make, enter } = await createWorld();
    const { key } = await make('admin');
    const known: Identity = { kind: 'iam', arn: 'arn:aws:sts::1:assumed-role/x/y', roleId: 'AROAKNOWN' };
    expect(await enter(request({}, known), READERS)).toMatchObject({ key: { keyId: 'iam:AROAKNOWN' } });
    await expect(enter(request(bearer(key), known), ['admin'])).rejects.toMatchObject({ status: 403 });
    const stranger: Identity = { kind: 'jwt', claims: { sub: 'ada' } };
    const refused = { status: 403, code: 'identity/unknown' };
    await expect(enter(request(bearer(key), stranger), READERS)).rejects.toMatchObject(refused);
  });
});

describe('routes', () => {
  const folder = new URL('../../../lib/adapters/http/routes/', import.meta.url);
  it.each(readdirSync(folder))('%s take their tenant from the door alone', (file) => {
    const source = readFileSync(new URL(file, folder), 'utf8');
    // A request names tenants in its headers and in the path; both are the door's to read.
    expect(source).not.toMatch(/params(\?\.)?(\['tenant'\]|\.tenant)|body(\.|\[')tenant|query(\.|\[')tenant|x-tenant/);
    expect(source).not.toMatch(/TENANT_HEADER|tokenledger-tenant|\n {2}tenant: z\.string\(\)\.optional/);
    const finds = source.match(/tenants\.(find|read)\([^)]*\)/g) ?? [];
    // The settings of the acting tenant as stored now, and those of a tenant that was just created.
    expect(finds.filter((find) => !['tenants.read(tenant.tenant)', 'tenants.read(name)'].includes(find))).toEqual([]);
  });
});
