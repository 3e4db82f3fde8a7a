import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../helpers/api-conformance.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

const TIME = '2026-01-29T10:00:00Z';
const event = (id: string) => ({ id, time: TIME, model: 'm-1', app: 'secret-app', usage: { input_tokens: 1 } });
const BUDGET = { name: 'secret-budget', amount_usd: '5' };

/** A valid body and query for every operation that needs one, so that only access can be refused. */
const VALID: Readonly<Record<string, { readonly query?: string; readonly body?: unknown }>> = {
  'POST /v1/events': { body: event('x') },
  'POST /v1/imports': { body: event('x') },
  'POST /v1/entries/status': { body: { ids: ['secret-id'] } },
  'GET /v1/spend': { query: 'from=2026-01&to=2026-02&group_by=app' },
  'GET /v1/entries': { query: 'day=2026-01-29' },
  'POST /v1/budgets': { body: { name: 'own', amount_usd: '5' } },
  'PUT /v1/budgets/{name}': { body: { amount_usd: '5' } },
  'POST /v1/catalog/overrides': { body: PRICES },
  'PUT /v1/migrations/{name}': { body: {} },
  'PATCH /v1/migrations/{name}': { body: { migrated_on: null } },
  'POST /v1/audits': { body: {} },
  'POST /v1/rebuilds': { body: {} },
};

const target = (path: string, query = '', tenant = 'acme'): string => {
  const named = path.replace('{id}', 'secret-id').replace('{name}', 'secret-budget').replace('{tenant}', tenant);
  return `${named}${query && `?${query}`}`;
};

describe.each(OPERATIONS)('$method $path', ({ method, path, roles }) => {
  const { query, body } = VALID[`${method} ${path}`] ?? {};

  it('answers keys of its roles only, and nobody without a key', async () => {
    const world = createApiWorld();
    for (const role of ['emitter', 'reader', 'admin'] as const) {
      const key = await world.enrol('acme', role);
      const { status } = await world.ask(method, target(path, query), { key, body });
      if (roles && !roles.includes(role)) expect([role, status]).toEqual([role, 403]);
      else expect([401, 403, 405, 500, 503]).not.toContain(status);
    }
    for (const headers of [
      {},
      { authorization: 'Bearer tlk_wrong' },
      { authorization: 'Basic abc' },
      { authorization: '' },
    ]) {
      const { status } = await world.ask(method, target(path, query), { body, headers });
      if (roles) expect([headers, status]).toEqual([headers, 401]);
      else expect(status).toBe(200);
    }
  });

  it('shows and changes nothing of another tenant', async () => {
    const world = createApiWorld();
    const owner = await world.enrol('owner');
    const other = await world.enrol('other');
    await world.ask('POST', '/v1/catalog/overrides', { key: owner, body: PRICES });
    await world.ask('POST', '/v1/events', { key: owner, body: event('secret-id') });
    await world.ask('POST', '/v1/budgets', { key: owner, body: BUDGET });
    await world.drain();
    const sees = async (): Promise<string> => {
      const spend = await world.ask('GET', '/v1/spend?from=2026-01&to=2026-02', { key: owner });
      const budgets = await world.ask('GET', '/v1/budgets', { key: owner });
      const prices = await world.ask('GET', '/v1/catalog/overrides', { key: owner });
      return JSON.stringify([spend.json.total, budgets.json, prices.json]);
    };
    const before = await sees();
    const answer = await world.ask(method, target(path, query, 'owner'), { key: other, body });
    if (path !== '/v1/openapi.json' && method !== 'PUT') expect(answer.body).not.toMatch(/secret-app|"secret-budget"/);
    if (path === '/v1/entries/status') expect(answer.json.entries[0].status).toBe('unknown');
    if (path === '/v1/entries/{id}') expect(answer.status).toBe(404);
    await world.drain();
    expect(await sees()).toBe(before);
  });
});

describe('the door', () => {
  it('takes a cursor only from the tenant and list it was made for', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const { sealCursor } = await import('../../../lib/adapters/http/cursor.ts');
    const acme = await world.ports.tenants.find('acme');
    await world.enrol('other');
    const other = await world.ports.tenants.find('other');
    if (!acme || !other) throw new Error('tenants are missing');
    const status = async (cursor: string): Promise<number> =>
      (await world.ask('GET', `/v1/rejects?cursor=${cursor}`, { key })).status;
    expect(await status(sealCursor(acme, 'rejects', 'r-1'))).toBe(200);
    expect(await status(sealCursor(other, 'rejects', 'r-1'))).toBe(400);
    expect(await status(sealCursor(acme, 'alerts', 'r-1'))).toBe(400);
    expect(await status('nonsense')).toBe(400);
  });

  it('keeps the hash of a key and not the key', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const stored = JSON.stringify([...world.table.items()], (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    expect(stored).not.toContain(key);
    expect(Buffer.from(key.replace('tlk_', ''), 'base64url')).toHaveLength(32);
  });
});
