import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { AuditPage } from '../../../lib/app/ports.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT } from '../../helpers/ledger-fixtures.ts';

const DAY_MS = 86_400_000;

/** A ledger with calls on every second of many days: years of them, as an import brings. */
async function openYears(days: number) {
  const memory = new MemoryTable();
  const tenants = new TenantStore(memory, () => 0);
  await tenants.create(TENANT);
  const surroundings = steadySurroundings();
  const calls = Array.from({ length: days }, (_, n) =>
    ratedCall({ id: `call-${n}`, timeMs: START_MS - n * 2 * DAY_MS }),
  );
  await new DynamoLedger(memory, surroundings).append(TENANT, calls, surroundings.now() + 50_000);
  const reader = new DynamoLedgerReader(memory, tenants);
  const auditPages = async () => {
    const pages: AuditPage[] = [];
    for (let next: string | undefined, isFirst = true; isFirst || next; isFirst = false) {
      const page = await reader.audit('acme', next);
      pages.push(page);
      next = page.next;
    }
    return pages;
  };
  return { memory, auditPages };
}

describe('an audit', () => {
  it('goes on with a cursor that years of days do not lengthen', async () => {
    const { auditPages } = await openYears(400);
    const pages = await auditPages();
    expect(pages.flatMap(({ differences }) => differences)).toEqual([]);
    expect(pages.reduce((sum, { entries }) => sum + entries, 0)).toBe(400);
    // One leaf: a row for each of the 400 hours and days, and one for each of the 27 months they touch.
    expect(pages.reduce((sum, { rollups }) => sum + rollups, 0)).toBe(400 + 400 + 27);
    expect(Math.max(...pages.map(({ next }) => next?.length ?? 0))).toBeLessThan(200);
  });

  it('finds a row on a day that no commit is about', async () => {
    const { memory, auditPages } = await openYears(3);
    // Calls on the 29th, 27th and 25th; the row is copied to the 26th.
    const row = [...memory.items()].find(({ sk }) => sk.startsWith('2026-01-25#'));
    expect(row?.pk).toBe(keys.dayRows('acme', '2026-01'));
    await memory.put({ ...row, pk: row?.pk ?? '', sk: '2026-01-26#00000' });
    const found = (await auditPages()).flatMap(({ differences }) => differences);
    expect(found.map(({ kind, where }) => [kind, where.slice(0, 18)])).toEqual([
      ['row_not_sum_of_commits', 'day row 2026-01-26'],
      ['row_not_sum_of_commits', 'month row 2026-01 '],
    ]);
  });
});
