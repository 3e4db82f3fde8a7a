import { describe, expect, it } from 'vitest';
import { TableSourceStates } from '../../../lib/adapters/dynamodb/source-store.ts';
import type { Table } from '../../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { followSources } from '../../../lib/app/sources/follow-sources.ts';
import { type WatchSourcesPorts, watchSources } from '../../../lib/app/sources/watch-sources.ts';
import { COMMITS_PER_BLOCK, keys, padNumber } from '../../../lib/contracts/table-keys.ts';
import { createZone } from '../../../lib/domain/local-time.ts';
import { EmitterChunks } from '../../../lib/domain/sources/emitter-chunks.ts';
import { foldCommit, UNWATCHED } from '../../../lib/domain/sources/source-state.ts';
import { createAlertWorld } from '../../helpers/alert-world.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';
import { createSourceWorld } from '../../helpers/source-world.ts';

const START_MS = Date.UTC(2026, 0, 20, 12);
const MINUTE_MS = 60_000;
const FAR_MS = Number.MAX_SAFE_INTEGER;

/** A table that counts its calls and, where told to, moves a clock by each of them. */
function countCalls(table: Table, onCall: () => void = () => {}): { readonly over: Table; readonly calls: string[] } {
  const calls: string[] = [];
  const over = new Proxy(table, {
    get(target, name: keyof Table) {
      const method = target[name];
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        calls.push(name);
        onCall();
        return Reflect.apply(method, target, args);
      };
    },
  });
  return { over, calls };
}

describe('a minute of watching over sources', () => {
  it('is two reads for a tenant without traffic, however long its log is', async () => {
    const world = createSourceWorld(new MemoryTable(), START_MS);
    const last = 40 * COMMITS_PER_BLOCK + 7;
    const lasts = Array.from({ length: 40 }, (_, block) => (block + 1) * COMMITS_PER_BLOCK - 1);
    for (const number of [...lasts, last]) {
      await world.table.put({ pk: keys.commitBlock(TENANT.tenant, number), sk: padNumber(number) });
    }
    const states = new TableSourceStates(world.table);
    const before = await states.find(TENANT.tenant);
    await states.save(TENANT.tenant, before, { ...UNWATCHED, followedTo: last }, new Map(), []);
    const { over, calls } = countCalls(world.table);
    expect((await followSources(world.follower(over), TENANT, FAR_MS)).isCurrent).toBe(true);
    expect(calls).toEqual(['query', 'query']);
  });

  it('is six calls for a tenant with a commit, and one more for each segment that stands by itself', async () => {
    const world = createSourceWorld(new MemoryTable(), START_MS);
    for (const seq of [0, 1]) {
      await world.record([{ number: seq, app: 'bot', emitter: { id: 'pod', seq } }]);
      const { over, calls } = countCalls(world.table);
      await followSources(world.follower(over), TENANT, FAR_MS);
      // State and spare numbers, the head, the emitters, the commits; then all of it is stored.
      expect(calls.slice(0, 4)).toEqual(['query', 'query', 'query', 'query']);
      expect(calls.filter((call) => call === 'transact')).toHaveLength(1);
      expect(calls.length).toBeLessThanOrEqual(6);
    }
  });

  it('reaches 200 tenants, eight at a time', async () => {
    const alerts = createAlertWorld();
    const tenants = Array.from({ length: 200 }, (_, index) => ({ ...TENANT, tenant: `tenant-${index}` }));
    let [underWay, most] = [0, 0];
    const ports: WatchSourcesPorts = {
      ...alerts.start(),
      ...createSourceWorld(alerts.table, START_MS).follower(),
      sourceLog: {
        head: async () => {
          underWay += 1;
          most = Math.max(most, underWay);
          await new Promise(setImmediate);
          underWay -= 1;
          return 0;
        },
        sightings: () => {
          throw new Error('there is nothing to read');
        },
      },
      readClearedMs: async () => FAR_MS,
    };
    expect((await watchSources(ports, tenants, FAR_MS)).current).toBe(200);
    expect(most).toBe(8);
  });

  it('leaves the others their time when one tenant has years to catch up with', async () => {
    const table = new MemoryTable();
    const long = createSourceWorld(table, START_MS, { ...TENANT, tenant: 'long' });
    const short = createSourceWorld(table, START_MS, { ...TENANT, tenant: 'short' });
    for (let number = 0; number < 300; number++) await long.record([{ number, app: 'bot' }]);
    await short.record([{ number: 0, app: 'bot' }]);
    const others = Array.from({ length: 40 }, (_, index) => ({ ...TENANT, tenant: `other-${index}` }));
    // Each call takes 10 ms of a clock that all of them share; reading all of the long log a commit at a time would take 3 s.
    const { over } = countCalls(table, () => long.wait(10));
    const follower = long.follower(over);
    const slow: WatchSourcesPorts = {
      ...createAlertWorld().start(),
      ...follower,
      sourceLog: {
        head: (tenant, known) => follower.sourceLog.head(tenant, known),
        async *sightings(tenant, after, upTo) {
          for await (const commit of follower.sourceLog.sightings(tenant, after, upTo)) {
            long.wait(10);
            yield commit;
          }
        },
      },
      readClearedMs: async () => FAR_MS,
    };
    const report = await watchSources(slow, [long.tenant, ...others, short.tenant], long.clock() + 3_000);
    expect(report.current).toBe(41);
    const { state } = await new TableSourceStates(table).find('long');
    expect(state.followedTo).toBeGreaterThan(1);
    expect(state.followedTo).toBeLessThan(300);
  });
});

describe('calls that two senders report', () => {
  it('are missed by nobody, however many groups of their numbers wait', async () => {
    const world = createSourceWorld(new MemoryTable(), START_MS);
    const emitter = (seq: number) => ({ id: 'pod', seq });
    await world.record([{ number: 0, emitter: emitter(0) }]);
    // Of calls 1 to 60, the other sender is quicker with every second one; each comes in a message of its own.
    for (let seq = 1; seq <= 60; seq++) {
      if (seq % 2 === 0) await world.record([{ number: seq }]);
      await world.record([{ number: seq, emitter: emitter(seq) }]);
    }
    const { over, calls } = countCalls(world.table);
    await followSources(world.follower(over), TENANT, FAR_MS);
    world.wait(15 * MINUTE_MS);
    const { stored } = await followSources(world.follower(), TENANT, FAR_MS);
    expect(stored.state).toMatchObject({ missing: [], closed: [], settlesAtMs: null });
    expect(stored.spare).toEqual([]);
    // Three rounds of ten groups, none of which reads all that wait.
    expect(calls.filter((call) => call === 'transact')).toHaveLength(3);
  });
});

describe('names that senders choose', () => {
  const zone = createZone('Europe/Berlin');
  /** Names of which no part comes twice, so that nothing packs them. */
  let seed = 1;
  const drawName = (): string =>
    Array.from({ length: 128 }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return String.fromCharCode(35 + ((seed >>> 16) % 90));
    }).join('');

  it('fit into the table, however long they are and however many', async () => {
    let state = UNWATCHED;
    const apps = Array.from({ length: 1_200 }, drawName);
    for (let day = 0; day < 10; day++) {
      const sightings = apps.map((app) => ({
        timeMs: START_MS,
        day: '2026-01-20',
        app,
        emitterVersion: drawName(),
      }));
      const commit = { number: day + 1, atMs: START_MS + day * 20 * 60 * MINUTE_MS, sightings };
      state = foldCommit(zone, state, new EmitterChunks([]), commit);
    }
    expect(state.sources).toHaveLength(1_000);
    const states = new TableSourceStates(new MemoryTable());
    expect(await states.save('acme', await states.find('acme'), state, new Map(), [])).toBe(1);
  });

  it('push out none that called every day and has just stopped', () => {
    let state = UNWATCHED;
    const fold = (atMs: number, apps: readonly string[]): void => {
      const sightings = apps.map((app) => ({ timeMs: atMs, day: '2026-01-20', app }));
      state = foldCommit(zone, state, new EmitterChunks([]), { number: state.followedTo + 1, atMs, sightings });
    };
    for (let day = 0; day < 8; day++) fold(START_MS + day * 24 * 60 * MINUTE_MS, ['bot']);
    fold(
      START_MS + 8 * 24 * 60 * MINUTE_MS,
      Array.from({ length: 3_000 }, (_, index) => `made-up-${index}`),
    );
    expect(state.sources).toHaveLength(1_000);
    expect(state.sources.some(({ name }) => name === 'bot')).toBe(true);
  });
});
