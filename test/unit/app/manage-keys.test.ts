import { describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../../lib/adapters/dynamodb/admin-records.ts';
import { TableApiKeys } from '../../../lib/adapters/dynamodb/key-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { Role } from '../../../lib/app/access/access-ports.ts';
import { createKey, revokeKey, stateOfKey } from '../../../lib/app/access/manage-keys.ts';
import { createTenant } from '../../../lib/app/access/manage-tenants.ts';
import { ROLES } from '../../../lib/contracts/roles.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 9, 30);
const DAY_MS = 86_400_000;

async function createWorld() {
  const table = new MemoryTable();
  const now = () => NOW_MS;
  const ports = { apiKeys: new TableApiKeys(table), tenants: new TenantStore(table, now), now };
  await createTenant(ports, { tenant: 'acme' });
  await createTenant(ports, { tenant: 'other' });
  const make = (role: Role, tenant = 'acme', end = {}) =>
    createKey(ports, { tenant, role, label: `a ${role}`, ...end });
  return { ports, make, records: new TableAdminRecords(table) };
}

describe('making keys', () => {
  it.each<[Role, readonly Role[]]>([
    ['emitter', []],
    ['reader', []],
    ['admin', ['emitter', 'reader', 'admin']],
    ['org-reader', []],
    ['org-admin', ['emitter', 'reader', 'admin', 'org-reader', 'org-admin']],
  ])('a key of role %s makes only keys of roles %j', async (role, makes) => {
    const { ports, make } = await createWorld();
    const by = await make(role);
    const made: Role[] = [];
    for (const asked of ROLES) {
      await createKey(ports, { tenant: 'acme', role: asked, label: 'x' }, by).then(
        () => made.push(asked),
        (error) => expect(error.code).toBe('request/not-allowed'),
      );
    }
    expect(made).toEqual(makes);
  });

  it('wants a label, an end in the future and a tenant that exists', async () => {
    const { ports } = await createWorld();
    const ask = (fields: object) => createKey(ports, { tenant: 'acme', role: 'reader', label: 'x', ...fields });
    await expect(ask({ label: ' ' })).rejects.toMatchObject({ issues: [{ field: 'label' }] });
    await expect(ask({ label: 'x'.repeat(129) })).rejects.toMatchObject({ issues: [{ field: 'label' }] });
    await expect(ask({ label: 'a\u0007b' })).rejects.toMatchObject({ issues: [{ field: 'label' }] });
    // Half a character, which no table takes.
    await expect(ask({ label: 'a\ud800b' })).rejects.toMatchObject({ issues: [{ field: 'label' }] });
    await expect(ask({ expiresAtMs: NOW_MS })).rejects.toMatchObject({ issues: [{ field: 'expires_at' }] });
    await expect(ask({ tenant: 'nobody' })).rejects.toMatchObject({ issues: [{ field: 'tenant' }] });
  });

  it('leaves a record that says who made which key, and not the key', async () => {
    const { make, records, ports } = await createWorld();
    const by = await make('admin');
    const { key, keyId } = await createKey(ports, { tenant: 'acme', role: 'reader', label: 'for the wall' }, by);
    const [record] = (await records.list('acme')).filter(({ detail }) => detail['key_id'] === keyId);
    expect(record).toMatchObject({ action: 'key.created', keyId: by.keyId, detail: { role: 'reader' } });
    expect(JSON.stringify(record)).not.toContain(key.slice(4));
  });
});

describe('the state of a key', () => {
  it('is expired from the moment of its end on, and revoked whatever its end', () => {
    const key = { keyId: 'key_1', tenant: 'acme', role: 'reader', label: '', createdAtMs: 0 } as const;
    expect(stateOfKey(key, NOW_MS)).toBe('active');
    expect(stateOfKey({ ...key, expiresAtMs: NOW_MS + 1 }, NOW_MS)).toBe('active');
    expect(stateOfKey({ ...key, expiresAtMs: NOW_MS }, NOW_MS)).toBe('expired');
    expect(stateOfKey({ ...key, expiresAtMs: NOW_MS, revokedAtMs: 1 }, NOW_MS)).toBe('revoked');
  });
});

describe('revoking keys', () => {
  it('is done once and answered alike ever after', async () => {
    const { ports, make, records } = await createWorld();
    const [by, reader] = [await make('admin'), await make('reader')];
    expect(await revokeKey(ports, 'acme', reader.keyId, by, false)).toBe('revoked');
    expect(await revokeKey(ports, 'acme', reader.keyId, by, false)).toBe('revoked_before');
    expect((await records.list('acme')).filter(({ action }) => action === 'key.revoked')).toHaveLength(1);
    const standing = (await ports.apiKeys.list('acme')).map(({ role, revokedAtMs }) => [role, revokedAtMs]);
    expect(new Map(standing as [Role, number | undefined][])).toEqual(
      new Map([
        ['admin', undefined],
        ['reader', NOW_MS],
      ]),
    );
  });

  it('reaches no key of another tenant, and none with more rights', async () => {
    const { ports, make } = await createWorld();
    const [by, foreign, org] = [await make('admin'), await make('reader', 'other'), await make('org-reader')];
    const revoke = (keyId: string) => revokeKey(ports, 'acme', keyId, by, true);
    await expect(revoke(foreign.keyId)).rejects.toMatchObject({ code: 'request/not-found' });
    await expect(revoke('key_000000000000')).rejects.toMatchObject({ code: 'request/not-found' });
    await expect(revoke(org.keyId)).rejects.toMatchObject({ code: 'request/not-allowed' });
  });

  it('of itself needs force when no other key that works could do the same', async () => {
    const { ports, make } = await createWorld();
    const by = await make('admin');
    await make('reader');
    const soon = await make('admin', 'acme', { expiresAtMs: NOW_MS + DAY_MS });
    const later = { ...ports, now: () => NOW_MS + DAY_MS };
    // Today the other admin key works; tomorrow it is expired.
    await expect(revokeKey(later, 'acme', by.keyId, by, false)).rejects.toMatchObject({ code: 'request/conflict' });
    expect(await revokeKey(later, 'acme', by.keyId, by, true)).toBe('revoked');
    await expect(revokeKey(ports, 'acme', soon.keyId, soon, false)).rejects.toMatchObject({ code: 'request/conflict' });
    await make('org-admin', 'other');
    // A key of the organisation of another tenant is none of acme's: acme counts its own.
    await expect(revokeKey(ports, 'acme', soon.keyId, soon, false)).rejects.toMatchObject({ code: 'request/conflict' });
    const second = await make('admin');
    expect(await revokeKey(ports, 'acme', soon.keyId, soon, false)).toBe('revoked');
    expect(stateOfKey(second, NOW_MS)).toBe('active');
  });
});
