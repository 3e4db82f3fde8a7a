import { describe, expect, it } from 'vitest';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';

const OVERRIDES = '/v1/catalog/overrides';
const scheduled = {
  overrides: [{ model: 'm-1', rates: { input_tokens: '9' }, effective_from: '2027-01-01' }],
};

describe('overrides for every tenant', () => {
  it('are an org-admin’s to change where there is more than one tenant', async () => {
    const world = createApiWorld();
    const admin = await world.enrol('acme');
    expect((await world.ask('POST', `${OVERRIDES}?scope=global`, { key: admin, body: PRICES })).status).toBe(200);
    const other = await world.enrol('other');
    const refused = await world.ask('POST', `${OVERRIDES}?scope=global`, { key: admin, body: scheduled });
    expect([refused.status, refused.json.type]).toEqual([403, 'urn:tokenledger:problem:key:forbidden']);
    const orgAdmin = await world.enrol('acme', 'org-admin');
    const stored = await world.ask('POST', `${OVERRIDES}?scope=global`, { key: orgAdmin, body: scheduled });
    expect([stored.status, stored.json.number]).toEqual([200, 2]);
    const { json } = await world.ask('GET', OVERRIDES, { key: other });
    expect(json.changes.map((each: { scope: string; number: number }) => [each.scope, each.number])).toEqual([
      ['global', 1],
      ['global', 2],
    ]);
    expect(json.overrides).toEqual([]);
  });

  it('go with a key that may do all that an admin may', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'org-admin');
    expect((await world.ask('POST', OVERRIDES, { key, body: PRICES })).status).toBe(200);
    expect((await world.ask('GET', '/v1/status', { key })).status).toBe(200);
    expect((await world.ask('POST', '/v1/budgets', { key, body: { name: 'b', amount_usd: '5' } })).status).toBe(201);
  });
});

describe('a change of overrides', () => {
  it('is withdrawn before it takes effect, and not after', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', OVERRIDES, { key, body: scheduled });
    await world.ask('POST', OVERRIDES, { key, body: PRICES });
    const withdrawn = await world.ask('DELETE', `${OVERRIDES}/1`, { key });
    expect([withdrawn.status, withdrawn.json.outcome, withdrawn.json.number]).toEqual([200, 'withdrawn', 3]);
    const late = await world.ask('DELETE', `${OVERRIDES}/2`, { key });
    const since = new Date(START_MS).toISOString();
    expect([late.status, late.json.detail]).toEqual([409, expect.stringContaining(`in effect since ${since}`)]);
    expect((await world.ask('DELETE', `${OVERRIDES}/9`, { key })).status).toBe(404);
    expect((await world.ask('DELETE', `${OVERRIDES}/x`, { key })).status).toBe(404);
    const { json } = await world.ask('GET', OVERRIDES, { key });
    const states = json.changes.map((each: { state: string; withdraws: number | null }) => [
      each.state,
      each.withdraws,
    ]);
    expect(states).toEqual([
      ['withdrawn', null],
      ['in_effect', null],
      ['in_effect', 1],
    ]);
  });

  it('that is about recorded calls is answered with the order that reprices them', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const event = { id: 'a', time: '2026-01-29T10:00:00Z', model: 'm-1', usage: { input_tokens: 10 } };
    await world.ask('POST', OVERRIDES, { key, body: PRICES });
    await world.ask('POST', '/v1/events', { key, body: event });
    await world.drain();
    const future = await world.ask('POST', OVERRIDES, { key, body: scheduled });
    expect(future.json.orders).toEqual([]);
    const past = { overrides: [{ model: 'm-1', rates: { input_tokens: '7' } }] };
    const { json } = await world.ask('POST', OVERRIDES, { key, body: past });
    expect(json.orders).toEqual([1]);
    expect((await world.ask('POST', '/v1/corrections/1/run', { key })).json.state).toBe('done');
    // 10 x 7/M
    const spend = await world.ask('GET', '/v1/spend?from=2026-01&to=2026-02', { key });
    expect(spend.json.total.cost_usd).toBe('0.00007');
  });

  it('may name models and ask for reported costs; a slip is named', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const body = {
      aliases: [{ name: 'prod-chat', provider: 'openai', model: 'gpt-4o-mini' }],
      reported_cost: { use: true, providers: ['openrouter'] },
    };
    expect((await world.ask('POST', OVERRIDES, { key, body })).json.outcome).toBe('stored');
    const { json } = await world.ask('GET', OVERRIDES, { key });
    expect(json.changes[0]).toMatchObject({ overrides: [], aliases: body.aliases, reported_cost: body.reported_cost });
    const slip = { reported_cost: { use: true, max_factor: 10 } };
    const refused = await world.ask('POST', OVERRIDES, { key, body: slip });
    expect([refused.status, refused.json.errors[0].field]).toEqual([400, 'reported_cost.max_factor']);
    expect((await world.ask('POST', OVERRIDES, { key, body: {} })).status).toBe(400);
  });
});

describe('a model looked up', () => {
  it('shows what the tenant’s overrides make of it', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', OVERRIDES, { key, body: PRICES });
    await world.ask('POST', OVERRIDES, { key, body: scheduled });
    const now = await world.ask('GET', '/v1/catalog/models/any/m-1', { key });
    expect(now.json.prices[0].rates[0]).toEqual({
      unit: 'input_tokens',
      rate_usd: '1',
      list_rate_usd: '1',
      per: 1_000_000,
    });
    const then = await world.ask('GET', '/v1/catalog/models/any/m-1?at=2027-01-01', { key });
    expect(then.json.prices[0]).toMatchObject({ service_tier: 'default', method: 'override' });
    expect(then.json.prices[0].rates[0]).toMatchObject({ unit: 'input_tokens', rate_usd: '9' });
  });

  it('that nobody knows, or at no time, is refused', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    expect((await world.ask('GET', '/v1/catalog/models/any/nothing', { key })).status).toBe(404);
    const { status, json } = await world.ask('GET', '/v1/catalog/models/any/m-1?at=soon', { key });
    expect([status, json.errors[0].field]).toEqual([400, 'at']);
  });
});
