import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { FaultyTable } from '../../helpers/faulty-table.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const idOf = (n: number): string => (n % 2 ? uuidV7(START_MS + n, n) : `call-${n}`);

describe('looking entries up by id', () => {
  it('finds both kinds of ids with requests by minute, claim, segment and commit, not by id and commit', async () => {
    const memory = new MemoryTable();
    const tenants = new TenantStore(memory, () => 0);
    await tenants.create(TENANT);
    const surroundings = steadySurroundings();
    const ledger = new DynamoLedger(memory, surroundings);
    const all = Array.from({ length: 400 }, (_, n) => ratedCall({ id: idOf(n), usage: { input_tokens: n } }));
    for (let at = 0; at < all.length; at += 40) {
      await ledger.append(TENANT, all.slice(at, at + 40), surroundings.now() + 50_000);
    }
    let requests = 0;
    const counting = new FaultyTable(memory, () => {
      requests++;
      return undefined;
    });
    const ids = ['not there', ...all.map(({ event }) => event.id), uuidV7(START_MS, 999)];
    const found = await new DynamoLedgerReader(counting, tenants).findEntries('acme', ids);
    expect(found.map(({ id }) => id)).toEqual(ids);
    const entries = found.flatMap((lookup) => (lookup.status === 'recorded' ? [lookup.entry] : []));
    expect(entries.map(({ event }) => event)).toEqual(all.map(({ event }) => event));
    // Each of the ten commits took 20 ids of each kind.
    expect(entries.map(({ commit }) => commit)).toEqual(all.map((_, n) => 1 + Math.floor(n / 40)));
    // A head, 201 claims, one minute of pages, ten segments by the log, ten commits, ten bodies.
    expect(requests).toBeLessThanOrEqual(1 + 201 + 1 + 10 + 10 + 10);
  });
});
