import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TableProjectionStore } from '../../lib/adapters/dynamodb/projection-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import { projectBudgets } from '../../lib/app/forecasts/project-budgets.ts';
import { sweep } from '../../lib/app/sweep.ts';
import {
  countHoursRunning,
  findForecastCrossings,
  findForecastRetreats,
  type ProjectedHour,
} from '../../lib/domain/budgets/forecast-thresholds.ts';
import { addDays } from '../../lib/domain/local-time.ts';
import { createAlertWorld, delta } from '../helpers/alert-world.ts';
import { createForecastSources } from '../helpers/forecast-ports.ts';

const FAR_MS = Number.MAX_SAFE_INTEGER;
const HOUR_MS = 3_600_000;
const LEASE_MS = 90_000;
const TODAY = '2026-01-20';

type World = Awaited<ReturnType<typeof createBurningWorld>>;

/** $10 a day since November, a budget of $200 that January will exceed, and the first of the two hours behind it. */
async function createBurningWorld() {
  const world = createAlertWorld();
  for (let day = addDays(TODAY, -60); day < TODAY; day = addDays(day, 1))
    world.ledger.commit(delta(day, 10, { team: 'cx' }));
  const start = (over: Table = world.table) => ({
    ...world.start(over),
    ...createForecastSources(over),
    projections: new TableProjectionStore(over),
  });
  await putBudget(start(), world.tenant, { name: 'B', amount_usd: '200', thresholds: [1000] });
  await projectBudgets(start(), world.tenant, FAR_MS);
  world.wait(HOUR_MS);
  return { ...world, start };
}

const claimsOf = ({ table }: World): number => [...table.items()].filter(({ sk }) => sk.startsWith('CLAIM#')).length;
const pendingOf = ({ table }: World): number => [...table.items()].filter(({ pk }) => pk === 'OUTBOX').length;

class CrashError extends Error {}

/** A table and topic that stop working at one step, before or after it took effect, and count the steps. */
function startMortal(world: World, diesAt: number, after: boolean) {
  let steps = 0;
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    const own = steps++;
    if (own > diesAt || (own === diesAt && !after)) throw new CrashError(`died at ${own}`);
    const result = await act();
    if (own === diesAt) throw new CrashError(`died after ${own}`);
    return result;
  };
  const { table, topic } = world;
  const mortal: Table = {
    get: (key) => step(() => table.get(key)),
    query: (query) => step(() => table.query(query)),
    put: (item, condition) => step(() => table.put(item, condition)),
    delete: (key, condition) => step(() => table.delete(key, condition)),
    addToSet: (key, attribute, member) => step(() => table.addToSet(key, attribute, member)),
    add: (key, sums) => step(() => table.add(key, sums)),
    transact: (writes) => step(() => table.transact(writes)),
  };
  const publisher: typeof topic = Object.create(topic, {
    publish: { value: (message: Parameters<typeof topic.publish>[0]) => step(() => topic.publish(message)) },
  });
  return { ports: { ...world.start(mortal), publisher }, countSteps: () => steps };
}

describe('a forecast alert', () => {
  it('is claimed once and published once by 200 runs at the same time', async () => {
    const world = await createBurningWorld();
    await Promise.all(Array.from({ length: 200 }, () => projectBudgets(world.start(), world.tenant, FAR_MS)));
    expect(world.topic.delivered).toHaveLength(1);
    expect(claimsOf(world)).toBe(1);
    expect(pendingOf(world)).toBe(0);
  });

  it('survives a crash at every step of its hour: delivered, at most once more, under the same id', async () => {
    const deliveries = new Map<number, number>();
    for (const after of [false, true]) {
      for (let diesAt = 0, isOver = false; !isOver; diesAt++) {
        const world = await createBurningWorld();
        const { ports, countSteps } = startMortal(world, diesAt, after);
        await projectBudgets(ports, world.tenant, FAR_MS).catch(() => undefined);
        isOver = countSteps() <= diesAt;
        // The retry of the same hour, and the sweep when the lease is over.
        await projectBudgets(world.start(), world.tenant, FAR_MS);
        world.wait(LEASE_MS);
        await sweep(world.start(), FAR_MS);
        // The next hour changes nothing.
        world.wait(HOUR_MS);
        await projectBudgets(world.start(), world.tenant, FAR_MS);
        const { delivered } = world.topic;
        expect(delivered.length, `died at ${diesAt}, after: ${after}`).toBeGreaterThanOrEqual(1);
        expect(delivered.length, `died at ${diesAt}, after: ${after}`).toBeLessThanOrEqual(2);
        expect(new Set(delivered.map(({ alertId }) => alertId)).size).toBe(1);
        expect(pendingOf(world)).toBe(0);
        deliveries.set(delivered.length, (deliveries.get(delivered.length) ?? 0) + 1);
      }
    }
    // Only a death between the publish and its mark sends it twice.
    expect(deliveries.get(2)).toBe(2);
  });
});

describe('hours running', () => {
  const hours = fc.array(
    fc.record({
      gapHours: fc.constantFrom(1, 1, 1, 1, 2, 5),
      probability: fc.option(fc.constantFrom(0, 0.3, 0.499, 0.5, 0.79, 0.8, 0.95, 1), { freq: 6 }),
      state: fc.constantFrom<ProjectedHour['state']>('ready', 'ready', 'provisional', 'learning', 'degraded', 'idle'),
    }),
    { maxLength: 40 },
  );

  it('make a crossing exactly where this projection and that of the hour before both find it likely', () => {
    fc.assert(
      fc.property(hours, (projections) => {
        let hour = 1_000;
        let before: Pick<ProjectedHour, 'hour' | 'standings'> | undefined;
        let [wasLikely, wasUnlikely] = [false, false];
        for (const { gapHours, probability, state } of projections) {
          hour += gapHours;
          const now = { hour, state, daysLeft: 10 };
          before = { hour, standings: countHoursRunning([{ thresholdPercent: 100, probability }], now, before) };
          const isSound = state === 'ready' || state === 'provisional';
          const isLikely = isSound && probability !== null && probability >= 0.8;
          const isUnlikely = (isSound || state === 'idle') && probability !== null && probability < 0.5;
          const isNext = gapHours === 1;
          expect(findForecastCrossings(before.standings, 0n, 1n).length > 0).toBe(isNext && wasLikely && isLikely);
          expect(findForecastRetreats(before.standings).length > 0).toBe(isNext && wasUnlikely && isUnlikely);
          [wasLikely, wasUnlikely] = [isLikely, isUnlikely];
        }
      }),
    );
  });
});
