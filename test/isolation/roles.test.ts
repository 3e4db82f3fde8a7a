import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../lib/app/access/access-ports.ts';
import { OPERATIONS } from '../helpers/api-conformance.ts';
import { renderPage } from './isolation-page.ts';
import { CREDENTIALS, EVERY_ROLE, PERMISSIONS, type TestedRole, type Who } from './permissions.ts';
import { SOUND_REQUESTS, writeTarget } from './sound-requests.ts';
import { changedItems, copyWorld, itemTexts, openTwoTenants, type TwoTenants } from './two-tenants.ts';

const ROUTES = OPERATIONS.map(({ method, path }) => ({ method, path, route: `${method} ${path}` }));

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'];

/** Answers by route and then by who asked, as they were. */
const matrix = new Map<string, Map<Who, number>>();

let setting: TwoTenants;
beforeAll(async () => {
  setting = await openTwoTenants();
});

describe('the table of permissions', () => {
  it('speaks of every role that there is', () => {
    expect(EVERY_ROLE).toEqual(ROLES);
  });

  it('speaks of every route in the OpenAPI description, and of no other', () => {
    expect(Object.keys(PERMISSIONS).sort()).toEqual(ROUTES.map(({ route }) => route).sort());
  });

  it('has a sound request of every route', () => {
    expect(Object.keys(SOUND_REQUESTS).sort()).toEqual(ROUTES.map(({ route }) => route).sort());
  });
});

describe.each(ROUTES)('$route', ({ method, path, route }) => {
  const permitted = PERMISSIONS[route] ?? [];
  const requestOf = () => {
    const request = SOUND_REQUESTS[route]?.(setting.own);
    if (!request) throw new Error(`${route} has no sound request in test/isolation/sound-requests.ts`);
    return request;
  };

  it('answers a sound request to everybody whom the table permits', async () => {
    const request = requestOf();
    const allowed = permitted === 'anybody' ? CREDENTIALS : permitted;
    for (const who of allowed) {
      // A world for each, because some take away what they were asked about.
      const world = await copyWorld(setting);
      const headers = { ...setting.credentials[who], ...request.headers };
      const { status, body } = await world.ask(method, writeTarget(path, request), { headers, body: request.body });
      expect([who, status], body).toEqual([who, request.status]);
      expect(world.failures).toEqual([]);
      note(route, who, status);
    }
    expect(allowed.length).toBeGreaterThan(0);
  });

  it('refuses everybody else by who they are, whatever they send, and nothing is changed or queued', async () => {
    const request = requestOf();
    const world = await copyWorld(setting);
    const before = itemTexts(world);
    for (const who of CREDENTIALS.filter(
      (each) => permitted !== 'anybody' && !permitted.includes(each as TestedRole),
    )) {
      const headers = { ...setting.credentials[who], ...request.headers };
      const expected = isRole(who) ? 403 : 401;
      for (const body of [request.body, '{"what is this', { tenant: 'globex' }]) {
        const answer = await world.ask(method, writeTarget(path, request), { headers, body });
        expect([who, answer.status], answer.body).toEqual([who, expected]);
        // Whoever is refused is told why, and not what the request would have met. Exporters get a status of their protocol.
        if (path !== '/v1/traces') expect(answer.json).toMatchObject({ type: problemOf(who), errors: [] });
      }
      note(route, who, expected);
    }
    expect(changedItems(before, itemTexts(world))).toEqual([]);
    expect(world.waiting).toEqual([]);
    expect(world.failures).toEqual([]);
  });
});

describe.each([...new Set(ROUTES.map(({ path }) => path))])('%s', (path) => {
  it('answers methods that it has not with 405 and those that it has, whoever asks', async () => {
    const declared = ROUTES.filter((each) => each.path === path).map(({ method }) => method);
    const world = await copyWorld(setting);
    const before = itemTexts(world);
    for (const method of METHODS.filter((each) => !declared.includes(each))) {
      for (const who of ['nobody', 'admin', 'org-admin'] as const) {
        const target = path.replaceAll(/\{\w+\}/g, '1');
        const { status, headers } = await world.ask(method, target, { headers: setting.credentials[who] });
        // The path of one route may be that of another with a parameter, whose methods it has as well.
        if (status !== 405) expect([method, target, isOfAnotherRoute(method, target)]).toEqual([method, target, true]);
        else expect(headers['allow']?.split(', ')).toEqual(expect.arrayContaining(declared));
      }
    }
    expect(changedItems(before, itemTexts(world))).toEqual([]);
  });
});

describe('docs/isolation.md', () => {
  it('shows every answer as it was (`vitest run --update` writes it anew)', async () => {
    const page = new URL('../../docs/isolation.md', import.meta.url).pathname;
    await expect(renderPage(ROUTES.map(({ route }) => [route, matrix.get(route) ?? new Map()]))).toMatchFileSnapshot(
      page,
    );
  });
});

afterAll(() => {
  if (process.env['ISOLATION_MATRIX'] !== '1') return;
  for (const [route, answers] of matrix)
    console.log(route.padEnd(48), CREDENTIALS.map((who) => `${who} ${answers.get(who)}`).join('  '));
});

const isRole = (who: Who): who is TestedRole => (EVERY_ROLE as readonly string[]).includes(who);

function problemOf(who: Who): string {
  const reasons: Partial<Record<Who, string>> = { 'expired key': 'expired', 'revoked key': 'revoked' };
  return `urn:tokenledger:problem:key:${isRole(who) ? 'forbidden' : (reasons[who] ?? 'missing')}`;
}

function isOfAnotherRoute(method: string, target: string): boolean {
  return ROUTES.some(
    (each) => each.method === method && new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, '.+')}$`).test(target),
  );
}

function note(route: string, who: Who, status: number): void {
  matrix.set(route, (matrix.get(route) ?? new Map()).set(who, status));
}
