import { describe, expect, it } from 'vitest';
import { decodeCommit, encodeCommit } from '../../../lib/adapters/dynamodb/ledger/commit-codec.ts';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { packBits } from '../../../lib/adapters/dynamodb/ledger/packing.ts';
import { TableQueueWatches } from '../../../lib/adapters/dynamodb/queue-watch-store.ts';
import { TableSourceLog } from '../../../lib/adapters/dynamodb/source-log.ts';
import { TableSourceStates } from '../../../lib/adapters/dynamodb/source-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { followSources } from '../../../lib/app/sources/follow-sources.ts';
import { watchQueues } from '../../../lib/app/watch-queues.ts';
import { keys, padNumber } from '../../../lib/contracts/table-keys.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';
import { createSourceWorld } from '../../helpers/source-world.ts';

const START_MS = Date.UTC(2026, 0, 20, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FAR_MS = Number.MAX_SAFE_INTEGER;

const of = (id: string, seq: number) => ({ emitter: { id, seq } });

/** A ledger in memory, and what its sources miss when everything had time to come. */
function createWorld() {
  const table = new MemoryTable();
  const world = createSourceWorld(table, START_MS);
  const follow = (deadlineMs = FAR_MS) => followSources(world.follower(), TENANT, deadlineMs);
  const countMissing = async () => {
    world.wait(HOUR_MS);
    const { stored } = await follow();
    return [...stored.state.missing, ...stored.state.closed].reduce((sum, { count }) => sum + count, 0);
  };
  return { ...world, table, follow, countMissing };
}

describe('the number of a call that another sender reported first', () => {
  it('is not taken in before the calls that were recorded ahead of it', async () => {
    const world = createWorld();
    await world.record([{ number: 100 }]);
    await world.record([{ number: 0, ...of('pod', 0) }]);
    await world.record([{ number: 1 }]);
    await world.record([{ number: 1, ...of('pod', 1) }]);
    await world.record([{ number: 2, ...of('pod', 2) }]);
    // Only the first commit, which knows nothing of the emitter.
    await world.follow(world.clock());
    expect(await world.countMissing()).toBe(0);
  });

  it('is not taken in before them either when more of them came while others were taken in', async () => {
    const world = createWorld();
    await world.record([{ number: 0, ...of('pod', 0) }]);
    for (let seq = 1; seq <= 10; seq++) {
      await world.record([{ number: seq }]);
      await world.record([{ number: seq, ...of('pod', seq) }]);
    }
    let isFirst = true;
    const follower = world.follower();
    const states = new TableSourceStates(world.table);
    const sourceStates: typeof follower.sourceStates = {
      find: (tenant) => states.find(tenant),
      emitters: (tenant) => states.emitters(tenant),
      save: async (...change) => {
        if (isFirst) {
          isFirst = false;
          await world.record([{ number: 20, ...of('late', 0) }]);
          await world.record([{ number: 21 }]);
          await world.record([{ number: 21, ...of('late', 1) }]);
          await world.record([{ number: 22, ...of('late', 2) }]);
        }
        return states.save(...change);
      },
    };
    await followSources({ ...follower, sourceStates }, TENANT, FAR_MS);
    expect(await world.countMissing()).toBe(0);
  });
});

describe('a log that is caught up with long after', () => {
  it('forgets emitters by its own time, so that what they miss is seen', async () => {
    const world = createWorld();
    for (const seq of [0, 3]) await world.record([{ number: seq, ...of('pod', seq) }]);
    world.wait(30 * DAY_MS);
    // One commit each time, a month late: 1 and 2 are missing all the same.
    await world.follow(world.clock());
    expect(await world.countMissing()).toBe(2);
  });

  it('counts what can no longer come once, however often it is stored afterwards', async () => {
    const world = createWorld();
    for (const seq of [0, 3]) await world.record([{ number: seq, ...of('gone', seq) }]);
    await world.follow();
    world.wait(40 * DAY_MS);
    await world.record([{ number: 50, ...of('pod', 0) }]);
    // More numbers than are taken in at once, so that following stores three times.
    for (let seq = 1; seq <= 25; seq++) {
      await world.record([{ number: 50 + seq }]);
      await world.record([{ number: 50 + seq, ...of('pod', seq) }]);
    }
    const { stored } = await world.follow();
    expect(stored.state.closed).toMatchObject([{ count: 2 }]);
    expect(await world.countMissing()).toBe(2);
  });
});

describe('what is missing', () => {
  it('stays known beside more spare numbers than are read at once', async () => {
    const world = createWorld();
    for (const seq of [0, 5]) await world.record([{ number: seq, ...of('pod', seq) }]);
    expect(await world.countMissing()).toBe(4);
    for (let message = 0; message < 15; message++) {
      await world.record([{ number: 100 + message }]);
      await world.record([{ number: 100 + message, ...of('pod', 6 + message) }]);
    }
    const states = new TableSourceStates(world.table);
    const found = await states.find(TENANT.tenant);
    expect(found.spare).toHaveLength(10);
    expect(found.state.missing).toMatchObject([{ count: 4 }]);
  });
});

describe('who sent what', () => {
  const read = async (table: MemoryTable): Promise<readonly (string | undefined)[]> => {
    const apps: (string | undefined)[] = [];
    for await (const { sightings } of new TableSourceLog(table).sightings(TENANT.tenant, 0, 1)) {
      apps.push(...sightings.map(({ app }) => app));
    }
    return apps;
  };

  it('is told by calls, not by credits', async () => {
    const table = new MemoryTable();
    const ledger = new DynamoLedger(table, steadySurroundings(START_MS));
    const call = (number: number, app: string) => ratedCall({ id: uuidV7(START_MS, number), timeMs: START_MS, app });
    const credit = { reason: 'outage', fromDay: '2026-01-01', toDay: '2026-02-01', allocation: 'none' } as const;
    await ledger.append(TENANT, [call(1, 'bot'), { ...call(2, 'credited'), credit }], FAR_MS);
    expect(await read(table)).toEqual(['bot']);
  });

  it('is told by the calls that a commit counts, not by those that another one had already', async () => {
    const world = createWorld();
    await world.record(['a', 'b', 'c'].map((app, number) => ({ number, app })));
    const key = { pk: keys.commitBlock(TENANT.tenant, 1), sk: padNumber(1) };
    const item = world.table.peek(key);
    if (!item) throw new Error('nothing was committed');
    const commit = decodeCommit(item);
    const segments = commit.segments.map((segment) => ({ ...segment, counted: packBits([true, false, true]) }));
    await world.table.put(encodeCommit(key, { ...commit, segments }));
    expect(await read(world.table)).toEqual(['a', 'c']);
  });
});

describe('a look at the queues', () => {
  it('is of the moment before they are counted: what comes meanwhile may not be in the counts', async () => {
    let nowMs = START_MS;
    const watches = new TableQueueWatches(new MemoryTable());
    const countMessages = async () => {
      nowMs += 5_000;
      return { waiting: 0, inFlight: 0 };
    };
    await watchQueues({ counts: { countMessages }, watches, now: () => nowMs });
    expect((await watches.find())?.clearedMs).toBe(START_MS);
  });
});
