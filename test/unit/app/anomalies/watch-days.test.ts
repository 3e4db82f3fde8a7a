import { describe, expect, it } from 'vitest';
import { TableAnomalyStore } from '../../../../lib/adapters/dynamodb/anomaly-store.ts';
import { type WatchDaysPorts, watchDays } from '../../../../lib/app/anomalies/watch-days.ts';
import type { RollupRow } from '../../../../lib/app/ports.ts';
import { addDays } from '../../../../lib/domain/local-time.ts';
import type { PriceBook } from '../../../../lib/domain/prices/price-book.ts';
import { UNWATCHED } from '../../../../lib/domain/sources/source-state.ts';
import { createAlertWorld, leaf, NOON_MS, USD } from '../../../helpers/alert-world.ts';
import { TENANT } from '../../../helpers/ledger-fixtures.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FAR_MS = Number.MAX_SAFE_INTEGER;

/** The world's clock stands on 2026-01-20 at 13:00 in Berlin. */
const YESTERDAY = '2026-01-19';
const FIRST_DAY = addDays(YESTERDAY, -59);

/** What an app spends on a day of the 60 before today: $100, unless it is said otherwise. */
type Spending = Readonly<Record<string, Readonly<Record<string, number>>>>;

function rowsOf(spending: Spending): readonly RollupRow[] {
  return Array.from({ length: 67 }, (_, index) => addDays(FIRST_DAY, index)).flatMap((day) =>
    ['bot', 'mail'].map((app): RollupRow => {
      const cost = BigInt(spending[day]?.[app] ?? 100) * USD;
      const of = leaf({ app, model: 'm-1', provider: 'test' });
      return { period: day, day: null, leaf: of, measures: { cost, calls: 10n }, histograms: {} };
    }),
  );
}

/** A book in which a million input tokens of every model cost so much. */
const bookAt = (rate: string): PriceBook =>
  ({
    resolve: () => ({
      level: () => ({ price: { rates: [{ unit: 'input_tokens', rate, listRate: rate, per: 1_000_000 }] } }),
    }),
  }) as unknown as PriceBook;

function createWorld(spending: Spending = {}) {
  const world = createAlertWorld();
  const rows = rowsOf(spending);
  let rate = '2.5';
  let clearedMs: number | undefined = NOON_MS + 60 * DAY_MS;
  let reads = 0;
  const start = (): WatchDaysPorts => ({
    ...world.start(),
    reader: {
      rollups: async (_tenant, { fromDay, toDay }) => {
        reads += 1;
        return { head: 0, rows: rows.filter(({ period }) => period >= fromDay && period < toDay) };
      },
    },
    anomalies: new TableAnomalyStore(world.table),
    sourceStates: { find: async () => ({ state: UNWATCHED, revision: 0, spare: [] }) },
    priceBooks: { current: async () => bookAt(rate) },
    readClearedMs: async () => clearedMs,
  });
  return {
    ...world,
    start,
    reads: () => reads,
    setRate: (to: string) => {
      rate = to;
    },
    setCleared: (toMs: number | undefined) => {
      clearedMs = toMs;
    },
    watch: (ports = start()) => watchDays(ports, [TENANT], FAR_MS),
    told: () => world.topic.delivered.map(({ data }) => data['anomaly'] as Record<string, unknown>),
  };
}

describe('a complete day that was out of the ordinary', () => {
  it('is told of once, with its cause, however often and by however many it is looked at', async () => {
    const world = createWorld({ [YESTERDAY]: { bot: 500 } });
    const reports = await Promise.all([world.watch(), world.watch(), world.watch()]);
    expect(reports.reduce((sum, { claimed }) => sum + claimed, 0)).toBe(1);
    // 500 + 100 where 200 are usual.
    expect(world.told()).toMatchObject([
      { detector: 'daily_spike', dimension: null, first_day: YESTERDAY, last_day: YESTERDAY, actual_usd: '600' },
    ]);
    expect(world.told()[0]).toHaveProperty('contributors.0.value', 'bot');
    const reads = world.reads();
    expect(await world.watch()).toEqual({ watched: 0, claimed: 0 });
    expect(world.reads()).toBe(reads);
  });

  it('is told of again by whoever crashed before noting it, but heard once', async () => {
    const world = createWorld({ [YESTERDAY]: { bot: 500 } });
    const ports = world.start();
    const anomalies = new TableAnomalyStore(world.table);
    anomalies.saveWatched = async () => {
      throw new Error('crashed');
    };
    const crashing = { ...ports, anomalies };
    await expect(world.watch(crashing)).rejects.toThrow('crashed');
    expect(await world.watch()).toEqual({ watched: 1, claimed: 0 });
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('is not told of where it was dismissed, or the detector is only to show', async () => {
    const world = createWorld({ [YESTERDAY]: { bot: 500 } });
    const record = { atMs: 0, keyId: 'test', action: 'test', detail: {} };
    await new TableAnomalyStore(world.table).putSettings('acme', { daily_spike: { told: false } }, record);
    expect(await world.watch()).toEqual({ watched: 1, claimed: 0 });
  });

  it('is history where it lies before the first watch', async () => {
    const world = createWorld({ [addDays(YESTERDAY, -1)]: { bot: 500 } });
    expect(await world.watch()).toEqual({ watched: 1, claimed: 0 });
  });

  it('is caught up with where nobody watched for some days', async () => {
    const world = createWorld({ [addDays(YESTERDAY, 2)]: { bot: 500 } });
    await world.watch();
    world.wait(4 * DAY_MS);
    expect(await world.watch()).toEqual({ watched: 1, claimed: 1 });
    expect(world.told()).toMatchObject([{ first_day: addDays(YESTERDAY, 2) }]);
  });

  it('waits until all of it is recorded, for six hours at most', async () => {
    const world = createWorld({ [YESTERDAY]: { bot: 500 } });
    // Midnight in Berlin was at 23:00 UTC, 13 hours before now; the next one is 11 hours away.
    world.setCleared(undefined);
    await world.watch();
    expect(world.topic.delivered).toHaveLength(1);
    world.wait(12 * HOUR_MS);
    expect(await world.watch()).toEqual({ watched: 0, claimed: 0 });
    world.wait(5 * HOUR_MS);
    expect(await world.watch()).toEqual({ watched: 1, claimed: 0 });
  });
});

describe('a level that moved', () => {
  it('is told of once, on the fifth day', async () => {
    const days = Array.from({ length: 7 }, (_, index) => addDays(YESTERDAY, index));
    const world = createWorld(Object.fromEntries(days.map((day) => [day, { bot: 200, mail: 200 }])));
    for (let day = 0; day < 7; day++) {
      await world.watch();
      world.wait(DAY_MS);
    }
    const shifts = world
      .told()
      .filter(({ detector, also }) => [detector, ...(also as string[])].includes('level_shift'));
    expect(shifts).toHaveLength(1);
    expect(shifts[0]).toMatchObject({ first_day: YESTERDAY, last_day: addDays(YESTERDAY, 4) });
  });
});

describe('a drop', () => {
  it('is not told of unless the tenant wants that', async () => {
    const days = [0, 1, 2].map((index) => addDays(YESTERDAY, index - 2));
    const spending = Object.fromEntries(days.map((day) => [day, { bot: 5, mail: 5 }]));
    const world = createWorld(spending);
    expect((await world.watch()).claimed).toBe(0);
    const wanted = createWorld(spending);
    const record = { atMs: 0, keyId: 'test', action: 'test', detail: {} };
    await new TableAnomalyStore(wanted.table).putSettings('acme', { drop: { told: true } }, record);
    expect((await wanted.watch()).claimed).toBe(1);
    expect(wanted.told()).toMatchObject([{ detector: 'drop', actual_usd: '30' }]);
  });
});

describe('a unit of a model', () => {
  it('is told of when it has another price than the day before, and by how much', async () => {
    const world = createWorld();
    await world.watch();
    expect(world.topic.delivered).toEqual([]);
    world.wait(DAY_MS);
    world.setRate('5');
    await world.watch();
    expect(world.told()).toMatchObject([
      {
        detector: 'price_change',
        dimension: 'model',
        value: 'm-1',
        actual_usd: '200',
        prices: [{ unit: 'input_tokens per 1000000', before_usd: '2.5', now_usd: '5' }],
      },
    ]);
    expect(world.topic.delivered[0]?.text).toContain('input_tokens per 1000000: $5, was $2.5');
    world.wait(DAY_MS);
    await world.watch();
    expect(world.topic.delivered).toHaveLength(1);
  });
});

describe('a tenant whose days cannot be read', () => {
  it('keeps nobody else from being watched', async () => {
    const world = createWorld({ [YESTERDAY]: { bot: 500 } });
    const ports = world.start();
    const failing: WatchDaysPorts = {
      ...ports,
      reader: {
        rollups: (tenant, query) =>
          tenant === 'broken' ? Promise.reject(new Error('no answer')) : ports.reader.rollups(tenant, query),
      },
    };
    await expect(watchDays(failing, [{ ...TENANT, tenant: 'broken' }, TENANT], FAR_MS)).rejects.toThrow('no answer');
    expect(world.topic.delivered).toHaveLength(1);
  });
});
