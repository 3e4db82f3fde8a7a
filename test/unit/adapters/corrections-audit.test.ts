import { describe, expect, it } from 'vitest';
import { DynamoCorrections } from '../../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import type { Item, Table } from '../../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { keys, padNumber } from '../../../lib/contracts/table-keys.ts';
import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import { NO_OVERRIDES } from '../../../lib/domain/prices/book-stamp.ts';
import { callOf, numberOf, ratingAt } from '../../helpers/ledger-corrections-world.ts';
import { START_MS, steadySurroundings, TENANT } from '../../helpers/ledger-fixtures.ts';
import { auditAll } from '../../helpers/recording-world.ts';

const DEADLINE_MS = START_MS + 50_000;

/** Two commits of calls 0 and 2 of one day, then order 1 at rate 3 and order 2 at rate 4 for both. */
async function openCorrected() {
  const table = new MemoryTable();
  const tenants = new TenantStore(table, () => 0);
  await tenants.create(TENANT);
  const surroundings = steadySurroundings();
  for (const n of [0, 2]) await new DynamoLedger(table, surroundings).append(TENANT, [callOf(n, 2)], DEADLINE_MS);
  const reader = new DynamoLedgerReader(table, tenants);
  const places = [1, 2].map((number) => reader.entriesOfCommit('acme', number));
  const entries = (await Promise.all(places)).flat();
  const correct = async (order: number, rate: number) => {
    const authority = { order, kind: 'reprice', by: 'k', reason: 'r' } as const;
    const decide = async (all: readonly LedgerEntry[]) => ({
      book: NO_OVERRIDES,
      targets: all.map((entry) => ratingAt(rate, 10 + numberOf(entry))),
    });
    await new DynamoCorrections(table, surroundings).correct(TENANT, authority, entries, decide, DEADLINE_MS);
  };
  await correct(1, 3);
  await correct(2, 4);
  const [first] = entries;
  const corrections = keys.corrections('acme', first?.segmentId ?? '');
  const audit = async () => (await auditAll(table, TENANT)).map(({ kind, where }) => `${kind} ${where}`);
  return { table, tenants, segmentId: first?.segmentId ?? '', corrections, correct, audit };
}

async function change(table: MemoryTable, pk: string, sk: string, to: Partial<Item>): Promise<void> {
  const item = await table.get({ pk, sk });
  expect(item).toBeDefined();
  await table.put({ ...item, ...to, pk, sk });
}

describe('the audit of corrections', () => {
  it('finds nothing where nothing is wrong', async () => {
    expect(await (await openCorrected()).audit()).toEqual([]);
  });

  it('finds a correction that is missing', async () => {
    const { table, corrections, segmentId, audit } = await openCorrected();
    await table.delete({ pk: corrections, sk: padNumber(2) });
    expect(await audit()).toEqual([`missing_correction correction 2 of segment ${segmentId}, commit 4`]);
    await table.delete({ pk: corrections, sk: padNumber(1) });
    expect(await audit()).toEqual([
      `missing_correction correction 1 of segment ${segmentId}, commit 3`,
      `missing_correction correction 2 of segment ${segmentId}, commit 4`,
    ]);
  });

  it('finds a correction that cannot be read, or belongs to another commit', async () => {
    const { table, corrections, segmentId, audit } = await openCorrected();
    await change(table, corrections, padNumber(2), { b: new Uint8Array([1, 2, 3]) });
    expect(await audit()).toEqual([`damaged_correction correction 2 of segment ${segmentId}, commit 4`]);
    const other = await openCorrected();
    await change(other.table, other.corrections, padNumber(2), { commit: 3n });
    expect(await other.audit()).toEqual([
      `unnamed_correction correction 2 of segment ${other.segmentId}, commit 1`,
      `damaged_correction correction 2 of segment ${other.segmentId}, commit 4`,
    ]);
  });

  it('finds a correction that no commit names', async () => {
    const { table, corrections, segmentId, audit } = await openCorrected();
    const item = await table.get({ pk: corrections, sk: padNumber(2) });
    await table.put({ ...item, pk: corrections, sk: padNumber(3) });
    expect(await audit()).toEqual([`unnamed_correction correction 3 of segment ${segmentId}, commit 1`]);
  });

  it('finds a correction whose rating is not what its commit added', async () => {
    const { table, corrections, audit } = await openCorrected();
    const first = await table.get({ pk: corrections, sk: padNumber(1) });
    await change(table, corrections, padNumber(2), { b: first?.['b'] ?? '' });
    // The body says rate 3 and order 1 now: neither the sums of commit 4 nor its contribution to order 2 follow.
    const kinds = (await audit()).map((found) => found.split(' ').slice(0, 3).join(' '));
    expect(kinds).toContain('commit_not_sum_of_entries commit 4');
  });

  it('finds sums of an order that are not those of its corrections, in all and by commit', async () => {
    const { table, audit } = await openCorrected();
    await table.add({ pk: keys.orders('acme'), sk: `SUMS#${padNumber(1)}` }, { cost: 1n });
    expect(await audit()).toEqual(['wrong_order_sums order 1']);
    await change(table, keys.orderCommits('acme', 2), padNumber(4), { corrected: 5n });
    expect(await audit()).toEqual(['wrong_order_sums order 2, commit 4', 'wrong_order_sums order 1']);
  });

  it('finds a commit of corrections that the index of its day lacks', async () => {
    const { table, audit } = await openCorrected();
    await table.delete({ pk: keys.dayIndex('acme', '2026-01-29'), sk: padNumber(3) });
    expect((await audit())[0]).toBe('missing_index index of 2026-01-29, commit 3');
  });

  it('is clean while an order is being carried out, between any two of its requests', async () => {
    const { table, tenants, correct } = await openCorrected();
    let rate = 5;
    const queries = ['O#', 'ORDER#', 'X#', 'C#', 'D#', 'RD#', 'RH#'];
    for (const prefix of queries) {
      const disturbed = onFirst(table, prefix, () => correct(rate, rate++));
      const reader = new DynamoLedgerReader(disturbed, tenants);
      for (let next: string | undefined, isFirst = true; isFirst || next; isFirst = false) {
        const page = await reader.audit('acme', next);
        expect([prefix, page.differences]).toEqual([prefix, []]);
        next = page.next;
      }
    }
  });
});

/** A table in which something happens just after the first query of some partitions was answered. */
function onFirst(table: MemoryTable, prefix: string, happen: () => Promise<void>): Table {
  let isOver = false;
  return {
    get: (key) => table.get(key),
    query: async (query) => {
      const items = await table.query(query);
      if (!isOver && query.pk.startsWith(prefix)) {
        isOver = true;
        await happen();
      }
      return items;
    },
    put: (item, condition) => table.put(item, condition),
    delete: (key, condition) => table.delete(key, condition),
    addToSet: (key, attribute, member) => table.addToSet(key, attribute, member),
    add: (key, sums) => table.add(key, sums),
    transact: (writes) => table.transact(writes),
  };
}

describe('a page of entries', () => {
  it('shows all of them as they stood at one commit, whatever is corrected while it is read', async () => {
    const { table, tenants, correct } = await openCorrected();
    const disturbed = onFirst(table, 'X#', () => correct(3, 9));
    const reader = new DynamoLedgerReader(disturbed, tenants);
    const { entries } = await reader.entriesOfDay('acme', '2026-01-29');
    expect(entries.map(({ rating }) => rating.costPicoUsd)).toEqual([40n, 48n]);
    const ids = entries.map(({ event }) => event.id);
    const again = new DynamoLedgerReader(
      onFirst(table, 'X#', () => correct(4, 7)),
      tenants,
    );
    const found = await again.findEntries('acme', ids);
    const costs = found.map((lookup) => (lookup.status === 'recorded' ? lookup.entry.rating.costPicoUsd : null));
    // At rate 9: 10 x 9 and 12 x 9.
    expect(costs).toEqual([90n, 108n]);
    const page = await reader.entriesOfDay('acme', '2026-01-29');
    expect(page.entries.map(({ rating }) => rating.costPicoUsd)).toEqual([70n, 84n]);
  });
});
