import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { Reject } from '../../lib/app/reject-ports.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

const reject = (number: number): Reject => ({
  rejectId: `message-${number}#0`,
  reason: 'wrong_type',
  field: null,
  message: 'no event',
  receivedAtMs: 1_000_000 + number,
  messageId: `message-${number}`,
  index: 0,
  fields: { text: 'x'.repeat(1_000) },
});

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => reject(from + index));

function countsRejects(open: () => Table): void {
  it('counts each reject once, in several groups, partly known and kept by several at once', async () => {
    const store = new RejectStore(open());
    expect(await store.count('counted')).toBe(0);
    await store.keep('counted', numbers(0, 120), 0);
    await store.keep('counted', numbers(60, 180), 0);
    await Promise.all([store.keep('counted', numbers(170, 230), 0), store.keep('counted', numbers(200, 240), 0)]);
    expect(await store.count('counted')).toBe(240);
    expect((await store.histogram('counted')).map(({ count }) => count)).toEqual([240]);
    const page = await store.list('counted');
    expect([page.rejects.length, page.rejects[0]]).toEqual([100, expect.objectContaining(reject(0))]);
  });
}

describe('counts of rejects in memory', () => {
  const table = new MemoryTable();
  countsRejects(() => table);
});

describe('counts of rejects on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  countsRejects(() => engine.table);
});
