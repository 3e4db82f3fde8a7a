import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableOwnRowStore } from '../../lib/adapters/dynamodb/own-row-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { StoredOwnRow } from '../../lib/app/reference/own-row-ports.ts';
import { MAX_OWN_ROWS } from '../../lib/app/reference/own-rows.ts';
import { MAX_OWN_ROW_NUMBER, MAX_OWN_ROW_TEXT } from '../../lib/domain/reference/parse-own-row.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

// Three bytes of UTF-8 for each character, the most that one takes.
const TEXT = '€'.repeat(MAX_OWN_ROW_TEXT);
const NUMBER = MAX_OWN_ROW_NUMBER - 0.1234567;

/** The longest row that there is. */
const LONGEST: StoredOwnRow = {
  own: {
    kind: 'hardware',
    row: {
      ...{ id: 'own_0123456789ab', kind: 'rented', provider: TEXT, instance: TEXT, region: TEXT, gpu: TEXT },
      ...{ gpuCount: NUMBER, vramGb: NUMBER, vcpu: NUMBER, ramGb: NUMBER },
      ...{ hourlyUsd: NUMBER, reservedHourlyUsd: NUMBER, spotHourlyUsd: NUMBER },
      ...{ source: TEXT, asOf: '2026-01-02', checkedOn: '2026-01-29', standing: 'stated', note: TEXT },
    },
  },
  storedAtMs: 1_769_711_400_000,
  keyId: 'key_0123456789ab',
};

const RECORD = { atMs: LONGEST.storedAtMs, keyId: LONGEST.keyId, action: 'reference_row.stored', detail: {} };

function keepsOwnRows(open: () => Table): void {
  it('reads back as many of the longest as a tenant may have, with the record of it', async () => {
    const [store, tenant] = [new TableOwnRowStore(open()), randomUUID()];
    expect(await store.list(tenant)).toEqual({ rows: [], revision: 0 });
    const rows = Array.from({ length: MAX_OWN_ROWS }, () => LONGEST);
    expect(await store.save(tenant, rows, 0, RECORD)).toBe('saved');
    expect(await store.list(tenant)).toEqual({ rows, revision: 1 });
    expect(await new TableAdminRecords(open()).list(tenant)).toEqual([RECORD]);
  });

  it('lets one of two who read the same rows change them', async () => {
    const [store, tenant] = [new TableOwnRowStore(open()), randomUUID()];
    expect(await store.save(tenant, [LONGEST], 0, RECORD)).toBe('saved');
    expect(await store.save(tenant, [], 0, RECORD)).toBe('behind');
    expect(await store.save(tenant, [], 1, RECORD)).toBe('saved');
    expect(await store.list(tenant)).toEqual({ rows: [], revision: 2 });
  });
}

describe('own rows in memory', () => {
  const table = new MemoryTable();
  keepsOwnRows(() => table);
});

describe('own rows on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  keepsOwnRows(() => engine.table);
});
