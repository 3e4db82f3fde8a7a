import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableProjectionStore } from '../../lib/adapters/dynamodb/projection-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { StoredProjection } from '../../lib/app/forecasts/projection-ports.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

const HOUR = 491_580;

const PROJECTION: StoredProjection = {
  budget: { id: 'b1', name: 'support', version: 2 },
  period: '2026-01',
  days: { fromDay: '2026-01-01', toDay: '2026-02-01' },
  part: '',
  unit: 'pico_usd',
  amount: 500_000_000_000_000_000_001n,
  spent: -3n,
  commit: 17,
  hour: HOUR,
  projectedAtMs: HOUR * 3_600_000 + 300_000,
  projection: {
    point: 512.25,
    lo50: 1,
    hi50: 2,
    lo80: 3,
    hi80: 4,
    lo95: 5,
    hi95: 6,
    pExceed: 0.875,
    state: 'ready',
    method: 'weighted_replay',
    historyDays: 40,
  },
  runOutDay: '2026-01-30',
  standings: [{ thresholdPercent: 100, probability: 0.875, hoursLikely: 1, hoursUnlikely: 0 }],
};

function keepsProjections(open: () => Table): void {
  it('reads back what was stored, to the unit, and the month first', async () => {
    const store = new TableProjectionStore(open());
    const tenant = randomUUID();
    const month: StoredProjection = { ...PROJECTION, budget: null, amount: null, runOutDay: null, standings: [] };
    expect(await store.save(tenant, PROJECTION, undefined)).toBe('saved');
    expect(await store.save(tenant, month, undefined)).toBe('saved');
    expect(await store.list(tenant)).toEqual([month, PROJECTION]);
    expect(await store.list(randomUUID())).toEqual([]);
  });

  it('keeps versions, periods and parts apart, whatever a part is called', async () => {
    const store = new TableProjectionStore(open());
    const tenant = randomUUID();
    const others: StoredProjection[] = [
      { ...PROJECTION, budget: { id: 'b1', name: 'support', version: 3 } },
      { ...PROJECTION, period: '2026-02' },
      { ...PROJECTION, part: '2026-02#x' },
      { ...PROJECTION, part: 'Büro/été 🚀#' },
    ];
    for (const each of [PROJECTION, ...others]) expect(await store.save(tenant, each, undefined)).toBe('saved');
    const listed = await store.list(tenant);
    expect(listed).toHaveLength(5);
    expect(listed).toEqual(expect.arrayContaining([PROJECTION, ...others]));
  });

  it('takes a projection only over the hour that was read', async () => {
    const store = new TableProjectionStore(open());
    const tenant = randomUUID();
    const next = { ...PROJECTION, hour: HOUR + 1 };
    expect(await store.save(tenant, PROJECTION, undefined)).toBe('saved');
    expect(await store.save(tenant, PROJECTION, undefined)).toBe('behind');
    expect(await store.save(tenant, next, HOUR)).toBe('saved');
    expect(await store.save(tenant, { ...next, commit: 99 }, HOUR)).toBe('behind');
    expect(await store.list(tenant)).toEqual([next]);
  });

  it('lets one of many writers of the same hour store', async () => {
    const store = new TableProjectionStore(open());
    const tenant = randomUUID();
    const writers = Array.from({ length: 20 }, (_, commit) => store.save(tenant, { ...PROJECTION, commit }, undefined));
    expect((await Promise.all(writers)).filter((outcome) => outcome === 'saved')).toHaveLength(1);
  });

  it('removes what was read and nothing later', async () => {
    const store = new TableProjectionStore(open());
    const tenant = randomUUID();
    const next = { ...PROJECTION, hour: HOUR + 1 };
    await store.save(tenant, next, undefined);
    await store.remove(tenant, PROJECTION);
    expect(await store.list(tenant)).toEqual([next]);
    await store.remove(tenant, next);
    expect(await store.list(tenant)).toEqual([]);
    await store.remove(tenant, next);
  });
}

describe('projections in memory', () => keepsProjections(() => new MemoryTable()));

describe('projections on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  keepsProjections(() => engine.table);
});
