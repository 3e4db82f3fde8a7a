import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld } from '../../helpers/api-world.ts';

const world = createApiWorld();
const SENDER = 'AROASENDERSENDER0001';
let server: ApiServer;
let org: Record<string, string>;
let admin: Record<string, string>;

beforeAll(async () => {
  server = await startApiServer(world);
  const env = async (tenant: string, role: 'admin' | 'org-admin') => ({
    TOKENLEDGER_URL: server.url,
    TOKENLEDGER_KEY: await world.enrol(tenant, role),
  });
  [org, admin] = [await env('group', 'org-admin'), await env('acme', 'admin')];
});

afterAll(() => server.stop());

const json = async (env: Record<string, string>, ...args: string[]) => {
  const { code, out, err } = await runCli([...args, '--json'], env);
  expect([code, err]).toEqual([0, []]);
  return JSON.parse(out[0] ?? '');
};

describe('tokenledger keys', () => {
  it('makes a key that works, lists it without its secret, and takes it away', async () => {
    const made = await json(admin, 'keys', 'create', '--role', 'reader', '--label', 'wall', '--expires-in-days', '30');
    expect(made).toMatchObject({ tenant: 'acme', role: 'reader', label: 'wall', expires_at: expect.any(String) });
    const reader = { ...admin, TOKENLEDGER_KEY: made.key };
    expect((await runCli(['budgets'], reader)).code).toBe(0);
    const listed = await runCli(['keys', 'list'], admin);
    expect(listed.out.join('\n')).toContain(made.key_id);
    expect(listed.out.join('\n')).not.toContain(made.key);
    const revoked = await runCli(['keys', 'revoke', made.key_id], admin);
    expect(revoked.out).toEqual([`${made.key_id}: revoked`]);
    const again = await runCli(['keys', 'revoke', made.key_id], admin);
    expect([again.code, again.out]).toEqual([0, [`${made.key_id}: revoked before`]]);
    const states = (await json(admin, 'keys', 'list')).keys.map(({ role, state }: Record<string, string>) => [
      role,
      state,
    ]);
    expect(states.sort()).toEqual([
      ['admin', 'active'],
      ['reader', 'revoked'],
    ]);
  });

  it('prints a new key and nothing else, for a script', async () => {
    const { out, err } = await runCli(['keys', 'create', '--role', 'emitter'], admin);
    expect([out, err]).toEqual([[expect.stringMatching(/^tlk_[\w-]{43}$/)], []]);
  });

  it('says what it does not take', async () => {
    const refused = async (...args: string[]) => (await runCli(['keys', ...args], admin)).code;
    expect(await refused('create', '--role', 'king')).toBe(2);
    expect(await refused('create', '--expires-at', 'soon')).toBe(2);
    expect(await refused('create', '--expires-at', '2030-01-01', '--expires-in-days', '3')).toBe(2);
    expect(await refused('create', '--role', 'org-admin')).toBe(2);
    expect(await refused('revoke')).toBe(2);
    expect(await refused('revoke', 'key_000000000000')).toBe(1);
    expect(await refused('burn')).toBe(2);
    const { keys } = await json(admin, 'keys', 'list');
    const own = keys.find(({ role }: { role: string }) => role === 'admin');
    expect(await refused('revoke', own.key_id)).toBe(1);
  });
});

describe('tokenledger tenants', () => {
  it('creates, shows and configures a tenant', async () => {
    await json(org, 'tenants', 'create', 'lab', '--time-zone', 'Asia/Kolkata', '--tag', 'team', '--sender', SENDER);
    expect((await runCli(['tenants', 'create', 'lab'], org)).code).toBe(1);
    const set = ['tenants', 'set', 'lab', '--tag', 'team', '--tag', 'client', '--users', 'on'];
    expect(await json(org, ...set, '--add-sender', 'AROASENDERSENDER0002')).toMatchObject({
      tag_dimensions: ['team', 'client'],
      track_users: true,
      senders: [SENDER, 'AROASENDERSENDER0002'],
    });
    expect(await json(org, 'tenants', 'set', 'lab', '--no-tags', '--remove-sender', SENDER)).toMatchObject({
      tag_dimensions: [],
      former_tag_dimensions: ['team', 'client'],
      senders: ['AROASENDERSENDER0002'],
    });
    const { out } = await runCli(['tenants', 'show', 'lab'], org);
    expect(out.join('\n')).toMatch(/lab, days in Asia\/Kolkata[\s\S]*former tags +team, client/);
    expect((await runCli(['tenants', 'set', 'lab', '--time-zone', 'UTC'], org)).err.join()).toContain('never changes');
    expect((await runCli(['tenants', 'set', 'lab', '--users', 'maybe'], org)).code).toBe(2);
    expect((await runCli(['tenants', 'set', 'lab', '--remove-sender', SENDER], org)).code).toBe(2);
  });

  it('shows a tenant to itself only, and its senders are not its to choose', async () => {
    const names = async (env: Record<string, string>) =>
      (await json(env, 'tenants', 'list')).tenants.map(({ name }: { name: string }) => name);
    expect(await names(admin)).toEqual(['acme']);
    expect(await names(org)).toEqual(expect.arrayContaining(['acme', 'group']));
    expect((await runCli(['tenants', 'create', 'mine'], admin)).code).toBe(2);
    expect((await runCli(['tenants', 'set', 'group', '--users', 'on'], admin)).code).toBe(2);
    expect((await runCli(['tenants', 'set', 'acme', '--users', 'on'], admin)).code).toBe(0);
    expect((await runCli(['tenants', 'set', 'acme', '--add-sender', 'AROASENDERSENDER0009'], admin)).code).toBe(2);
  });
});

describe('--tenant', () => {
  it('acts in another tenant with a key of the organisation, and is refused with any other', async () => {
    await json(org, 'budgets', 'set', 'ours', '--amount', '5', '--tenant', 'acme');
    expect((await json(admin, 'budgets', 'list')).budgets).toMatchObject([{ name: 'ours' }]);
    expect((await json(org, 'budgets', 'list')).budgets).toEqual([]);
    expect((await runCli(['budgets', 'list', '--tenant', 'group'], admin)).code).toBe(2);
    expect((await runCli(['budgets', 'list', '--tenant', 'no such'], org)).code).toBe(2);
    expect((await runCli(['budgets', 'list', '--tenant', 'nobody'], org)).code).toBe(1);
  });
});

describe('tokenledger records', () => {
  it('lists who changed what, newest first, by action where wanted', async () => {
    const { records } = await json(admin, 'records', '--action', 'budget.stored');
    expect(records).toMatchObject([{ key_tenant: 'group', detail: { name: 'ours' } }]);
    expect((await runCli(['records', '--limit', '2'], admin)).out).toHaveLength(4);
    const { out } = await runCli(['records'], admin);
    expect(out.join('\n')).toMatch(/key_[0-9a-f]{12} of group +budget\.stored/);
    expect((await runCli(['records', '--limit', 'all'], admin)).code).toBe(2);
  });
});
