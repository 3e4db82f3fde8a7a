import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { LEAVES_PER_PERIOD_ROW } from '../../lib/adapters/dynamodb/ledger/rollup-codec.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { MAX_TRANSACTION_WRITES } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import { createApiWorld } from '../helpers/api-world.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';
import { auditAll } from '../helpers/recording-world.ts';
import { CountingTable } from './counting-table.ts';

const GROUP = 1_000;

/** Appends one call per name, in groups of a thousand, each name a leaf of its own. */
async function appendLeaves(table: CountingTable, tenant: TenantConfig, field: 'feature' | 'user', names: number) {
  const surroundings = steadySurroundings();
  const ledger = new DynamoLedger(table, surroundings);
  for (let first = 0; first < names; first += GROUP) {
    const calls = Array.from({ length: Math.min(GROUP, names - first) }, (_, index) =>
      ratedCall({ id: uuidV7(START_MS, first + index), [field]: `name-${first + index}` }, BigInt(first + index)),
    );
    const outcomes = await ledger.append(tenant, calls, surroundings.now() + 50_000);
    expect(new Set(outcomes)).toEqual(new Set(['recorded']));
  }
}

describe('10,000 leaves in a month', () => {
  const LEAVES = 10_000;
  // 0 + 1 + ... + 9,999 picoUSD
  const TOTAL = (LEAVES * (LEAVES - 1)) / 2;

  it('fit into transactions, are packed ten a row, and are answered in pages that sum to the total', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const tenant = await world.ports.tenants.find('acme');
    if (!tenant) throw new Error('the tenant is not there');
    const table = new CountingTable(world.table);
    await appendLeaves(table, tenant, 'feature', LEAVES);
    const first = table.take();
    expect(first.largest).toBeLessThanOrEqual(MAX_TRANSACTION_WRITES);
    // Of each leaf 1/5 of an hour row and 1/10 of a day and a month row: 96 writes hold 230 leaves and more.
    expect(first.transactions).toBeLessThanOrEqual(Math.ceil(LEAVES / 200));
    const monthRows = [...world.table.items()].filter(({ pk }) => pk === keys.monthRows('acme', '2026-01'));
    expect(monthRows).toHaveLength(LEAVES / LEAVES_PER_PERIOD_ROW);

    let sum = 0n;
    const seen = new Set<string>();
    for (let cursor = ''; ; ) {
      const query = `from=2026-01&to=2026-02&group_by=feature&limit=2000${cursor && `&cursor=${cursor}`}`;
      const { status, json } = await world.ask('GET', `/v1/spend?${query}`, { key });
      expect(status).toBe(200);
      expect(json.total).toMatchObject({ calls: LEAVES, cost_pico_usd: String(TOTAL) });
      for (const row of json.rows) {
        seen.add(row.feature);
        sum += BigInt(row.cost_pico_usd);
      }
      if (json.next === undefined) break;
      cursor = json.next;
    }
    expect(seen.size).toBe(LEAVES);
    expect(sum).toBe(BigInt(TOTAL));
    expect(await auditAll(world.table, tenant)).toEqual([]);
  });

  it('cost a writer that starts cold one reading of the dictionary, and one that is warm none', async () => {
    const table = new CountingTable(new MemoryTable());
    await new TenantStore(table, () => 0).create(TENANT);
    await appendLeaves(table, TENANT, 'feature', LEAVES);
    const dictionaryItems = table.take().transactions;
    const surroundings = steadySurroundings();
    const ledger = new DynamoLedger(table, surroundings);
    const append = (tail: number) =>
      ledger.append(
        TENANT,
        [ratedCall({ id: uuidV7(START_MS, LEAVES + tail), feature: 'name-1' })],
        surroundings.now() + 50_000,
      );
    expect(await append(0)).toEqual(['recorded']);
    // The whole dictionary, the pages of the ids' minute and some commits to find the head: an item for each transaction before.
    expect(table.take().itemsRead).toBeLessThanOrEqual(3 * dictionaryItems + 60);
    expect(await append(1)).toEqual(['recorded']);
    expect(table.take().itemsRead).toBeLessThanOrEqual(2);
  });
});

describe('users as a dimension', () => {
  /** `USERS=100000` for the figures in docs/limits.md. */
  const USERS = Number(process.env['USERS'] ?? 5_000);

  it('makes a leaf of each user, exact to the picodollar, and rows and dictionary grow with them', async () => {
    const memory = new MemoryTable();
    const table = new CountingTable(memory);
    const tenant = { ...TENANT, trackUsers: true };
    await new TenantStore(memory, () => 0).create(tenant);
    await appendLeaves(table, tenant, 'user', USERS);
    const { writes, transactions, largest } = table.take();
    expect(largest).toBeLessThanOrEqual(MAX_TRANSACTION_WRITES);
    const reader = new DynamoLedgerReader(table, new TenantStore(memory, () => 0));
    const january = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;
    const { rows } = await reader.rollups(tenant.tenant, january);
    const { itemsRead } = table.take();
    expect(rows).toHaveLength(USERS);
    expect(rows.reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n)).toBe(BigInt((USERS * (USERS - 1)) / 2));
    // A tenth of an item for each user, and the dictionary's items; a month of one user is read with all of the others'.
    expect(itemsRead).toBeGreaterThanOrEqual(USERS / LEAVES_PER_PERIOD_ROW);
    console.log(
      `${USERS} users once in one hour: ${(writes / USERS).toFixed(2)} writes a call in ${transactions} transactions; ` +
        `a month is ${itemsRead} items read`,
    );
  });

  it('is off unless it was switched on when the tenant was made, and then users make no leaves', async () => {
    const memory = new MemoryTable();
    await new TenantStore(memory, () => 0).create(TENANT);
    await appendLeaves(new CountingTable(memory), TENANT, 'user', 1_000);
    const monthRows = [...memory.items()].filter(({ pk }) => pk === keys.monthRows(TENANT.tenant, '2026-01'));
    expect(monthRows).toHaveLength(1);
  });
});
