import { describe, expect, it } from 'vitest';
import { MAX_PROJECTED_PARTS } from '../../../lib/app/forecasts/list-subjects.ts';
import { MAX_SHARES } from '../../../lib/app/forecasts/split-forecast.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

const call = (id: string, time: string, fields: Record<string, unknown> = {}) => ({
  id,
  time,
  model: 'm-1',
  usage: { input_tokens: 1_000, output_tokens: 100 },
  ...fields,
});

/** A call of $0.0012 of app chat, and one of app code if wanted, on each of the first 28 days of January 2026. */
async function createWorld(apps: readonly string[] = ['chat']) {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin');
  const days = Array.from({ length: 28 }, (_, index) => `2026-01-${String(index + 1).padStart(2, '0')}T10:00:00Z`);
  const events = days.flatMap((time, index) => apps.map((app) => call(`${app}-${index}`, time, { app, team: 'cx' })));
  await record(world, key, events);
  const ask = async (query: string) => (await world.ask('GET', `/v1/forecast?${query}`, { key })).json;
  return { world, key, ask };
}

async function record(world: ApiWorld, key: string, events: readonly unknown[]): Promise<void> {
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const sent = await world.ask('POST', '/v1/imports', { key, body: { events } });
  expect(sent.json.rejected).toEqual([]);
  await world.drain();
}

describe('GET /v1/forecast', () => {
  it('projects the running month from its complete days, with what is spent exactly', async () => {
    const { ask } = await createWorld();
    const json = await ask('');
    // 28 days of $0.0012, and three more to come.
    expect(json).toMatchObject({
      ...{ period: '2026-01', from: '2026-01-01', to: '2026-02-01', last_complete_day: '2026-01-28' },
      ...{ unit: 'usd', spent: '0.0336', budget: null, part: null, amount: null, p_exceed: null, run_out_date: null },
      ...{ state: 'ready', history_days: 28 },
      history: { from: '2026-01-01', missing_days: 0, unpriced_calls: 0, partially_priced_calls: 0 },
      ...{ complete: false, incomplete_reasons: [{ reason: 'period_open', count: 1 }] },
    });
    expect(json.point).toBeCloseTo(0.0372, 9);
    expect(json.groups).toBeUndefined();
  });

  it('is of any scope, kind of period and unit', async () => {
    const { ask } = await createWorld(['chat', 'code']);
    // Input and output of a call are 1,100 tokens.
    expect(await ask('unit=tokens&filter=app=chat')).toMatchObject({ unit: 'tokens', spent: '30800' });
    expect((await ask('unit=tokens&filter=app=chat')).point).toBeCloseTo(34_100, 6);
    expect((await ask('unit=calls')).point).toBeCloseTo(62, 9);
    // Values of one dimension are alternatives, dimensions all hold.
    expect((await ask('unit=calls&filter=app=chat&filter=app=code&filter=team=cx')).spent).toBe('56');
    expect((await ask('unit=calls&filter=app=chat&filter=team=')).state).toBe('no_data');
    // The 29th is a Thursday.
    expect(await ask('period=week')).toMatchObject({ period: 'week-2026-01-26', from: '2026-01-26', to: '2026-02-02' });
    expect((await ask('period=day&unit=calls')).point).toBeCloseTo(2, 9);
    const anchored = await ask(`period=${encodeURIComponent('{"kind":"month","anchor_day":15}')}`);
    expect(anchored).toMatchObject({ period: 'month-2026-01-15', from: '2026-01-15', to: '2026-02-15' });
    expect(await ask('period=year')).toMatchObject({ period: '2026', state: 'provisional' });
  });

  it('lacks nothing for calls without a price where it counts calls or tokens', async () => {
    const { world, key, ask } = await createWorld();
    await record(world, key, [call('odd', '2026-01-20T10:00:00Z', { model: 'nobody-knows' })]);
    const reasons = async (query: string) =>
      (await ask(query)).incomplete_reasons.map(({ reason }: { reason: string }) => reason);
    expect(await reasons('')).toEqual(['unpriced', 'period_open']);
    expect(await reasons('unit=calls')).toEqual(['period_open']);
    expect(await reasons('unit=tokens')).toEqual(['period_open']);
  });

  it('splits the answer by a dimension into points that are the total together', async () => {
    const { world, key, ask } = await createWorld(['chat', 'code']);
    await record(world, key, [call('today', '2026-01-29T09:00:00Z', { app: 'new', usage: { input_tokens: 5_000 } })]);
    const json = await ask('group_by=app');
    // The dearer come first; equal ones as they are found.
    expect(json.groups.map(({ value, spent }: { value: string; spent: string }) => [value, spent])).toEqual([
      ['chat', '0.0336'],
      ['code', '0.0336'],
      ['new', '0.005'],
    ]);
    const points = json.groups.map(({ point }: { point: number }) => point);
    expect(points.reduce((sum: number, point: number) => sum + point, 0)).toBeCloseTo(json.point, 12);
    expect(json.other_groups).toBeNull();
    // All apps are of one team, which is split by what is asked for alone.
    const ofChat = await ask('filter=app=chat&group_by=team');
    expect(ofChat.groups).toEqual([{ value: 'cx', spent: '0.0336', point: ofChat.point }]);
  });

  it('adds the values beyond the shown ones up', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'admin');
    const apps = Array.from({ length: MAX_SHARES + 2 }, (_, index) => `app-${index}`);
    await record(
      world,
      key,
      apps.map((app, index) =>
        call(app, '2026-01-20T10:00:00Z', { app, usage: { input_tokens: 1_000 * (apps.length - index) } }),
      ),
    );
    const { json } = await world.ask('GET', '/v1/forecast?group_by=app', { key });
    expect(json.groups).toHaveLength(MAX_SHARES);
    // The two smallest, of 2,000 and 1,000 tokens.
    expect(json.other_groups).toMatchObject({ values: 2, spent: '0.003' });
    const points = [...json.groups, json.other_groups].map(({ point }: { point: number }) => point);
    expect(points.reduce((sum, point) => sum + point, 0)).toBeCloseTo(json.point, 9);
  });

  it('holds the scope and period of a budget against its amount when one is named', async () => {
    const { world, key, ask } = await createWorld(['chat', 'code']);
    const budget = (name: string, amount: string) =>
      world.ask('PUT', `/v1/budgets/${name}`, { key, body: { amount_usd: amount, filter: { app: 'chat' } } });
    await budget('tight', '0.036');
    await budget('wide', '1');
    // 28 of 31 days at $0.0012 are $0.0336 and the whole month $0.0372, so that $0.036 lasts two of the three days left.
    const json = await ask('budget=tight');
    expect(json).toMatchObject({ spent: '0.0336', budget: 'tight', amount: '0.036', state: 'ready' });
    expect(json.point).toBeCloseTo(0.0372, 9);
    expect(json.p_exceed).toBeGreaterThan(0.95);
    expect(json.run_out_date).toBe('2026-01-31');
    const wide = await ask('budget=wide');
    expect(wide.p_exceed).toBeLessThan(0.001);
    expect(wide.run_out_date).toBeNull();
    expect((await world.ask('GET', '/v1/forecast?budget=none', { key })).status).toBe(404);
    expect(world.failures).toEqual([]);
  });

  it('is of one part of a budget in tokens that keeps a total for each value, by its own period', async () => {
    const { world, key, ask } = await createWorld(['chat', 'code']);
    const body = { amount_tokens: '7000', each: 'app', period: 'week' };
    await world.ask('PUT', '/v1/budgets/each', { key, body });
    const json = await ask('budget=each&part=code');
    // Monday to Wednesday are 3,300 tokens, the week 7,700.
    expect(json).toMatchObject({
      unit: 'tokens',
      period: 'week-2026-01-26',
      part: 'code',
      spent: '3300',
      amount: '7000',
    });
    expect(json.point).toBeCloseTo(7_700, 6);
    expect(json.run_out_date).toBe('2026-02-01');
  });

  it('lists the parts of a budget with a total for each value, those that use most first', async () => {
    const { world, key, ask } = await createWorld(['chat', 'code']);
    // Without an app it is of no part.
    await record(world, key, [
      call('more', '2026-01-28T09:00:00Z', { app: 'code' }),
      call('none', '2026-01-28T09:00:00Z', { app: undefined }),
    ]);
    await world.ask('PUT', '/v1/budgets/each', { key, body: { amount_usd: '0.036', each: 'app' } });
    const json = await ask('budget=each');
    // 29 calls of $0.0012 of code and 28 of chat.
    expect(json).toMatchObject({ budget: 'each', part: null, amount: null, p_exceed: null, run_out_date: null });
    expect(json).toMatchObject({ spent: '0.0684', other_parts: 0 });
    expect(json.parts.map(({ part, spent, amount }: Record<string, string>) => [part, spent, amount])).toEqual([
      ['code', '0.0348', '0.036'],
      ['chat', '0.0336', '0.036'],
    ]);
    for (const listed of json.parts) {
      const alone = await ask(`budget=each&part=${listed.part}`);
      expect(alone).toMatchObject(listed);
      expect(alone.parts).toBeUndefined();
    }
    expect((await ask('budget=each&group_by=team')).groups).toHaveLength(2);
    expect(world.failures).toEqual([]);
  });

  it('shows the parts that use most, and says how many it leaves out', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'admin');
    const apps = Array.from({ length: MAX_PROJECTED_PARTS + 2 }, (_, index) => `app-${index}`);
    await record(
      world,
      key,
      apps.map((app, index) =>
        call(app, '2026-01-20T10:00:00Z', { app, usage: { input_tokens: 1_000 * (apps.length - index) } }),
      ),
    );
    await world.ask('PUT', '/v1/budgets/each', { key, body: { amount_usd: '1', each: 'app' } });
    const { json } = await world.ask('GET', '/v1/forecast?budget=each', { key });
    expect(json.parts.map(({ part }: { part: string }) => part)).toEqual(apps.slice(0, MAX_PROJECTED_PARTS));
    expect(json.other_parts).toBe(2);
  });

  it.each([
    ['filter=planet=mars', 'filter'],
    ['filter=app', 'filter'],
    ['filter=user=u-1', 'filter'],
    ['group_by=user', 'group_by'],
    ['group_by=planet', 'group_by'],
    ['group_by=app,team', 'group_by'],
    ['period=fortnight', 'period'],
    ['period={"kind":"month"', 'period'],
    ['period={"kind":"month","anchor_day":32}', 'period.anchor_day'],
    ['unit=eur', 'unit'],
    ['part=cx', 'part'],
    ['budget=each&part=', 'part'],
    ['budget=each&unit=calls', 'unit'],
    ['budget=whole&part=cx', 'part'],
    ['budget=whole&filter=app=x', 'filter'],
    ['budget=whole&period=day', 'period'],
    ['budget=whole&unit=calls', 'unit'],
    ['budget=later', 'budget'],
    ['budget=ended', 'budget'],
  ])('refuses %s and names %s', async (query, field) => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'admin');
    const budgets = {
      each: { each: 'app' },
      whole: {},
      later: { start_date: '2026-02-01' },
      ended: { start_date: '2025-01-01', end_date: '2026-01-29' },
    };
    for (const [name, fields] of Object.entries(budgets)) {
      const stored = await world.ask('PUT', `/v1/budgets/${name}`, { key, body: { amount_usd: '5', ...fields } });
      expect(stored.status).toBe(201);
    }
    const { status, json } = await world.ask('GET', `/v1/forecast?${encode(query)}`, { key });
    expect(status).toBe(400);
    expect(json.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  it('knows of an override to come, and of a change that was planned until it is removed', async () => {
    const { world, key, ask } = await createWorld();
    const doubled = { overrides: [{ model: 'm-1', provider: '*', multiplier: '2', effective_from: '2026-01-31' }] };
    await world.ask('POST', '/v1/catalog/overrides', { key, body: doubled });
    // The 29th and 30th are of $0.0012, the 31st of twice that.
    expect((await ask('')).point).toBeCloseTo(0.0384, 9);
    expect((await ask('unit=calls')).point).toBeCloseTo(31, 9);
    const planned = { date: '2026-01-30', factor: '3', filter: { app: 'chat' } };
    const { json } = await world.ask('POST', '/v1/planned-changes', { key, body: planned });
    // $0.0012 + 3 x $0.0012 + 3 x $0.0024.
    expect((await ask('')).point).toBeCloseTo(0.0456, 9);
    expect((await ask('unit=calls')).point).toBeCloseTo(35, 9);
    await world.ask('DELETE', `/v1/planned-changes/${json.id}`, { key });
    expect((await ask('')).point).toBeCloseTo(0.0384, 9);
  });
});

/** Each value of a query encoded, so that braces and quotes come through. */
function encode(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      return `${pair.slice(0, at)}=${encodeURIComponent(pair.slice(at + 1))}`;
    })
    .join('&');
}
