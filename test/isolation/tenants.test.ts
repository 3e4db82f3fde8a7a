import { beforeAll, describe, expect, it } from 'vitest';
import { sealCursor } from '../../lib/adapters/http/cursor.ts';
import { TENANT_HEADER } from '../../lib/contracts/request-headers.ts';
import { OPERATIONS } from '../helpers/api-conformance.ts';
import type { ApiWorld } from '../helpers/api-world.ts';
import { PERMISSIONS, type TestedRole } from './permissions.ts';
import { SOUND_REQUESTS, type SoundRequest, writeTarget } from './sound-requests.ts';
import {
  CANARY,
  changedItems,
  copyWorld,
  itemTexts,
  openTwoTenants,
  type Things,
  type TwoTenants,
} from './two-tenants.ts';

/** Roles that are of one tenant and see nothing of another. */
const TENANT_ROLES: readonly TestedRole[] = ['emitter', 'reader', 'admin'];

const ROUTES = OPERATIONS.map(({ method, path }) => ({ method, path, route: `${method} ${path}` }));

/** How a request may name another tenant besides by its things. */
interface Naming {
  readonly title: string;
  readonly query?: (setting: TwoTenants) => string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

const LISTS = [
  'alerts',
  'corrections',
  'overrides',
  'rejects without tenant',
  'rejects',
  'entries 2026-01-29',
  'audits [null,null]',
];

const NAMINGS: readonly Naming[] = [
  { title: 'by its things alone' },
  ...['tenant', 'tenant_id', 'for'].map((name) => ({
    title: `in the parameter ${name}`,
    query: () => `${name}=globex`,
  })),
  ...['tenant', 'x-tenant', 'x-tenant-id', 'tokenledger-tenant', 'x-tokenledger-tenant'].map((name) => ({
    title: `in the header ${name}`,
    headers: { [name]: 'globex' },
  })),
  { title: 'in the body', body: { tenant: 'globex' } },
  ...LISTS.map((list) => ({
    title: `by its cursor of ${list}`,
    query: ({ otherTenant }: TwoTenants) => `cursor=${sealCursor(otherTenant, list, '2026-01-29T18:30:00.000Z#x')}`,
  })),
  { title: 'as what came without a tenant', query: () => 'unassigned=true', body: { unassigned: true } },
  { title: 'for every tenant', query: () => 'scope=global', body: { scope: 'global' } },
];

let setting: TwoTenants;
beforeAll(async () => {
  setting = await openTwoTenants();
});

it('the other tenant has a canary in things of every kind, and may read it itself', async () => {
  const texts = [...itemTexts(setting.world, (owner) => owner === 'anybody else')];
  const kinds = new Set(texts.flatMap(([key, text]) => (text.includes(CANARY) ? [key.split('#')[0]] : [])));
  // Segments, leaves and parcels are packed or sealed, so that they hold it in a form that no text search finds.
  for (const kind of ['REJECT', 'BUDGET', 'MIGRATE', 'ORDER', 'ALERT']) expect(kinds).toContain(kind);
  const world = await copyWorld(setting);
  const key = await world.enrol('globex', 'reader');
  for (const target of ['/v1/spend?from=2026-01&to=2026-02&group_by=app', '/v1/entries/globex-1', '/v1/alerts']) {
    expect([target, (await world.ask('GET', target, { key })).body.includes(CANARY)]).toEqual([target, true]);
  }
});

describe.each(ROUTES)('$route', ({ method, path, route }) => {
  const permitted = PERMISSIONS[route] ?? [];
  const askers = TENANT_ROLES.filter((role) => permitted === 'anybody' || permitted.includes(role));
  const request = (things: Things): SoundRequest => {
    const sound = SOUND_REQUESTS[route]?.(things);
    if (!sound) throw new Error(`${route} has no sound request in test/isolation/sound-requests.ts`);
    return sound;
  };
  const ask = (world: ApiWorld, role: TestedRole, sound: SoundRequest, naming: Naming) => {
    const headers = { ...setting.credentials[role], ...sound.headers, ...naming.headers };
    const isObject = typeof sound.body === 'object' && sound.body !== null && !Array.isArray(sound.body);
    const body = isObject ? { ...(sound.body as object), ...naming.body } : (sound.body ?? naming.body);
    return world.ask(method, writeTarget(path, sound, naming.query?.(setting) ?? ''), { headers, body });
  };

  it('shows and changes nothing of another tenant, however it is named', async () => {
    const world = await copyWorld(setting);
    const before = itemTexts(world, (owner) => owner === 'anybody else');
    for (const role of TENANT_ROLES) {
      for (const naming of NAMINGS) {
        for (const things of [setting.others, setting.own]) {
          const title = `${role}, ${things.tenant}'s things, ${naming.title}`;
          const { body, headers, status } = await ask(world, role, request(things), naming);
          expect(status, `${title}: ${body}`).toBeLessThan(500);
          // No parameter names a tenant, nor a cursor that was not given to this one.
          if (naming.query) expect(status, `${title}: ${body}`).toBeGreaterThanOrEqual(400);
          expect(`${body}${JSON.stringify(headers)}`.includes(CANARY), `${title}: ${body}`).toBe(false);
          expect(
            world.waiting.map(({ stamp }) => stamp.tenant).filter((tenant) => tenant !== 'acme'),
            title,
          ).toEqual([]);
          await world.drain();
          const changed = changedItems(
            before,
            itemTexts(world, (owner) => owner === 'anybody else'),
          );
          expect(changed, `${title}: ${status} ${body}`).toEqual([]);
        }
      }
    }
    expect(world.failures).toEqual([]);
  });

  it('acts in the tenant that a key of the organisation names, and leaves its own alone', async () => {
    for (const role of ['org-reader', 'org-admin'] as const) {
      if (permitted === 'anybody' || !permitted.includes(role)) continue;
      const world = await copyWorld(setting);
      const isOwn = (owner: string): boolean => owner === 'acme';
      const [all, own] = [itemTexts(world), itemTexts(world, isOwn)];
      const naming = { title: 'in the header', headers: { [TENANT_HEADER]: 'globex' } };
      const sound = request(setting.others);
      const { status, body } = await ask(world, role, sound, naming);
      expect([role, status], body).toEqual([role, sound.status]);
      await world.drain();
      expect(changedItems(own, itemTexts(world, isOwn))).toEqual([]);
      if (role === 'org-reader') expect(changedItems(all, itemTexts(world))).toEqual([]);
    }
  });

  it('answers about the things of another tenant as about things that never were', async () => {
    for (const role of askers) {
      const asked = [setting.others, setting.nobodys].map(async (things) => {
        const { status, body } = await ask(await copyWorld(setting), role, request(things), { title: '' });
        const numbers = new RegExp(`(order|number) (${things.orderNumber}|${things.overrideNumber})\\.`);
        const shown = body.replace(numbers, '$1 (number).');
        // The name that was asked with may stand in the answer; nothing else may tell whose it was.
        return [role, status, withoutSecrets(shown.replaceAll(things.tenant, '(tenant)'), things)];
      });
      const [aboutOthers, aboutNobodys] = await Promise.all(asked);
      expect(aboutOthers).toEqual(aboutNobodys);
    }
    expect(askers.length > 0 || permitted.includes('org-admin')).toBe(true);
  });
});

/** A new key is drawn at random, and the name of the key that was asked for may be repeated. */
const withoutSecrets = (body: string, { keyId }: Things): string =>
  body.replaceAll(keyId, '(key)').replaceAll(/"(tlk|key)_[\w-]+"/g, '"(new)"');
