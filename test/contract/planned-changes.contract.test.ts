import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TablePlannedChangeStore } from '../../lib/adapters/dynamodb/planned-change-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { MAX_PLANNED_CHANGES } from '../../lib/app/forecasts/plan-changes.ts';
import type { StoredPlannedChange } from '../../lib/app/forecasts/planned-change-ports.ts';
import { MAX_PLANNED_TEXT_BYTES } from '../../lib/domain/forecast-conditions/planned-change.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

const CHANGE: StoredPlannedChange = {
  id: 'plan_0123456789ab',
  change: { day: '2026-02-01', scope: { team: 'Büro 🚀' }, factor: { digits: 1_500_000n, scale: 6 }, note: null },
  storedAtMs: 1_769_711_400_000,
  keyId: 'key_0123456789ab',
};

const RECORD = { atMs: CHANGE.storedAtMs, keyId: CHANGE.keyId, action: 'planned_change.stored', detail: {} };

function keepsPlannedChanges(open: () => Table): void {
  it('reads back what was stored, with the record of it', async () => {
    const [store, tenant] = [new TablePlannedChangeStore(open()), randomUUID()];
    expect(await store.list(tenant)).toEqual({ changes: [], revision: 0 });
    expect(await store.save(tenant, [CHANGE], 0, RECORD)).toBe('saved');
    expect(await store.list(tenant)).toEqual({ changes: [CHANGE], revision: 1 });
    expect(await new TableAdminRecords(open()).list(tenant)).toEqual([RECORD]);
  });

  it('lets one of two who read the same list change it', async () => {
    const [store, tenant] = [new TablePlannedChangeStore(open()), randomUUID()];
    expect(await store.save(tenant, [CHANGE], 0, RECORD)).toBe('saved');
    expect(await store.save(tenant, [], 0, RECORD)).toBe('behind');
    expect(await store.save(tenant, [], 1, RECORD)).toBe('saved');
    expect(await store.save(tenant, [CHANGE], 1, RECORD)).toBe('behind');
    expect(await store.list(tenant)).toEqual({ changes: [], revision: 2 });
  });

  it('holds as many of the longest as a tenant may have', async () => {
    const [store, tenant] = [new TablePlannedChangeStore(open()), randomUUID()];
    const text = '"'.repeat(MAX_PLANNED_TEXT_BYTES);
    const change = { ...CHANGE.change, scope: { team: text }, note: text };
    const changes = Array.from({ length: MAX_PLANNED_CHANGES }, () => ({ ...CHANGE, change }));
    expect(await store.save(tenant, changes, 0, RECORD)).toBe('saved');
    expect((await store.list(tenant)).changes).toEqual(changes);
  });
}

describe('planned changes in memory', () => {
  const table = new MemoryTable();
  keepsPlannedChanges(() => table);
});

describe('planned changes on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  keepsPlannedChanges(() => engine.table);
});
