import { describe, expect, it } from 'vitest';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { FaultyTable } from '../helpers/faulty-table.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';
import { CountingTable } from './counting-table.ts';

const QUIET = Array.from({ length: 9 }, (_, n) => `quiet-${n}`);
const MESSAGES = 500;
const EVENTS_PER_MESSAGE = 20;

/** 450 messages of the loud tenant; among them, evenly, 50 of the nine quiet ones. */
function createBatch(): UsageMessage[] {
  return Array.from({ length: MESSAGES }, (_, number) => {
    const tenant = number % 10 === 9 ? (QUIET[((number / 10) % 9) | 0] ?? '') : 'loud';
    const events = Array.from({ length: EVENTS_PER_MESSAGE }, (_, index) =>
      smallEvent({
        id: uuidV7(START_MS, number * EVENTS_PER_MESSAGE + index),
        time: new Date(START_MS).toISOString(),
        model: 'm-1',
      }),
    );
    const stamp = { tenant };
    const body = JSON.stringify(events);
    return { messageId: `m-${number}`, body, senderId: 'api', sentAtMs: START_MS, queue: 'usage', stamp };
  });
}

async function createTenants(table: Table): Promise<void> {
  const tenants = new TenantStore(table, () => 0);
  for (const tenant of ['loud', ...QUIET]) await tenants.create({ ...TENANT, tenant });
}

const quietMessages = (batch: readonly UsageMessage[]) =>
  batch.filter(({ stamp }) => stamp.tenant !== 'loud').map(({ messageId }) => messageId);

describe('nine tenants beside one that sends 90 % of the load', () => {
  it('are recorded by the same invocation, with a few requests for each', async () => {
    const memory = new MemoryTable();
    const table = new CountingTable(memory);
    await createTenants(table);
    table.take();
    expect(await createWriter(table, steadySurroundings(), 'loud')(createBatch())).toEqual([]);
    const { transactions, calls } = table.take();
    // 450 x 20 = 9,000 events in chunks of 2,000 are five transactions; each quiet tenant needs one.
    expect(transactions).toBe(5 + QUIET.length);
    expect(calls).toBeLessThan(15 * (QUIET.length + 5));
    for (const tenant of ['loud', ...QUIET]) expect(await auditAll(memory, { ...TENANT, tenant })).toEqual([]);
  });

  it.each([
    ['the loud tenant', 'loud'],
    ['a quiet tenant', 'quiet-4'],
  ])('are recorded though every write of %s is throttled; only its messages go back', async (_who, slow) => {
    const memory = new MemoryTable();
    await createTenants(memory);
    const surroundings = steadySurroundings();
    const write = createWriter(throttled(memory, slow), surroundings, 'loud');
    const batch = createBatch();
    const failed = await write(batch);
    const slowMessages = batch.filter(({ stamp }) => stamp.tenant === slow).map(({ messageId }) => messageId);
    expect(new Set(failed)).toEqual(new Set(slowMessages));
    expect(quietMessages(batch).length).toBe(50);
    // Delivered again once the throttling is over, by a writer that knows nothing.
    const again = batch.filter(({ messageId }) => failed.includes(messageId));
    expect(await createWriter(memory, surroundings, 'loud')(again)).toEqual([]);
  });
});

/** Throttles the segments and transactions of one tenant. */
function throttled(table: Table, tenant: string): Table {
  const always = new FaultyTable(table, () => 'busy');
  const isSlow = (pk: string) => pk.includes(`#${tenant}`);
  return {
    get: (key) => table.get(key),
    query: (query) => table.query(query),
    delete: (key, condition) => table.delete(key, condition),
    addToSet: (key, attribute, member) => table.addToSet(key, attribute, member),
    add: (key, sums) => table.add(key, sums),
    put: (item, condition) => (isSlow(item.pk) ? always : table).put(item, condition),
    transact: (writes) =>
      (writes.some((write) => isSlow(write.type === 'put' ? write.item.pk : write.key.pk)) ? always : table).transact(
        writes,
      ),
  };
}
