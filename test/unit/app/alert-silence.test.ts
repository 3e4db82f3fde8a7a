import { describe, expect, it } from 'vitest';
import type { Table } from '../../../lib/adapters/dynamodb/table.ts';
import { toPublishInput } from '../../../lib/adapters/sns/alert-publisher.ts';
import { alertSilence } from '../../../lib/app/alerts/alert-silence.ts';
import type { StoredSources } from '../../../lib/app/sources/source-ports.ts';
import { type WatchSourcesPorts, watchSources } from '../../../lib/app/sources/watch-sources.ts';
import { createAlertWorld, NOON_MS } from '../../helpers/alert-world.ts';
import { FaultyTable } from '../../helpers/faulty-table.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';
import { createSourceWorld, type SentCall } from '../../helpers/source-world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FAR_MS = Number.MAX_SAFE_INTEGER;

/** A ledger and a topic; eight days before noon the app `bot` begins to call every hour. */
async function createWorld() {
  const alerts = createAlertWorld();
  const sources = createSourceWorld(alerts.table, NOON_MS - 8 * DAY_MS);
  let cleared: number | undefined = FAR_MS;
  let number = 0;
  const ports = (over: Table = alerts.table): WatchSourcesPorts => ({
    ...alerts.start(over),
    ...sources.follower(over),
    readClearedMs: async () => cleared,
  });
  const record = (call: Partial<SentCall> = { app: 'bot' }) => sources.record([{ number: number++, ...call }]);
  const world = {
    topic: alerts.topic,
    table: alerts.table,
    record,
    wait: sources.wait,
    clock: sources.clock,
    ports,
    watch: (over?: Table) => watchSources(ports(over), [TENANT], FAR_MS),
    /** The queues are known to hold nothing older than this. */
    clear(untilMs: number | undefined) {
      cleared = untilMs;
    },
    /** Lets hours go by, with a call in the middle of each or without. */
    async hours(count: number, isCalling: boolean) {
      for (let hour = 0; hour < count; hour++) {
        sources.wait(HOUR_MS / 2);
        if (isCalling) await record();
        sources.wait(HOUR_MS / 2);
      }
    },
    told: () => alerts.topic.delivered.map(({ subject }) => subject),
  };
  await world.hours(8 * 24, true);
  return world;
}

const SILENT = '[warning] no calls from app bot';
const BACK = '[info] calls again from app bot';

describe('a source that falls silent', () => {
  it('is told of once, and once more when it is back', async () => {
    const world = await createWorld();
    expect(await world.watch()).toEqual({ current: 1, silent: 0, returned: 0, held: 0 });
    // The last call came at 11:30; the hours from 12 to 17 go by, and a quarter for what is on its way.
    await world.hours(6, false);
    expect((await world.watch()).silent).toBe(0);
    world.wait(15 * 60_000);
    expect((await world.watch()).silent).toBe(1);
    for (let minute = 0; minute < 3; minute++) await world.watch();
    expect(world.told()).toEqual([SILENT]);
    await world.record();
    expect((await world.watch()).returned).toBe(1);
    await world.watch();
    expect(world.told()).toEqual([SILENT, BACK]);
  });

  it('is not told of again until it has been active for a day', async () => {
    const world = await createWorld();
    await world.hours(7, false);
    await world.watch();
    await world.hours(10, true);
    await world.watch();
    await world.hours(7, false);
    await world.watch();
    expect(world.told()).toEqual([SILENT, BACK]);
    await world.hours(25, true);
    await world.watch();
    await world.hours(7, false);
    await world.watch();
    expect(world.told()).toEqual([SILENT, BACK, SILENT]);
    expect(new Set(world.topic.delivered.map(({ alertId }) => alertId)).size).toBe(3);
  });

  it('is told of together with others, in one message', async () => {
    const world = await createWorld();
    for (let hour = 0; hour < 8 * 24; hour++) {
      world.wait(HOUR_MS);
      await world.record({ app: 'bot', billing_account: 'org-main' });
    }
    await world.hours(8, false);
    expect((await world.watch()).silent).toBe(2);
    expect(world.told()).toEqual(['[warning] no calls from 2 sources']);
  });

  it('is not told of while messages wait that may hold its calls, but when they are through', async () => {
    const world = await createWorld();
    world.clear(world.clock());
    await world.hours(7, false);
    expect(await world.watch()).toMatchObject({ silent: 0, held: 1 });
    world.clear(undefined);
    expect(await world.watch()).toMatchObject({ silent: 0, held: 1 });
    world.clear(world.clock() - 29 * 60_000);
    expect(await world.watch()).toMatchObject({ silent: 1, held: 0 });
  });

  it('is told of on a busy ledger whose queues are never seen empty, because young calls of others come through', async () => {
    const world = await createWorld();
    world.clear(undefined);
    await world.hours(7, false);
    await world.record({ app: 'other' });
    expect(await world.watch()).toMatchObject({ silent: 1, held: 0 });
  });

  it('is claimed once by any number of sweeps at the same time', async () => {
    const world = await createWorld();
    await world.hours(7, false);
    await Promise.all(Array.from({ length: 10 }, () => world.watch()));
    await world.watch();
    expect(world.told()).toEqual([SILENT]);
  });

  it('is told of once and told to be back once, wherever a sweep dies', async () => {
    for (const fault of ['crash-before', 'crash-after'] as const) {
      let isDead = true;
      for (let diesAt = 0; isDead; diesAt++) {
        const world = await createWorld();
        await world.watch();
        await world.hours(7, false);
        const mortal = new FaultyTable(world.table, (_call, index) => (index === diesAt ? fault : undefined));
        isDead = (await Promise.race([world.watch(mortal), mortal.death])) === 'died';
        // It comes back before anybody looked again.
        await world.record();
        await world.watch();
        await world.watch();
        const claims = [...world.table.items()].filter(({ sk }) => sk.startsWith('CLAIM#SILENT#')).map(({ sk }) => sk);
        const silent = claims.filter((sk) => !sk.endsWith('#RETURNED'));
        // Whoever was told of a silence is told of its end; a silence that nobody was told of has none.
        expect([fault, diesAt, claims.length]).toEqual([fault, diesAt, 2 * silent.length]);
        expect(silent.length).toBeLessThanOrEqual(1);
      }
    }
  }, 60_000);
});

describe('the watch over sources', () => {
  it('goes on with the other tenants when one fails, and then says so', async () => {
    const world = await createWorld();
    await world.hours(7, false);
    const broken = { ...TENANT, tenant: 'broken' };
    const { sourceStates } = world.ports();
    const failing: WatchSourcesPorts = {
      ...world.ports(),
      sourceStates: {
        find: async (tenant) => {
          if (tenant === 'broken') throw new Error('no answer');
          return sourceStates.find(tenant);
        },
        emitters: (tenant) => sourceStates.emitters(tenant),
        save: (...change) => sourceStates.save(...change),
      },
    };
    await expect(watchSources(failing, [broken, TENANT], FAR_MS)).rejects.toThrow('no answer');
    expect(world.told()).toEqual([SILENT]);
  });

  it('begins nothing behind its deadline', async () => {
    const world = await createWorld();
    expect((await watchSources(world.ports(), [TENANT], world.clock())).current).toBe(0);
  });
});

describe('many sources with names that senders chose to be long', () => {
  it('are told of in messages that the topic takes, all of them', async () => {
    const alerts = createAlertWorld();
    const ports = { ...alerts.start(alerts.table), sourceStates: { save: async () => 2 } };
    // A quote takes four characters in text inside JSON inside JSON: 50 names of 128 make more than 256 KB.
    const sources = Array.from({ length: 50 }, (_, index) => ({
      ...{ kind: 'app' as const, name: `${index}`.padEnd(128, '"'), lastEventMs: NOON_MS, lastArrivalMs: NOON_MS },
      ...{ silence: { sinceMs: NOON_MS, isTold: false, returnedMs: null }, returnedMs: null },
    }));
    const told = new Set<string>();
    const names: string[] = [];
    for (let sweep = 0; sweep < 6; sweep++) {
      const open = sources.filter(({ name }) => !told.has(name)) as unknown as StoredSources['state']['sources'];
      const stored = { revision: 1, state: { sources: open } } as unknown as StoredSources;
      await alertSilence(ports, TENANT, stored, async () => false);
      for (const { data } of alerts.topic.delivered.slice(sweep)) {
        const silence = data['source_silence'] as { readonly sources: readonly { readonly name: string }[] };
        for (const { name } of silence.sources) names.push(name);
      }
      for (const name of names) told.add(name);
    }
    for (const message of alerts.topic.delivered) {
      expect(Buffer.byteLength(toPublishInput('arn', message).Message ?? '')).toBeLessThan(256 * 1_024);
    }
    expect(names.sort()).toEqual(sources.map(({ name }) => name).sort());
  });
});
