import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptCountStore } from '../../lib/adapters/dynamodb/counted-items.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { ConflictStore, RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { nameReject } from '../../lib/app/recording/reject-id.ts';
import type { NewReject } from '../../lib/app/rejects/reject-ports.ts';
import { FAULTS, FaultyTable } from '../helpers/faulty-table.ts';
import { ratedCall, steadySurroundings, TENANT } from '../helpers/ledger-fixtures.ts';

/** Every fourth has no day, as if it had been kept before there were any; the others lie on days of two months. */
const dayOf = (number: number): { readonly day?: string } =>
  number % 4 === 0 ? {} : { day: `2026-0${1 + (number % 2)}-1${number % 5}` };

const reject = (number: number): NewReject => ({
  ...dayOf(number),
  rejectId: nameReject(number, `message-${number}`, 0),
  reason: 'wrong_type',
  field: null,
  message: 'no event',
  receivedAtMs: number,
  messageId: `message-${number}`,
  index: 0,
  fields: {},
});

const JANUARY = { fromDay: '2026-01-01', toDay: '2026-02-01' };
const TWO_DAYS = { fromDay: '2026-01-13', toDay: '2026-02-12' };

const groups = fc.array(fc.array(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 60 }), { maxLength: 3 });

/** Faults at every call but those that would outlast the patience of a writer. */
const faults = fc.infiniteStream(fc.option(fc.constantFrom(...FAULTS, 'late' as const), { freq: 3 }));

const calmAfter = (stream: Iterator<(typeof FAULTS)[number] | 'late' | null>) => {
  let inRow = 0;
  return () => {
    const fault = inRow < 2 ? (stream.next().value ?? undefined) : undefined;
    inRow = fault === undefined ? 0 : inRow + 1;
    return fault;
  };
};

describe('counts of what is kept', () => {
  it('equal the rejects that there are, whatever is kept again, by whom, and what fails', async () => {
    await fc.assert(
      fc.asyncProperty(groups, faults, async (kept, stream) => {
        const memory = new MemoryTable();
        const table = new FaultyTable(memory, calmAfter(stream[Symbol.iterator]()));
        const keepAll = kept.map((numbers) => new RejectStore(table).keep('acme', numbers.map(reject), 0));
        await Promise.allSettled(keepAll);
        // Whoever was not answered does it again, as a queue would have it.
        const store = new RejectStore(memory);
        for (const numbers of kept) await store.keep('acme', numbers.map(reject), 0);
        const items = [...memory.items()].filter(({ pk }) => pk === 'REJECT#acme');
        expect(items).toHaveLength(new Set(kept.flat()).size);
        expect(await store.count('acme')).toBe(items.length);
        expect(await store.count('other')).toBe(0);
        const counts = new KeptCountStore(memory);
        const first = kept.flat()[0];
        if (first !== undefined) {
          for (const _again of [1, 2]) await store.settle('acme', reject(first).rejectId, { accepted: 'recorded' }, 1);
        }
        const left = [...new Set(kept.flat())].filter((number) => number !== first).map(dayOf);
        for (const days of [JANUARY, TWO_DAYS]) {
          const isIn = ({ day }: { readonly day?: string }) => !day || (day >= days.fromDay && day < days.toDay);
          expect((await counts.count('acme', days)).rejects).toBe(left.filter(isIn).length);
        }
        expect((await counts.count('acme')).rejects).toBe(left.length);
      }),
      { numRuns: 12 },
    );
  });

  it('equal the conflicts that there are, however often they come', async () => {
    const table = new MemoryTable();
    const store = new ConflictStore(table);
    const append = (cost: number) =>
      new DynamoLedger(table, steadySurroundings()).append(
        TENANT,
        [ratedCall({ id: 'a', app: `app-${cost}` }), ratedCall({ id: 'b', app: `app-${cost}` })],
        Number.MAX_SAFE_INTEGER,
      );
    // The first content stands; two ids times two other contents conflict, however often they come.
    for (const cost of [0, 1, 2, 1, 2, 0]) await append(cost);
    expect(await store.count('acme')).toBe(4);
    expect(await store.list('acme')).toHaveLength(4);
  });

  it('take one read, whatever their number', async () => {
    const memory = new MemoryTable();
    await new RejectStore(memory).keep(
      'acme',
      Array.from({ length: 500 }, (_, number) => reject(number)),
      0,
    );
    const calls: string[] = [];
    const table = new FaultyTable(memory, (call) => {
      calls.push(call);
      return undefined;
    });
    expect(await new RejectStore(table).count('acme')).toBe(500);
    expect(calls).toEqual(['get']);
  });
});
