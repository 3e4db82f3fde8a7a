import { describe, expect, it } from 'vitest';
import { projectPeriod } from '../../../lib/domain/forecast/forecast.ts';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { auditAll } from '../../helpers/recording-world.ts';

const CREDIT = {
  id: 'credit-1',
  amount_usd: '25.00',
  from: '2026-01-01',
  to: '2026-02-01',
  reason: 'launch programme',
  allocation: 'proportional',
  dimensions: { provider: 'OpenAI', team: 'cx', 'tags.cost_center': '47' },
};

async function enrol(timeZone = 'UTC'): Promise<{ world: ApiWorld; key: string }> {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin', { timeZone, tagDimensions: ['cost_center'] });
  return { world, key };
}

/** What a month is projected to that has had one day with calls, of $30 on the 5th, and 23 without since. */
const PROJECTED_USD =
  projectPeriod({
    series: Array.from({ length: 24 }, (_, day) => [`2026-01-${String(day + 5).padStart(2, '0')}`, day === 0 ? 30 : 0]),
    asOf: '2026-01-28',
    periodStart: '2026-01-01',
    periodEnd: '2026-01-31',
  }).point ?? Number.NaN;

const give = (world: ApiWorld, key: string, changed: Record<string, unknown> = {}) =>
  world.ask('POST', '/v1/credits', { key, body: { ...CREDIT, ...changed } });
const spend = async (world: ApiWorld, key: string, query = '') =>
  (await world.ask('GET', `/v1/spend?from=2025-12&to=2026-02${query}`, { key })).json;

describe('POST /v1/credits', () => {
  it('lowers cost by the amount and leaves list cost and calls, on its day and dimensions', async () => {
    const { world, key } = await enrol();
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    const event = { id: 'a', time: '2026-01-05T10:00:00Z', model: 'm-1', usage: { input_tokens: 30_000_000 } };
    await world.ask('POST', '/v1/imports', { key, body: event });
    await world.drain();
    const { status, json } = await give(world, key);
    expect([status, json]).toEqual([
      201,
      {
        ...{ id: 'credit-1', outcome: 'recorded', amount_usd: '25', day: '2026-01-01', is_void: false },
        ...{ complete: true, incomplete_reasons: [], as_of: '2026-01-29T18:30:00.000Z' },
      },
    ]);
    // $30 of tokens less the $25.
    expect((await spend(world, key)).total).toMatchObject({ cost_usd: '5', list_cost_usd: '30', calls: 1 });
    const byTeam = await spend(world, key, '&group_by=team,provider,tags.cost_center&granularity=day');
    expect(byTeam.rows).toMatchObject([
      { period: '2026-01-01', team: 'cx', provider: 'openai', 'tags.cost_center': '47', cost_usd: '-25', calls: 0 },
      { period: '2026-01-05', team: null, cost_usd: '30', list_cost_usd: '30', calls: 1 },
    ]);
    expect(byTeam).toMatchObject({ incomplete_reasons: [{ reason: 'period_open' }] });
    const forecast = (await world.ask('GET', '/v1/forecast', { key })).json;
    // The one day with calls brought $30; without the credit the month would end by it higher.
    expect(forecast.spent).toBe('5');
    expect(forecast.point).toBeCloseTo(PROJECTED_USD - 25, 6);
    expect(world.failures).toEqual([]);
  });

  it('lands on the first moment of its day in the zone of the tenant', async () => {
    const { world, key } = await enrol('Asia/Kolkata');
    await give(world, key);
    const { json } = await world.ask('GET', '/v1/entries/credit-1', { key });
    // Local midnight is 18:30 UTC of the day before.
    expect(json).toMatchObject({
      day: '2026-01-01',
      event: { time: '2025-12-31T18:30:00.000Z', model: 'credit', operation: 'credit', usage: {} },
      rating: { status: 'priced', cost_usd: '-25', list_cost_usd: '0', price: null },
      credit: { reason: 'launch programme', from: '2026-01-01', to: '2026-02-01', allocation: 'proportional' },
    });
  });

  it('changes nothing when it comes again, and refuses other content under its id', async () => {
    const { world, key } = await enrol();
    await give(world, key);
    expect(await give(world, key)).toMatchObject({ status: 200, json: { outcome: 'duplicate' } });
    for (const changed of [{ amount_usd: '26' }, { reason: 'other' }, { to: '2026-03-01' }, { dimensions: {} }]) {
      expect(await give(world, key, changed)).toMatchObject({
        status: 409,
        json: {
          title: 'It conflicts with what the ledger holds',
          detail: 'The ledger holds another entry under this id.',
        },
      });
    }
    const json = await spend(world, key);
    expect(json.total.cost_usd).toBe('-25');
    expect(json.incomplete_reasons).toEqual([{ reason: 'period_open', count: 1 }]);
    const records = await world.ports.adminRecords.list('default');
    expect(records.filter(({ action }) => action === 'credit.requested')).toHaveLength(1);
  });

  it('refuses the id of a call', async () => {
    const { world, key } = await enrol();
    const event = { id: 'credit-1', time: '2026-01-05T10:00:00Z', model: 'm-1', usage: { input_tokens: 1 } };
    await world.ask('POST', '/v1/imports', { key, body: event });
    await world.drain();
    expect((await give(world, key)).status).toBe(409);
  });

  it('is given once by any number of requests at the same time', async () => {
    const { world, key } = await enrol();
    const answers = await Promise.all(Array.from({ length: 8 }, () => give(world, key)));
    expect(answers.map(({ json }) => json.outcome).sort()).toEqual([...Array(7).fill('duplicate'), 'recorded']);
    expect((await spend(world, key)).total.cost_usd).toBe('-25');
  });

  it('can be voided and is never priced anew, and the ledger still equals its entries', async () => {
    const { world, key } = await enrol();
    await give(world, key);
    await give(world, key, { id: 'credit-2', amount_usd: '0.000000000001' });
    await world.ask('POST', '/v1/catalog/overrides', {
      key,
      body: { overrides: [{ ...PRICES.overrides[0], model: 'credit' }] },
    });
    await world.settle();
    expect((await spend(world, key)).total.cost_usd).toBe('-25.000000000001');
    const body = { kind: 'void', id: 'credit-1', reason: 'wrong invoice' };
    expect((await world.ask('POST', '/v1/corrections', { key, body })).json.outcome).toBe('voided');
    expect((await spend(world, key)).total).toMatchObject({ cost_usd: '-0.000000000001', list_cost_usd: '0' });
    expect((await give(world, key)).json).toMatchObject({ outcome: 'duplicate', is_void: true });
    const { json } = await world.ask('GET', '/v1/entries/credit-1/explain', { key });
    expect(json).toMatchObject({
      is_void: true,
      lines: [{ unit: 'credit', amount_usd: '-25', list_amount_usd: '0' }],
      rebuilt: { exact: true },
    });
    const tenant = await world.ports.tenants.find('default');
    expect(tenant && (await auditAll(world.table, tenant))).toEqual([]);
  });

  it.each([
    [{ amount_usd: '0' }, 'amount_usd'],
    [{ amount_usd: '-1' }, 'amount_usd'],
    [{ amount_usd: '1.0000000000001' }, 'amount_usd'],
    [{ to: '2026-01-01' }, 'to'],
    [{ from: '2014-12-31' }, 'from'],
    [{ from: '2027-02-01', to: '2027-03-01' }, 'from'],
    [{ reason: ' ' }, 'reason'],
    [{ id: '' }, 'id'],
    [{ id: '019fffff-ffff-7000-8000-000000000000' }, 'id'],
    [{ dimensions: { model: 'm-1' } }, 'dimensions.model'],
    [{ dimensions: { 'tags.other': 'x' } }, 'dimensions.tags.other'],
    [{ dimensions: { team: '' } }, 'dimensions.team'],
    [{ allocation: 'fair' }, 'allocation'],
  ])('refuses %j and names the field', async (changed, field) => {
    const { world, key } = await enrol();
    const answer = await give(world, key, changed);
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((error: { field: string }) => error.field.replace(/^body\./, ''))).toContain(field);
    expect((await spend(world, key)).commit).toBe(0);
  });

  it('refuses a day that the zone of the tenant left out', async () => {
    const { world, key } = await enrol('Pacific/Apia');
    // Samoa crossed the date line: its Friday, 30 December 2011, never was.
    const { status, json } = await give(world, key, { from: '2011-12-30', to: '2012-01-01' });
    expect([status, json.errors[0].expected]).toEqual([400, 'a day that Pacific/Apia has']);
  });

  it('is for admins only', async () => {
    const { world } = await enrol();
    for (const role of ['reader', 'emitter'] as const) {
      const key = await world.enrol(`as-${role}`, role);
      expect((await give(world, key)).status).toBe(403);
    }
  });
});

describe('tokenledger credit', () => {
  const ARGS = ['credit', '--amount', '25.00', '--from', '2026-01-01', '--to', '2026-02-01', '--reason', 'launch'];

  it('records a credit once however often the same command runs, unless it is told another id', async () => {
    const { world, key } = await enrol();
    const server = await startApiServer(world);
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    const first = await runCli([...ARGS, '--provider', 'openai', '--json'], env);
    expect([first.code, JSON.parse(first.out[0] ?? '').outcome]).toEqual([0, 'recorded']);
    const again = await runCli([...ARGS, '--provider', 'openai'], env);
    expect([again.code, again.out[0]]).toEqual([0, expect.stringContaining('was recorded before')]);
    await runCli([...ARGS, '--provider', 'openai', '--id', 'second'], env);
    await runCli([...ARGS, '--dimension', 'feature=triage'], env);
    // Three credits of $25.
    expect((await spend(world, key)).total.cost_usd).toBe('-75');
    expect((await runCli([...ARGS.slice(0, -2)], env)).code).toBe(2);
    expect((await runCli([...ARGS, '--dimension', 'feature'], env)).code).toBe(2);
    expect((await runCli([...ARGS, '--allocation', 'fair'], env)).code).toBe(2);
    await server.stop();
  });
});
