import { describe, expect, it } from 'vitest';
import { createIdentities } from '../../../lib/app/access/find-caller.ts';

const ID = 'AROAEXAMPLE0000000001';
const jwt = (claims: Record<string, string>) => ({ kind: 'jwt', claims }) as const;
const iam = (roleId: string) =>
  ({ kind: 'iam', arn: 'arn:aws:sts::222222222222:assumed-role/bot/session', roleId }) as const;

describe('the caller of a token', () => {
  const byClaim = createIdentities({ jwt: { tenant: { claim: 'custom:tenant' }, roleClaim: 'roles' } });
  const ofOne = createIdentities({ jwt: { tenant: { name: 'acme' }, roleClaim: 'roles' } });

  it('has the tenant and the role that its claims name', async () => {
    const claims = { sub: 'u-1', 'custom:tenant': 'globex', roles: 'reader' };
    expect(await byClaim.findCaller(jwt(claims))).toEqual({ keyId: 'jwt:u-1', tenant: 'globex', role: 'reader' });
    expect(await ofOne.findCaller(jwt(claims))).toEqual({ keyId: 'jwt:u-1', tenant: 'acme', role: 'reader' });
  });

  it('may have its role in a list of other things, as the gateway writes lists', async () => {
    const roleOf = async (roles: string) => (await ofOne.findCaller(jwt({ sub: 'u', roles })))?.role;
    expect(await Promise.all(['[staff admin eu]', '[org-reader]', 'staff emitter'].map(roleOf))).toEqual([
      'admin',
      'org-reader',
      'emitter',
    ]);
  });

  it.each([
    ['no role', { sub: 'u' }],
    ['an unknown role', { sub: 'u', roles: 'owner' }],
    ['a role in other letters', { sub: 'u', roles: 'Admin' }],
    ['a role as part of a word', { sub: 'u', roles: 'admin-of-something' }],
    ['a role behind a comma, as the name of a group may be', { sub: 'u', roles: '[eu,admin]' }],
    ['a nested claim', { sub: 'u', roles: '[object Object]' }],
    ['a map', { sub: 'u', roles: 'map[role:admin]' }],
    ['several roles', { sub: 'u', roles: '[reader admin]' }],
    ['no subject', { roles: 'reader' }],
    ['an empty subject', { sub: '', roles: 'reader' }],
  ])('is nobody with %s', async (_, claims: Record<string, string>) => {
    expect(await ofOne.findCaller(jwt(claims))).toBeUndefined();
  });

  it('is nobody without the claim of the tenant, or with an empty one', async () => {
    expect(await byClaim.findCaller(jwt({ sub: 'u', roles: 'reader' }))).toBeUndefined();
    expect(await byClaim.findCaller(jwt({ sub: 'u', roles: 'reader', 'custom:tenant': '' }))).toBeUndefined();
  });

  it('has a name of bounded length in records', async () => {
    const caller = await ofOne.findCaller(jwt({ sub: 'u'.repeat(500), roles: 'reader' }));
    expect(caller?.keyId).toHaveLength('jwt:'.length + 128);
  });
});

describe('the caller who signed', () => {
  const identities = createIdentities({ iam: { [ID]: { tenant: 'acme', role: 'emitter' } } });

  it('has the tenant and the role that the stack gives to its role', async () => {
    expect(await identities.findCaller(iam(ID))).toEqual({ keyId: `iam:${ID}`, tenant: 'acme', role: 'emitter' });
  });

  it.each(['', 'AROAOTHER000000000002', 'constructor', '__proto__'])('is nobody as %j', async (roleId) => {
    expect(await identities.findCaller(iam(roleId))).toBeUndefined();
  });
});

describe('an identity of a kind that the stack was told nothing of', () => {
  it('stands for nobody', async () => {
    const nobody = createIdentities({});
    expect(await nobody.findCaller(iam(ID))).toBeUndefined();
    expect(await nobody.findCaller(jwt({ sub: 'u', role: 'admin', tenant: 'acme' }))).toBeUndefined();
  });
});
