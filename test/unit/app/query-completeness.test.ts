import { describe, expect, it } from 'vitest';
import { createFreshnessReader } from '../../../lib/app/query-completeness.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';

const DAY_MS = 86_400_000;

function createWorld() {
  const world = { nowMs: 100 * DAY_MS, usage: 0, import: 0 };
  const read = createFreshnessReader({
    queues: {
      send: async () => {},
      depth: async () => ({ usage: world.usage, import: world.import }),
      deadLetters: async () => 0,
    },
    rejects: { count: async () => 0 },
    conflicts: { list: async () => [], count: async () => 0 },
    now: () => world.nowMs,
  });
  return { world, asOf: async (createdAtMs = 0) => (await read({ ...TENANT, createdAtMs })).asOfMs };
}

describe('as_of', () => {
  it('is the moment of the check while both queues are empty', async () => {
    const { world, asOf } = createWorld();
    expect(await asOf()).toBe(world.nowMs);
  });

  it('stands still while messages wait in either queue, and moves on when they are gone', async () => {
    const { world, asOf } = createWorld();
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
    const { world, asOf } = createWorld();
    world.usage = 1;
    expect(await asOf(world.nowMs - 5)).toBe(world.nowMs - 5);
    expect(await asOf(0)).toBe(world.nowMs - 14 * DAY_MS);
  });
});
