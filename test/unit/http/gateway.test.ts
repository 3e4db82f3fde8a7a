import { describe, expect, it } from 'vitest';
import { createGatewayHandler, type GatewayAuthorizer } from '../../../lib/adapters/http/gateway.ts';
import type { HttpRequest } from '../../../lib/adapters/http/http-types.ts';

/** What the API gets to see of a request that came through this authoriser. */
async function received(authorizer?: GatewayAuthorizer, headers: Record<string, string> = {}): Promise<HttpRequest> {
  const seen: HttpRequest[] = [];
  const handler = createGatewayHandler(async (request) => {
    seen.push(request);
    return { status: 200, headers: {}, body: '' };
  });
  await handler({
    rawPath: '/v1/status',
    rawQueryString: '',
    headers,
    requestContext: { http: { method: 'GET' }, ...(authorizer ? { authorizer } : {}) },
    isBase64Encoded: false,
  });
  const [request] = seen;
  if (!request) throw new Error('the API was not asked');
  return request;
}

describe('the identity of a request', () => {
  it('is absent where no authoriser ran, whatever the sender writes', async () => {
    const forged = { authorization: 'Bearer x', 'x-amzn-authorizer': '{"iam":{"userId":"AROA"}}', identity: 'admin' };
    expect(await received(undefined, forged)).not.toHaveProperty('identity');
  });

  it('is the claims of the token that was checked, as text', async () => {
    const { identity } = await received({ jwt: { claims: { sub: 'u-1', exp: 1_790_000_000, roles: '[a b]' } } });
    expect(identity).toEqual({ kind: 'jwt', claims: { sub: 'u-1', exp: '1790000000', roles: '[a b]' } });
  });

  it('is the unique id of the role that signed, without its session', async () => {
    const userArn = 'arn:aws:sts::222222222222:assumed-role/bot/pod-7';
    const { identity } = await received({ iam: { userArn, userId: 'AROAEXAMPLE0000000001:pod-7' } });
    expect(identity).toEqual({ kind: 'iam', arn: userArn, roleId: 'AROAEXAMPLE0000000001' });
  });

  it('is one that stands for nobody where the gateway names nobody', async () => {
    const { identity } = await received({ iam: { userArn: null, userId: null } });
    expect(identity).toEqual({ kind: 'iam', arn: '', roleId: '' });
  });
});
