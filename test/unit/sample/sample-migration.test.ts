import { describe, expect, it } from 'vitest';
import { listMigrations } from '../../../lib/app/break-even/manage-migrations.ts';
import { createZone } from '../../../lib/domain/local-time.ts';
import { MIGRATION_APP } from '../../../lib/sample/company.ts';
import { DEFAULT_SAMPLE_SIZE, generateSample } from '../../../lib/sample/generate-sample.ts';
import { sampleMigrationProfile } from '../../../lib/sample/sample-settings.ts';
import { NOON_MS } from '../../helpers/alert-world.ts';
import { createMigrateWorld } from '../../helpers/migrate-world.ts';

/** The sample's calls up to now, taken through the daily run. */
async function assessSampleOf(size: number) {
  const world = createMigrateWorld();
  const zone = createZone(world.tenant.timeZone);
  const calls = [...generateSample({ endMs: NOON_MS, size })]
    .filter(({ app }) => app === MIGRATION_APP)
    .map((event) => ({ ...event, timeMs: Date.parse(event.time) }));
  for (const [day, events] of Map.groupBy(calls, ({ timeMs }) => zone.localDay(timeMs))) {
    world.recordEvents(day, events);
  }
  await world.put(sampleMigrationProfile());
  const report = await world.assess();
  const [listed] = await listMigrations(world.ports, world.tenant.tenant);
  const assessment = listed?.standing?.assessment ?? {};
  const blockers = assessment['blockers'] as readonly { readonly what: string }[];
  return { ...world, report, assessment, blockers: blockers.map(({ what }) => what) };
}

describe("the sample's migration profile", () => {
  it('does not pay yet at the default size, and says so bound by bound', async () => {
    const { report, assessment, blockers, topic } = await assessSampleOf(DEFAULT_SAMPLE_SIZE);
    expect(report).toMatchObject({ profiles: 1, days: 35, unfinished: [], alerts: [] });
    expect(topic.delivered).toEqual([]);
    // $3.36312 an hour for 730 hours, and $500 + $200 + $140: $3,295.08 for one machine.
    expect(assessment).toMatchObject({ lack: null, replicas: 1, self_monthly: { usd: expect.closeTo(3_295.0776, 4) } });
    expect(blockers).toEqual(['savings_ratio', 'savings_usd', 'probability', 'payback_months', 'gate.timeline']);
  });

  it('sends its one alert at twice the size', async () => {
    const { report, blockers, topic } = await assessSampleOf(2 * DEFAULT_SAMPLE_SIZE);
    expect(report.alerts).toHaveLength(1);
    expect(topic.delivered.map(({ kind }) => kind)).toEqual(['migrate_now']);
    expect(blockers).toEqual([]);
  });

  it('leaves few calls behind: nearly all of its long documents fit the window', async () => {
    const { assessment } = await assessSampleOf(DEFAULT_SAMPLE_SIZE);
    const left = assessment['unservable'] as readonly { readonly reason: string; readonly calls: number }[];
    expect(left.map(({ reason }) => reason)).toEqual(['context']);
    expect(left[0]?.calls).toBeLessThan(0.02 * ((assessment['requests_per_month'] as number) * (672 / 730)));
  });
});
