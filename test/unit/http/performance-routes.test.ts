import { describe, expect, it } from 'vitest';
import { MAX_PERFORMANCE_ROWS } from '../../../lib/app/performance/query-performance.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

const call = (id: string, fields: Record<string, unknown> = {}) => ({
  ...{ id, time: '2026-01-29T10:00:00Z', model: 'm-1', app: 'chat' },
  usage: { input_tokens: 1_000, output_tokens: 100 },
  ...fields,
});

async function createWorld(events: readonly unknown[]) {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const sent = await world.ask('POST', '/v1/imports', { key, body: { events } });
  expect(sent.json.rejected).toEqual([]);
  await world.drain();
  const ask = (query = '') => world.ask('GET', `/v1/performance${query}`, { key });
  return { world, key, ask };
}

describe('GET /v1/performance', () => {
  it('tells by model and app how calls went and what they cost', async () => {
    const { world, ask } = await createWorld([
      call('a', { latency_ms: 120, ttft_ms: 30, quality: 0.5 }),
      call('b', { latency_ms: 130, ttft_ms: 30, quality: 0.7, response_cache_hit: true }),
      call('c', { latency_ms: 900, status: 'error', usage: { input_tokens: 1_000 } }),
      call('d', { latency_ms: 130, usage: { input_tokens: 1_000, cache_read_tokens: 600, output_tokens: 100 } }),
      call('e', { app: 'code', status: 'aborted' }),
    ]);
    const { json } = await ask();
    const within = (at_least_ms: number, below_ms: number | null) => ({ at_least_ms, below_ms });
    expect(json.rows[0]).toEqual({
      ...{ model: 'm-1', app: 'chat', calls: 4, errors: 1, aborted: 0, input_tokens: 4_000, output_tokens: 300 },
      // 3 of 4 calls; one hit; 600 of 4,000 tokens
      ...{ availability_ratio: 0.75, response_cache_ratio: 0.25, prompt_cache_ratio: 0.15 },
      // Three calls of 100 to 141.4 ms, one of 800 to 1,131.4: of 90 % of 4 calls the rank is 4.
      latency: {
        ...{ calls: 4, p50: within(100, 141.422), p90: within(800, 1131.371) },
        ...{ p95: within(800, 1131.371), p99: within(800, 1131.371) },
      },
      ttft: { calls: 2, p50: within(0, 50), p90: within(0, 50), p95: within(0, 50), p99: within(0, 50) },
      // 300 tokens over 3 x 0.141422 + 1.131371 = 1.555637 s and over 3 x 0.1 + 0.8 = 1.1 s
      output_tokens_per_second: { calls: 4, at_least: 192.847, at_most: 272.728 },
      ...{ quality_mean: 0.6, quality_calls: 2, unpriced_calls: 0 },
      // a: 1,000 x $1/M + 100 x $2/M = $0.0012; b: a hit, $0; c: $0.001; d: 400 x $1/M + 600 x $0.1/M + $0.0002 = $0.00066
      ...{ cost_usd: '0.00286', cost_per_call_usd: '0.000715', cost_per_1000_calls_usd: '0.715' },
      // 0.000715 / 0.6 = 0.0011916666666666...
      cost_per_quality_point_usd: '0.001191666667',
    });
    expect(json.rows[1]).toMatchObject({
      ...{ app: 'code', calls: 1, aborted: 1, availability_ratio: 0, latency: null, ttft: null },
      ...{ output_tokens_per_second: null, quality_mean: null, cost_per_quality_point_usd: null },
    });
    expect(json.total).toMatchObject({ calls: 5, cost_usd: '0.00406', cost_per_call_usd: '0.000812' });
    expect(json).toMatchObject({ rows_left_out: 0, as_of: '2026-01-29T18:30:00.000Z', complete: false });
    expect(json.incomplete_reasons).toEqual([{ reason: 'period_open', count: 1 }]);
    expect(world.failures).toEqual([]);
  });

  it('does not take calls without a price for calls that cost nothing', async () => {
    const { ask } = await createWorld([call('a'), call('b', { model: 'nobody-knows' }), call('c', { app: 'code' })]);
    const { json } = await ask('?from=2026-01&to=2026-02&group_by=');
    expect(json.rows).toHaveLength(1);
    expect(json.rows[0]).toEqual(json.total);
    // Two calls of $0.0012; the third counts on neither side.
    expect(json.total).toMatchObject({ calls: 3, unpriced_calls: 1, cost_usd: '0.0024', cost_per_call_usd: '0.0012' });
    expect(json.incomplete_reasons).toContainEqual({ reason: 'unpriced', count: 1 });
    const ofUnknown = await ask('?from=2026-01&to=2026-02&filter=model=nobody-knows');
    expect(ofUnknown.json.total).toMatchObject({ calls: 1, cost_usd: null, cost_per_call_usd: null });
  });

  it('is of the hours asked for, of the calls that pass the filters, and of no other tenant', async () => {
    const { world, ask } = await createWorld([
      call('a', { time: '2026-01-29T09:59:59Z' }),
      call('b', { time: '2026-01-29T10:00:00Z' }),
      call('c', { time: '2026-01-29T11:00:00Z' }),
      call('d', { time: '2026-01-29T10:30:00Z', app: 'code' }),
    ]);
    const hour = '?from=2026-01-29T10:00:00Z&to=2026-01-29T11:00:00Z';
    expect((await ask(hour)).json).toMatchObject({ complete: true, total: { calls: 2 } });
    expect((await ask(`${hour}&filter=app=code`)).json.total.calls).toBe(1);
    // Of several filters each must pass.
    const both = await ask(`${hour}&filter=model=m-1&filter=app=code`);
    expect(both.json.total.calls).toBe(1);
    const other = await world.enrol('other');
    const ofOther = await world.ask('GET', `/v1/performance${hour}`, { key: other });
    expect(ofOther.json).toMatchObject({ rows: [], total: { calls: 0, availability_ratio: null, cost_usd: null } });
  });

  it('leaves credits and void calls out: they are no calls', async () => {
    const { world, key, ask } = await createWorld([call('a'), call('b', { app: 'gone' })]);
    const credit = {
      id: 'credit-1',
      amount_usd: '0.001',
      from: '2026-01-29',
      to: '2026-01-30',
      reason: 'service credit',
    };
    expect((await world.ask('POST', '/v1/credits', { key, body: credit })).status).toBeLessThan(300);
    const voiding = { kind: 'void', id: 'b', reason: 'sent by mistake' };
    const order = await world.ask('POST', '/v1/corrections', { key, body: voiding });
    expect(order.status).toBeLessThan(300);
    await world.drain();
    const { json } = await ask();
    expect(json.rows.map((row: Record<string, unknown>) => [row['app'], row['calls']])).toEqual([['chat', 1]]);
    expect(json.total.cost_usd).toBe('0.0012');
  });

  it('shows the groups with the most calls and counts the others', async () => {
    const names = Array.from({ length: MAX_PERFORMANCE_ROWS + 2 }, (_, index) => `f-${index}`);
    const { ask } = await createWorld([
      ...names.map((feature) => call(feature, { feature })),
      call('again', { feature: 'f-77' }),
    ]);
    const { json } = await ask('?group_by=feature');
    expect(json.rows).toHaveLength(MAX_PERFORMANCE_ROWS);
    expect(json.rows[0]).toMatchObject({ feature: 'f-77', calls: 2 });
    expect(json).toMatchObject({ rows_left_out: 2, total: { calls: MAX_PERFORMANCE_ROWS + 3 } });
  });

  it('refuses more days than hours are read of, and dimensions that are none', async () => {
    const { ask } = await createWorld([call('a')]);
    expect((await ask('?from=2026-01-01&to=2026-02-01')).status).toBe(200);
    const tooLong = await ask('?from=2026-01-01&to=2026-02-02&group_by=colour');
    expect(tooLong.status).toBe(400);
    expect(tooLong.json.errors.map(({ field }: { field: string }) => field)).toEqual(['group_by']);
    expect((await ask('?from=2026-01-01&to=2026-02-02')).json.errors[0].field).toBe('to');
  });
});
