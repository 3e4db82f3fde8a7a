import { describe, expect, it } from 'vitest';
import { TableQueueWatches } from '../../../lib/adapters/dynamodb/queue-watch-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { createFreshnessReader } from '../../../lib/app/spend/query-completeness.ts';
import { watchQueues } from '../../../lib/app/watch-queues.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Queues whose contents the test sets, a sweep that looks at them, and any number of readers. */
function createWorld(countLagMs = 0) {
  const world = { nowMs: 100 * DAY_MS, usage: 0, import: 0, inFlight: 0 };
  const now = () => world.nowMs;
  const watches = new TableQueueWatches(new MemoryTable());
  const counts = {
    countLagMs,
    countMessages: async () => ({ waiting: world.usage + world.import, inFlight: world.inFlight }),
  };
  const startReader = () => {
    const read = createFreshnessReader({
      queues: {
        countLagMs,
        send: async () => {},
        depth: async () => ({ usage: world.usage + world.inFlight, import: world.import }),
        deadLetters: async () => 0,
      },
      watches,
      kept: { count: async () => ({ rejects: 0, conflicts: 0 }) },
      gaps: { countMissing: async () => 0 },
      now,
    });
    return async (createdAtMs = 0) => (await read({ ...TENANT, createdAtMs })).asOfMs;
  };
  return { world, startReader, sweep: () => watchQueues({ counts, watches, now }) };
}

describe('as_of', () => {
  it('is the moment of the check while both queues are empty', async () => {
    const { world, startReader } = createWorld();
    expect(await startReader()()).toBe(world.nowMs);
  });

  it('stands still while messages wait in either queue, and moves on when they are gone', async () => {
    const { world, startReader } = createWorld();
    const asOf = startReader();
    const emptyMs = await asOf();
    world.nowMs += 1_000;
    world.import = 1;
    expect(await asOf()).toBe(emptyMs);
    world.import = 0;
    world.usage = 1;
    expect(await asOf()).toBe(emptyMs);
    world.usage = 0;
    expect(await asOf()).toBe(emptyMs + 1_000);
  });

  it("is the tenant's creation or the queues' retention where no empty queue was ever seen", async () => {
    const { world, startReader } = createWorld();
    world.usage = 1;
    expect(await startReader()(world.nowMs - 5)).toBe(world.nowMs - 5);
    expect(await startReader()(0)).toBe(world.nowMs - 14 * DAY_MS);
  });

  it('is known to a reader that begins under a backlog, from what the sweep saw before', async () => {
    const { world, startReader, sweep } = createWorld();
    const emptyMs = world.nowMs;
    await sweep();
    world.nowMs += 5 * MINUTE_MS;
    world.usage = 1;
    await sweep();
    expect(await startReader()()).toBe(emptyMs);
  });

  it('is a minute before the first of three empty sightings in a row where counts lag by a minute', async () => {
    const { world, startReader, sweep } = createWorld(MINUTE_MS);
    const begunMs = world.nowMs;
    for (let look = 0; look < 2; look++) {
      await sweep();
      world.nowMs += MINUTE_MS + 1;
    }
    // One reader that sees empty queues now knows nothing: the counts may be of a minute ago.
    expect(await startReader()(begunMs - DAY_MS)).toBe(begunMs - DAY_MS);
    await sweep();
    expect(await startReader()(begunMs - DAY_MS)).toBe(begunMs - MINUTE_MS);
  });

  it('moves on behind a ledger that is never at rest, as soon as any message must have been given up', async () => {
    const { world, startReader, sweep } = createWorld(MINUTE_MS);
    const begunMs = world.nowMs;
    world.inFlight = 3;
    // A message is in flight for 6 minutes at the most, ten times; counts lag by one: every eighth look counts, and
    // twelve of them are 11 x 8 = 88 minutes.
    for (let look = 0; look < 88; look++) {
      await sweep();
      world.nowMs += MINUTE_MS;
    }
    expect(await startReader()(begunMs - DAY_MS)).toBe(begunMs - DAY_MS);
    await sweep();
    expect(await startReader()(begunMs - DAY_MS)).toBe(begunMs - MINUTE_MS);
  });

  it('never goes back when two sweeps look at the same time', async () => {
    const { world, startReader, sweep } = createWorld();
    await sweep();
    world.nowMs += MINUTE_MS;
    await Promise.all([sweep(), sweep()]);
    world.usage = 1;
    expect(await startReader()()).toBe(world.nowMs);
  });
});
