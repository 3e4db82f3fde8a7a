import { describe, expect, it } from 'vitest';
import { makeSeries, seedRandom } from '../../backtest/synthetic-series.ts';
import { createMigrateWorld } from '../../helpers/migrate-world.ts';

const DAY_MS = 86_400_000;
/** All twenty take two minutes: `MIGRATE_SEEDS=20`. */
const SEEDS = Array.from({ length: Number(process.env['MIGRATE_SEEDS'] ?? 2) }, (_, index) => index + 1);
/** The world's clock begins at noon of the 20th of January 2026; the 19th is the first complete day before it. */
const FIRST_DAY = '2026-01-20';
const SIX_MONTHS = 182;

/** One replica at $3,000 a month that never fills up; nothing is typed of the outlook. */
const PROFILE = {
  ...{ name: 'bot', scope: { app: 'bot' }, target_model: 'open-8b', hardware: 'one GPU' },
  ...{ replica_monthly_usd: 3_000, min_replicas: 1, ops_base_usd: 0, ops_per_replica_usd: 0, other_usd: 0 },
  ...{ a: 0.000001, b: 0.000001, c: 0 },
  gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
};

/** Follows daily bills through the product, a month of days at a run, and says which messages came on which days. */
async function follow(bills: readonly number[]): Promise<readonly string[]> {
  const world = createMigrateWorld();
  await world.put(PROFILE);
  world.recordDays('2026-01-19', [1, ...bills]);
  const told: string[] = [];
  for (let day = 0; day < bills.length; day += 30) {
    world.wait(30 * DAY_MS);
    const { alerts } = await world.assess();
    told.push(...alerts.map(({ day: on }) => on));
  }
  const kinds = world.topic.delivered.map(({ kind }) => kind);
  return told.map((on, index) => `${kinds[index]} on day ${daysSince(on)}`);
}

/** The first day of the bills is day 1. */
function daysSince(day: string): number {
  return (Date.parse(day) - Date.parse(FIRST_DAY)) / DAY_MS + 1;
}

function noisyBills(seed: number, meanUsd: number): number[] {
  const bills = makeSeries(seedRandom(seed * 7919), SIX_MONTHS, { weekend: 0.3, noise: 0.1 });
  const mean = bills.reduce((sum, usd) => sum + usd, 0) / bills.length;
  return bills.map((usd) => (usd / mean) * meanUsd);
}

describe('six months through the product', () => {
  it('a steady gain fires once, on day 35 give or take one', async () => {
    for (const seed of SEEDS) {
      // $200 a day are $6,083 a month against $3,000: the 28th day is the first to qualify, and six more follow.
      const told = await follow(noisyBills(seed, 200));
      expect(told, `seed ${seed}`).toHaveLength(1);
      expect(told[0], `seed ${seed}`).toMatch(/^migrate_now on day (33|34|35|36)$/);
    }
  }, 1_200_000);

  it('noise around the line never fires', async () => {
    // $98.63 a day are $3,000 a month: what self-hosting costs.
    for (const seed of SEEDS) expect(await follow(noisyBills(seed, 98.63)), `seed ${seed}`).toEqual([]);
  }, 1_200_000);

  it('a price cut withdraws with one notice', async () => {
    for (const seed of SEEDS) {
      const bills = noisyBills(seed, 200).map((usd, day) => (day < 90 ? usd : 0.4 * usd));
      const told = await follow(bills);
      expect(told, `seed ${seed}`).toHaveLength(2);
      expect(told[0], `seed ${seed}`).toMatch(/^migrate_now on day (33|34|35|36)$/);
      expect(told[1], `seed ${seed}`).toMatch(/^migrate_back_off on day (9\d|1[0-2]\d)$/);
    }
  }, 1_200_000);
});
