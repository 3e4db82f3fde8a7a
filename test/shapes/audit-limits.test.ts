import { describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoRebuilder } from '../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { rebuildPart } from '../../lib/app/audits/rebuild-ledger.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import { createApiWorld } from '../helpers/api-world.ts';
import { auditParts, namedBy } from '../helpers/audit-world.ts';
import { FaultyTable } from '../helpers/faulty-table.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';

/** A ledger of some commits, each of as many calls, all in one minute. */
async function openCommits(commits: number, callsEach = 1): Promise<MemoryTable> {
  const table = new MemoryTable();
  await new TenantStore(table, () => 0).create(TENANT);
  const surroundings = steadySurroundings();
  const ledger = new DynamoLedger(table, surroundings);
  for (let commit = 0; commit < commits; commit++) {
    const calls = Array.from({ length: callsEach }, (_, n) =>
      ratedCall({ id: uuidV7(START_MS, commit * callsEach + n) }),
    );
    await ledger.append(TENANT, calls, surroundings.now() + 1_000_000);
  }
  return table;
}

/** Entries that each part of an audit checked, without the parts that check none. */
const entriesOfParts = async (table: MemoryTable): Promise<number[]> =>
  (await auditParts(table)).map(({ entries }) => entries).filter((entries) => entries > 0);

describe('one request of an audit', () => {
  it('checks 400 commits of the log, and leaves one more to the next', async () => {
    expect(await entriesOfParts(await openCommits(399))).toEqual([399]);
    expect(await entriesOfParts(await openCommits(400))).toEqual([400]);
    expect(await entriesOfParts(await openCommits(401))).toEqual([400, 1]);
  });

  it('ends with the commit that brings it to 40,000 entries', async () => {
    // Commits of 2,000 calls in one minute, whose page weighs 10 more: 19 come to 38,190, and the 20th to 40,200.
    const sizes = await entriesOfParts(await openCommits(21, 2_000));
    expect(sizes).toEqual([40_000, 2_000]);
  });

  it('carries 50 broken things on, and with one more compares no rows', async () => {
    for (const [lost, named] of [
      [49, 49],
      [50, 50],
      [51, 52],
    ] as const) {
      const table = await openCommits(lost + 1);
      for (let commit = 1; commit <= lost; commit++) await table.delete(keys.commit('acme', commit));
      const names = await namedBy(table);
      expect([lost, names.length, names.includes('unchecked_rows at all rows')]).toEqual([lost, named, lost === 51]);
    }
  });

  it('takes a cursor of 100,000 characters for one, and refuses one more as too long', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    for (const path of ['/v1/audits', '/v1/rebuilds']) {
      const expectedOf = async (length: number): Promise<string> => {
        const { status, json } = await world.ask('POST', path, { key, body: { cursor: 'x'.repeat(length) } });
        expect([path, length, status]).toEqual([path, length, 400]);
        return json.errors[0].expected;
      };
      const [below, at, above] = [await expectedOf(99_999), await expectedOf(100_000), await expectedOf(100_001)];
      expect([below, above]).toEqual([at, expect.stringContaining('100000')]);
      expect(at).not.toBe(above);
    }
  });
});

describe('one request of a rebuild', () => {
  it('leaves a record that names 20 things, and counts them all', async () => {
    for (const lost of [19, 20, 21]) {
      const table = await openCommits(lost);
      for (const item of [...table.items()].filter(({ pk }) => pk.startsWith('D#acme'))) await table.delete(item);
      const tenants = new TenantStore(table, () => 0);
      const adminRecords = new TableAdminRecords(table);
      const ports = {
        rebuilder: new DynamoRebuilder(table, tenants, steadySurroundings()),
        adminRecords,
        now: () => 0,
      };
      await rebuildPart(ports, TENANT, 'key_1', { isDryRun: false }, undefined);
      const records = [...table.items()].filter(({ action }) => action === 'ledger.rebuilt');
      const details = records.map(({ detail }) => JSON.parse(String(detail)));
      expect(details).toMatchObject([{ counts: { missing_index: lost } }]);
      expect(details[0].named).toHaveLength(Math.min(20, lost));
    }
  });

  it('tries a table that does not answer for 15 seconds, and then says that the same may be asked again', async () => {
    const memory = await openCommits(1);
    const surroundings = steadySurroundings();
    const began = surroundings.now();
    const tenants = new TenantStore(memory, () => 0);
    const table = new FaultyTable(memory, () => (surroundings.now() < began + 14_900 ? 'busy' : undefined));
    const isRepaired = { announce: async () => {} };
    const part = await new DynamoRebuilder(table, tenants, surroundings).rebuild('acme', isRepaired);
    expect(part.differences).toEqual([]);
    const away = new FaultyTable(memory, () => 'busy');
    const since = surroundings.now();
    await expect(new DynamoRebuilder(away, tenants, surroundings).rebuild('acme', isRepaired)).rejects.toMatchObject({
      retryable: true,
    });
    // It waits at most 2 s between two tries, so it ends within 2 s behind its time.
    expect(surroundings.now() - since).toBeGreaterThanOrEqual(15_000);
    expect(surroundings.now() - since).toBeLessThan(17_000);
  });
});
