import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { assessAllTenants, assessBreakEven, nameSubjectKey } from '../../../lib/app/break-even/assess-break-even.ts';
import { sweep } from '../../../lib/app/sweep.ts';
import { bundledReference } from '../../../lib/catalog/reference.ts';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { parseMigrationProfile } from '../../../lib/domain/migrate-now/parse-migration-profile.ts';
import { delta } from '../../helpers/alert-world.ts';
import { createMigrateWorld, FAR_MS } from '../../helpers/migrate-world.ts';

const HARDWARE = 'lambda/gpu_1x_h100_sxm5';
const DAY_MS = 86_400_000;

/**
 * One replica at $1,000 a month that never fills up. A day of $100 is a month of 100 x 730 / 24 = $3,041.67: the saving
 * is some $2,000 or 67 %; a day of $1 is $30, too little to pay for anything.
 */
const PROFILE = {
  name: 'bot',
  scope: { app: 'bot' },
  target_model: 'open-8b',
  hardware: 'one GPU',
  replica_monthly_usd: 1_000,
  ...{ ops_base_usd: 0, ops_per_replica_usd: 0, other_usd: 0, min_replicas: 1 },
  a: 0.000001,
  b: 0.000001,
  c: 0,
  one_time_usd: 2_000,
  savings_probability: 0.9,
  gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
};

/** A world at noon of the 20th of January 2026 with the profile stored. */
async function withProfile(profile: object = {}) {
  const world = createMigrateWorld();
  await world.put({ ...PROFILE, ...profile });
  return world;
}

describe('the daily assessment', () => {
  it('catches up over recorded days and tells of the day on which it began to pay', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    const report = await world.assess();
    // The 1st of December is cut, so the 29th is the 28th complete day and the first to qualify: 4 January is the 7th.
    expect(report).toMatchObject({ profiles: 1, days: 35, alerts: [{ day: '2026-01-04', outcome: 'published' }] });
    const [message] = world.topic.delivered;
    expect(message).toMatchObject({ kind: 'migrate_now', severity: 'warning', attributes: { app: 'bot' } });
    expect(message?.subject).toMatch(/^\[warning\] Migrate now: bot saves \$2,041\.67 a month/);
    expect(message?.data['migration']).toMatchObject({
      message: 'alert',
      day: '2026-01-04',
      savings_usd: expect.closeTo(2_041.666666, 5),
    });
    // 28 x $100 over 28 x 24 hours, for 730 hours.
    expect(message?.data['migration']).toMatchObject({ api_monthly: { usd: expect.closeTo(3_041.666666, 5) } });
  });

  it('keeps to the published schema', async () => {
    const ajv = new Ajv2020({ strict: true, strictRequired: false });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    await world.assess();
    expect(validate(world.topic.delivered[0]?.data), JSON.stringify(validate.errors)).toBe(true);
  });

  it('takes in each day once, however often it runs, and goes on the next day', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    await world.assess();
    expect(await world.assess()).toMatchObject({ days: 0, alerts: [] });
    world.wait(DAY_MS);
    expect(await world.assess()).toMatchObject({ days: 1, alerts: [] });
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('never looks at today, which is not over', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-23', Array(29).fill(100));
    // 29 recorded days, without the first and without today: 27.
    expect((await world.assess()).days).toBe(27);
  });

  it('withdraws with one notice after seven days that do not pay', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(50).fill(100));
    await world.assess();
    world.recordDays('2026-01-20', Array(30).fill(1));
    world.wait(30 * DAY_MS);
    const report = await world.assess();
    expect(world.topic.delivered.map(({ kind }) => kind)).toEqual(['migrate_now', 'migrate_back_off']);
    // From 20 January on the window loses $99 a day. It fails when less than $250 a month is saved: a bill below
    // $1,250 is 28 days below $1,150.68, and 2,800 - 99 n is when n = 17, 5 February. Seven such days end on the 11th.
    expect(report.alerts).toMatchObject([{ day: '2026-02-11' }]);
    expect(world.topic.delivered[1]).toMatchObject({ severity: 'info', data: { migration: { message: 'notice' } } });
  });

  it('takes a day without any record for missed, not for idle', async () => {
    const world = await withProfile();
    const days: (number | undefined)[] = Array(51).fill(100);
    days[30] = undefined;
    world.recordDays('2025-12-01', days);
    const report = await world.assess();
    // The 31st of December freezes the count for a day: the 28th complete day is still the 29th, the 7th in a row the 5th.
    expect(report).toMatchObject({ days: 34, alerts: [{ day: '2026-01-05' }] });
  });

  it('starts another target from the first day and leaves the old one where it is', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    await world.assess();
    await world.put({ ...PROFILE, hardware: 'another GPU' });
    const report = await world.assess();
    expect(report).toMatchObject({ days: 35, alerts: [{ day: '2026-01-04' }] });
    const ids = world.topic.delivered.map(({ alertId }) => alertId);
    expect(new Set(ids).size).toBe(2);
  });

  it('sends one alert when two runs happen at the same time', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    const reports = await Promise.all(
      Array.from({ length: 10 }, () => assessBreakEven(world.start(), world.tenant, FAR_MS)),
    );
    expect(reports.flatMap(({ alerts }) => alerts)).toHaveLength(1);
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('leaves an alert that the topic refused to the sweep', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    world.topic.behave = (attempt) => (attempt === 1 ? 'refuse' : 'accept');
    expect((await world.assess()).alerts).toMatchObject([{ outcome: 'failed' }]);
    await sweep(world.ports, FAR_MS);
    expect(world.topic.delivered.map(({ kind }) => kind)).toEqual(['migrate_now']);
    expect((await world.assess()).alerts).toEqual([]);
  });

  it('assesses the other tenants when one fails', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    const broken = { ...world.tenant, tenant: 'broken' };
    await world.ports.migrations.putProfile('broken', { name: 'x', source: {}, storedAtMs: 0 });
    const tenants = { ...world.ports.tenants, list: async () => [broken, world.tenant] };
    const assessing = assessAllTenants({ ...world.ports, tenants }, FAR_MS);
    await expect(assessing).rejects.toMatchObject({ code: 'assessment/incomplete', retryable: true });
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('refuses a profile with a fault, by the name of the field', async () => {
    await expect(withProfile({ replica_monthly_usd: -1 })).rejects.toThrow(/replica_monthly_usd/);
    await expect(withProfile({ name: 'x'.repeat(129) })).rejects.toThrow(/name: expected at most 128 bytes/);
  });

  it('keeps what the last day said, with what blocks the alert', async () => {
    const world = await withProfile({ gates: { ...PROFILE.gates, quality: 'unknown' } });
    world.recordDays('2025-12-01', Array(51).fill(100));
    await world.assess();
    const [stored] = await world.ports.migrations.listProfiles(world.tenant.tenant);
    const key = nameSubjectKey(parseMigrationProfile(stored?.source));
    const standing = await world.ports.migrations.standing(world.tenant.tenant, key);
    expect(standing?.assessment).toMatchObject({
      day: '2026-01-19',
      blockers: [{ what: 'gate.quality', is: 'unknown', asked: 'pass' }],
    });
    expect(world.topic.delivered).toEqual([]);
  });

  it('fills in what the profiles of a tenant share', async () => {
    const world = await withProfile({ gates: { privacy: 'allowed' } });
    await world.put({ name: '*', gates: { quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' } });
    world.recordDays('2025-12-01', Array(51).fill(100));
    expect((await world.assess()).alerts).toMatchObject([{ day: '2026-01-04' }]);
  });

  it('leaves a workload that has moved alone', async () => {
    const world = await withProfile({ migrated_on: '2026-01-10' });
    world.recordDays('2025-12-01', Array(51).fill(100));
    expect(await world.assess()).toMatchObject({ profiles: 0, days: 0, alerts: [] });
  });

  it('takes price, service time and probability from the reference and the forecast', async () => {
    const world = createMigrateWorld();
    const row = bundledReference().hardware.find(({ id }) => id === HARDWARE);
    await world.put({
      ...{ name: 'bot', scope: { app: 'bot' }, target_model: 'Llama-3.1-8B', hardware: HARDWARE },
      gates: { privacy: 'allowed', quality: 'pass', expertise_level: 2, planned_life_months: 36 },
    });
    world.recordDays('2025-12-01', Array(51).fill(400));
    const { alerts } = await world.assess();
    expect(alerts).toHaveLength(1);
    const message = world.topic.delivered[0]?.data['migration'];
    expect(message).toMatchObject({
      gates: { capacity: 'pass', expertise: 'pass', timeline: 'pass', data: 'pass' },
      rows: { price: { id: row?.id, source: row?.source }, model: { id: 'Llama-3.1-8B' } },
      is_peak_measured: true,
      lack: null,
    });
  });

  it('says why a target cannot be assessed', async () => {
    const world = createMigrateWorld();
    await world.put({ name: 'bot', target_model: 'Nobody-7B', hardware: HARDWARE });
    world.recordDays('2025-12-01', Array(51).fill(400));
    await world.assess();
    const key = nameSubjectKey(parseMigrationProfile({ name: 'bot', target_model: 'Nobody-7B', hardware: HARDWARE }));
    const standing = await world.ports.migrations.standing(world.tenant.tenant, key);
    expect(standing?.assessment).toMatchObject({ lack: 'unknown_model', probability: 0 });
  });

  it('waits for days that are not measured yet and goes on with them', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    const { store } = world.ports.workloads;
    const blind = {
      ...world.ports,
      workloads: { ...world.ports.workloads, store: { ...store, list: async () => new Map() } },
    };
    expect(await assessBreakEven(blind, world.tenant, 0)).toMatchObject({ days: 0, unfinished: ['bot'], alerts: [] });
    expect(await world.assess()).toMatchObject({ days: 35, unfinished: [] });
  });

  it('takes a day whose entries contradict its totals for missed, and leaves it out of every window', async () => {
    const world = await withProfile();
    world.recordDays('2025-12-01', Array(51).fill(100));
    // A call of $9,999 that no entry tells of.
    world.ledger.commit(delta('2026-01-02', 9_999, { app: 'bot' }));
    const reader = Object.assign(Object.create(world.ports.reader) as typeof world.ports.reader, {
      entriesOfDay: async () => ({ entries: [] }),
      entriesOfDays: async () => ({ entries: [] }),
    });
    const report = await assessBreakEven({ ...world.ports, reader }, world.tenant, FAR_MS);
    // As with a missed day, the seventh of the row is the 5th of January; the bill is that of the other days.
    expect(report).toMatchObject({ days: 35, unfinished: [], alerts: [{ day: '2026-01-05' }] });
    expect(world.topic.delivered[0]?.data['migration']).toMatchObject({
      window_days: 27,
      api_monthly: { usd: expect.closeTo(3_041.666666, 5) },
    });
  });
});
