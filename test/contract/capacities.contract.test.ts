import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableCapacityStore } from '../../lib/adapters/dynamodb/capacity-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { MAX_TEXT_BYTES } from '../../lib/contracts/limits.ts';
import { type AccruedDay, MAX_SHARES } from '../../lib/domain/capacity/accrued-day.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

/** Quotes take the most room: two characters of JSON for each byte. */
const TEXT = '"'.repeat(MAX_TEXT_BYTES);

/** A split to as many callers with the longest names as there may be. */
const LONGEST: AccruedDay = {
  ...{ capacity: 'a'.repeat(64), day: '2026-01-28', revision: 1, version: 500 },
  costPicoUsd: 10n ** 21n,
  utilisation: { basis: 'gpu_samples', billionths: 123_456_789, sampledHours: 24 },
  shares: Array.from({ length: MAX_SHARES }, () => ({
    caller: { app: TEXT, environment: TEXT, team: TEXT, feature: TEXT },
    picoUsd: 10n ** 21n / 3n,
  })),
  unusedPicoUsd: 10n ** 20n + 7n,
};

const at = (day: string, revision = 1): AccruedDay => ({ ...LONGEST, capacity: 'h100', day, revision, shares: [] });

function keepsSplits(open: () => Table): void {
  it('reads back the longest split, once stored, and no other of its number', async () => {
    const [store, tenant] = [new TableCapacityStore(open()), randomUUID()];
    expect(await store.add(tenant, LONGEST)).toBe('added');
    expect(await store.add(tenant, { ...LONGEST, unusedPicoUsd: 0n })).toBe('exists');
    expect(await store.find(tenant, LONGEST.capacity, LONGEST.day, 1)).toEqual(LONGEST);
    expect(await store.find(tenant, LONGEST.capacity, LONGEST.day, 2)).toBeUndefined();
    expect(await store.open(tenant)).toEqual([LONGEST]);
  });

  it('lists the last revision of each day of a range, of one capacity', async () => {
    const [store, tenant] = [new TableCapacityStore(open()), randomUUID()];
    const days = [at('2026-01-26'), at('2026-01-27'), at('2026-01-27', 2), at('2026-01-28'), at('2026-01-29')];
    for (const day of [...days, { ...at('2026-01-27'), capacity: 'h100-b' }]) await store.add(tenant, day);
    const found = await store.list(tenant, 'h100', { from: '2026-01-27', to: '2026-01-29' });
    expect(found.map(({ day, revision }) => [day, revision])).toEqual([
      ['2026-01-27', 2],
      ['2026-01-28', 1],
    ]);
  });

  it('knows open revisions until each is closed, in the order of their days and numbers', async () => {
    const [store, tenant] = [new TableCapacityStore(open()), randomUUID()];
    for (const day of [at('2026-01-28', 2), at('2026-01-28'), at('2026-01-27')]) await store.add(tenant, day);
    await store.close(tenant, at('2026-01-27'));
    expect((await store.open(tenant)).map(({ day, revision }) => [day, revision])).toEqual([
      ['2026-01-28', 1],
      ['2026-01-28', 2],
    ]);
  });

  it('moves progress on from what was read alone', async () => {
    const [store, tenant] = [new TableCapacityStore(open()), randomUUID()];
    const [first, second] = [
      { day: '2026-01-27', version: 1 },
      { day: '2026-01-26', version: 2 },
    ];
    expect(await store.progress(tenant, 'h100')).toBeNull();
    expect(await store.moveProgress(tenant, 'h100', null, first)).toBe('moved');
    expect(await store.moveProgress(tenant, 'h100', null, second)).toBe('behind');
    expect(await store.moveProgress(tenant, 'h100', first, second)).toBe('moved');
    expect(await store.progress(tenant, 'h100')).toEqual(second);
    expect(await store.progress(tenant, 'h200')).toBeNull();
  });
}

describe('splits of capacities in memory', () => {
  const table = new MemoryTable();
  keepsSplits(() => table);
});

describe('splits of capacities in the engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  keepsSplits(() => engine.table);
});
