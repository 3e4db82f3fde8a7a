import { describe, expect, it } from 'vitest';
import { GpuSampleStore } from '../../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableRuleStore } from '../../../lib/adapters/dynamodb/rule-store.ts';
import type { Table } from '../../../lib/adapters/dynamodb/table.ts';
import type { TenantConfig } from '../../../lib/app/ports.ts';
import { putRule, removeRule } from '../../../lib/app/rules/manage-rules.ts';
import { type WatchRulesPorts, watchRules } from '../../../lib/app/rules/watch-rules.ts';
import { type SweepPorts, sweep } from '../../../lib/app/sweep.ts';
import type { UsageEvent } from '../../../lib/domain/events/usage-event.ts';
import { createAlertWorld, NOON_MS, USD } from '../../helpers/alert-world.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const FAR_MS = Number.MAX_SAFE_INTEGER;

/** A real ledger and a topic at five past noon, when the hour before noon can be judged. */
async function createWorld(tenant: TenantConfig = TENANT) {
  const alerts = createAlertWorld(tenant);
  const { table, topic, clock, wait } = alerts;
  const ledger = new DynamoLedger(table, { ...steadySurroundings(NOON_MS), now: clock });
  const gpuSamples = new GpuSampleStore(table);
  let number = 0;
  const start = (over: Table = table): WatchRulesPorts => {
    const { tenants, ...ports } = alerts.start(over);
    const stores = { rules: new TableRuleStore(over), gpuSamples: new GpuSampleStore(over) };
    return { ...ports, ...stores, reader: new DynamoLedgerReader(over, tenants), judged: new Map() };
  };
  const warm = start();
  wait(5 * MINUTE_MS);
  // An hour at a time is easier to follow than six.
  await putRule(warm.rules, tenant, 'error-rate', { window_hours: 1, minimum_count: 200 });
  return {
    ...{ table, topic, clock, wait, start, gpuSamples, rules: warm.rules },
    watch: (ports: WatchRulesPorts = warm, deadlineMs = FAR_MS) => watchRules(ports, [tenant], deadlineMs),
    /** Records calls of an hour, a cent each, so many of which failed. */
    async hour(endMs: number, calls: number, failed: number, fields: Partial<UsageEvent> = {}) {
      const made = Array.from({ length: calls }, (_, index) => {
        const timeMs = endMs - HOUR_MS + index * Math.floor(HOUR_MS / calls);
        const status = index < failed ? 'error' : 'ok';
        return ratedCall({ id: uuidV7(timeMs, number++), timeMs, app: 'bot', status, ...fields }, USD / 100n);
      });
      await ledger.append(tenant, made, FAR_MS);
    },
    /** What was told: rule, key and state of each alert. */
    told: () =>
      topic.delivered.map(({ data }) => {
        const { rule, key, state } = data['operational'] as Record<string, string | null>;
        return [rule, key, state];
      }),
  };
}

type World = Awaited<ReturnType<typeof createWorld>>;

/** An hour later, with these calls in the hour that has just become complete. */
async function nextHour(world: World, calls: number, failed: number): Promise<void> {
  world.wait(HOUR_MS);
  if (calls > 0) await world.hour(Math.floor(world.clock() / HOUR_MS) * HOUR_MS, calls, failed);
  await world.watch();
}

const FIRED = ['error-rate', null, 'firing'];
const RESOLVED = ['error-rate', null, 'resolved'];

describe('a rule that complete hours break', () => {
  it('is told of once with what was measured, and once more when it is all right again', async () => {
    const world = await createWorld();
    // 6 of 300 calls = 2 %, above 1 %
    await world.hour(NOON_MS, 300, 6);
    expect(await world.watch()).toEqual({ judged: 1, fired: 1, resolved: 0 });
    const [message] = world.topic.delivered;
    expect(message).toMatchObject({
      ...{ kind: 'operational', severity: 'warning', about: ['rule:error-rate:'] },
      data: { operational: { low: '0.02', count: '300', from: '2026-01-20T11:00:00.000Z' } },
    });
    await nextHour(world, 300, 6);
    expect(world.told()).toEqual([FIRED]);
    await nextHour(world, 300, 0);
    expect(world.told()).toEqual([FIRED, RESOLVED]);
    expect(world.topic.delivered[1]?.severity).toBe('info');
    await nextHour(world, 300, 6);
    expect(world.told()).toEqual([FIRED, RESOLVED]);
  });

  it('is told of again 24 hours after the first time', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    await world.watch();
    await nextHour(world, 300, 0);
    for (let hour = 2; hour <= 23; hour++) await nextHour(world, 300, 6);
    expect(world.told()).toEqual([FIRED, RESOLVED]);
    await nextHour(world, 300, 6);
    expect(world.told()).toEqual([FIRED, RESOLVED, FIRED]);
    expect(new Set(world.topic.delivered.map(({ alertId }) => alertId)).size).toBe(3);
  });

  it('is not told of for want of calls, and no calls are not all right', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 199, 199);
    await world.watch();
    expect(world.told()).toEqual([]);
    await nextHour(world, 200, 200);
    await nextHour(world, 0, 0);
    await nextHour(world, 50, 0);
    expect(world.told()).toEqual([FIRED]);
  });

  it('is judged once an hour, five minutes after it, and reads nothing in between', async () => {
    const world = await createWorld();
    world.wait(-1);
    const ports = world.start();
    await world.hour(NOON_MS, 300, 6);
    expect(await world.watch(ports)).toMatchObject({ judged: 1, fired: 0 });
    world.wait(1);
    expect(await world.watch(ports)).toMatchObject({ judged: 1, fired: 1 });
    let reads = 0;
    const query = world.table.query.bind(world.table);
    world.table.query = (asked) => {
      reads += 1;
      return query(asked);
    };
    for (let minute = 0; minute < 59; minute++) {
      world.wait(MINUTE_MS);
      expect(await world.watch(ports)).toEqual({ judged: 0, fired: 0, resolved: 0 });
    }
    expect(reads).toBe(0);
  });
});

describe('a rule that is changed', () => {
  it('is silent once it is switched off or taken away, and armed anew by another threshold', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    await world.watch();
    await putRule(world.rules, TENANT, 'error-rate', { enabled: false });
    await nextHour(world, 300, 0);
    expect(world.told()).toEqual([FIRED]);
    expect(await world.rules.firings('acme')).toEqual([]);
    await putRule(world.rules, TENANT, 'error-rate', { enabled: true, threshold: '0.05' });
    await nextHour(world, 300, 6);
    await nextHour(world, 300, 30);
    expect(world.told()).toEqual([FIRED, FIRED]);
    await removeRule(world.rules, 'acme', 'error-rate');
    await nextHour(world, 300, 30);
    expect(world.told()).toEqual([FIRED, FIRED, FIRED]);
  });

  it('does not tell the same window twice by being switched off and on', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    await world.watch();
    await putRule(world.rules, TENANT, 'error-rate', { enabled: false });
    await world.watch(world.start());
    await putRule(world.rules, TENANT, 'error-rate', { enabled: true });
    await world.watch(world.start());
    expect(world.told()).toEqual([FIRED]);
  });

  it('tells of each value by itself, with the value as an attribute', async () => {
    const world = await createWorld();
    const rule = { metric: 'error_ratio', threshold: '0.1', each: 'app', minimum_count: 50, severity: 'critical' };
    await putRule(world.rules, TENANT, 'app-errors', rule);
    await putRule(world.rules, TENANT, 'error-rate', { enabled: false });
    await world.hour(NOON_MS, 60, 30, { app: 'bot' });
    await world.hour(NOON_MS, 60, 6, { app: 'mail' });
    await world.hour(NOON_MS, 60, 7, { app: 'chat' });
    await world.watch();
    // 50 %, exactly 10 %, 11.7 %
    expect(world.told()).toEqual([
      ['app-errors', 'bot', 'firing'],
      ['app-errors', 'chat', 'firing'],
    ]);
    expect(world.topic.delivered[1]?.attributes).toMatchObject({ app: 'chat', severity: 'critical' });
  });
});

describe('values that come and go', () => {
  it('are remembered up to a hundred of a rule that have no calls, those that had some last', async () => {
    const world = await createWorld();
    await putRule(world.rules, TENANT, 'error-rate', { enabled: false });
    const rule = { metric: 'error_ratio', threshold: '0.1', each: 'app', minimum_count: 1 };
    await putRule(world.rules, TENANT, 'by-app', rule);
    // Twenty new values fail in each of seven hours: the first twenty of the 120 that are gone are forgotten.
    for (let hour = 0; hour < 7; hour++) {
      world.wait(HOUR_MS);
      for (let app = 0; app < 20; app++)
        await world.hour(NOON_MS + (hour + 1) * HOUR_MS, 1, 1, { app: `a-${hour}-${app}` });
      await world.watch();
    }
    expect(world.told()).toHaveLength(140);
    const left = (await world.rules.firings('acme')).map(({ firing }) => firing.key?.split('-')[1]);
    expect(left).toHaveLength(120);
    expect(left).not.toContain('0');
  });

  it('are not forgotten before they are told of', async () => {
    const world = await createWorld();
    const rule = { metric: 'error_ratio', threshold: '0.1', each: 'app', minimum_count: 1 };
    await putRule(world.rules, TENANT, 'by-app', rule);
    const ports = world.start();
    ports.alerts.claim = async () => 'lost';
    for (let hour = 0; hour < 7; hour++) {
      world.wait(HOUR_MS);
      for (let app = 0; app < 20; app++)
        await world.hour(NOON_MS + (hour + 1) * HOUR_MS, 1, 1, { app: `a-${hour}-${app}` });
      await world.watch(ports);
    }
    expect(await world.rules.firings('acme')).toHaveLength(140);
    await world.watch();
    expect(world.told()).toHaveLength(140);
  });
});

describe('many watches at once', () => {
  it('tell once, and one that begins anew tells nothing', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    const reports = await Promise.all(Array.from({ length: 20 }, () => world.watch(world.start())));
    expect(reports.reduce((sum, { fired }) => sum + fired, 0)).toBe(1);
    expect(await world.watch(world.start())).toEqual({ judged: 1, fired: 0, resolved: 0 });
    expect(world.told()).toEqual([FIRED]);
    world.wait(HOUR_MS);
    await world.hour(NOON_MS + HOUR_MS, 300, 0);
    await Promise.all(Array.from({ length: 20 }, () => world.watch(world.start())));
    expect(world.told()).toEqual([FIRED, RESOLVED]);
  });

  it('look again a minute later where somebody else was at it', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    const ports = Array.from({ length: 5 }, () => world.start());
    await Promise.all(ports.map((one) => world.watch(one)));
    world.wait(MINUTE_MS);
    const again = await Promise.all(ports.map((one) => world.watch(one)));
    expect(again.reduce((sum, { judged }) => sum + judged, 0)).toBe(4);
  });
});

describe('a crash', () => {
  /** A table that is gone after so many writes that were applied. */
  function dyingTable(table: Table, writes: number): Table {
    let left = writes;
    const live = <T>(write: () => Promise<T>): Promise<T> => {
      if (left === 0) throw new Error('crashed');
      left -= 1;
      return write();
    };
    return {
      get: (key) => table.get(key),
      query: (query) => table.query(query),
      put: async (item, condition) => live(() => table.put(item, condition)),
      delete: async (key, condition) => live(() => table.delete(key, condition)),
      addToSet: async (key, attribute, member) => live(() => table.addToSet(key, attribute, member)),
      add: async (key, sums) => live(() => table.add(key, sums)),
      transact: async (writes) => live(() => table.transact(writes)),
    };
  }

  it.each([0, 1, 2, 3, 4])('after %i writes loses nothing and tells nothing under another name', async (writes) => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    await world.watch(world.start(dyingTable(world.table, writes))).catch(() => undefined);
    await world.watch(world.start());
    // Claimed and not published: the sweep publishes it when its lease has run out.
    const pending = await world.start().alerts.pending();
    expect(world.topic.delivered.length + pending.length).toBeGreaterThanOrEqual(1);
    const names = [...world.topic.delivered, ...pending].map(({ alertId }) => alertId);
    expect(new Set(names).size).toBe(1);
    expect(await world.rules.firings('acme')).toMatchObject([{ firing: { state: 'firing', isTold: true } }]);
    await nextHour(world, 300, 0);
    expect(world.told().at(-1)).toEqual(RESOLVED);
  });

  it('of a claim whose outcome nobody knows leaves the rule to the next minute, when it is told of', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    const ports = world.start();
    const { claim } = ports.alerts;
    ports.alerts.claim = async () => 'lost';
    expect(await world.watch(ports)).toEqual({ judged: 1, fired: 0, resolved: 0 });
    expect(await world.rules.firings('acme')).toMatchObject([{ firing: { isTold: false } }]);
    ports.alerts.claim = claim.bind(ports.alerts);
    world.wait(MINUTE_MS);
    expect(await world.watch(ports)).toEqual({ judged: 1, fired: 1, resolved: 0 });
    expect(world.told()).toEqual([FIRED]);
  });

  it('of one tenant stops none of the others, and the deadline stops all', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    const ports = world.start();
    const broken = { ...TENANT, tenant: 'broken', timeZone: 'Nowhere/At_All' };
    await expect(watchRules(ports, [broken, TENANT], FAR_MS)).rejects.toThrow('time_zone');
    expect(world.told()).toEqual([FIRED]);
    expect(await world.watch(world.start(), world.clock())).toEqual({ judged: 0, fired: 0, resolved: 0 });
  });
});

describe('days of the tenant', () => {
  it.each([
    ['Asia/Kolkata', '2026-01-20T19:00:00Z'],
    ['Asia/Kathmandu', '2026-01-20T19:00:00Z'],
    ['Europe/Berlin', '2026-03-29T02:00:00Z'],
    ['Europe/Berlin', '2026-10-25T02:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T16:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T16:00:00Z'],
    ['America/New_York', '2026-11-01T07:00:00Z'],
  ])('in %s change no window of UTC hours that ends at %s', async (timeZone, end) => {
    const tenant = { ...TENANT, timeZone };
    const world = await createWorld(tenant);
    const endMs = Date.parse(end);
    world.wait(endMs - NOON_MS);
    await putRule(world.rules, tenant, 'error-rate', { window_hours: 3, minimum_count: 1 });
    // 3 hours of 100 calls with 1, 1 and 2 failed: 4 of 300 = 1.33 %; the hours around them are not in it.
    for (const [hoursBack, failed] of [
      [4, 100],
      [3, 1],
      [2, 1],
      [1, 2],
      [0, 100],
    ] as const)
      await world.hour(endMs - (hoursBack - 1) * HOUR_MS, 100, failed);
    await world.watch();
    expect(world.topic.delivered).toMatchObject([
      { data: { operational: { count: '300', low: '0.013333333333', to: new Date(endMs).toISOString() } } },
    ]);
  });
});

describe('own deployments', () => {
  const sample = (minute: number, ratio: number, deployment = 'llama-1') => ({
    ...{ deployment, timeMs: NOON_MS - 2 * HOUR_MS + minute * MINUTE_MS, gpu_utilisation_ratio: ratio },
  });

  it('that are idle for two hours are told of although nobody calls them', async () => {
    const world = await createWorld();
    const idle = Array.from({ length: 24 }, (_, index) => sample(index * 5, 0.1));
    // A deployment that stopped reporting an hour ago is not idle: nobody knows.
    const silent = Array.from({ length: 12 }, (_, index) => sample(index * 5, 0.1, 'llama-2'));
    const busy = Array.from({ length: 24 }, (_, index) => sample(index * 5, index < 12 ? 0.2 : 0.95, 'llama-3'));
    await world.gpuSamples.keep('acme', [...idle, ...silent, ...busy]);
    await world.watch();
    expect(world.told()).toEqual([
      ['gpu-busy', 'llama-3', 'firing'],
      ['gpu-idle', 'llama-1', 'firing'],
    ]);
  });

  it('are read hour by hour, each sample in its own, and the first that was sent stands', async () => {
    const world = await createWorld();
    const [before, first, last, behind] = [-1, 0, HOUR_MS - 1, HOUR_MS].map((offsetMs) => ({
      ...{ deployment: 'llama-1', timeMs: NOON_MS + offsetMs, gpu_utilisation_ratio: 0.5 },
    }));
    if (!before || !first || !last || !behind) throw new Error('there are four');
    await world.gpuSamples.keep('acme', [before, first, last, behind]);
    await world.gpuSamples.keep('acme', [{ ...first, gpu_utilisation_ratio: 0.9 }]);
    expect(await world.gpuSamples.readHours('acme', NOON_MS, NOON_MS + HOUR_MS)).toEqual({
      hours: [{ deployment: 'llama-1', hourMs: NOON_MS, ratios: [0.5, 0.5] }],
      isCut: false,
    });
    expect(await world.gpuSamples.readHours('other', NOON_MS, NOON_MS + HOUR_MS)).toEqual({ hours: [], isCut: false });
  });

  it('are read up to sixty of each five minutes where there are more than 720 in an hour', async () => {
    const world = await createWorld();
    // Two a second: idle for the first half of the hour, busy for the other one.
    const every = (steps: number, stepMs: number, deployment: string) =>
      Array.from({ length: steps }, (_, step) => ({
        ...{ deployment, timeMs: NOON_MS + step * stepMs, gpu_utilisation_ratio: step < steps / 2 ? 0 : 1 },
      }));
    await world.gpuSamples.keep('acme', [...every(7_200, 500, 'often'), ...every(720, 5_000, 'seldom')]);
    const { hours } = await world.gpuSamples.readHours('acme', NOON_MS, NOON_MS + HOUR_MS);
    for (const { ratios } of hours) {
      expect(ratios).toHaveLength(720);
      expect(ratios.reduce((sum, ratio) => sum + ratio, 0)).toBe(360);
    }
    expect(hours.map(({ deployment }) => deployment).sort()).toEqual(['often', 'seldom']);
  });

  it('are those of a hundred deployments at most, which is said', async () => {
    const world = await createWorld();
    const many = Array.from({ length: 101 }, (_, index) => sample(119, 0.5, `d-${String(index).padStart(3, '0')}`));
    await world.gpuSamples.keep('acme', many);
    const { hours, isCut } = await world.gpuSamples.readHours('acme', NOON_MS - HOUR_MS, NOON_MS);
    expect([hours.length, isCut]).toEqual([100, true]);
  });

  it('are found beside any number of deployments that are gone', async () => {
    const world = await createWorld();
    const gone = Array.from({ length: 150 }, (_, index) => sample(-24 * 60, 0.5, `d-${index}`));
    await world.gpuSamples.keep('acme', [...gone, sample(119, 0.5, 'new')]);
    const { hours, isCut } = await world.gpuSamples.readHours('acme', NOON_MS - HOUR_MS, NOON_MS);
    expect([hours.map(({ deployment }) => deployment), isCut]).toEqual([['new'], false]);
  });

  it('are found on either side of midnight, each deployment once', async () => {
    const world = await createWorld();
    const midnightMs = Date.parse('2026-01-20T00:00:00Z');
    const at = (deployment: string, minutes: number) => ({
      ...{ deployment, timeMs: midnightMs + minutes * MINUTE_MS, gpu_utilisation_ratio: 0.5 },
    });
    await world.gpuSamples.keep('acme', [
      at('a', -60),
      at('b', -1),
      at('b', 0),
      at('c', 59),
      at('d', 60),
      at('e', -61),
    ]);
    const { hours } = await world.gpuSamples.readHours('acme', midnightMs - HOUR_MS, midnightMs + HOUR_MS);
    const found = hours.map(({ deployment, hourMs }) => `${deployment} ${(hourMs - midnightMs) / HOUR_MS}`);
    expect(found.sort()).toEqual(['a -1', 'b -1', 'b 0', 'c 0']);
  });
});

describe('the sweep', () => {
  it('watches over the rules and reports what it came to, or that it failed', async () => {
    const world = await createWorld();
    await world.hour(NOON_MS, 300, 6);
    const ports = createAlertWorld().start();
    expect((await sweep(ports, FAR_MS)).rules).toBeNull();
    const watching: SweepPorts = { ...ports, watchRules: () => world.watch() };
    expect((await sweep(watching, FAR_MS)).rules).toEqual({ judged: 1, fired: 1, resolved: 0 });
    const failing: SweepPorts = { ...ports, watchRules: () => Promise.reject(new Error('no table')) };
    await expect(sweep(failing, FAR_MS)).rejects.toThrow('sweep incomplete: rules: no table');
  });
});

it('a tenant without calls and deployments hears nothing, whatever the defaults say of zero', async () => {
  const world = await createWorld();
  for (let hour = 0; hour < 25; hour++) await nextHour(world, 0, 0);
  expect(world.told()).toEqual([]);
});
