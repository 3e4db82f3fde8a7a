import { describe, expect, it } from 'vitest';
import { putCapacity } from '../../../lib/app/capacity/manage-capacities.ts';
import { NOTHING_DUE } from '../../../lib/domain/capacity/accrued-day.ts';
import { addDays } from '../../../lib/domain/local-time.ts';
import { delta, USD } from '../../helpers/alert-world.ts';
import { createMigrateWorld } from '../../helpers/migrate-world.ts';

const DAY_MS = 86_400_000;
/** $80 a day are $2,433 a month. */
const DAY_COST = 80n * USD;

/** A deployment of $80 a day since December 2025, whose calls would have cost what each day says; noon of 20 January. */
async function withDeployment() {
  const world = createMigrateWorld();
  const definition = {
    ...{ kind: 'self_hosted', from: '2025-12-01', price_usd: '80', per: 'day', covers: { deployment: 'h100' } },
  };
  const ports = { overrideChanges: world.ports.overrideChanges, now: world.clock };
  await putCapacity(ports, world.tenant, 'key_1', 'h100', definition);
  const serve = async (firstDay: string, listUsd: readonly number[], unpriced = 0n) => {
    for (const [index, usd] of listUsd.entries()) {
      const day = addDays(firstDay, index);
      const discount = BigInt(Math.round(usd * 100)) * (USD / 100n);
      world.ledger.commit(delta(day, 0, { deployment: 'h100' }, { calls: 100n, discount, unpriced }));
      const accrued = { ...NOTHING_DUE, capacity: 'h100', day, revision: 1, version: 1, costPicoUsd: DAY_COST };
      await world.ports.capacities.add(world.tenant.tenant, accrued);
    }
  };
  return { ...world, serve };
}

describe('the way back', () => {
  it('is told once when a deployment has not paid for seven days running', async () => {
    const world = await withDeployment();
    await world.serve('2025-12-02', Array(49).fill(25));
    // The 28th accrued day is the 29th of December; the seventh in a row is the 4th of January.
    const { alerts } = await world.assess();
    expect(alerts).toMatchObject([{ day: '2026-01-04', outcome: 'published' }]);
    const [message] = world.topic.delivered;
    expect(message).toMatchObject({ kind: 'migrate_back', about: ['capacity:h100'] });
    // 28 x $80 for 28 x 24 hours, as a month of 730 hours: $2,433.33 against $760.42.
    expect(message?.data['migration_back']).toMatchObject({
      ...{ capacity: 'h100', cost_pico_usd: String(28n * DAY_COST), list_cost_pico_usd: String(700n * USD) },
      savings_usd: expect.closeTo(1_672.916666, 5),
    });
    expect((await world.assess()).alerts).toEqual([]);
  });

  it('is withdrawn with one notice when its calls are worth it again', async () => {
    const world = await withDeployment();
    await world.serve('2025-12-02', Array(49).fill(25));
    await world.assess();
    await world.serve('2026-01-20', Array(30).fill(200));
    world.wait(30 * DAY_MS);
    await world.assess();
    expect(world.topic.delivered.map(({ kind }) => kind)).toEqual(['migrate_back', 'migrate_back_withdrawn']);
  });

  it('is not told of a deployment that pays', async () => {
    const world = await withDeployment();
    await world.serve('2025-12-02', Array(49).fill(90));
    expect((await world.assess()).alerts).toEqual([]);
  });

  it('is told once also when ten runs happen at the same time', async () => {
    const world = await withDeployment();
    await world.serve('2025-12-02', Array(49).fill(25));
    await Promise.all(Array.from({ length: 10 }, () => world.assess()));
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('waits for days that are not accrued', async () => {
    const world = await withDeployment();
    await world.serve('2025-12-02', Array(20).fill(25));
    const { days, alerts } = await world.assess();
    // From the 16th of December on, 35 days back, to the 21st.
    expect({ days, alerts }).toEqual({ days: 6, alerts: [] });
  });

  it('is not told where more than one call in twenty has no list price: those calls are worth more than nothing', async () => {
    const world = await withDeployment();
    await world.serve('2025-12-02', Array(49).fill(25), 6n);
    expect((await world.assess()).alerts).toEqual([]);
    const other = await withDeployment();
    await other.serve('2025-12-02', Array(49).fill(25), 5n);
    expect((await other.assess()).alerts).toHaveLength(1);
    expect(other.topic.delivered[0]?.data).toMatchObject({
      complete: false,
      incomplete_reasons: [{ reason: 'unpriced', count: 140 }],
    });
  });
});
