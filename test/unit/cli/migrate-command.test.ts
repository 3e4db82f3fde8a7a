import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameBackKey } from '../../../lib/app/break-even/assess-back-capacities.ts';
import { describeBack } from '../../../lib/domain/alerts/alert-migrate-back-message.ts';
import { assessBack } from '../../../lib/domain/migrate-now/assess-back.ts';
import { DEFAULT_MIGRATE_POLICY } from '../../../lib/domain/migrate-now/migrate-state.ts';
import { NEW_MIGRATION_SUBJECT } from '../../../lib/domain/migrate-now/migration-subject.ts';
import { USD } from '../../helpers/alert-world.ts';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld } from '../../helpers/api-world.ts';

const TENANT = 'acme';
let world: ApiWorld;
let server: ApiServer;
let env: Record<string, string>;

beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: await world.enrol(TENANT) };
});

afterEach(() => server.stop());

describe('tokenledger migrate', () => {
  it('lists deployments beside profiles and says why they stay', async () => {
    const body = { kind: 'self_hosted', from: '2026-01-01', price_usd: '80', per: 'day', covers: { deployment: 'h' } };
    const put = await world.ask('PUT', '/v1/capacities/h100', { key: env['TOKENLEDGER_KEY'] ?? '', body });
    expect(put.status, put.body).toBeLessThan(300);
    expect((await runCli(['migrate', 'list'], env)).out.at(-1)).toMatch(/^h100 +not assessed/);
    // 28 days of $80 against calls of $70: $304.17 a month, 12.5 %, less than the 20 % asked for.
    const measures = {
      ...{ capacity: 'h100', day: '2026-01-29', historyDays: 28, windowDays: 28, calls: 100n, callsWithoutList: 0n },
      ...{ costPicoUsd: 28n * 80n * USD, listPicoUsd: 28n * 70n * USD },
    };
    const assessment = describeBack(assessBack(measures, null, DEFAULT_MIGRATE_POLICY));
    const subject = { ...NEW_MIGRATION_SUBJECT, lastDay: '2026-01-29' };
    await world.ports.profiles.advance(TENANT, nameBackKey('h100'), { fromDay: null, subject, assessment });
    const { out } = await runCli(['migrate', 'list'], env);
    expect(out.at(-1)).toMatch(/^h100 +stay +2026-01-29 +304\.17 +savings_ratio, savings_usd$/);
    expect((await runCli(['migrate', 'show', 'h100'], env)).out).toEqual([
      'h100: whether it still pays',
      'Verdict: stay, as of 2026-01-29',
      'A month: deployment 2433.33, its calls at list price 2129.17 USD',
      'Costs 304.17 USD more than the API; probability 1.00 that it stays so over the coming 90 days',
      'Not moved back because of:',
      '  savings_ratio: 0.125, asked 0.2',
      '  savings_usd: 304.1667, asked 500',
    ]);
  });

  it('says of a profile that cannot be read what is wrong with it', async () => {
    const source = { name: 'old', target_model: 'x', hardware: 'y', policy: { off_pct: 0.9 } };
    await world.ports.profiles.putProfile(TENANT, { name: 'old', source, storedAtMs: 0 });
    const { out } = await runCli(['migrate', 'list'], env);
    expect(out.at(-1)).toMatch(/^old +cannot be read +policy\.off_pct: must not exceed on_pct$/);
    expect((await runCli(['migrate', 'show', 'old'], env)).out).toContain(
      'Cannot be read: policy.off_pct: must not exceed on_pct',
    );
  });

  it('shows nothing of a name that is neither', async () => {
    const { code, err } = await runCli(['migrate', 'show', 'nobody'], env);
    expect([code, err.join()]).toEqual([2, expect.stringContaining('no migration profile and no deployment "nobody"')]);
  });
});
