import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TableAlertStore } from '../../../lib/adapters/dynamodb/alert-store.ts';
import { sampleMigrationProfile } from '../../../lib/sample/sample-settings.ts';
import { OPERATIONS } from '../../helpers/api-conformance.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { fullEvent } from '../../helpers/contract-events.ts';

const event = (id: string) => ({ id, time: '2026-01-29T10:00:00Z', model: 'm-1', usage: { input_tokens: 1_000 } });

describe('entries', () => {
  it('reads back every field of an event with every field', async () => {
    const world = createApiWorld(Date.UTC(2026, 10, 21, 9, 31));
    const key = await world.enrol('acme');
    const sent = fullEvent();
    expect((await world.ask('POST', '/v1/events', { key, body: sent })).json).toMatchObject({ accepted: 1 });
    await world.drain();
    const { status, json } = await world.ask('GET', `/v1/entries/${sent['id']}`, { key });
    expect(status).toBe(200);
    // An answer from the sender's own cache costs nothing. The tenant is the key's and not kept per event; user and session are pseudonyms.
    const { tenant: _tenant, user, session, ...kept } = sent;
    expect(json.event).toMatchObject(kept);
    expect([json.event.user, json.event.session]).not.toContain(user);
    expect([json.event.user, json.event.session]).not.toContain(session);
    expect(json).toMatchObject({
      id: sent['id'],
      day: '2026-11-21',
      commit: 1,
      rating: { status: 'priced', cost_usd: '0' },
    });
  });

  it('finds ids with slashes, percent signs and blanks, and says 404 for others', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const ids = ['a/b', '50%25', 'with blank', 'ü'];
    await world.ask('POST', '/v1/events', { key, body: ids.map(event) });
    await world.drain();
    for (const id of ids) {
      const { json } = await world.ask('GET', `/v1/entries/${encodeURIComponent(id)}`, { key });
      expect(json.id).toBe(id);
    }
    expect((await world.ask('GET', '/v1/entries/none', { key })).status).toBe(404);
  });

  it('lists a local day in the order recorded, with price and rates', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    await world.ask('POST', '/v1/events', { key, body: [event('b'), event('a')] });
    await world.drain();
    const { json } = await world.ask('GET', '/v1/entries?day=2026-01-29', { key });
    expect(json.entries.map(({ id }: { id: string }) => id).sort()).toEqual(['a', 'b']);
    // 1,000 tokens x $1/M = $0.001
    expect(json.entries[0].rating).toMatchObject({ status: 'priced', cost_usd: '0.001', cost_pico_usd: '1000000000' });
    expect(json.entries[0].rating.price.rates[0]).toMatchObject({ unit: 'input_tokens', per: 1_000_000 });
    expect((await world.ask('GET', '/v1/entries?day=2026-01-28', { key })).json.entries).toEqual([]);
  });

  it('refuses a day that is none, in words', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    for (const day of ['2026-02-30', '2026-01', 'today']) {
      const { status, json } = await world.ask('GET', `/v1/entries?day=${day}`, { key });
      const errors = [{ field: 'day', expected: 'a day of the calendar, such as 2026-01-29' }];
      expect([status, json.errors]).toEqual([400, errors]);
    }
  });
});

describe('catalog overrides', () => {
  it('are stored once, chained by version, recorded with who and when, and read back as sent', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const first = await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    const again = await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    expect([first.json.outcome, again.json.outcome]).toEqual(['stored', 'unchanged']);
    expect(again.json.version).toBe(first.json.version);
    const more = { overrides: [{ model: '*', multiplier: '0.85' }] };
    const second = await world.ask('POST', '/v1/catalog/overrides', { key, body: more });
    expect(second.json.version).not.toBe(first.json.version);
    const { json } = await world.ask('GET', '/v1/catalog/overrides', { key });
    expect(json).toMatchObject({ overrides: [...PRICES.overrides, ...more.overrides], version: second.json.version });
    const records = await world.ports.adminRecords.list('acme');
    const stored = records.filter(({ action }) => action === 'catalog.overrides.stored');
    expect(stored).toHaveLength(2);
    for (const { keyId } of stored) expect(keyId).toMatch(/^key_[0-9a-f]{12}$/);
  });

  it('name the field that is wrong', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const body = { overrides: [{ model: 'm', rates: { input_tokens: 'cheap' } }] };
    const { status, json } = await world.ask('POST', '/v1/catalog/overrides', { key, body });
    expect([status, json.errors[0].field]).toEqual([400, expect.stringContaining('overrides[0].rates')]);
  });
});

describe('budgets', () => {
  it('are created, changed, listed with their spend, and removed, each leaving a record', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    await world.ask('POST', '/v1/events', { key, body: event('a') });
    await world.drain();
    const created = await world.ask('POST', '/v1/budgets', { key, body: { name: 'all', amount_usd: '0.0015' } });
    expect([created.status, created.json.version]).toEqual([201, 1]);
    const raised = await world.ask('PUT', '/v1/budgets/all', { key, body: { amount_usd: '0.002' } });
    expect([raised.status, raised.json.version, raised.json.change]).toEqual([200, 2, 'new_version']);
    const { json } = await world.ask('GET', '/v1/budgets', { key });
    // $0.001 of $0.002 is 50 %.
    expect(json.budgets[0].current).toMatchObject({ spent_usd: '0.001', crossed_thresholds: [50] });
    expect((await world.ask('DELETE', '/v1/budgets/all', { key })).status).toBe(204);
    expect((await world.ask('DELETE', '/v1/budgets/all', { key })).status).toBe(404);
    expect((await world.ask('GET', '/v1/budgets', { key })).json.budgets).toEqual([]);
    const actions = (await world.ports.adminRecords.list('acme')).map(({ action }) => action);
    expect(actions.filter((action) => action.startsWith('budget.'))).toHaveLength(3);
  });

  it('count tokens for each value of a dimension, show every part, and name the owner', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', '/v1/events', { key, body: [{ ...event('a'), app: 'bot' }, event('b')] });
    await world.drain();
    const body = { name: 'apps', amount_tokens: 1_000, each: 'app', period: 'day', owner: 'Ann' };
    expect((await world.ask('POST', '/v1/budgets', { key, body })).status).toBe(201);
    const { json } = await world.ask('GET', '/v1/budgets', { key });
    // The call that names no app belongs to no part; an unpriced token is a token all the same.
    expect(json.budgets[0]).toMatchObject({
      ...{ period: 'day', each: 'app', owner: 'Ann', amount_usd: null, amount_tokens: '1000' },
      current: {
        ...{ period: '2026-01-29', from: '2026-01-29', to: '2026-01-30', amount_tokens: '1000' },
        ...{ spent_usd: null, spent_tokens: '1000', crossed_thresholds: [50, 80, 100], parts_left_out: 0 },
        parts: [{ part: 'bot', spent_usd: null, spent_tokens: '1000', crossed_thresholds: [50, 80, 100] }],
        incomplete_reasons: [{ reason: 'period_open', count: 1 }],
      },
    });
    const ended = { name: 'gone', amount_usd: '1', end_date: '2020-01-01' };
    expect((await world.ask('POST', '/v1/budgets', { key, body: ended })).json).toMatchObject({
      end_date: '2020-01-01',
    });
    expect((await world.ask('GET', '/v1/budgets', { key })).json.budgets[1]).toMatchObject({ current: null });
    const other = await world.ask('POST', '/v1/budgets', { key, body: { ...body, owner: 'Bob' } });
    expect(other.json).toMatchObject({ change: 'switched', version: 1, owner: 'Bob' });
  });

  it.each([
    [{ name: 'x' }, 'amount_usd'],
    [{ name: 'x', amount_usd: 5 }, 'amount_usd'],
    [{ name: 'x', amount_usd: '0' }, 'amount_usd'],
    [{ name: 'x', amount_usd: '5', filter: { colour: 'red' } }, 'filter.colour'],
    [{ name: 'x', amount_usd: '5', colour: 'red' }, 'colour'],
    [{ name: 'x', amount_tokens: 0 }, 'amount_tokens'],
    [{ name: 'x', amount_usd: '5', period: 'fortnight' }, 'period'],
    [{ name: 'x', amount_usd: '5', period: { kind: 'month', anchor_day: 32 } }, 'period.anchor_day'],
    [{ name: 'x', amount_usd: ['5', '6'] }, 'amount_usd'],
    [{ name: 'x', amount_usd: '5', each: 'colour' }, 'each'],
    [{ name: 'x', amount_usd: '5', thresholds: [80, 50] }, 'thresholds[1]'],
    [{ name: 'x', amount_usd: '5', start_date: '2026-02-30' }, 'start_date'],
  ])('refuse %j and name %s', async (body, field) => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const { status, json } = await world.ask('POST', '/v1/budgets', { key, body });
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });
});

describe('migration profiles', () => {
  it('are stored and read back as sent; a wrong one names its fields', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const profile = sampleMigrationProfile();
    expect((await world.ask('PUT', '/v1/migrations/own', { key, body: profile })).status).toBe(200);
    const { json } = await world.ask('GET', '/v1/migrations', { key });
    expect(json.migrations).toMatchObject([{ name: 'own', verdict: null, profile: { ...profile, name: 'own' } }]);
    const wrong = await world.ask('PUT', '/v1/migrations/own', { key, body: { ...profile, rho: 'high' } });
    expect([wrong.status, wrong.json.errors[0].field]).toEqual([400, 'rho']);
  });
});

describe('alerts', () => {
  it('are listed newest first with how far they got', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const alerts = new TableAlertStore(world.table);
    for (const [index, alertId] of ['first', 'second'].entries()) {
      await alerts.claim([`c-${index}`], {
        alertId,
        tenant: 'acme',
        claimedAtMs: index,
        attempts: 1,
        lease: { owner: 'w', untilMs: 9 },
        message: {
          ...{
            alertId,
            kind: 'budget_actual',
            severity: 'warning',
            tenant: 'acme',
            subject: alertId,
            text: '-',
            sms: '-',
          },
          ...{ data: { a: 1 }, about: ['test'], attributes: {} },
        },
      });
    }
    const { json } = await world.ask('GET', '/v1/alerts', { key });
    expect(json.alerts.map((alert: Record<string, unknown>) => [alert['alert_id'], alert['state']])).toEqual([
      ['second', 'claimed'],
      ['first', 'claimed'],
    ]);
  });
});

describe('operations', () => {
  it('audit clean, page by page', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', '/v1/events', { key, body: [event('a'), event('b')] });
    await world.drain();
    let entries = 0;
    let cursor: string | undefined;
    do {
      const { json } = await world.ask('POST', '/v1/audits', { key, body: cursor === undefined ? {} : { cursor } });
      expect(json.differences).toEqual([]);
      entries += json.entries;
      cursor = json.next;
    } while (cursor !== undefined);
    expect(entries).toBe(2);
  });

  it('show the status with the last commit, unknown fields and rejects', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', '/v1/events', { key, body: { ...event('a'), colour: 'red' } });
    await world.drain();
    const { json } = await world.ask('GET', '/v1/status', { key });
    expect(json).toMatchObject({
      tenant: 'acme',
      time_zone: 'UTC',
      commit: 1,
      unknown_fields: { colour: 1 },
      rejects: 0,
    });
    expect(json.last_commit_at).not.toBeNull();
  });

  it('tell a path that does not exist from a method that does not', async () => {
    const world = createApiWorld();
    expect((await world.ask('GET', '/v1/nothing')).status).toBe(404);
    const wrong = await world.ask('DELETE', '/v1/spend');
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET']);
  });
});

describe('bad input', () => {
  it('cannot take the filter from a budget by naming a prototype', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const bytes = Buffer.from('{"name":"b","amount_usd":"1","filter":{"__proto__":"x"}}');
    const { status, json } = await world.ask('POST', '/v1/budgets', { key, bytes });
    expect([status, json.errors]).toEqual([400, [{ field: '__proto__', expected: 'no such field or parameter' }]]);
  });

  it('never makes a 5xx, on any route', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('2026-01', '-1', 'null'),
    );
    const names = fc.constantFrom(
      'from',
      'to',
      'day',
      'cursor',
      'filter',
      'group_by',
      'limit',
      'granularity',
      '__proto__',
    );
    const requests = fc.record({
      operation: fc.constantFrom(...OPERATIONS),
      part: texts,
      query: fc.array(fc.tuple(names, texts), { maxLength: 3 }),
      body: fc.oneof(
        texts,
        fc.object().map((value) => JSON.stringify(value)),
        fc.uint8Array(),
      ),
    });
    await fc.assert(
      fc.asyncProperty(requests, async ({ operation, part, query, body }) => {
        const path = operation.path.replace(/\{\w+\}/, encodeURIComponent(part.toWellFormed()));
        const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]));
        const bytes = typeof body === 'string' ? Buffer.from(body) : body;
        const { status } = await world.ask(operation.method, `${path}?${search}`, { key, bytes });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 1_000 },
    );
    expect(world.failures).toEqual([]);
  });
});
