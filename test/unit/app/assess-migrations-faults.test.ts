import { describe, expect, it } from 'vitest';
import { readRecordedDays } from '../../../lib/app/break-even/assess-break-even-days.ts';
import { listMigrations, markMigration, removeMigration } from '../../../lib/app/break-even/manage-migrations.ts';
import { CAPACITY_OPERATIONS, nameCapacityModel } from '../../../lib/domain/capacity/capacity-leaf.ts';
import { delta, USD } from '../../helpers/alert-world.ts';
import { createMigrateWorld } from '../../helpers/migrate-world.ts';

/** One replica at $1,000 a month that never fills up, as in the tests of the daily assessment. */
const PROFILE = {
  ...{ name: 'bot', scope: { app: 'bot' }, target_model: 'open-8b', hardware: 'one GPU', replica_monthly_usd: 1_000 },
  ...{ ops_base_usd: 0, ops_per_replica_usd: 0, other_usd: 0, min_replicas: 1, one_time_usd: 2_000 },
  ...{ a: 0.000001, b: 0.000001, c: 0, savings_probability: 0.9 },
  gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
};

async function withProfiles(...profiles: readonly object[]) {
  const world = createMigrateWorld();
  for (const profile of profiles) await world.put({ ...PROFILE, ...profile });
  return world;
}

describe('what profiles share', () => {
  it('is refused where a profile would break with it, by the name of that profile', async () => {
    // 12 % to begin is above the 10 % to end that holds by default, but not above 15 %.
    const world = await withProfiles({ policy: { on_pct: 0.12 } });
    await expect(world.put({ name: '*', policy: { off_pct: 0.15 } })).rejects.toThrow(
      /bot: policy\.off_pct: must not exceed on_pct/,
    );
    world.recordDays('2025-12-01', Array(51).fill(100));
    expect(await world.assess()).toMatchObject({ profiles: 1, days: 35 });
  });

  it('is not removed while a profile needs it', async () => {
    const world = await withProfiles({});
    await world.put({ name: '*', policy: { on_pct: 0.5 } });
    await world.put({ ...PROFILE, policy: { off_pct: 0.3 } });
    const removing = removeMigration(world.ports.migrations, world.tenant.tenant, '*');
    await expect(removing).rejects.toThrow(/bot: policy\.off_pct: must not exceed on_pct/);
    expect(await world.ports.migrations.listProfiles(world.tenant.tenant)).toHaveLength(2);
  });
});

describe('a stored profile that can no longer be read', () => {
  /** Two changes at once can leave such a one behind, and so can an older release. */
  async function withBroken() {
    const world = await withProfiles({ name: 'a sound one' });
    const source = { ...PROFILE, policy: { off_pct: 0.9 } };
    await world.ports.migrations.putProfile(world.tenant.tenant, { name: 'bot', source, storedAtMs: 0 });
    return world;
  }

  it('keeps no other profile from being assessed, and the run says so', async () => {
    const world = await withBroken();
    world.recordDays('2025-12-01', Array(51).fill(100));
    await expect(world.assess()).rejects.toMatchObject({ code: 'assessment/incomplete' });
    expect(world.topic.delivered.map(({ data }) => data['about'])).toEqual([['migration:a sound one']]);
  });

  it('is listed with what is wrong with it', async () => {
    const world = await withBroken();
    const listed = await listMigrations(world.ports, world.tenant.tenant);
    expect(listed.map(({ stored, issues }) => [stored.name, issues])).toEqual([
      ['a sound one', []],
      ['bot', ['policy.off_pct: must not exceed on_pct']],
    ]);
  });
});

describe('the bill that is forecast', () => {
  it('is of calls alone: what a capacity costs, used or not, and credits are none of what a move saves', async () => {
    const world = createMigrateWorld();
    world.recordDays('2025-12-01', Array(3).fill(100));
    const leaf = { model: nameCapacityModel('h100'), operation: CAPACITY_OPERATIONS.unused };
    world.ledger.commit(delta('2025-12-02', 900, leaf, { calls: 0n }));
    world.ledger.commit(delta('2025-12-02', -40, { model: 'credit', operation: 'credit' }, { calls: 0n }));
    const { sums } = await readRecordedDays(world.ports.reader, world.tenant, [{ scope: {} }], '2025-12-04');
    expect([...(sums[0] ?? [])].map(([day, { costPicoUsd }]) => [day, costPicoUsd / USD])).toEqual([
      ['2025-12-01', 100n],
      ['2025-12-02', 100n],
      ['2025-12-03', 100n],
    ]);
  });
});

describe('a profile', () => {
  it('that was removed is assessed no more, and what was told of it stands', async () => {
    const world = await withProfiles({});
    world.recordDays('2025-12-01', Array(51).fill(100));
    await world.assess();
    expect(await removeMigration(world.ports.migrations, world.tenant.tenant, 'bot')).toBe('removed');
    world.recordDays('2026-01-21', Array(30).fill(1));
    world.wait(30 * 86_400_000);
    expect(await world.assess()).toMatchObject({ profiles: 0, days: 0, alerts: [] });
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('that was marked and whose mark is taken back goes on where it stood', async () => {
    const world = await withProfiles({});
    world.recordDays('2025-12-01', Array(51).fill(100));
    await world.assess();
    const ports = { migrations: world.ports.migrations, clock: world.clock };
    await markMigration(ports, world.tenant, 'bot', '2026-01-19');
    expect(await world.assess()).toMatchObject({ profiles: 0 });
    await markMigration(ports, world.tenant, 'bot', null);
    expect(await world.assess()).toMatchObject({ profiles: 1, days: 0, alerts: [] });
  });

  it.each([
    ['policy.on_pct', { on_pct: 20 }],
    ['policy.off_prob', { off_prob: 1.5, on_prob: 2 }],
    ['policy.n_on', { n_on: 0 }],
    ['policy.n_off', { n_off: 2.5 }],
    ['policy.min_history', { min_history: 900 }],
  ])('is refused where %s can never be meant so', async (field, policy) => {
    await expect(withProfiles({ policy })).rejects.toThrow(new RegExp(field.replace('.', '\\.')));
  });

  it('is refused by a scope that the tenant does not keep', async () => {
    await expect(withProfiles({ scope: { tag1: 'x' } })).rejects.toThrow(/scope\.tag1/);
    await expect(withProfiles({ scope: { user: 'x' } })).rejects.toThrow(/scope\.user/);
  });

  it.each([
    ['migrated_on', { migrated_on: '2026-01-22' }],
    ['gates.evaluated_on', { gates: { evaluated_on: '2099-01-01' } }],
  ])('is refused where %s lies ahead, since it would count for ever', async (field, profile) => {
    // Today is the 20th of January; the 21st may be today where the sender is.
    await expect(withProfiles(profile)).rejects.toThrow(new RegExp(`${field.replace('.', '\\.')}: .* lies ahead`));
    await expect(withProfiles({ migrated_on: '2026-01-21' })).resolves.toBeDefined();
  });

  it.each([
    ['name', 'bot\nSilence it: never'],
    ['hardware', 'x'.repeat(301)],
    ['price_source', 'half a \ud83d'],
  ])('is refused where %s would break the lines of a message', async (field, value) => {
    await expect(withProfiles({ [field]: value })).rejects.toThrow(`${field}: expected text in one line`);
  });

  it('is refused beyond the two hundredth, but not where it takes the place of one', async () => {
    const world = createMigrateWorld();
    for (let n = 0; n < 200; n++)
      await world.ports.migrations.putProfile(world.tenant.tenant, { name: `p${n}`, source: PROFILE, storedAtMs: 0 });
    await expect(world.put(PROFILE)).rejects.toThrow('a tenant has at most 200 profiles');
    await expect(world.put({ ...PROFILE, name: 'p7' })).resolves.toMatchObject({ name: 'p7' });
  });
});
