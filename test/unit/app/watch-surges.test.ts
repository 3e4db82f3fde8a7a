import { describe, expect, it } from 'vitest';
import { TableAnomalyStore } from '../../../lib/adapters/dynamodb/anomaly-store.ts';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableSpendLog } from '../../../lib/adapters/dynamodb/spend-log.ts';
import type { Table } from '../../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { isToldAlready, type SumOfBoth } from '../../../lib/app/anomalies/known-surges.ts';
import { learnBaselines } from '../../../lib/app/anomalies/surge-baselines.ts';
import { tellAnomaly } from '../../../lib/app/anomalies/tell-anomaly.ts';
import { type WatchSurgesPorts, watchSurges } from '../../../lib/app/anomalies/watch-surges.ts';
import type { Tenants } from '../../../lib/app/ports.ts';
import { type SweepPorts, sweep } from '../../../lib/app/sweep.ts';
import {
  type AnomalyKey,
  type Contributor,
  compareAmounts,
  type Finding,
  nameAnomalyKey,
} from '../../../lib/domain/anomaly/finding.ts';
import type { Budget } from '../../../lib/domain/budgets/budget.ts';
import { CREDIT_EVENT } from '../../../lib/domain/corrections/credit.ts';
import type { UsageEvent } from '../../../lib/domain/events/usage-event.ts';
import { createAlertWorld, leaf, NOON_MS, USD } from '../../helpers/alert-world.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const FAR_MS = Number.MAX_SAFE_INTEGER;
/** Where nothing else is said, each of two apps spends $6 an hour in 60 calls. */
const APPS = ['bot', 'mail'];

/** Rows of hours as if both apps had always called. */
const always: WatchSurgesPorts['reader']['rollups'] = async (_tenant, { fromDay }) => ({
  head: 0,
  rows: Array.from({ length: 24 }, (_, hour) => `${fromDay}T${String(hour).padStart(2, '0')}`).flatMap((period) =>
    APPS.map((app) => ({
      period,
      day: fromDay,
      leaf: leaf({ app, team: 'cx', model: 'm-1', provider: 'test' }),
      measures: { cost: 6n * USD, calls: 60n },
      histograms: {},
    })),
  ),
});

/** A real ledger and a topic, with a history of hours that is made up unless it is to be the ledger's own. */
async function createWorld(history: 'always' | 'recorded' = 'always') {
  const alerts = createAlertWorld();
  const { table, topic, clock, wait } = alerts;
  const ledger = new DynamoLedger(table, { ...steadySurroundings(NOON_MS), now: clock });
  const tenants: Tenants = alerts.start().tenants;
  const own = new DynamoLedgerReader(table, tenants);
  const reader: WatchSurgesPorts['reader'] = {
    rollups: history === 'always' ? always : (...args) => own.rollups(...args),
  };
  let number = 0;
  const call = (timeMs: number, cents: bigint, fields: Partial<UsageEvent> = {}) =>
    ratedCall({ id: uuidV7(timeMs, number++), timeMs, ...fields }, (cents * USD) / 100n);
  const record = (calls: ReturnType<typeof call>[]) => ledger.append(TENANT, calls, FAR_MS);
  for (let hour = 8 * 24; hour >= 1 && history === 'recorded'; hour--) {
    const times = Array.from({ length: 60 }, (_, minute) => NOON_MS - hour * HOUR_MS + minute * MINUTE_MS);
    await record(times.flatMap((timeMs) => APPS.map((app) => call(timeMs, 10n, { app, team: 'cx' }))));
  }
  const startOn = (over: Table): WatchSurgesPorts => ({
    ...alerts.start(over),
    reader,
    spendLog: new TableSpendLog(over),
    anomalies: new TableAnomalyStore(over),
    surges: new Map(),
  });
  const start = () => startOn(table);
  const warm = start();
  const world = {
    topic,
    clock,
    wait,
    table,
    start,
    startOn,
    call,
    record,
    watch: (ports: WatchSurgesPorts = warm) => watchSurges(ports, [TENANT], FAR_MS),
    /** Lets minutes go by, each with so many cents of each app at its beginning. */
    async minutes(count: number, cents: Readonly<Record<string, bigint>>) {
      for (let minute = 0; minute < count; minute++) {
        const timeMs = clock();
        await record(Object.entries(cents).map(([app, each]) => call(timeMs, each, { app, team: 'cx' })));
        wait(MINUTE_MS);
      }
    },
  };
  return world;
}

/** The table, with a count of what is read of it. */
function countReads(table: MemoryTable): { readonly table: Table; readonly reads: () => number } {
  let reads = 0;
  const counting = new Proxy(table, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]) => {
        reads += 1;
        return Reflect.apply(value, of, args);
      };
    },
  });
  return { table: counting, reads: () => reads };
}

const USUAL = { bot: 10n, mail: 10n };
/** A dollar a minute where 20 cents are usual: 90 + 10 = 5 x (10 + 10). */
const SURGE = { bot: 90n, mail: 10n };

describe('a surge to five times the usual', () => {
  it.each(['always', 'recorded'] as const)(
    'is told of within ten minutes, once, with its cause (%s)',
    async (history) => {
      const world = await createWorld(history);
      await world.minutes(5, USUAL);
      expect(await world.watch()).toEqual({ current: 1, claimed: 0 });
      let minutes = 0;
      for (; minutes < 10 && world.topic.delivered.length === 0; minutes++) {
        await world.minutes(1, SURGE);
        await world.watch();
      }
      expect(world.topic.delivered).toHaveLength(1);
      expect(minutes).toBeLessThanOrEqual(10);
      const [message] = world.topic.delivered;
      expect(message).toMatchObject({
        kind: 'anomaly',
        severity: 'warning',
        tenant: 'acme',
        attributes: { app: 'bot' },
      });
      expect(message?.data['anomaly']).toMatchObject({
        detector: 'burn_rate',
        dimension: null,
      });
      expect(message?.data).toHaveProperty('anomaly.contributors.0.value', 'bot');
      await world.minutes(5, SURGE);
      expect(await world.watch()).toEqual({ current: 1, claimed: 0 });
      expect(world.topic.delivered).toHaveLength(1);
    },
  );

  it('is told of by one of several that look at the same moment, and by one that begins anew', async () => {
    const world = await createWorld();
    await world.minutes(10, SURGE);
    const reports = await Promise.all(Array.from({ length: 5 }, () => world.watch(world.start())));
    expect(reports.map(({ claimed }) => claimed).reduce((a, b) => a + b)).toBe(1);
    expect((await world.watch(world.start())).claimed).toBe(0);
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('is told of again a day later if it goes on, and not before', async () => {
    const world = await createWorld();
    await world.minutes(10, SURGE);
    await world.watch();
    for (const [hours, told] of [
      [22, 1],
      [3, 2],
    ] as const) {
      world.wait(hours * HOUR_MS);
      await world.minutes(10, { bot: 99n, mail: 10n });
      await world.watch();
      expect(world.topic.delivered).toHaveLength(told);
    }
    expect(new Set(world.topic.delivered.map(({ alertId }) => alertId)).size).toBe(2);
  });
});

describe('a single call', () => {
  const cheap = (world: Awaited<ReturnType<typeof createWorld>>) =>
    world.record(Array.from({ length: 120 }, () => world.call(world.clock(), 1n, { app: 'bot' })));

  it('is told of when it cost more than 20 times what 99 of 100 of its model do, once in 24 hours and with its id', async () => {
    const world = await createWorld();
    await cheap(world);
    await world.watch();
    // 20 x $0.01 = $0.20
    const [at, above] = [
      world.call(world.clock(), 20n, { app: 'bot' }),
      world.call(world.clock(), 21n, { app: 'bot' }),
    ];
    await world.record([at]);
    await world.watch();
    expect(world.topic.delivered).toEqual([]);
    await world.record([above]);
    await world.watch();
    const [message] = world.topic.delivered;
    expect(message?.data['anomaly']).toMatchObject({
      detector: 'call_outlier',
      dimension: 'model',
      actual_usd: '0.21',
      expected_usd: '0.01',
      calls: { id: above.event.id, count: 1 },
    });
    expect(message?.attributes).toMatchObject({ model: above.event.model });
    await world.record([world.call(world.clock(), 90n, { app: 'bot' })]);
    // Neither the function that told nor one that begins anew tells of the model again.
    await world.watch();
    await world.watch(world.start());
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('is told of above a dollar although nothing is known of its model, but not when it is a day old', async () => {
    const world = await createWorld();
    await world.record([world.call(world.clock() - 25 * HOUR_MS, 500n)]);
    await world.watch();
    expect(world.topic.delivered).toEqual([]);
    await world.record([world.call(world.clock() - 2 * HOUR_MS, 101n), world.call(world.clock(), 300n)]);
    await world.watch();
    expect(world.topic.delivered.map(({ data }) => data['anomaly'])).toMatchObject([
      { detector: 'call_outlier', actual_usd: '3', expected_usd: null, calls: { count: 2 } },
    ]);
  });

  it('is not told of where the tenant switched that off', async () => {
    const world = await createWorld();
    const ports = world.start();
    const settings = async () => ({ call_outlier: { enabled: false } });
    await world.record([world.call(world.clock(), 300n)]);
    await world.watch({ ...ports, anomalies: { settings } });
    expect(world.topic.delivered).toEqual([]);
  });
});

describe('what was told of a moment ago', () => {
  it('does not keep outlying calls from being told where reading on fails', async () => {
    const world = await createWorld();
    await world.record([world.call(world.clock(), 300n)]);
    await world.record([world.call(world.clock(), 1n)]);
    const ports = world.start();
    let fails = true;
    const spendLog: WatchSurgesPorts['spendLog'] = {
      head: (...of) => ports.spendLog.head(...of),
      committedAtMs: (...of) => ports.spendLog.committedAtMs(...of),
      async *spends(...range) {
        for await (const commit of ports.spendLog.spends(...range)) {
          yield commit;
          if (fails) throw new Error('no answer');
        }
      },
    };
    const failing = { ...ports, spendLog };
    await expect(world.watch(failing)).rejects.toThrow('no answer');
    fails = false;
    expect((await world.watch(failing)).claimed).toBe(1);
  });

  it('does not keep outlying calls from being told where the rest cannot be looked at', async () => {
    const world = await createWorld();
    await world.record([world.call(world.clock(), 300n)]);
    const ports = world.start();
    const failing = { ...ports, reader: { rollups: () => Promise.reject(new Error('no answer')) } };
    await expect(world.watch(failing)).rejects.toThrow('no answer');
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('is no surge of its model, which is told of as well', async () => {
    const world = await createWorld();
    const of = (cents: bigint) => world.call(world.clock(), cents, { app: 'bot', team: 'cx' });
    await world.record([of(300n)]);
    await world.watch();
    await world.minutes(10, SURGE);
    await world.watch();
    const told = world.topic.delivered.map(({ data }) => (data['anomaly'] as Record<string, unknown>)['detector']);
    expect(told).toEqual(['call_outlier', 'burn_rate']);
  });
});

describe('a surge under another name', () => {
  const MS = { startMs: NOON_MS - 10 * MINUTE_MS, endMs: NOON_MS };
  const contributor = (dimension: string, value: string, shareRatio: number): Contributor => {
    return { dimension, value, shareRatio, actualPicoUsd: 10n * USD, expectedPicoUsd: USD };
  };
  const surgeOf = (key: AnomalyKey, ratio: number, ...contributors: Contributor[]): Finding => ({
    detector: 'burn_rate',
    key,
    period: MS,
    evidence: { ...compareAmounts(BigInt(ratio) * USD, USD, { limitRatio: 2.5, z: 9 }), contributors },
    isTold: true,
  });
  /** All of what gpt costs is of the bot, a quarter of what others do. */
  const sums: SumOfBoth = (one, other) => {
    if (nameAnomalyKey(one) === nameAnomalyKey(other)) return 4n * USD;
    return [one?.value, other?.value].includes('gpt') ? 4n * USD : USD;
  };
  async function tellFirst(finding: Finding) {
    const world = createAlertWorld();
    await tellAnomaly({ ...world.start(), apiUrl: null }, TENANT, { finding, others: [], unnamed: 0 });
    return { ...world, isKnown: (other: Finding) => isToldAlready(world.start(), TENANT, other, sums) };
  }
  const gpt = { dimension: 'model', value: 'gpt' };
  const bot = { dimension: 'app', value: 'bot' };
  const mail = { dimension: 'app', value: 'mail' };

  it('is known where its calls are those of the cause that was told, though an alert did not name them', async () => {
    const { isKnown } = await tellFirst(surgeOf(null, 5, contributor('app', 'bot', 0.9)));
    expect(await isKnown(surgeOf(bot, 5))).toBe(true);
    expect(await isKnown(surgeOf(gpt, 5))).toBe(true);
    expect(await isKnown(surgeOf(mail, 5))).toBe(false);
  });

  it('is known for a day, found among however many other alerts', async () => {
    const world = await tellFirst(surgeOf(bot, 5));
    for (let index = 0; index < 60; index++) {
      const finding = surgeOf({ dimension: 'feature', value: `f-${index}` }, 5);
      await tellAnomaly({ ...world.start(), apiUrl: null }, TENANT, { finding, others: [], unnamed: 0 });
    }
    world.wait(23 * HOUR_MS);
    expect(await world.isKnown(surgeOf(gpt, 5))).toBe(true);
    world.wait(2 * HOUR_MS);
    expect(await world.isKnown(surgeOf(gpt, 5))).toBe(false);
  });

  it('is known where its level was told of, unless it is half as far off again', async () => {
    const world = await tellFirst({ ...surgeOf(bot, 3), detector: 'level_shift' });
    world.wait(13 * 24 * HOUR_MS);
    expect(await world.isKnown(surgeOf(bot, 4))).toBe(true);
    expect(await world.isKnown(surgeOf(bot, 5))).toBe(false);
    world.wait(2 * 24 * HOUR_MS);
    expect(await world.isKnown(surgeOf(bot, 4))).toBe(false);
  });

  it('is known to whoever looks at its day, and not to who looks at another', async () => {
    const { isKnown } = await tellFirst(surgeOf(null, 5, contributor('app', 'bot', 0.9)));
    const spikeOf = (startMs: number): Finding => {
      return { ...surgeOf(bot, 5), detector: 'daily_spike', period: { startMs, endMs: startMs + 24 * HOUR_MS } };
    };
    expect(await isKnown(spikeOf(NOON_MS - 13 * HOUR_MS))).toBe(true);
    expect(await isKnown(spikeOf(NOON_MS + 11 * HOUR_MS))).toBe(false);
  });
});

describe('a day that is heading beyond the shares of two parts of a budget', () => {
  it('is told of each part in the same minute', async () => {
    const world = await createWorld();
    await world.minutes(10, USUAL);
    const ports = world.start();
    // $31 a month for each app are $1 a day; the made-up rows of the day hold $144 of either.
    const budget = {
      ...{ id: 'b1', name: 'each-app', version: 1, scope: {}, each: 'app', owner: null, paused: false },
      schedule: { rule: { kind: 'month', anchorDay: 1 } },
      amount: { unit: 'pico_usd', amounts: [31n * USD] },
      ...{ thresholdsPercent: [100], forecastThresholdsPercent: [], createdAtMs: 0, changedAtMs: 0, sinceCommit: 0 },
    } as const satisfies Budget;
    const spent = new Map([['2026-01', new Map(APPS.map((app) => [app, 20n * USD]))]]);
    const budgets: WatchSurgesPorts['budgets'] = {
      list: async () => [{ budget, isRemoved: false, revision: 1 }],
      totals: async () => ({ number: 1, spent }),
    };
    expect((await world.watch({ ...ports, budgets })).claimed).toBe(2);
    const parts = world.topic.delivered.map(({ data }) => data['anomaly'] as { readonly budget: { part: string } });
    expect(parts.map(({ budget: { part } }) => part).sort()).toEqual(APPS);
  });
});

describe('what hours should cost', () => {
  it('is learned of calls and not of credits', async () => {
    const withCredits: WatchSurgesPorts['reader']['rollups'] = async (tenant, query) => {
      const { head, rows } = await always(tenant, query);
      const credits = rows.map((row) => ({
        ...row,
        leaf: leaf({ app: 'bot', ...CREDIT_EVENT }),
        measures: { cost: -5n * USD },
      }));
      return { head, rows: [...rows, ...credits] };
    };
    const learn = (rollups: typeof always) => learnBaselines({ rollups }, TENANT, new Map(), () => NOON_MS, FAR_MS);
    expect(await learn(withCredits)).toEqual(await learn(always));
  });
});

describe('a hundred quiet tenants', () => {
  it('cost a read a minute each, and one of settings in five', async () => {
    const world = await createWorld();
    const tenants = Array.from({ length: 100 }, (_, index) => ({ ...TENANT, tenant: `quiet-${index}` }));
    const ledger = new DynamoLedger(world.table, { ...steadySurroundings(NOON_MS), now: world.clock });
    for (const tenant of tenants) await ledger.append(tenant, [world.call(NOON_MS, 1n)], FAR_MS);
    const counted = countReads(world.table);
    const ports = world.startOn(counted.table);
    await watchSurges(ports, tenants, FAR_MS);
    world.wait(MINUTE_MS);
    const costs: number[] = [];
    for (let minute = 1; minute <= 10; minute++) {
      const before = counted.reads();
      await watchSurges(ports, tenants, FAR_MS);
      costs.push(counted.reads() - before);
      world.wait(MINUTE_MS);
    }
    // The head of each log; every fifth minute the settings of each as well.
    expect(costs).toEqual([100, 100, 100, 100, 200, 100, 100, 100, 100, 200]);
  });
});

describe('no surge', () => {
  it('is what is usual, however often it is looked at', async () => {
    const world = await createWorld();
    for (let minute = 0; minute < 20; minute++) {
      await world.minutes(1, USUAL);
      await world.watch();
    }
    expect(world.topic.delivered).toEqual([]);
  });

  it('is old calls that are recorded now', async () => {
    const world = await createWorld();
    await world.minutes(5, USUAL);
    await world.record(
      Array.from({ length: 50 }, (_, index) => world.call(NOON_MS - (30 + index) * HOUR_MS, 900n, { app: 'bot' })),
    );
    expect(await world.watch()).toEqual({ current: 1, claimed: 0 });
  });

  it('is known where time runs out before the log was read', async () => {
    const world = await createWorld();
    await world.minutes(10, SURGE);
    expect(await watchSurges(world.start(), [TENANT], world.clock())).toEqual({ current: 0, claimed: 0 });
  });
});

describe('a tenant whose log cannot be read', () => {
  it('keeps nobody else from being watched, and is named', async () => {
    const world = await createWorld();
    await world.minutes(10, SURGE);
    const ports = world.start();
    const failing: WatchSurgesPorts = {
      ...ports,
      spendLog: {
        head: (tenant, known) =>
          tenant === 'broken' ? Promise.reject(new Error('no answer')) : ports.spendLog.head(tenant, known),
        committedAtMs: (...commit) => ports.spendLog.committedAtMs(...commit),
        spends: (...range) => ports.spendLog.spends(...range),
      },
    };
    const broken = { ...TENANT, tenant: 'broken' };
    await expect(watchSurges(failing, [broken, TENANT], FAR_MS)).rejects.toThrow('no answer');
    expect(world.topic.delivered).toHaveLength(1);
  });
});

describe('the sweep', () => {
  it('watches for surges, and does the rest of its work where that fails', async () => {
    const world = await createWorld();
    await world.minutes(10, SURGE);
    const { alerts, ...warm } = world.start();
    const others = createAlertWorld().start();
    const ports = { ...others, ...warm, budgets: others.budgets, alerts, clock: world.clock };
    const whole: SweepPorts = {
      ...ports,
      reader: new DynamoLedgerReader(new MemoryTable(), ports.tenants),
      watchSurges: (tenants, deadlineMs) => watchSurges(ports, tenants, deadlineMs),
    };
    expect((await sweep(whole, FAR_MS)).surges).toEqual({ current: 1, claimed: 1 });
    const failing = { ...whole, watchSurges: () => Promise.reject(new Error('no answer')) };
    const fault = await sweep(failing, FAR_MS).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'sweep/incomplete', report: { surges: null, evaluated: 1, settled: 1 } });
  });
});
