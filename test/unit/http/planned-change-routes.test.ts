import { describe, expect, it } from 'vitest';
import { MAX_PLANNED_CHANGES, MAX_TOTAL_FACTOR_DIGITS } from '../../../lib/app/forecasts/plan-changes.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

const LAUNCH = { date: '2026-02-01', factor: '1.50', filter: { team: 'cx' }, note: 'launch' };

async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin');
  const post = (body: unknown) => world.ask('POST', '/v1/planned-changes', { key, body });
  const list = async () => (await world.ask('GET', '/v1/planned-changes', { key })).json.planned_changes;
  const records = async () =>
    (await world.ports.adminRecords.list('default'))
      .filter(({ action }) => action.startsWith('planned_change'))
      .map(({ action, detail }) => [action, detail['id'], detail['factor']]);
  return { world, key, post, list, records };
}

describe('planned changes', () => {
  it('are stored once, listed by day and removed, each change with a record', async () => {
    const { world, key, post, list, records } = await createWorld();
    const later = await post({ ...LAUNCH, date: '2026-03-01' });
    const first = await post(LAUNCH);
    expect([later.status, first.status]).toEqual([201, 201]);
    const { id } = first.json;
    expect(first.json).toMatchObject({ ...LAUNCH, factor: '1.5', stored_at: '2026-01-29T18:30:00.000Z' });
    // The same again, the factor and the filter written in another way.
    expect(await post({ ...LAUNCH, factor: 1.5 })).toMatchObject({ status: 200, json: first.json });
    expect((await list()).map((planned: { date: string }) => planned.date)).toEqual(['2026-02-01', '2026-03-01']);
    expect((await world.ask('DELETE', `/v1/planned-changes/${id}`, { key })).status).toBe(204);
    expect((await world.ask('DELETE', `/v1/planned-changes/${id}`, { key })).status).toBe(404);
    expect(await list()).toEqual([later.json]);
    // They are of one millisecond, so their order says nothing.
    expect((await records()).toSorted()).toEqual(
      [
        ['planned_change.stored', later.json.id, '1.5'],
        ['planned_change.stored', id, '1.5'],
        ['planned_change.removed', id, '1.5'],
      ].toSorted(),
    );
    expect(world.failures).toEqual([]);
  });

  it('that are wrong are refused by every field', async () => {
    const { post, list } = await createWorld();
    const { status, json } = await post({ date: '2026-02-30', factor: '1001', filter: { planet: 'mars' }, until: 1 });
    expect(status).toBe(400);
    const fields = json.errors.map((error: { field: string }) => error.field);
    expect(fields.toSorted()).toEqual(['date', 'factor', 'filter.planet', 'until']);
    const missing = await post({ date: '2026-02-01', filter: { user: 'u-1' } });
    expect(missing.json.errors).toEqual([{ field: 'factor', expected: 'a number, or one as text' }]);
    // The tenant keeps no users.
    const unkept = await post({ ...LAUNCH, filter: { user: 'u-1' } });
    expect(unkept.json.errors.map((error: { field: string }) => error.field)).toEqual(['filter.user']);
    expect(await list()).toEqual([]);
  });

  it('are as many as a tenant may have, also when they are added at once', async () => {
    const { world, post, list } = await createWorld();
    for (let index = 0; index < MAX_PLANNED_CHANGES - 1; index++) await post({ ...LAUNCH, note: `n${index}` });
    const answers = await Promise.all(['a', 'b', 'c'].map((note) => post({ ...LAUNCH, note })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400]);
    expect(await list()).toHaveLength(MAX_PLANNED_CHANGES);
    // One that is there is no other one.
    expect((await post({ ...LAUNCH, note: 'n0' })).status).toBe(200);
    expect(world.failures).toEqual([]);
  });

  it('may not come to more together than a forecast can say', async () => {
    const { world, key, post } = await createWorld();
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    const event = { id: 'a', time: '2026-01-20T10:00:00Z', model: 'm-1', usage: { input_tokens: 1_000 } };
    await world.ask('POST', '/v1/imports', { key, body: { events: [event] } });
    await world.drain();
    // A thousand 33 times is 10^99, of a hundred digits.
    const count = (MAX_TOTAL_FACTOR_DIGITS - 1) / 3;
    for (let index = 0; index < count; index++)
      expect((await post({ date: '2026-01-30', factor: '1000', note: `n${index}` })).status).toBe(201);
    // What makes less of use gives no room to what makes more of it, and 9 is still within the bound.
    expect((await post({ date: '2026-01-30', factor: '0.000001' })).status).toBe(201);
    const { status, json } = await post({ date: '2026-01-30', factor: '10' });
    expect([status, json.errors?.[0].field]).toEqual([400, 'factor']);
    expect((await post({ date: '2026-01-30', factor: '9' })).status).toBe(201);
    for (const unit of ['usd', 'tokens', 'calls']) {
      const forecast = await world.ask('GET', `/v1/forecast?unit=${unit}`, { key });
      expect(forecast.status).toBe(200);
      expect(forecast.json.hi95).toBeGreaterThan(1e60);
    }
    expect(world.failures).toEqual([]);
  });
});
