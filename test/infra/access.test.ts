import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../lib/adapters/http/routes.ts';
import { ROLES } from '../../lib/app/access/access-ports.ts';
import { ACCESS_ROLES } from '../../lib/contracts/environment.ts';
import type { AccessSettings } from '../../lib/infra/access-settings.ts';
import { INTAKE_PATHS, PUBLIC_PATHS } from '../../lib/infra/constructs/ledger-api.ts';
import { InvalidSettingError } from '../../lib/infra/invalid-setting-error.ts';
import type { ThrottleSettings } from '../../lib/infra/throttle-settings.ts';
import { synthesize } from '../helpers/stack-template.ts';

const ID = 'AROAEXAMPLE0000000001';
const JWT = {
  issuer: 'https://login.example.com',
  audiences: ['tokenledger'],
  tenant: 'acme',
  roleClaim: 'ledger_role',
};
const IAM = { callers: { [ID]: { tenant: 'acme', role: 'reader' } } } as const;

/** Authorisation by route, of the API whose logical id begins so. */
const routesOf = (stack: ReturnType<typeof synthesize>, prefix: string) => {
  const api = stack.find('AWS::ApiGatewayV2::Api').find(([id]) => id.startsWith(prefix))?.[0];
  const routes = stack
    .find('AWS::ApiGatewayV2::Route')
    .filter(([, { Properties }]) => JSON.stringify(Properties['ApiId']) === JSON.stringify({ Ref: api }));
  return Object.fromEntries(
    routes.map(([, { Properties }]) => [String(Properties['RouteKey']), Properties['AuthorizationType'] ?? 'NONE']),
  );
};

describe('the gateway', () => {
  const KEYS = { $default: 'NONE', 'POST /v1/events': 'NONE', 'POST /v1/traces': 'NONE' };

  it('leaves keys to the function, at one URL, unless it is told more', () => {
    const stack = synthesize();
    expect(routesOf(stack, 'HttpApi')).toEqual(KEYS);
    expect(stack.find('AWS::ApiGatewayV2::Authorizer')).toEqual([]);
    expect(stack.outputs).not.toContain('JwtApiUrl');
    expect(stack.outputs).not.toContain('IamApiUrl');
    expect(stack.variableOf('api', 'ACCESS')).toBe('{}');
  });

  it('checks tokens at a URL of their own, and leaves the one for keys as it is', () => {
    const stack = synthesize({ access: { jwt: JWT } });
    expect(routesOf(stack, 'HttpApi')).toEqual(KEYS);
    expect(routesOf(stack, 'JwtHttpApi')).toEqual({
      $default: 'JWT',
      'POST /v1/events': 'JWT',
      'POST /v1/traces': 'JWT',
      'GET /v1/health': 'NONE',
      'GET /v1/openapi.json': 'NONE',
      'GET /v1/schemas/alert': 'NONE',
    });
    expect(stack.find('AWS::ApiGatewayV2::Authorizer').map(([, { Properties }]) => Properties)).toMatchObject([
      {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: JWT.issuer, Audience: JWT.audiences },
      },
    ]);
    expect(stack.outputs).toContain('JwtApiUrl');
    expect(JSON.parse(String(stack.variableOf('api', 'ACCESS')))).toEqual({
      jwt: { tenant: { name: 'acme' }, roleClaim: 'ledger_role' },
    });
  });

  it('checks signatures at a URL of their own', () => {
    const stack = synthesize({ access: { iam: IAM } });
    expect(routesOf(stack, 'HttpApi')).toEqual(KEYS);
    expect(routesOf(stack, 'IamHttpApi')).toEqual({
      $default: 'AWS_IAM',
      'POST /v1/events': 'AWS_IAM',
      'POST /v1/traces': 'AWS_IAM',
      'GET /v1/health': 'NONE',
      'GET /v1/openapi.json': 'NONE',
      'GET /v1/schemas/alert': 'NONE',
    });
    expect(stack.outputs).toContain('IamApiUrl');
    expect(JSON.parse(String(stack.variableOf('api', 'ACCESS')))).toEqual({ iam: IAM.callers });
  });

  it('leaves out exactly the routes that the API calls public', () => {
    const open = ROUTES.filter(({ access }) => access === 'public').map(({ path }) => path);
    expect([...PUBLIC_PATHS].sort()).toEqual(open.sort());
  });

  it('knows roles by the names that the door knows', () => {
    expect(ACCESS_ROLES).toEqual(ROLES);
  });

  it('takes the tenant from a claim where it is told so', () => {
    const { tenant: _, ...others } = JWT;
    const stack = synthesize({ access: { jwt: { ...others, tenantClaim: 'custom:tenant' } } });
    expect(JSON.parse(String(stack.variableOf('api', 'ACCESS')))).toMatchObject({
      jwt: { tenant: { claim: 'custom:tenant' } },
    });
  });
});

describe('throttling', () => {
  const stagesOf = (throttle?: ThrottleSettings, access?: AccessSettings) =>
    synthesize({ ...(throttle ? { throttle } : {}), ...(access ? { access } : {}) }).find('AWS::ApiGatewayV2::Stage');
  const limit = (rate: number, burst: number) => ({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst });
  const intakeOf = (rate: number, burst: number) => ({
    'POST /v1/events': limit(rate, burst),
    'POST /v1/traces': limit(rate, burst),
  });

  it('gives intake limits of its own beside those of the answers', () => {
    const [[, stage] = [undefined, undefined]] = stagesOf();
    expect(stage?.Properties).toMatchObject({
      DefaultRouteSettings: limit(200, 400),
      RouteSettings: intakeOf(500, 1000),
    });
    // The gateway refuses the settings of a route that does not exist yet.
    const waitsFor = stage?.DependsOn?.join() ?? '';
    for (const route of ['HttpPOSTv1events', 'HttpPOSTv1traces']) expect(waitsFor).toContain(route);
  });

  it('is what the stack was told, at every URL', () => {
    const throttle = {
      intake: { ratePerSecond: 2_000, burstRequests: 3_000 },
      other: { ratePerSecond: 1.5, burstRequests: 5 },
    };
    const stages = stagesOf(throttle, { jwt: JWT, iam: IAM });
    expect(stages).toHaveLength(3);
    for (const [, { Properties }] of stages) {
      expect(Properties).toMatchObject({
        DefaultRouteSettings: limit(1.5, 5),
        RouteSettings: intakeOf(2_000, 3_000),
      });
    }
  });

  it('names routes of intake that the API has', () => {
    const posts = ROUTES.filter(({ method }) => method === 'POST').map(({ path }) => path);
    expect(posts).toEqual(expect.arrayContaining([...INTAKE_PATHS]));
  });
});

describe('a mistake in who may ask, or how much', () => {
  const callers = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [`AROAEXAMPLE${String(n).padStart(10, '0')}`, IAM.callers[ID]] as const),
  );
  const caller = { tenant: 'acme', role: 'reader' } as const;
  const wrongRole = { ...caller, role: 'owner' as 'admin' };
  const { tenant: _, ...noTenant } = JWT;

  it.each<[string, string, AccessSettings, ThrottleSettings]>([
    ['access.jwt.issuer', 'https://', { jwt: { ...JWT, issuer: 'login.example.com' } }, {}],
    ['access.jwt.audiences', 'one audience at least', { jwt: { ...JWT, audiences: [] } }, {}],
    ['access.oidc', 'one of jwt, iam', { oidc: JWT } as AccessSettings, {}],
    ['access.jwt.audience', 'one of issuer, audiences', { jwt: { ...JWT, audience: 'x' } as typeof JWT }, {}],
    ['throttle.reads', 'one of intake, other', {}, { reads: {} } as ThrottleSettings],
    ['access.jwt.roleClaim', 'the name of a claim', { jwt: { ...JWT, roleClaim: '' } }, {}],
    ['access.jwt', 'either tenant or tenantClaim', { jwt: { ...JWT, tenantClaim: 'tenant' } }, {}],
    ['access.jwt', 'either tenant or tenantClaim', { jwt: noTenant }, {}],
    ['access.jwt.tenant', 'the name of a tenant', { jwt: { ...JWT, tenant: 'A' } }, {}],
    ['access.jwt.tenantClaim', 'the name of a claim', { jwt: { ...noTenant, tenantClaim: 'a b' } }, {}],
    ['access.iam.callers["support-bot"]', 'the unique id', { iam: { callers: { 'support-bot': caller } } }, {}],
    [`access.iam.callers["${ID}"].role`, 'one of emitter', { iam: { callers: { [ID]: wrongRole } } }, {}],
    [`access.iam.callers["${ID}"].tenant`, 'tenant', { iam: { callers: { [ID]: { ...caller, tenant: '' } } } }, {}],
    ['access', 'at most 1400 bytes', { iam: { callers } }, {}],
    ['throttle.intake.ratePerSecond', 'from 1', {}, { intake: { ratePerSecond: 0, burstRequests: 1 } }],
    ['throttle.other.ratePerSecond', 'from 1', {}, { other: { ratePerSecond: Number.NaN, burstRequests: 1 } }],
    ['throttle.other.ratePerSecond', 'from 1', {}, { other: { ratePerSecond: Infinity, burstRequests: 1 } }],
    ['throttle.other.burstRequests', 'a whole number', {}, { other: { ratePerSecond: 1, burstRequests: 1.5 } }],
  ])('is an error that names %s and what was expected: %s', (property, expected, access, throttle) => {
    expect(() => synthesize({ access, throttle })).toThrow(InvalidSettingError);
    expect(() => synthesize({ access, throttle })).toThrow(expect.objectContaining({ property }));
    expect(() => synthesize({ access, throttle })).toThrow(expected);
  });
});
