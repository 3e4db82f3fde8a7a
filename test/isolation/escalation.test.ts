import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiWorld } from '../helpers/api-world.ts';
import { EVERY_ROLE, type TestedRole } from './permissions.ts';
import { changedItems, copyWorld, itemTexts, openTwoTenants, type TwoTenants } from './two-tenants.ts';

/** Roles of which each key may make others: those that may do nothing that it may not do itself. */
const MAKES: Readonly<Record<TestedRole, readonly TestedRole[]>> = {
  emitter: [],
  reader: [],
  admin: ['emitter', 'reader', 'admin'],
  'org-reader': [],
  'org-admin': EVERY_ROLE,
};

const ROLE_ID = 'AROAEXAMPLEEXAMPLE12';

let setting: TwoTenants;
let world: ApiWorld;
beforeEach(async () => {
  setting = await openTwoTenants();
  world = await copyWorld(setting);
});

const ask = (role: TestedRole, method: string, target: string, body: unknown, headers = {}) =>
  world.ask(method, target, { headers: { ...setting.credentials[role], ...headers }, body });

describe.each(EVERY_ROLE)('a key of role %s', (role) => {
  it('makes no key with more rights than its own, and one that it makes has just the role it was made with', async () => {
    for (const wanted of EVERY_ROLE) {
      const before = itemTexts(world);
      const { status, json } = await ask(role, 'POST', '/v1/keys', { role: wanted, label: 'test' });
      expect([wanted, status]).toEqual([wanted, MAKES[role].includes(wanted) ? 201 : 403]);
      if (status === 403) expect(changedItems(before, itemTexts(world))).toEqual([]);
      else
        expect(await world.ask('GET', '/v1/status', { key: json.key })).toMatchObject({
          status: wanted === 'emitter' ? 403 : 200,
        });
    }
  });

  it('takes away no key that has more rights than its own', async () => {
    for (const wanted of EVERY_ROLE) {
      const { json } = await ask('org-admin', 'POST', '/v1/keys', { role: wanted, label: 'test' });
      const { status } = await ask(role, 'DELETE', `/v1/keys/${json.key_id}`, undefined);
      expect([wanted, status]).toEqual([wanted, MAKES[role].includes(wanted) ? 200 : 403]);
    }
  });

  it('gives no sender to its tenant, and makes no tenant, unless it is of the whole organisation', async () => {
    const before = itemTexts(world);
    const allowed = role === 'org-admin';
    const senders = await ask(role, 'PATCH', '/v1/tenants/acme', { senders: [ROLE_ID] });
    const tenant = await ask(role, 'POST', '/v1/tenants', { name: 'mine' });
    expect([senders.status, tenant.status]).toEqual(allowed ? [200, 201] : [403, 403]);
    if (!allowed) expect(changedItems(before, itemTexts(world))).toEqual([]);
  });

  it('makes keys of another tenant only where it is of the whole organisation', async () => {
    const before = itemTexts(world);
    const headers = { 'tokenledger-tenant': 'globex' };
    const { status, json } = await ask(role, 'POST', '/v1/keys', { role: 'admin', label: 'test' }, headers);
    if (role === 'org-admin') expect([status, json.tenant]).toEqual([201, 'globex']);
    else expect([status, changedItems(before, itemTexts(world))]).toEqual([403, []]);
  });
});
