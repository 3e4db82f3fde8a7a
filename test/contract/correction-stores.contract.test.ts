import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableCatalogArchive } from '../../lib/adapters/dynamodb/catalog-archive.ts';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TablePricingStates } from '../../lib/adapters/dynamodb/pricing-states.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { Order, OrderProgress, PricingState } from '../../lib/app/corrections/correction-ports.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import {
  authorityOf,
  ChangingBook,
  callOf,
  decideBy,
  orderOf,
  type Saying,
} from '../helpers/ledger-corrections-world.ts';
import { START_MS, steadySurroundings, TENANT } from '../helpers/ledger-fixtures.ts';
import { auditAll } from '../helpers/recording-world.ts';

const record = { atMs: 5, keyId: 'key_1', action: 'corrections.ordered', detail: { number: 1 } };
const running = (cursor: string, examined: number): OrderProgress => ({
  state: 'running',
  cursor,
  ratio: examined / 100,
  examined,
});
const start = running('', 0);
const nothing = { corrected: 0, costPicoUsd: 0n, listCostPicoUsd: 0n };
const voiding: Saying = { kind: 'void', entry: 1 };

const state: PricingState = {
  followedTo: 3,
  surveyedTo: 5,
  days: { first: '2026-01-28', last: '2026-01-29' },
  unpricedMonths: ['2026-01'],
  triedWith: { catalogVersion: 'c1', book: { global: 0, tenant: 1 } },
  pass: { catalogVersion: 'c2', book: { global: 1, tenant: 1 }, doneUpTo: '2026-01-07' },
  untold: [{ after: 1, upTo: 3 }],
  ordered: { global: 0, tenant: 1 },
};

function behavesAsCorrectionStores(open: () => Table): void {
  it('numbers orders without gaps and keeps each with its record, both or neither', async () => {
    const orders = new TableCorrectionOrders(open());
    expect(await orders.last('numbers')).toBe(0);
    const reprice: Order = {
      ...orderOf(1, voiding),
      request: { kind: 'reprice', fromMs: 1, toMs: 2, model: null, catalogVersion: 'c1' },
      days: { first: '2026-01-01', last: '2026-01-02' },
    };
    expect(await orders.create('numbers', reprice, record)).toBe('created');
    expect(await orders.create('numbers', orderOf(1, voiding), record)).toBe('behind');
    expect(await orders.create('numbers', orderOf(2, voiding), record)).toBe('created');
    expect(await orders.last('numbers')).toBe(2);
    expect(await orders.find('numbers', 1)).toEqual({ order: reprice, progress: start, sums: nothing });
    expect(await orders.find('numbers', 3)).toBeUndefined();
    expect(await new TableAdminRecords(open()).list('numbers')).toHaveLength(2);
  });

  it('moves an order on from what was read only, and ends it once', async () => {
    const orders = new TableCorrectionOrders(open());
    for (const number of [1, 2]) await orders.create('moves', orderOf(number, voiding), record);
    expect(await orders.open('moves')).toEqual([1, 2]);
    expect(await orders.advance('moves', 1, start, running('a', 10))).toBe('moved');
    expect(await orders.advance('moves', 1, start, running('b', 20))).toBe('behind');
    expect(await orders.advance('moves', 1, running('a', 10), start)).toBe('moved');
    const done: OrderProgress = { state: 'done', cursor: '', ratio: 1, examined: 30 };
    expect(await orders.advance('moves', 1, running('a', 10), done)).toBe('behind');
    expect(await orders.open('moves')).toEqual([1, 2]);
    expect(await orders.advance('moves', 1, start, done)).toBe('moved');
    expect(await orders.open('moves')).toEqual([2]);
    expect((await orders.find('moves', 1))?.progress).toEqual(done);
    await expect(orders.advance('moves', 1, done, start)).rejects.toThrow('order 1 is done');
  });

  it('lists orders newest first, in pages that a cursor joins', async () => {
    const orders = new TableCorrectionOrders(open());
    expect(await orders.list('lists')).toEqual({ orders: [] });
    for (let number = 1; number <= 61; number++) await orders.create('lists', orderOf(number, voiding), record);
    await orders.advance('lists', 7, start, running('x', 1));
    const first = await orders.list('lists');
    const second = await orders.list('lists', first.next);
    const numbers = [...first.orders, ...second.orders].map(({ order }) => order.number);
    expect(numbers).toEqual(Array.from({ length: 61 }, (_, i) => 61 - i));
    expect(second.next).toBeUndefined();
    const moved = second.orders.filter(({ progress }) => progress.cursor === 'x');
    expect(moved.map(({ order }) => order.number)).toEqual([7]);
  });

  it('corrects entries and shows what the order changed, in its standing as in the list', async () => {
    const table = open();
    const surroundings = steadySurroundings();
    const tenants = new TenantStore(table, surroundings.now);
    await tenants.create(TENANT);
    const calls = [0, 1, 2, 3].map((n) => callOf(n, 2));
    await new DynamoLedger(table, surroundings).append(TENANT, calls, START_MS + 50_000, { global: 0, tenant: 0 });
    const orders = new TableCorrectionOrders(table);
    const book = new ChangingBook(2);
    const corrections = new DynamoCorrections(table, surroundings);
    const sayings: Saying[] = [{ kind: 'fixed', app: 1, rate: 3 }, voiding];
    const reader = new DynamoLedgerReader(table, tenants);
    const places = await reader.entriesOfCommit('acme', 1);
    for (const [index, saying] of sayings.entries()) {
      await orders.create('acme', orderOf(index + 1, saying), record);
      const decide = async (all: typeof places) => decideBy(saying, book, all);
      for (const corrected of [2 - index, 0]) {
        const authority = authorityOf(index + 1, saying);
        const report = await corrections.correct(TENANT, authority, places, decide, START_MS + 50_000);
        expect(report).toEqual({ corrected, unchanged: 4 - corrected });
      }
    }
    // Entries 1 and 3 have 11 and 13 tokens: (11 + 13) x (3 - 2) = 24. Then entry 1 is void: -11 x 3 and -11 x 5 of list.
    const sums = [
      { corrected: 2, costPicoUsd: 24n, listCostPicoUsd: 0n },
      { corrected: 1, costPicoUsd: -33n, listCostPicoUsd: -55n },
    ];
    expect((await orders.find('acme', 1))?.sums).toEqual(sums[0]);
    expect((await orders.list('acme')).orders.map((standing) => standing.sums)).toEqual([sums[1], sums[0]]);
    expect(await auditAll(table, TENANT)).toEqual([]);
    const month = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;
    const rows = (await reader.rollups('acme', month)).rows;
    // 10 x 2 + 12 x 2 + 13 x 3 = 83 for three calls.
    expect(rows.reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n)).toBe(83n);
    expect(rows.reduce((sum, { measures }) => sum + (measures.calls ?? 0n), 0n)).toBe(3n);
  });

  it('replaces a pricing state only over the one that was read', async () => {
    const states = new TablePricingStates(open());
    expect(await states.find('states')).toBeUndefined();
    expect(await states.save('states', undefined, state)).toBe('saved');
    expect(await states.save('states', undefined, state)).toBe('behind');
    const read = await states.find('states');
    expect(read).toEqual(state);
    const next = { ...state, followedTo: 9, surveyedTo: 9, days: null, triedWith: null, pass: null, untold: [] };
    expect(await states.save('states', read, next)).toBe('saved');
    expect(await states.save('states', read, { ...state, followedTo: 10 })).toBe('behind');
    expect(await states.find('states')).toEqual(next);
  });

  it('keeps a catalog under its version, the first text for good, and lists the versions', async () => {
    const archive = new TableCatalogArchive(open());
    const text = JSON.stringify({ rows: Array.from({ length: 2_000 }, (_, n) => ({ model: `m-${n}`, rate: '0.15' })) });
    expect(await archive.versions()).toEqual([]);
    await archive.keep('v1', text);
    await archive.keep('v1', 'something else');
    await archive.keep('v2', '{}');
    expect(await archive.find('v1')).toBe(text);
    expect(await archive.find('none')).toBeUndefined();
    expect(await archive.versions()).toEqual(['v1', 'v2']);
  });
}

describe('orders, pricing states and catalogs in memory', () => {
  const table = new MemoryTable();
  behavesAsCorrectionStores(() => table);
});

describe('orders, pricing states and catalogs on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  behavesAsCorrectionStores(() => engine.table);
});
