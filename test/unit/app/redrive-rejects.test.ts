import { describe, expect, it } from 'vitest';
import { createKey } from '../../../lib/app/access/manage-keys.ts';
import { createTenant } from '../../../lib/app/access/manage-tenants.ts';
import { nameReject } from '../../../lib/app/recording/reject-id.ts';
import { redriveRejects } from '../../../lib/app/rejects/redrive-rejects.ts';
import { type ApiWorld, createApiWorld } from '../../helpers/api-world.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';
import { createWorld, deliver, good, redrive, statesOf } from '../../helpers/reject-world.ts';

const DAY_MS = 86_400_000;

const recorded = async (world: ApiWorld, tenant: string, id: string) =>
  (await world.ports.reader.findEntries(tenant, [id]))[0];

describe('a redriven reject', () => {
  it('is accepted with the field that was mended, counts once however often, and is no longer counted', async () => {
    const { world, key } = await createWorld();
    const user = { user: 'u-1', session: 's-1', tags: { cost_center: '4711' }, error: 'rate_limited' };
    await deliver(world, {
      events: [good('a'), good('b', { ...user, usage: { input_tokens: 5, cache_read_tokens: 9 } })],
    });
    expect(await statesOf(world, key)).toEqual([['open', 'impossible_usage', null]]);
    expect((await world.ask('GET', '/v1/status', { key })).json.rejects).toBe(1);
    const order = { all: true, set: { 'usage.cache_read_tokens': '4' } };
    expect(await redrive(world, key, order)).toMatchObject([{ outcome: 'redriven' }]);
    expect(await statesOf(world, key)).toEqual([['accepted', 'impossible_usage', 'recorded']]);
    expect(await statesOf(world, key, '')).toEqual([]);
    expect((await world.ask('GET', '/v1/status', { key })).json.rejects).toBe(0);
    expect((await world.ask('GET', '/v1/rejects/histogram', { key })).json).toEqual({ total: 0, counts: [] });
    const lookup = await recorded(world, 'default', 'b');
    // What readers of the reject never saw is in the entry, the person as a pseudonym.
    expect(lookup?.status === 'recorded' && lookup.entry.event).toMatchObject({
      usage: { input_tokens: 5, cache_read_tokens: 4 },
      tags: user.tags,
      error: 'rate_limited',
    });
    expect(JSON.stringify(lookup)).not.toContain('u-1');
    const id = nameReject(START_MS, 'm1', 1);
    expect(await redrive(world, key, { ids: [id] })).toMatchObject([{ outcome: 'accepted_before' }]);
    expect(world.failures).toEqual([]);
  });

  it('is the same event as before: sent by its sender as well, it is a duplicate and no conflict', async () => {
    const { world, key } = await createWorld();
    const mended = good('a', {
      ...{ user: 'u', session: 's', tags: { a: 'b' }, route: { attempt: 1, complexity: 'x' } },
      ...{ emitter: { id: 'p', seq: 3 }, input_parts: { system: 4 }, quality: 0.5 },
      ...{ response_cache_hit: false, reported_cost_usd: '0.10' },
    });
    await deliver(world, { ...mended, tenant: 'else' });
    await deliver(world, mended, { messageId: 'm2' });
    expect(await redrive(world, key, { all: true, set: { tenant: null } })).toMatchObject([{ outcome: 'redriven' }]);
    expect(await statesOf(world, key)).toEqual([['accepted', 'tenant_mismatch', 'duplicate']]);
    expect(await world.ports.conflicts.count('default')).toBe(0);
  });

  it('stays one reject with its new reason when it is refused again', async () => {
    const { world, key } = await createWorld();
    await deliver(world, good('a', { model: null, quality: 3 }));
    await redrive(world, key, { reason: 'missing_field', set: { model: 'm-1' } });
    expect(await statesOf(world, key)).toEqual([['refused_again', 'out_of_range', null]]);
    const { json } = await world.ask('GET', '/v1/rejects/histogram', { key });
    expect(json).toEqual({ total: 1, counts: [{ reason: 'out_of_range', field: 'quality', count: 1 }] });
    // The second order names the reject's new reason.
    await redrive(world, key, { reason: 'out_of_range', set: { model: 'm-1', quality: 0.3 } });
    const shown = (await world.ask('GET', '/v1/rejects?state=accepted', { key })).json.rejects[0];
    expect(shown).toMatchObject({
      redrives: 2,
      first_reason: 'missing_field',
      state: 'accepted',
      accepted_as: 'recorded',
    });
    expect(await world.ports.rejects.count('default')).toBe(0);
  });

  it('keeps its first arrival, from which the window of its time is measured', async () => {
    const { world, key } = await createWorld();
    // It arrived ten days ago, 34 days after the call; from now, 44 days lie between.
    const time = new Date(START_MS - 44 * DAY_MS).toISOString();
    await deliver(world, good('a', { time, quality: 3 }), { sentAtMs: START_MS - 10 * DAY_MS });
    await deliver(world, good('b', { time }), { messageId: 'm2', sentAtMs: START_MS });
    await redrive(world, key, { all: true, set: { quality: null } });
    expect(await statesOf(world, key)).toEqual([
      ['accepted', 'out_of_range', 'recorded'],
      ['refused_again', 'time_out_of_range', null],
    ]);
  });

  it('goes through the import queue again when it came through it', async () => {
    const { world, key } = await createWorld();
    const stamp = { tenant: 'default' };
    await deliver(world, good('a', { time: '2020-01-01T00:00:00Z', quality: 3 }), { queue: 'import', stamp });
    await redrive(world, key, { all: true, set: { quality: null } });
    expect(await statesOf(world, key)).toEqual([['accepted', 'out_of_range', 'recorded']]);
  });

  it('is told apart by a dry run, which sends nothing and notes nothing', async () => {
    const { world, key } = await createWorld();
    await deliver(world, [good('a', { quality: 3 }), good('b', { quality: 3, model: 'x'.repeat(200) })]);
    const set = { quality: '0.5', model: 'm-1' };
    const results = await redrive(world, key, { all: true, dry_run: true, set });
    expect(results.map(({ outcome }) => outcome)).toEqual(['would_be_accepted', 'would_be_accepted']);
    const [first] = await redrive(world, key, { all: true, dry_run: true });
    expect(first).toMatchObject({ outcome: 'would_be_refused', detail: expect.stringContaining('out_of_range') });
    expect(await statesOf(world, key)).toEqual([
      ['open', 'out_of_range', null],
      ['open', 'too_long', null],
    ]);
    expect(await world.ports.reader.head('default')).toBe(0);
  });

  it('asks for what was not kept because it may have been anything', async () => {
    const { world, key } = await createWorld();
    await deliver(world, good('a', { feature: 'a whole prompt '.repeat(20), prompt: 'never kept' }));
    const [result] = await redrive(world, key, { all: true });
    expect(result).toMatchObject({ outcome: 'fields_missing', detail: expect.stringContaining('feature') });
    expect(await redrive(world, key, { all: true, set: { feature: 'triage' } })).toMatchObject([
      { outcome: 'redriven' },
    ]);
    const lookup = await recorded(world, 'default', 'a');
    expect(lookup?.status === 'recorded' && lookup.entry.event.feature).toBe('triage');
  });

  it('is accepted without an unknown field that made it too large', async () => {
    const { world, key } = await createWorld();
    await deliver(world, good('a', { prompt: 'p'.repeat(20_000) }));
    await redrive(world, key, { all: true });
    expect(await statesOf(world, key)).toEqual([['accepted', 'event_too_large', 'recorded']]);
  });

  it('says what can no longer be restored after 14 days', async () => {
    const { world } = await createWorld();
    await deliver(world, good('a', { quality: 3 }));
    const later = { ...world.ports, now: () => START_MS + 14 * DAY_MS };
    const by = { tenant: 'default', keyId: 'k' };
    const selection = { filter: {} };
    const page = await redriveRejects(later, { home: 'default', selection, changes: new Map(), isDryRun: false, by });
    expect(page.results).toMatchObject([{ outcome: 'expired', detail: expect.stringContaining('2026-02-12T18:30') }]);
    expect(page.results[0]?.detail).toContain('usage.input_tokens');
    const before = { ...later, now: () => START_MS + 14 * DAY_MS - 1 };
    const order = { home: 'default', selection, changes: new Map([['quality', null]]), isDryRun: true, by };
    expect((await redriveRejects(before, order)).results).toMatchObject([{ outcome: 'would_be_accepted' }]);
  });

  it('is one of a bulk that may be cut off anywhere: whatever was sent counts once', async () => {
    const { world, key } = await createWorld();
    const events = Array.from({ length: 250 }, (_, n) => good(`e-${n}`, { quality: 3 }));
    await deliver(world, { events });
    const set = { quality: null };
    const first = await world.ask('POST', '/v1/rejects/redrive', { key, body: { all: true, set } });
    expect([first.json.results.length, typeof first.json.next]).toEqual([100, 'string']);
    // The caller dies here and begins again, before anything of it was recorded.
    let cursor: string | undefined;
    let results = 0;
    do {
      const body = { all: true, set, ...(cursor === undefined ? {} : { cursor }) };
      const { json } = await world.ask('POST', '/v1/rejects/redrive', { key, body });
      results += json.results.length;
      cursor = json.next;
    } while (cursor !== undefined);
    expect([results, world.waiting.length]).toEqual([250, 350]);
    await world.drain();
    expect(await world.ports.rejects.count('default')).toBe(0);
    const { rows } = await world.ports.reader.rollups('default', {
      granularity: 'month',
      fromDay: '2026-01-01',
      toDay: '2026-02-01',
    });
    expect(rows.reduce((sum, { measures }) => sum + (measures.calls ?? 0n), 0n)).toBe(250n);
  });

  it('stays accepted when an older copy of it is refused later', async () => {
    const { world, key } = await createWorld();
    await deliver(world, good('a', { quality: 3 }));
    const body = (set: Record<string, unknown>) => ({ all: true, set });
    await world.ask('POST', '/v1/rejects/redrive', { key, body: body({}) });
    await world.ask('POST', '/v1/rejects/redrive', { key, body: body({ quality: null }) });
    world.waiting.reverse();
    await world.drain();
    expect(await statesOf(world, key)).toEqual([['accepted', 'out_of_range', 'recorded']]);
    expect(await world.ports.rejects.count('default')).toBe(0);
  });
});

describe('rejects without a tenant', () => {
  const mapped = (world: ApiWorld, tenants: Record<string, string>) => {
    Object.assign(world.writer, { senders: { directory: { mode: 'mapped', tenants }, apiSenderId: 'api' } });
    Object.assign(world.ports, { senders: world.writer.senders });
  };

  it('are listed and redriven by an org-admin once the tenant was made, and by nobody else', async () => {
    const { world, key } = await createWorld();
    const admin = (await createKey(world.ports, { tenant: 'default', role: 'admin', label: 'a' })).key;
    mapped(world, { AROAPOD: 'late' });
    await deliver(world, good('a'));
    expect((await world.ask('GET', '/v1/rejects?unassigned=true', { key: admin })).status).toBe(403);
    expect(await statesOf(world, key, 'unassigned=true')).toEqual([['open', 'tenant_unknown', null]]);
    expect(await statesOf(world, key)).toEqual([]);
    const order = { all: true, unassigned: true };
    expect(await redrive(world, key, order)).toMatchObject([{ outcome: 'tenant_unknown' }]);
    await createTenant(world.ports, { tenant: 'late' });
    expect(await redrive(world, key, order)).toMatchObject([{ outcome: 'redriven' }]);
    expect(await statesOf(world, key, 'unassigned=true&state=all')).toEqual([
      ['accepted', 'tenant_unknown', 'recorded'],
    ]);
    expect((await recorded(world, 'late', 'a'))?.status).toBe('recorded');
    expect((await recorded(world, 'default', 'a'))?.status).toBe('unknown');
  });

  it('go to the tenant that their sender has by now', async () => {
    const { world, key } = await createWorld();
    mapped(world, {});
    await deliver(world, good('a'));
    const order = { all: true, unassigned: true };
    expect(await redrive(world, key, order)).toMatchObject([{ outcome: 'sender_unknown' }]);
    mapped(world, { AROAPOD: 'default' });
    expect(await redrive(world, key, order)).toMatchObject([{ outcome: 'redriven' }]);
    expect((await recorded(world, 'default', 'a'))?.status).toBe('recorded');
  });
});

describe('POST /v1/rejects/redrive', () => {
  it.each([
    [{}],
    [{ ids: ['a'], all: true }],
    [{ all: true, set: { prompt: 'x' } }],
    [{ all: true, set: { usage: '5' } }],
    [{ all: true, set: { quality: 'high' } }],
    [{ all: true, set: { 'route.nothing': 'x' } }],
    [{ all: true, set: { 'tags.__proto__': 'x' } }],
    [{ reason: 'not_json', since: 'yesterday' }],
  ])('refuses %j with 400', async (body) => {
    const { world, key } = await createWorld();
    expect((await world.ask('POST', '/v1/rejects/redrive', { key, body })).status).toBe(400);
  });

  it('is for admins', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'reader');
    expect((await world.ask('POST', '/v1/rejects/redrive', { key, body: { all: true } })).status).toBe(403);
    expect((await world.ask('GET', '/v1/rejects/x/raw', { key })).status).toBe(403);
  });

  it('answers for an id that is none', async () => {
    const { world, key } = await createWorld();
    expect(await redrive(world, key, { ids: ['nonsense'] })).toMatchObject([{ outcome: 'unknown_id' }]);
    expect((await world.ask('GET', '/v1/rejects/nonsense', { key })).status).toBe(404);
  });

  it('leaves a record of who did it, with the names of fields and no values', async () => {
    const { world, key } = await createWorld();
    await deliver(world, good('a', { quality: 3 }));
    await redrive(world, key, { all: true, set: { quality: null, user: 'somebody' } });
    const records = await world.ports.adminRecords.list('default');
    expect(records.find(({ action }) => action === 'rejects.redriven')).toMatchObject({
      detail: { kept_under: 'default', count: 1, fields_set: ['quality', 'user'] },
    });
    expect(JSON.stringify(records)).not.toContain('somebody');
  });
});
