import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { deliver, good } from '../../helpers/reject-world.ts';

let world: ApiWorld;
let key: string;

beforeEach(async () => {
  world = createApiWorld();
  key = await world.enrol('default');
});

const apply = (budgets: unknown, fields: object = {}) =>
  world.ask('POST', '/v1/budgets/apply', { key, body: { budgets, ...fields } });
const report = (query = '') => world.ask('GET', `/v1/budgets/report${query}`, { key });
const check = (query = '') => world.ask('GET', `/v1/budgets/check${query}`, { key });

/** A call of model m-1 and app support-bot that costs $0.00001. */
async function record(id: string): Promise<void> {
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  await deliver(world, good(id));
}

const SUPPORT = { name: 'support', amount_usd: '500', filter: { team: 'cx' }, owner: 'Ann' };

describe('POST /v1/budgets/apply', () => {
  it('answers each difference with its fields, and how far it got', async () => {
    const { status, json } = await apply([SUPPORT], { dry_run: true });
    expect([status, json.dry_run, json.done]).toEqual([200, true, true]);
    expect(json.changes).toMatchObject([{ name: 'support', change: 'created', state: 'planned', listed: true }]);
    expect((await apply([SUPPORT])).json.changes).toMatchObject([{ state: 'applied' }]);
    expect((await apply([{ ...SUPPORT, amount_usd: '450' }])).json.changes).toEqual([
      {
        name: 'support',
        change: 'changed',
        state: 'applied',
        listed: true,
        arms_anew: true,
        fields: [{ field: 'amount_usd', before: '500', after: '450' }],
      },
    ]);
    expect((await apply([])).json.changes).toMatchObject([{ change: 'paused', listed: false, arms_anew: false }]);
  });

  it('names every fault with its place, and applies nothing', async () => {
    const faulty = [SUPPORT, { name: 'support', amount_usd: 7 }, 'x'];
    const { status, json } = await apply(faulty);
    expect(status).toBe(400);
    expect(json.errors.map(({ field }: { field: string }) => field)).toEqual([
      'budgets[1].amount_usd',
      'budgets[2]',
      'budgets[1].name',
    ]);
    expect((await world.ask('GET', '/v1/budgets', { key })).json.budgets).toEqual([]);
  });

  it.each([
    ['no list', { dry_run: true }, 'budgets'],
    ['something beside the list', { budgets: [], dryrun: true }, 'dryrun'],
    ['a dry run that is text', { budgets: [], dry_run: 'yes' }, 'dry_run'],
  ])('refuses %s', async (_, body, field) => {
    const { status, json } = await world.ask('POST', '/v1/budgets/apply', { key, body });
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });

  it('says which changes failed, and reports why', async () => {
    const put = world.ports.budgets.put.bind(world.ports.budgets);
    world.ports.budgets.put = async (tenant, change, over) => {
      if (change.budget.name === 'b') throw new Error('the table is gone');
      return put(tenant, change, over);
    };
    const { status, json } = await apply([
      { name: 'a', amount_usd: '1' },
      { name: 'b', amount_usd: '1' },
    ]);
    expect([status, json.done]).toEqual([200, false]);
    expect(json.changes).toMatchObject([
      { name: 'a', state: 'applied' },
      { name: 'b', state: 'failed' },
    ]);
    expect(world.failures).toHaveLength(1);
  });

  it('leaves a budget named like a route within reach', async () => {
    await apply([{ ...SUPPORT, name: 'check' }]);
    const put = await world.ask('PUT', '/v1/budgets/check', { key, body: { amount_usd: '1' } });
    expect([put.status, put.json.name]).toEqual([200, 'check']);
  });
});

describe('GET /v1/budgets/report', () => {
  it('answers amount, actual and what is known of the forecast, with totals and completeness', async () => {
    await record('call-1');
    await apply([SUPPORT, { name: 'all', amount_usd: '0.0001', owner: 'Bob' }]);
    const { status, json } = await report();
    expect(status).toBe(200);
    expect(json.usd.owners[1]).toEqual({
      owner: 'Bob',
      budgets: [
        {
          budget: 'all',
          filter: {},
          each: null,
          period: '2026-01',
          from: '2026-01-01',
          to: '2026-02-01',
          open: true,
          lines: [
            {
              part: null,
              parts: 1,
              amount_usd: '0.0001',
              actual_usd: '0.00001',
              used_percent: 10,
              variance_usd: null,
              forecast_usd: null,
              forecast_variance_usd: null,
              forecast_lo80_usd: null,
              forecast_hi80_usd: null,
              forecast_state: null,
              projected_at: null,
              no_forecast: 'not_projected',
            },
          ],
          overlaps: 1,
          overlaps_with: ['support'],
          unpriced_calls: 0,
          partially_priced_calls: 0,
        },
      ],
      total: {
        budgets: 1,
        period: '2026-01',
        amount_usd: '0.0001',
        actual_usd: '0.00001',
        used_percent: 10,
        variance_usd: null,
        forecast_usd: null,
        forecast_variance_usd: null,
        overlapping: false,
      },
    });
    expect(json.usd.total).toMatchObject({ budgets: 2, amount_usd: '500.0001', overlapping: true });
    expect(json).toMatchObject({ complete: false, incomplete_reasons: [{ reason: 'period_open', count: 1 }] });
  });

  it('holds a period that is over against the actual amount, exactly', async () => {
    await apply([SUPPORT]);
    const { json } = await report('?period=previous');
    expect(json.usd.total).toMatchObject({ variance_usd: '-500', forecast_variance_usd: null });
    expect(json.complete).toBe(true);
  });

  it('holds an open one against the forecast, which is a number', async () => {
    await apply([SUPPORT]);
    const [stored] = await world.ports.budgets.list('default');
    if (!stored) throw new Error('no budget');
    const { id, name, version } = stored.budget;
    const projection = { point: 520.5, lo80: 480, hi80: 560, state: 'ready' };
    world.ports.projections.list = async () => [
      // Only what a report looks at.
      {
        ...{ budget: { id, name, version }, period: '2026-01', part: '', projectedAtMs: world.ports.now() },
        projection,
      } as unknown as Awaited<ReturnType<typeof world.ports.projections.list>>[number],
    ];
    const { json } = await report();
    expect(json.usd.owners[0].budgets[0].lines[0]).toMatchObject({
      variance_usd: null,
      forecast_usd: 520.5,
      // 520.5 - 500
      forecast_variance_usd: 20.5,
      forecast_lo80_usd: 480,
      forecast_hi80_usd: 560,
      forecast_state: 'ready',
      no_forecast: null,
    });
    expect(json.usd.total).toMatchObject({ forecast_usd: 520.5, forecast_variance_usd: 20.5 });
  });

  it('refuses a period that is none', async () => {
    const { status, json } = await report('?period=fortnight');
    expect([status, json.errors[0].field]).toEqual([400, 'period']);
  });
});

describe('GET /v1/budgets/check', () => {
  it('answers what each budget allows, has spent and has left, in its unit', async () => {
    await record('call-1');
    await apply([
      { name: 'all', amount_usd: '0.00001' },
      { name: 'tokens', amount_tokens: '1000000', each: 'app' },
      { name: 'team', amount_usd: '1', filter: { team: 'cx' } },
    ]);
    const { status, json } = await check('?app=chat');
    expect([status, json.allowed, json.decided_by]).toEqual([200, false, 'all']);
    expect(json.budgets).toMatchObject([
      {
        budget: 'all',
        part: null,
        allowed: false,
        used_percent: 100,
        amount_usd: '0.00001',
        spent_usd: '0.00001',
        remaining_usd: '0',
        amount_tokens: null,
      },
      { budget: 'tokens', part: 'chat', allowed: true, amount_usd: null, amount_tokens: 1_000_000 },
    ]);
    expect(json.unknown).toEqual([{ budget: 'team', needs: ['team'] }]);
    expect(json.commit).toBe(1);
  });

  it('sees a call that was recorded since the check before', async () => {
    await record('call-1');
    await apply([{ name: 'all', amount_usd: '0.00002' }]);
    expect((await check()).json.allowed).toBe(true);
    await record('call-2');
    const { json } = await check();
    expect([json.allowed, json.budgets[0].spent_usd]).toEqual([false, '0.00002']);
  });

  it('allows what nothing is said about', async () => {
    expect((await check('?team=cx')).json).toMatchObject({ allowed: true, decided_by: null, budgets: [], unknown: [] });
  });

  it.each([
    ['?colour=red', 'colour'],
    ['?tags.project=x', 'tags.project'],
    ['?tag1=x', 'tag1'],
    ['?team=', 'team'],
    ['?team=a&team=b', 'team'],
    ['?estimate_usd=-1', 'estimate_usd'],
    ['?estimate_usd=1e3', 'estimate_usd'],
    ['?estimate_tokens=1.5', 'estimate_tokens'],
    ['?limit_percent=0', 'limit_percent'],
    ['?limit_percent=1001', 'limit_percent'],
    ['?limit_percent=9.5', 'limit_percent'],
  ])('refuses %s and names the field', async (query, field) => {
    const { status, json } = await check(query);
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });

  it('keeps what it remembers of tenants apart', async () => {
    const other = await world.enrol('other');
    await apply([{ name: 'all', amount_usd: '0.00001' }]);
    await record('call-1');
    expect((await check()).json.allowed).toBe(false);
    await world.ask('POST', '/v1/budgets', { key: other, body: { name: 'all', amount_usd: '0.00001' } });
    const { json } = await world.ask('GET', '/v1/budgets/check', { key: other });
    expect([json.allowed, json.budgets[0].spent_usd]).toEqual([true, '0']);
  });
});
