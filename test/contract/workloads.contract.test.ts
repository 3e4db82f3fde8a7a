import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MAX_PIECE_BYTES, TableWorkloadStore } from '../../lib/adapters/dynamodb/workload-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { StoredDay } from '../../lib/app/workloads/workload-ports.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { FaultyTable } from '../helpers/faulty-table.ts';
import { digestDay, SATURDAY, workloadCall } from '../helpers/workload-calls.ts';

const NOW_MS = Date.UTC(2026, 3, 1);
const SUMS = { calls: 3n, unpricedCalls: 1n, costPicoUsd: -(10n ** 19n), inputTokens: 2n ** 60n, outputTokens: 0n };

function storedDay(day: string, calls = 3): StoredDay {
  const costs = Array.from({ length: calls }, (_, index) => BigInt(index) * 10n ** 17n);
  const digest = digestDay(
    SATURDAY,
    costs.map((costPicoUsd) => workloadCall({ costPicoUsd })),
  );
  return { digest: { ...digest, day }, sums: SUMS, upTo: 17, cursor: '17' };
}

/** A day that does not compress: a model for each of so many names. */
function largeDay(day: string, names: number): StoredDay {
  const calls = Array.from({ length: names }, () => workloadCall({ model: randomUUID(), inputTokens: 200_000 }));
  return { ...storedDay(day), digest: { ...digestDay(SATURDAY, calls), day } };
}

function keepsDays(open: () => Table): void {
  it('reads back what was kept, by day, each of its own scope and tenant', async () => {
    const store = new TableWorkloadStore(open());
    const [tenant, other] = [randomUUID(), randomUUID()];
    const days = ['2026-01-31', '2026-02-01', '2026-02-02'].map((day, index) => storedDay(day, index));
    for (const day of days) await store.save(tenant, 'scope', day, NOW_MS);
    const kept = await store.list(tenant, 'scope', '2026-01-31', '2026-02-01');
    expect([...kept]).toEqual(days.slice(0, 2).map((day) => [day.digest.day, day]));
    expect((await store.list(tenant, 'other', '2026-01-01', '2026-12-31')).size).toBe(0);
    expect((await store.list(other, 'scope', '2026-01-01', '2026-12-31')).size).toBe(0);
  });

  it('keeps the last of two', async () => {
    const store = new TableWorkloadStore(open());
    const tenant = randomUUID();
    await store.save(tenant, 'scope', storedDay('2026-02-01'), NOW_MS);
    const later = { ...storedDay('2026-02-01', 5), upTo: null };
    await store.save(tenant, 'scope', later, NOW_MS);
    expect((await store.list(tenant, 'scope', '2026-02-01', '2026-02-01')).get('2026-02-01')).toEqual(later);
  });

  it('keeps a day that no item can hold in pieces, and a smaller one over it', async () => {
    const table = open();
    const store = new TableWorkloadStore(table);
    const tenant = randomUUID();
    // A random name takes some 20 bytes, so that these take about twice what a piece may.
    const large = largeDay('2026-02-01', 30_000);
    await store.save(tenant, 'scope', large, NOW_MS);
    const pieces = await table.query({ pk: keys.workload(tenant, 'scope') });
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect((piece['b'] as Uint8Array).length).toBeLessThanOrEqual(MAX_PIECE_BYTES);
    const read = async () => (await store.list(tenant, 'scope', '2026-02-01', '2026-02-01')).get('2026-02-01');
    expect(await read()).toEqual(large);
    await store.save(tenant, 'scope', storedDay('2026-02-01'), NOW_MS);
    expect(await read()).toEqual(storedDay('2026-02-01'));
  });

  it('takes pieces of two writers and a damaged day for nothing', async () => {
    const table = open();
    const store = new TableWorkloadStore(table);
    const tenant = randomUUID();
    const pk = keys.workload(tenant, 'scope');
    await store.save(tenant, 'scope', largeDay('2026-02-01', 30_000), NOW_MS);
    const [first] = await table.query({ pk, limit: 1 });
    await store.save(tenant, 'scope', largeDay('2026-02-01', 30_000), NOW_MS);
    await table.put(first ?? expect.fail());
    await store.save(tenant, 'scope', storedDay('2026-02-02'), NOW_MS);
    const [item] = await table.query({ pk, prefix: '2026-02-02' });
    await table.put({ ...(item ?? expect.fail()), b: new Uint8Array([1, 2, 3]) });
    expect((await store.list(tenant, 'scope', '2026-02-01', '2026-02-02')).size).toBe(0);
  });

  it('keeps and reads a day although the table is busy or silent at first', async () => {
    const faulty = new FaultyTable(open(), (_call, index) => (['busy', 'lost-answer', undefined] as const)[index % 3]);
    const store = new TableWorkloadStore(faulty);
    const tenant = randomUUID();
    await store.save(tenant, 'scope', storedDay('2026-02-01'), NOW_MS);
    expect((await store.list(tenant, 'scope', '2026-02-01', '2026-02-01')).size).toBe(1);
    expect(faulty.hits.size).toBeGreaterThan(0);
  });

  it('lets a day go 120 days after it was measured', async () => {
    const table = open();
    const tenant = randomUUID();
    await new TableWorkloadStore(table).save(tenant, 'scope', storedDay('2026-02-01'), NOW_MS);
    const [item] = await table.query({ pk: keys.workload(tenant, 'scope') });
    expect(item?.['ttl']).toBe(BigInt(NOW_MS / 1_000 + 120 * 86_400));
  });
}

describe('workloads in memory', () => keepsDays(() => new MemoryTable()));

describe('workloads on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  keepsDays(() => engine.table);
});
