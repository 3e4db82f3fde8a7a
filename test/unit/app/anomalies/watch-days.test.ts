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
  return Array.from({ length: 75 }, (_, index) => addDays(FIRST_DAY, index)).flatMap((day) =>
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

function rowOf(day: string, of: Parameters<typeof leaf>[0], usd: number): RollupRow {
  return { period: day, day: null, leaf: leaf(of), measures: { cost: BigInt(usd) * USD, calls: 10n }, histograms: {} };
}

function createWorld(spending: Spending = {}, rowsOfDay?: (day: string) => readonly RollupRow[]) {
  const world = createAlertWorld();
  const days = Array.from({ length: 75 }, (_, index) => addDays(FIRST_DAY, index));
  const rows = rowsOfDay ? days.flatMap(rowsOfDay) : rowsOf(spending);
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

/** Days from yesterday on, each looked at when it is over. */
async function watchDaily(world: ReturnType<typeof createWorld>, days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    await world.watch();
    world.wait(DAY_MS);
  }
}

const daysFrom = (first: number, count: number, spending: Readonly<Record<string, number>>): Spending =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [addDays(YESTERDAY, first + index), spending]));

describe('a level that moved', () => {
  it('is told of on its first day as a spike, once again on the fifth, and on no other', async () => {
    const world = createWorld(daysFrom(1, 7, { bot: 200, mail: 200 }));
    await watchDaily(world, 8);
    expect(world.told()).toMatchObject([
      { detector: 'daily_spike', first_day: addDays(YESTERDAY, 1) },
      { detector: 'level_shift', first_day: addDays(YESTERDAY, 1), last_day: addDays(YESTERDAY, 5) },
    ]);
  });

  it('is no news under another name: now all spend, now the app that moved it', async () => {
    // The limit is 1.5 times: 170 of 100 are beyond it, 270 of 200 not; 330 of 200 are.
    const world = createWorld({
      ...daysFrom(1, 1, { bot: 170 }),
      ...daysFrom(2, 1, { bot: 230 }),
      ...daysFrom(3, 1, { bot: 180 }),
    });
    await watchDaily(world, 4);
    expect(world.told()).toMatchObject([{ value: 'bot', first_day: addDays(YESTERDAY, 1) }]);
    const unheard = createWorld(daysFrom(0, 1, { bot: 230 }));
    await unheard.watch();
    expect(unheard.told()).toMatchObject([{ value: null }]);
  });
});

describe('a spike that goes on', () => {
  it('is told of again when it is twice what was told, not when it creeps', async () => {
    // 100 too much are told, 150 not; 220 are twice as much, 400 are not twice that.
    const spending = [200, 250, 320, 500].map((bot, index) => [addDays(YESTERDAY, 1 + index), { bot }] as const);
    const world = createWorld(Object.fromEntries(spending));
    await watchDaily(world, 5);
    expect(world.told().map(({ first_day, actual_usd }) => [first_day, actual_usd])).toEqual([
      [addDays(YESTERDAY, 1), '200'],
      [addDays(YESTERDAY, 3), '420'],
    ]);
  });

  it('is another one where another app makes it', async () => {
    const world = createWorld({ ...daysFrom(1, 1, { bot: 300 }), ...daysFrom(2, 1, { mail: 300 }) });
    await watchDaily(world, 3);
    expect(world.told()).toHaveLength(2);
  });

  it('is another one after a day in between', async () => {
    const world = createWorld({ ...daysFrom(1, 1, { bot: 300 }), ...daysFrom(3, 1, { bot: 300 }) });
    await watchDaily(world, 4);
    expect(world.told()).toHaveLength(2);
  });

  it('is told of day by day where nobody watched for some days and causes differ', async () => {
    const world = createWorld({ ...daysFrom(1, 1, { bot: 300 }), ...daysFrom(3, 1, { mail: 400 }) });
    await world.watch();
    world.wait(4 * DAY_MS);
    expect((await world.watch()).claimed).toBe(2);
  });
});

describe('a day whose calls were not all known to be recorded when six hours had gone by', () => {
  it('is told of as incomplete', async () => {
    const world = createWorld({ [YESTERDAY]: { bot: 500 } });
    world.setCleared(NOON_MS - 14 * HOUR_MS);
    await world.watch();
    expect(world.topic.delivered[0]?.data).toMatchObject({ complete: false });
    expect(world.topic.delivered[0]?.text).toContain('incomplete, calls of these days are or may be missing');
    const proved = createWorld({ [YESTERDAY]: { bot: 500 } });
    await proved.watch();
    expect(proved.topic.delivered[0]?.data).toMatchObject({ complete: true });
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

describe('prices that change every day', () => {
  it('are told of once a week, with all that they have come to since, and at once where they leap', async () => {
    const world = createWorld();
    await world.watch();
    // 2.50, then a cent more every day; on the tenth day it is ten times as much.
    for (let day = 1; day <= 10; day++) {
      world.wait(DAY_MS);
      world.setRate(day < 10 ? (2.5 + day / 100).toFixed(2) : '25');
      await world.watch();
    }
    // 2.51 on the first day; seven days later 2.58, which is 0.07 more than was told; and two days later the leap.
    expect(world.told().map(({ prices }) => prices)).toMatchObject([
      [{ before_usd: '2.5', now_usd: '2.51' }],
      [{ before_usd: '2.51', now_usd: '2.58' }],
      [{ before_usd: '2.58', now_usd: '25' }],
    ]);
  });

  it('are told of in one message, each unit once, however many models and regions there are', async () => {
    const models = Array.from({ length: 30 }, (_, index) => ({ model: `m-${index}`, usd: index }));
    const world = createWorld({}, (day) =>
      models.flatMap(({ model, usd }) =>
        ['eu', 'us'].map((region) => rowOf(day, { app: 'bot', provider: 'test', model, region }, usd)),
      ),
    );
    await world.watch();
    world.wait(DAY_MS);
    world.setRate('5');
    expect((await world.watch()).claimed).toBe(1);
    expect(world.told()).toMatchObject([{ value: 'm-29', prices: [{ now_usd: '5' }] }]);
    expect(world.told()[0]).toHaveProperty('prices.length', 1);
    // 30 models: the one that costs most, five more by name, and the others.
    expect(world.topic.delivered[0]?.text).toContain('24 more of the same kind');
  });
});

describe('a workload that begins', () => {
  it('is no storm of firsts, though somebody tried a call weeks before', async () => {
    const many = Array.from({ length: 25 }, (_, index) => ({
      app: `app-${index % 5}`,
      model: `m-${Math.floor(index / 5)}`,
      region: `r-${index % 3}`,
      provider: 'test',
    }));
    const world = createWorld({}, (day) => {
      if (day === FIRST_DAY) return [rowOf(day, { app: 'try', model: 'm-0', provider: 'test' }, 1)];
      return day < YESTERDAY ? [] : many.map((of) => rowOf(day, of, 10));
    });
    await watchDaily(world, 7);
    expect(world.told()).toEqual([]);
  });

  it('is told of in one message where much is new at once', async () => {
    const world = createWorld({}, (day) => [
      rowOf(day, { app: 'bot', model: 'm-1', provider: 'test' }, 1_000),
      ...(day < YESTERDAY ? [] : [1, 2, 3, 4].map((of) => rowOf(day, { app: `new-${of}`, model: 'm-1' }, 20 + of))),
    ]);
    await world.watch();
    expect(world.told()).toMatchObject([{ detector: 'first_use', value: 'new-4', actual_usd: '24' }]);
    expect(world.topic.delivered[0]?.text).toContain('Also:     first use of app new-1: $21.00');
  });

  it('is told of what is new where spend is nothing new', async () => {
    const world = createWorld({}, (day) => [
      rowOf(day, { app: 'bot', model: 'm-1', provider: 'test' }, 100),
      ...(day < YESTERDAY ? [] : [rowOf(day, { app: 'bot', model: 'm-2', provider: 'test' }, 21)]),
    ]);
    await world.watch();
    expect(world.told()).toMatchObject([{ detector: 'first_use', value: 'm-2', actual_usd: '21' }]);
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
