import { describe, expect, it } from 'vitest';
import { accrueCapacities } from '../../../lib/app/capacity/accrue-capacities.ts';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

/** The world stands on 2026-01-29 at 18:30 UTC, which is the zone of its tenant. */
const OWN = {
  kind: 'self_hosted',
  from: '2026-01-27',
  price_usd: '2.50',
  per: 'hour',
  covers: { deployment: 'own' },
  serves_tokens: 2_000_000,
  serves_per: 'month',
  gpus: 1,
};

const call = (id: string, event: Readonly<Record<string, unknown>> = {}) => ({
  ...{ id, time: '2026-01-28T12:00:00Z', model: 'm-1', app: 'bot', deployment: 'own' },
  ...{ usage: { input_tokens: 10_000 }, ...event },
});

async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const ask = (method: string, path: string, body?: unknown) =>
    world.ask(method, path, { key, ...(body === undefined ? {} : { body }) });
  const [tenant] = await world.ports.tenants.list();
  if (!tenant) throw new Error('no tenant');
  const accrue = () => accrueCapacities(world.ports, tenant, world.ports.now() + 10_000);
  return { world, key, ask, accrue };
}

describe('PUT /v1/capacities/{name}', () => {
  it('stores a version, reprices calls recorded before, and tells the order', async () => {
    const { world, ask } = await createWorld();
    await ask('POST', '/v1/events', [call('c-1')]);
    await world.drain();
    const { status, json } = await ask('PUT', '/v1/capacities/h100', OWN);
    expect([status, json.outcome, json.orders, json.outdated_days, json.ended]).toEqual([
      200,
      'stored',
      [1],
      [],
      false,
    ]);
    expect(json.versions).toMatchObject([
      { version: 2, ...OWN, price_usd: '2.5', to: null, list_price_of: null, stored_at: '2026-01-29T18:30:00.000Z' },
    ]);
    await ask('POST', '/v1/corrections/1/run');
    const explained = (await ask('GET', '/v1/entries/c-1/explain')).json;
    expect(explained).toMatchObject({
      status: 'priced',
      cost_usd: '0',
      capacity: { name: 'h100', list_price_of: null },
      rebuilt: { exact: true },
    });
    expect(explained.list_cost_usd).not.toBe('0');
  });

  it('names what is wrong', async () => {
    const { ask } = await createWorld();
    const { status, json } = await ask('PUT', '/v1/capacities/h100', { ...OWN, per: 'year' });
    expect([status, json.errors]).toEqual([400, [{ field: 'per', expected: 'one of hour, day, month' }]]);
  });

  it('shows its change in the list of overrides, where it cannot be withdrawn', async () => {
    const { ask } = await createWorld();
    await ask('PUT', '/v1/capacities/h100', { ...OWN, from: '2026-03-01' });
    const { changes } = (await ask('GET', '/v1/catalog/overrides')).json;
    expect(changes.at(-1)).toMatchObject({ number: 2, state: 'scheduled', overrides: [], capacity: 'h100' });
    expect((await ask('DELETE', '/v1/catalog/overrides/2')).status).toBe(404);
  });
});

describe('GET /v1/capacities/{name}/use', () => {
  it('tells cost, use and saving; what was unused is spend of no app', async () => {
    const { world, ask, accrue } = await createWorld();
    await ask('PUT', '/v1/capacities/h100', OWN);
    await ask('POST', '/v1/events', [call('c-1')]);
    await world.drain();
    await accrue();
    const { json } = await ask('GET', '/v1/capacities/h100/use?from=2026-01-27&to=2026-01-29');
    // Two days of 24 x 2.50. Of the 28th 10,000 of 2,000,000 / 31 tokens were served: 15.5 % of 60 = 9.3.
    expect(json.total).toMatchObject({
      cost_usd: '120',
      used_usd: '9.3',
      unused_usd: '110.7',
      calls: 1,
      tokens: 10_000,
    });
    expect(json.total.cost_per_million_tokens_allocated_usd).toBe('12000');
    expect(json.total.cost_per_million_tokens_used_usd).toBe('930');
    expect([json.complete, json.days_not_accrued, json.price_usd]).toEqual([true, 0, '2.5']);
    expect(json.days.map(({ utilisation }: { utilisation: object }) => utilisation)).toEqual([
      { basis: 'no_calls', ratio: 0, sampled_hours: 0 },
      { basis: 'tokens', ratio: 0.155, sampled_hours: 0 },
    ]);
    // The running day is not booked: what it costs is unknown there, and no zero.
    const month = (await ask('GET', '/v1/capacities/h100/use')).json;
    expect([month.days.at(-1).day, month.days.at(-1).cost_usd, month.days_not_accrued, month.total.cost_usd]).toEqual([
      ...['2026-01-29', null, 1],
      '120',
    ]);
    const spend = await ask('GET', '/v1/spend?from=2026-01&to=2026-02&group_by=app,operation');
    const rows = spend.json.rows.filter(({ operation }: { operation: string }) => operation?.startsWith('capacity_'));
    expect(
      rows.map((row: Readonly<Record<string, unknown>>) => [
        row['app'],
        row['operation'],
        row['cost_usd'],
        row['calls'],
      ]),
    ).toEqual([
      [null, 'capacity_unused', '110.7', 0],
      ['bot', 'capacity_used', '9.3', 0],
    ]);
  });
});

describe('tokenledger capacities', () => {
  it('reports, ends and accrues again', async () => {
    const { world, key, ask, accrue } = await createWorld();
    await ask('PUT', '/v1/capacities/h100', OWN);
    await ask('POST', '/v1/events', [call('c-1')]);
    await world.drain();
    await accrue();
    const server = await startApiServer(world);
    try {
      const run = async (...args: string[]) => {
        const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
        const { code, out } = await runCli(['capacities', ...args], env);
        return { code, out: out.join('\n') };
      };
      const report = await run('report', 'h100', '--from', '2026-01-27', '--to', '2026-01-29');
      expect(report.out).toContain('cost $120: used $9.3, unused $110.7; 7.8 % used');
      expect(report.out).toContain('h100, 2026-01-27 up to 2026-01-29: $2.5 an hour');
      // 10,000 tokens at $1 a million.
      expect(report.out).toMatch(/list cost \$0\.01, \$119\.99 less than the cost/);
      expect((await run('report', 'h100')).out).toContain('2 of 3 days are accrued: the figures are theirs');
      const removed = await run('remove', 'h100', '--from', '2026-01-28');
      expect(removed.out).toContain('2026-01-28 was accrued by an earlier version');
      const days = ['--from', '2026-01-28', '--to', '2026-01-29', '--reason', 'given back'];
      expect((await run('reaccrue', 'h100', ...days, '--dry-run')).out).toContain('cost would change by -60 USD');
      expect((await run('reaccrue', 'h100', ...days)).out).toContain('booked');
      expect((await run('list')).out).toContain('ends here');
      const after = await run('report', 'h100', '--from', '2026-01-27', '--to', '2026-01-29', '--json');
      expect(JSON.parse(after.out).total.cost_usd).toBe('60');
      expect((await run('reaccrue', 'h100')).code).toBe(2);
    } finally {
      await server.stop();
    }
  });
});
