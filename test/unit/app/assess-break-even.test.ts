import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { assessAllTenants, assessBreakEven } from '../../../lib/app/break-even/assess-break-even.ts';
import { putMigrationProfile } from '../../../lib/app/break-even/assess-break-even-profiles.ts';
import { sweep } from '../../../lib/app/sweep.ts';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import type { Measures } from '../../../lib/contracts/measures.ts';
import { parseUsageEvent } from '../../../lib/domain/events/parse-usage-event.ts';
import { addDays, createZone } from '../../../lib/domain/local-time.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../../lib/domain/rating/rating.ts';
import { addCall, leafOf, type Sums } from '../../../lib/domain/spend.ts';
import { generateSample } from '../../../lib/sample/generate-sample.ts';
import { sampleMigrationProfile } from '../../../lib/sample/sample-settings.ts';
import { createAlertWorld, delta, NOON_MS } from '../../helpers/alert-world.ts';

const FAR_MS = Number.MAX_SAFE_INTEGER;
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
  min_replicas: 1,
  a: 0.000001,
  b: 0.000001,
  c: 0,
  one_time_usd: 2_000,
  savings_probability: 0.9,
  gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
};

const TOKENS: Measures = { calls: 1_000n, input_tokens: 1_000_000n, output_tokens: 200_000n };

/** Spend of the scope on each day from a first one on, in USD; undefined = nothing was recorded at all. */
function recordDays(
  world: ReturnType<typeof createAlertWorld>,
  firstDay: string,
  days: readonly (number | undefined)[],
) {
  for (const [index, usd] of days.entries())
    if (usd !== undefined) world.ledger.commit(delta(addDays(firstDay, index), usd, { app: 'bot' }, TOKENS));
}

/** A world at noon of the 20th of January 2026 with the profile stored. */
async function withProfile(profile: object = {}) {
  const world = createAlertWorld();
  const ports = world.start();
  await putMigrationProfile(ports, world.tenant, { ...PROFILE, ...profile });
  return { ...world, ports, assess: () => assessBreakEven(ports, world.tenant) };
}

describe('the daily assessment', () => {
  it('catches up over recorded days and tells of the day on which it began to pay', async () => {
    const world = await withProfile();
    recordDays(world, '2025-12-01', Array(51).fill(100));
    const report = await world.assess();
    // The 1st of December is cut, so the 29th is the 28th complete day and the first to qualify: 4 January is the 7th.
    expect(report).toMatchObject({ profiles: 1, days: 49, alerts: [{ day: '2026-01-04', outcome: 'published' }] });
    const [message] = world.topic.delivered;
    expect(message).toMatchObject({ kind: 'migrate_now', severity: 'warning', attributes: { app: 'bot' } });
    expect(message?.subject).toMatch(/^\[warning\] Migrate now: bot saves \$2,041\.67 a month/);
    expect(message?.data['migration']).toMatchObject({
      message: 'alert',
      day: '2026-01-04',
      // 28 x $100 over 28 x 24 hours, for 730 hours: $3,041.6666..., rounded to the picodollar.
      api_monthly_pico_usd: '3041666666666667',
    });
  });

  it('keeps to the published schema', async () => {
    const ajv = new Ajv2020({ strict: true, strictRequired: false });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    const world = await withProfile();
    recordDays(world, '2025-12-01', Array(51).fill(100));
    await world.assess();
    expect(validate(world.topic.delivered[0]?.data), JSON.stringify(validate.errors)).toBe(true);
  });

  it('takes in each day once, however often it runs, and goes on the next day', async () => {
    const world = await withProfile();
    recordDays(world, '2025-12-01', Array(51).fill(100));
    await world.assess();
    expect(await world.assess()).toMatchObject({ days: 0, alerts: [] });
    world.wait(DAY_MS);
    expect(await world.assess()).toMatchObject({ days: 1, alerts: [] });
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('never looks at today, which is not over', async () => {
    const world = await withProfile();
    recordDays(world, '2025-12-23', Array(29).fill(100));
    // 29 recorded days, without the first and without today: 27.
    expect((await world.assess()).days).toBe(27);
  });

  it('withdraws with one notice after seven days that do not pay', async () => {
    const world = await withProfile();
    recordDays(world, '2025-11-01', [...Array(45).fill(100), ...Array(36).fill(1)]);
    const report = await world.assess();
    expect(world.topic.delivered.map(({ kind }) => kind)).toEqual(['migrate_now', 'migrate_back_off']);
    expect(report.alerts[0]?.day).toBe('2025-12-05');
    // From 16 December on the window loses $99 a day. It fails when less than $250 a month is saved: a bill below
    // $1,250 is 28 days below $1,150.68, and 2,800 - 99 n is when n = 17, 1 January. Seven such days end on the 7th.
    expect(report.alerts[1]?.day).toBe('2026-01-07');
    expect(world.topic.delivered[1]).toMatchObject({ severity: 'info', data: { migration: { message: 'notice' } } });
  });

  it('takes a day without any record for missed, not for idle', async () => {
    const world = await withProfile();
    const days: (number | undefined)[] = Array(51).fill(100);
    days[30] = undefined;
    recordDays(world, '2025-12-01', days);
    const report = await world.assess();
    // The 31st of December freezes the count for a day: the 28th complete day is still the 29th, the 7th in a row the 5th.
    expect(report).toMatchObject({ days: 48, alerts: [{ day: '2026-01-05' }] });
  });

  it('starts another target from the first day and leaves the old one where it is', async () => {
    const world = await withProfile();
    recordDays(world, '2025-12-01', Array(51).fill(100));
    await world.assess();
    await putMigrationProfile(world.ports, world.tenant, { ...PROFILE, hardware: 'another GPU' });
    const report = await world.assess();
    expect(report).toMatchObject({ days: 49, alerts: [{ day: '2026-01-04' }] });
    const ids = world.topic.delivered.map(({ alertId }) => alertId);
    expect(new Set(ids).size).toBe(2);
  });

  it('sends one alert when two runs happen at the same time', async () => {
    const world = await withProfile();
    recordDays(world, '2025-12-01', Array(51).fill(100));
    const reports = await Promise.all(Array.from({ length: 10 }, () => assessBreakEven(world.start(), world.tenant)));
    expect(reports.flatMap(({ alerts }) => alerts)).toHaveLength(1);
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('leaves an alert that the topic refused to the sweep', async () => {
    const world = await withProfile();
    recordDays(world, '2025-12-01', Array(51).fill(100));
    world.topic.behave = (attempt) => (attempt === 1 ? 'refuse' : 'accept');
    expect((await world.assess()).alerts).toMatchObject([{ outcome: 'failed' }]);
    await sweep(world.ports, FAR_MS);
    expect(world.topic.delivered.map(({ kind }) => kind)).toEqual(['migrate_now']);
    expect((await world.assess()).alerts).toEqual([]);
  });

  it('assesses the other tenants when one fails', async () => {
    const world = await withProfile();
    recordDays(world, '2025-12-01', Array(51).fill(100));
    const broken = { ...world.tenant, tenant: 'broken' };
    await world.ports.migrations.putProfile('broken', { name: 'x', source: {}, storedAtMs: 0 });
    const tenants = { ...world.ports.tenants, list: async () => [broken, world.tenant] };
    const assessing = assessAllTenants({ ...world.ports, tenants });
    await expect(assessing).rejects.toMatchObject({ code: 'assessment/incomplete', retryable: true });
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('refuses a profile with a fault, by the name of the field', async () => {
    await expect(withProfile({ replica_monthly_usd: -1 })).rejects.toThrow(/replica_monthly_usd/);
    await expect(withProfile({ name: 'x'.repeat(129) })).rejects.toThrow(/name: expected at most 128 bytes/);
  });

  it('alerts on the sample at its first run', async () => {
    const world = createAlertWorld();
    const zone = createZone(world.tenant.timeZone);
    const book = createPriceBook({ catalog: bundledCatalog(), overrides: [], overrideVersion: null });
    for (const json of generateSample({ endMs: NOON_MS })) {
      const parsed = parseUsageEvent(json);
      if (!('event' in parsed)) throw new Error('the sample holds an event that is none');
      const { event } = parsed;
      const rating = rateEvent(book, event);
      const sums: Sums = new Map();
      addCall(sums, { event, rating });
      const day = zone.localDay(event.timeMs);
      const measures: Measures = Object.fromEntries(sums);
      world.ledger.commit({
        day,
        hour: new Date(event.timeMs).toISOString().slice(0, 13),
        leaf: leafOf(world.tenant, event, rating),
        measures,
      });
    }
    const ports = world.start();
    await putMigrationProfile(ports, world.tenant, sampleMigrationProfile());
    const report = await assessBreakEven(ports, world.tenant);
    expect(report.alerts).toHaveLength(1);
    expect(world.topic.delivered).toMatchObject([{ kind: 'migrate_now' }]);
  });
});
