import { describe, expect, it } from 'vitest';
import { createGatewayHandler, type GatewayAuthorizer } from '../../../lib/adapters/http/gateway.ts';
import { createApi } from '../../../lib/adapters/http/serve.ts';
import { createIdentities } from '../../../lib/app/access/find-caller.ts';
import type { AccessDirectory } from '../../../lib/contracts/environment.ts';
import { createApiWorld } from '../../helpers/api-world.ts';

const READER = 'AROAREADER0000000001';
const ADMIN = 'AROAADMIN00000000002';
const ACCESS: AccessDirectory = {
  jwt: { tenant: { claim: 'tenant' }, roleClaim: 'role' },
  iam: { [READER]: { tenant: 'acme', role: 'reader' }, [ADMIN]: { tenant: 'acme', role: 'admin' } },
};

const signedBy = (roleId: string): GatewayAuthorizer => ({ iam: { userArn: 'arn', userId: `${roleId}:session` } });
const tokenOf = (claims: Record<string, string>): GatewayAuthorizer => ({ jwt: { claims } });

/** The API behind a gateway that says who asks; two tenants, and an admin key of the other one. */
async function open() {
  const world = createApiWorld();
  await world.enrol('acme');
  const otherKey = await world.enrol('globex');
  const handler = createGatewayHandler(createApi({ ...world.ports, identities: createIdentities(ACCESS) }));
  const ask = async (authorizer: GatewayAuthorizer | undefined, method: string, path: string, body = '', key = '') => {
    const { statusCode, body: text } = await handler({
      rawPath: path,
      rawQueryString: '',
      headers: key === '' ? {} : { authorization: `Bearer ${key}` },
      requestContext: { http: { method }, ...(authorizer ? { authorizer } : {}) },
      body,
      isBase64Encoded: false,
    });
    return { status: statusCode, json: JSON.parse(text) as Record<string, unknown> };
  };
  return { world, otherKey, ask };
}

const BUDGET = JSON.stringify({ name: 'all', amount_usd: '5' });

describe('a caller whom the gateway checked', () => {
  it('acts in the tenant and the role that are its own', async () => {
    const { ask } = await open();
    const status = await ask(signedBy(READER), 'GET', '/v1/status');
    expect([status.status, status.json['tenant']]).toEqual([200, 'acme']);
    expect((await ask(signedBy(READER), 'POST', '/v1/budgets', BUDGET)).status).toBe(403);
    expect((await ask(signedBy(ADMIN), 'POST', '/v1/budgets', BUDGET)).status).toBe(201);
    const byToken = await ask(tokenOf({ sub: 'u', tenant: 'globex', role: 'reader' }), 'GET', '/v1/status');
    expect([byToken.status, byToken.json['tenant']]).toEqual([200, 'globex']);
  });

  it('is the identity, whatever key comes with it', async () => {
    const { ask, otherKey } = await open();
    const { status, json } = await ask(signedBy(READER), 'GET', '/v1/status', '', otherKey);
    expect([status, json['tenant']]).toEqual([200, 'acme']);
    expect((await ask(signedBy('AROANOBODY0000000003'), 'GET', '/v1/status', '', otherKey)).status).toBe(403);
  });

  it('is named in the records of what it changed', async () => {
    const { ask, world } = await open();
    await ask(signedBy(ADMIN), 'POST', '/v1/budgets', BUDGET);
    const records = await world.ports.adminRecords.list('acme');
    expect(records.map(({ keyId }) => keyId)).toContain(`iam:${ADMIN}`);
  });

  it('is refused where it stands for nobody, or its tenant does not exist', async () => {
    const { ask } = await open();
    expect((await ask(signedBy(''), 'GET', '/v1/status')).status).toBe(403);
    expect((await ask(tokenOf({ sub: 'u', tenant: 'acme' }), 'GET', '/v1/status')).status).toBe(403);
    expect((await ask(tokenOf({ sub: 'u', tenant: 'nobody', role: 'admin' }), 'GET', '/v1/status')).status).toBe(404);
  });
});

describe('a request that no authoriser saw', () => {
  it('needs a key, as ever', async () => {
    const { ask, otherKey } = await open();
    expect((await ask(undefined, 'GET', '/v1/status')).status).toBe(401);
    const { status, json } = await ask(undefined, 'GET', '/v1/status', '', otherKey);
    expect([status, json['tenant']]).toEqual([200, 'globex']);
  });
});
