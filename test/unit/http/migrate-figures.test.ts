import { describe, expect, it } from 'vitest';
import { assessBreakEven } from '../../../lib/app/break-even/assess-break-even.ts';
import { addDays } from '../../../lib/domain/local-time.ts';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { FAR_MS } from '../../helpers/migrate-world.ts';

const HARDWARE = 'lambda/gpu_2x_h100_sxm5';
/** As the profile and as the parameters of a question. */
const RUNNING = { rho: 0.6, min_replicas: 1, ops_base_usd: 300, ops_per_replica_usd: 150, other_usd: 50 };
const ONE_TIME_USD = 4_000;

/** 40 days up to the 28th of January, ever more calls, one of which fits no window. */
const EVENTS = Array.from({ length: 40 }, (_, index) => {
  const day = addDays('2025-12-20', index);
  const calls = Array.from({ length: 1 + (index % 7) }, (_each, call) => ({
    ...{ id: `${day}-${call}`, time: `${day}T${10 + call}:00:00Z`, model: 'm-1', app: 'chat' },
    usage: { input_tokens: index === 35 && call === 0 ? 140_000 : 1_000 + 10 * index, output_tokens: 100 },
  }));
  return calls;
}).flat();

async function withBoth() {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  await world.ask('POST', '/v1/imports', { key, body: { events: EVENTS } });
  await world.drain();
  const profile = {
    ...{ scope: { app: 'chat' }, target_model: 'Llama-3.3-70B', hardware: HARDWARE, ...RUNNING },
    one_time_usd: ONE_TIME_USD,
  };
  const stored = await world.ask('PUT', '/v1/migrations/chat', { key, body: profile });
  expect(stored.status, stored.body).toBe(200);
  const { profiles: migrations, now: clock, ...ports } = world.ports;
  const quiet = {
    publisher: { publish: async () => undefined, maxPublishMs: 1 },
    drawOwner: () => 'one',
    leaseMs: 1_000,
  };
  const tenant = await world.ports.tenants.find('default');
  if (!tenant) throw new Error('no tenant');
  await assessBreakEven({ ...ports, ...quiet, migrations, clock }, tenant, FAR_MS);
  const query = Object.entries({ ...RUNNING, one_time_usd: ONE_TIME_USD }).map(([name, value]) => `${name}=${value}`);
  const path = `/v1/break-even?filter=app%3Dchat&target_model=Llama-3.3-70B&hardware=${HARDWARE}&${query.join('&')}`;
  const [listed, compared] = [
    await world.ask('GET', '/v1/migrations', { key }),
    await world.ask('GET', `${path}&limit=1`, { key }),
  ];
  return { world, key, migration: listed.json.migrations[0].assessment, answer: compared.json };
}

describe('a migration profile and the same question to break-even', () => {
  it('agree to the last digit on everything that is not foreseen', async () => {
    const { migration, answer } = await withBoth();
    const [row] = answer.rows;
    expect(migration.day).toBe(addDays(answer.to, -1));
    expect(migration.window_days).toBe(answer.recorded_days);
    const figures = {
      ...{ api: migration.api_monthly.usd, self: migration.self_monthly.usd, hybrid: migration.hybrid_monthly.usd },
      ...{ share: migration.hybrid_monthly.self_hosted_share, savings: migration.savings_usd },
      ...{ ratio: migration.savings_pct_of_api, payback: migration.payback_months, replicas: migration.replicas },
      ...{ requests: migration.requests_per_month, tokens: migration.tokens_per_month },
      ...{ first: migration.first_requests_per_month, stable: migration.stable_requests_per_month },
      ...{ rest: migration.stays_on_api_usd, peak: migration.peak_busy_replicas },
      longRun: migration.three_years.map((run: Record<string, number>) => [run['api_usd'], run['self_usd']]),
    };
    expect(figures).toEqual({
      ...{ api: row.api.usd, self: row.self.usd, hybrid: row.hybrid.usd },
      ...{ share: row.hybrid.share_ratio, savings: row.savings_usd },
      ...{ ratio: row.savings_ratio, payback: row.payback_months, replicas: row.replicas },
      ...{ requests: row.requests_per_month, tokens: row.input_tokens_per_month + row.output_tokens_per_month },
      ...{ first: row.break_even.first_requests, stable: row.break_even.stable_requests },
      ...{ rest: row.rest_monthly_usd, peak: row.peak_busy_replicas },
      longRun: row.horizon.map((run: Record<string, number>) => [run['api_usd'], run['self_usd']]),
    });
    expect(migration.unservable).toEqual([{ reason: 'context', calls: 1 }]);
  });

  it('are printed alike, and each says how far ahead its probability looks', async () => {
    const { world, key, migration } = await withBoth();
    const server = await startApiServer(world);
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    const { out } = await runCli(['migrate', 'show', 'chat'], env);
    await server.stop();
    expect(out).toContain(
      `A month: API ${migration.api_monthly.usd.toFixed(2)}, self-hosted ${migration.self_monthly.usd.toFixed(2)}, ` +
        `hybrid ${migration.hybrid_monthly.usd.toFixed(2)} USD`,
    );
    expect(out.join('\n')).toMatch(
      /Costs \d+\.\d\d USD more than the API; probability 0\.00 that it saves enough over the coming 90 days/,
    );
  });
});
