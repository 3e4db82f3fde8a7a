import { describe, expect, it } from 'vitest';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

const call = (id: string, time: string, fields: Record<string, unknown> = {}) => ({
  id,
  time,
  model: 'm-1',
  usage: { input_tokens: 1_000, output_tokens: 100 },
  ...fields,
});

async function record(world: ApiWorld, key: string, events: readonly unknown[]): Promise<void> {
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const sent = await world.ask('POST', '/v1/imports', { key, body: { events } });
  expect(sent.json.rejected).toEqual([]);
  await world.drain();
}

describe('GET /v1/spend', () => {
  it('sums cost by month and model, exactly, with the total of all rows', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    await record(world, key, [
      call('a', '2026-01-05T10:00:00Z', { app: 'chat' }),
      call('b', '2026-01-06T10:00:00Z', { app: 'chat' }),
      call('c', '2025-12-31T23:59:59Z', { app: 'code' }),
    ]);
    const { json } = await world.ask('GET', '/v1/spend?from=2025-12-01&to=2026-01-20&group_by=app,model', { key });
    // A call: 1,000 x $1/M + 100 x $2/M = $0.0012 = 1,200,000,000 pUSD.
    expect(
      json.rows.map((row: Record<string, unknown>) => [
        row['period'],
        row['app'],
        row['model'],
        row['cost_usd'],
        row['calls'],
      ]),
    ).toEqual([
      ['2025-12', 'code', 'm-1', '0.0012', 1],
      ['2026-01', 'chat', 'm-1', '0.0024', 2],
    ]);
    expect(json.total).toMatchObject({
      cost_usd: '0.0036',
      cost_pico_usd: '3600000000',
      list_cost_usd: '0.0036',
      calls: 3,
    });
    expect(json.total).toMatchObject({
      input_tokens: 3_000,
      output_tokens: 300,
      cache_read_tokens: 0,
      unpriced_calls: 0,
    });
    expect(json).toMatchObject({ complete: true, incomplete_reasons: [], as_of: '2026-01-29T18:30:00.000Z' });
    expect(world.failures).toEqual([]);
  });

  it('gives the same sums by hour, day and month, also where the time asked for cuts days and months', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    const events = Array.from({ length: 60 }, (_, index) =>
      call(`e-${index}`, new Date(Date.UTC(2025, 11, 28, 17) + index * 3_600_000).toISOString()),
    );
    await record(world, key, events);
    // Calls are made at 17:00 of the 28th and every hour after; the window keeps hours 20:00 of the 28th to 04:00 of the 31st.
    for (const granularity of ['hour', 'day', 'month']) {
      const path = `/v1/spend?from=2025-12-28T20:00:00Z&to=2025-12-31T04:00:00Z&granularity=${granularity}`;
      const { json } = await world.ask('GET', path, { key });
      expect([granularity, json.total.calls]).toEqual([granularity, 56]);
    }
    const { json } = await world.ask('GET', '/v1/spend?from=2025-12-28&to=2025-12-31T04:00:00Z&granularity=day', {
      key,
    });
    expect(json.rows.map((row: Record<string, unknown>) => [row['period'], row['calls']])).toEqual([
      ['2025-12-28', 7],
      ['2025-12-29', 24],
      ['2025-12-30', 24],
      ['2025-12-31', 4],
    ]);
  });

  it("puts calls into the tenant's local days and months", async () => {
    const world = createApiWorld();
    const key = await world.enrol('kolkata', 'admin', { timeZone: 'Asia/Kolkata' });
    // Local midnight is 18:30 UTC: these two lie in one UTC hour and in two local days, months and years.
    await record(world, key, [call('before', '2025-12-31T18:29:59Z'), call('after', '2025-12-31T18:30:00Z')]);
    const periods = async (granularity: string): Promise<unknown[]> => {
      const path = `/v1/spend?from=2025-12-01&to=2026-02-01&granularity=${granularity}`;
      const { json } = await world.ask(
        'GET',
        granularity === 'hour' ? path.replace('12-01', '12-20').replace('02-01', '01-10') : path,
        { key },
      );
      return json.rows.map((row: Record<string, unknown>) => [row['period'], row['calls']]);
    };
    expect(await periods('month')).toEqual([
      ['2025-12', 1],
      ['2026-01', 1],
    ]);
    expect(await periods('day')).toEqual([
      ['2025-12-31', 1],
      ['2026-01-01', 1],
    ]);
    expect(await periods('hour')).toEqual([['2025-12-31T18:00:00Z', 2]]);
    const { json } = await world.ask('GET', '/v1/spend?from=2025-12-31T18:00:00Z&to=2026-01-01&granularity=day', {
      key,
    });
    expect(json.rows.map((row: Record<string, unknown>) => row['period'])).toEqual(['2025-12-31']);
  });

  it('keeps calls apart by filters: values of one dimension are alternatives, an empty value is "not sent"', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'admin', { tagDimensions: ['cost_center'] });
    await record(world, key, [
      call('a', '2026-01-05T10:00:00Z', { team: 'cx', tags: { cost_center: '1' } }),
      call('b', '2026-01-05T10:00:00Z', { team: 'ml', tags: { cost_center: '2' } }),
      call('c', '2026-01-05T10:00:00Z'),
    ]);
    const calls = async (filters: string): Promise<number> =>
      (await world.ask('GET', `/v1/spend?from=2026-01&to=2026-02${filters}`, { key })).json.total.calls;
    expect(await calls('&filter=team=cx')).toBe(1);
    expect(await calls('&filter=team=cx&filter=team=ml')).toBe(2);
    expect(await calls('&filter=team=cx&filter=tags.cost_center=2')).toBe(0);
    expect(await calls('&filter=team=')).toBe(1);
    const { json } = await world.ask('GET', '/v1/spend?from=2026-01&to=2026-02&group_by=tags.cost_center', { key });
    expect(json.rows.map((row: Record<string, unknown>) => row['tags.cost_center'])).toEqual([null, '1', '2']);
  });

  it('shows null, not zero, where every call of a row is unpriced, and says so', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    await record(world, key, [
      call('a', '2026-01-05T10:00:00Z'),
      call('b', '2026-01-05T10:00:00Z', { model: 'unheard-of' }),
    ]);
    const { json } = await world.ask('GET', '/v1/spend?from=2026-01&to=2026-01-20&group_by=model', { key });
    expect(
      json.rows.map((row: Record<string, unknown>) => [row['model'], row['cost_usd'], row['unpriced_calls']]),
    ).toEqual([
      ['m-1', '0.0012', 0],
      ['unheard-of', null, 1],
    ]);
    expect(json.total).toMatchObject({ cost_usd: '0.0012', calls: 2, unpriced_calls: 1 });
    expect(json).toMatchObject({ complete: false, incomplete_reasons: [{ reason: 'unpriced', count: 1 }] });
  });

  it('says what is missing: a waiting message, a conflict, a period that is not over', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    await record(world, key, [call('a', '2026-01-05T10:00:00Z')]);
    await record(world, key, [call('a', '2026-01-05T10:00:00Z', { app: 'other' })]);
    await world.ask('POST', '/v1/events', { key, body: call('b', '2026-01-28T10:00:00Z') });
    const { json } = await world.ask('GET', '/v1/spend', { key });
    expect(json.incomplete_reasons).toEqual([
      { reason: 'conflicts', count: 1 },
      { reason: 'backlog', count: 1 },
      { reason: 'period_open', count: 1 },
    ]);
    expect(json.total.calls).toBe(1);
  });

  it('answers 304 to an ETag until something changes', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    await record(world, key, [call('a', '2026-01-05T10:00:00Z')]);
    const target = '/v1/spend?from=2026-01&to=2026-02';
    const first = await world.ask('GET', target, { key });
    const headers = { 'if-none-match': first.headers['etag'] ?? '' };
    expect((await world.ask('GET', target, { key, headers })).status).toBe(304);
    expect((await world.ask('GET', `${target}&group_by=app`, { key, headers })).status).toBe(200);
    await record(world, key, [call('b', '2026-01-05T10:00:00Z')]);
    expect((await world.ask('GET', target, { key, headers })).status).toBe(200);
  });

  it('pages through rows without losing or repeating one, under the total of all of them', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    await record(
      world,
      key,
      Array.from({ length: 7 }, (_, index) => call(`e-${index}`, '2026-01-05T10:00:00Z', { app: `app-${index}` })),
    );
    const apps: unknown[] = [];
    let next: string | undefined;
    do {
      const cursor = next === undefined ? '' : `&cursor=${next}`;
      const { json } = await world.ask('GET', `/v1/spend?from=2026-01&to=2026-02&group_by=app&limit=3${cursor}`, {
        key,
      });
      expect(json.total.calls).toBe(7);
      apps.push(...json.rows.map((row: Record<string, unknown>) => row['app']));
      next = json.next;
    } while (next !== undefined);
    expect(apps).toEqual(Array.from({ length: 7 }, (_, index) => `app-${index}`));
  });

  it.each([
    ['from=2026-02-30', 'from'],
    ['from=yesterday', 'from'],
    ['from=2026-01-05T10:15:00Z', 'from'],
    ['from=2026-02&to=2026-01', 'to'],
    ['granularity=week', 'granularity'],
    ['group_by=colour', 'group_by'],
    ['group_by=tag1', 'group_by'],
    ['group_by=app,app', 'group_by'],
    ['group_by=app,team,model,provider', 'group_by'],
    ['filter=app', 'filter'],
    ['filter=colour=red', 'filter'],
    ['from=2025-01&to=2026-01&granularity=hour', 'to'],
    ['limit=0', 'limit'],
    ['cursor=abc', 'cursor'],
    ['group-by=app', 'group-by'],
    ['from=2026-01&from=2026-02', 'from'],
  ])('refuses %s and names %s', async (query, field) => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'reader');
    const answer = await world.ask('GET', `/v1/spend?${query}`, { key });
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((error: { field: string }) => error.field)).toContain(field);
  });
});
