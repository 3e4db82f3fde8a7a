import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptCountStore } from '../../lib/adapters/dynamodb/counted-items.ts';
import { TableQueueWatches } from '../../lib/adapters/dynamodb/queue-watch-store.ts';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { nameReject } from '../../lib/app/recording/reject-id.ts';
import type { Reject } from '../../lib/app/rejects/reject-ports.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

const reject = (number: number): Reject => ({
  rejectId: nameReject(1_000_000 + number, `message-${number}`, 0),
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

  it('counts rejects by local day, and those without a day on all of them', async () => {
    const store = new RejectStore(open());
    // 120 rejects over 60 months, two a month, on the 1st and the 2nd.
    const dated = numbers(1_000, 1_120).map((one, index) => {
      const month = new Date(Date.UTC(2021, Math.floor(index / 2), 1)).toISOString().slice(0, 7);
      return { ...one, day: `${month}-0${1 + (index % 2)}` };
    });
    await store.keep('dated', dated, 0);
    await store.keep('dated', numbers(2_000, 2_003), 0);
    await store.settle('dated', dated[0]?.rejectId ?? '', { accepted: 'recorded' }, 0);
    const counts = new KeptCountStore(open());
    const count = async (fromDay: string, toDay: string) => (await counts.count('dated', { fromDay, toDay })).rejects;
    expect(await count('2021-01-01', '2021-02-01')).toBe(1 + 3);
    expect(await count('2021-02-01', '2021-02-02')).toBe(1 + 3);
    expect(await count('2021-02-02', '2021-12-02')).toBe(1 + 9 * 2 + 1 + 3);
    expect(await count('2010-01-01', '2030-01-01')).toBe(119 + 3);
    expect(await counts.count('dated')).toEqual({ rejects: 122, conflicts: 0 });
  });

  it('keeps a watch over the queues that only the one who read it may replace', async () => {
    const watches = new TableQueueWatches(open());
    expect(await watches.find()).toBeUndefined();
    const first = { clearedMs: null, emptyMs: [5], restedMs: [5] };
    expect(await watches.save(undefined, first)).toBe('saved');
    expect(await watches.save(undefined, first)).toBe('behind');
    const next = { clearedMs: 5, emptyMs: [5, 6], restedMs: [5] };
    expect(await watches.save(await watches.find(), next)).toBe('saved');
    expect(await watches.save(first, first)).toBe('behind');
    expect(await watches.find()).toEqual(next);
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
