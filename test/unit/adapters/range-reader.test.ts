import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { RangePage } from '../../../lib/app/ports.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT } from '../../helpers/ledger-fixtures.ts';

const DAY_MS = 86_400_000;

const RANGE = { first: '2026-01-26', last: '2026-01-28' };

/** 25 commits, each with one call on each of the five days from 2026-01-25 to 2026-01-29, then one of the 29th alone. */
async function openLedger() {
  const memory = new MemoryTable();
  const tenants = new TenantStore(memory, () => 0);
  await tenants.create(TENANT);
  const surroundings = steadySurroundings();
  const ledger = new DynamoLedger(memory, surroundings);
  const record = (name: string, days: readonly number[]) => {
    const calls = days.map((day) => ratedCall({ id: `${name}-${day}`, timeMs: START_MS - day * DAY_MS }));
    return ledger.append(TENANT, calls, surroundings.now() + 50_000);
  };
  for (let n = 0; n < 25; n++) await record(`call-${n}`, [0, 1, 2, 3, 4]);
  await record('last', [0]);
  const reader = new DynamoLedgerReader(memory, tenants);
  const readAll = async (days: typeof RANGE, upToCommit: number) => {
    const pages: RangePage[] = [];
    for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
      const page = await reader.entriesOfDays('acme', days, upToCommit, next);
      pages.push(page);
      next = page.next;
    }
    return pages;
  };
  return { record, readAll };
}

describe('entries of a range of days', () => {
  it('are read commit by commit, each once, with the share of the way behind each page', async () => {
    const { readAll } = await openLedger();
    const pages = await readAll(RANGE, 1_000);
    // Ten commits a page with three days each: 30, 30 and 15 entries; the 26th commit is not about these days.
    expect(pages.map(({ entries, ratio }) => [entries.length, ratio])).toEqual([
      [30, 0.4],
      [30, 0.8],
      [15, 1],
    ]);
    const found = pages.flatMap(({ entries }) => entries);
    expect(new Set(found.map(({ event }) => event.id)).size).toBe(75);
    expect(new Set(found.map(({ day }) => day))).toEqual(new Set(['2026-01-26', '2026-01-27', '2026-01-28']));
    expect(found.map(({ commit }) => commit)).toEqual(found.map(({ commit }) => commit).sort((a, b) => a - b));
  });

  it('end at the commit that the reader names, and where the first page found the end', async () => {
    const { record, readAll } = await openLedger();
    expect((await readAll(RANGE, 12)).map(({ entries }) => entries.length)).toEqual([30, 6]);
    await record('later', [2]);
    expect((await readAll(RANGE, 26)).flatMap(({ entries }) => entries)).toHaveLength(75);
    expect((await readAll(RANGE, 27)).flatMap(({ entries }) => entries)).toHaveLength(76);
  });

  it('are none where no commit is about the days', async () => {
    const { readAll } = await openLedger();
    expect(await readAll({ first: '2025-01-01', last: '2025-01-03' }, 1_000)).toEqual([{ entries: [], ratio: 1 }]);
  });
});
