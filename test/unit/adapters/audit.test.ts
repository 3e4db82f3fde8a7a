import { describe, expect, it } from 'vitest';
import { type AuditProgress, beginning } from '../../../lib/adapters/dynamodb/ledger/audit-progress.ts';
import { auditRows } from '../../../lib/adapters/dynamodb/ledger/audit-rows.ts';
import { decodeCommit } from '../../../lib/adapters/dynamodb/ledger/commit-codec.ts';
import { CommitLog } from '../../../lib/adapters/dynamodb/ledger/commit-log.ts';
import { Dictionaries } from '../../../lib/adapters/dynamodb/ledger/dictionaries.ts';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoRebuilder } from '../../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import type { Item } from '../../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import { auditParts, copyTable, itemTexts, namedBy, openHistory, rebuildAll } from '../../helpers/audit-world.ts';
import { FaultyTable } from '../../helpers/faulty-table.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const DAY_MS = 86_400_000;

/** A ledger with a call on every other day of many: years of them, as an import brings. */
async function openYears(days: number): Promise<MemoryTable> {
  const memory = new MemoryTable();
  await new TenantStore(memory, () => 0).create(TENANT);
  const surroundings = steadySurroundings();
  const calls = Array.from({ length: days }, (_, n) =>
    ratedCall({ id: `call-${n}`, timeMs: START_MS - n * 2 * DAY_MS }),
  );
  await new DynamoLedger(memory, surroundings).append(TENANT, calls, surroundings.now() + 50_000);
  return memory;
}

/** A ledger with some groups of calls, each a commit. */
async function openGroups(groups: readonly (readonly Parameters<typeof ratedCall>[0][])[]): Promise<MemoryTable> {
  const memory = new MemoryTable();
  await new TenantStore(memory, () => 0).create(TENANT);
  const surroundings = steadySurroundings();
  for (const group of groups) {
    const calls = group.map((event) => ratedCall(event));
    await new DynamoLedger(memory, surroundings).append(TENANT, calls, surroundings.now() + 50_000);
  }
  return memory;
}

const itemsOf = (table: MemoryTable, prefix: string): Item[] =>
  [...table.items()].filter(({ pk }) => pk.startsWith(prefix)).sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1));

describe('an audit', () => {
  it('goes on with a cursor that years of days do not lengthen', async () => {
    const pages = await auditParts(await openYears(400));
    expect(pages.flatMap(({ differences }) => differences)).toEqual([]);
    expect(pages.reduce((sum, { entries }) => sum + entries, 0)).toBe(400);
    // One leaf: a row for each of the 400 hours and days, and one for each of the 27 months they touch.
    expect(pages.reduce((sum, { rollups }) => sum + rollups, 0)).toBe(400 + 400 + 27);
    expect(Math.max(...pages.map(({ next }) => next?.length ?? 0))).toBeLessThan(300);
  });

  it('says how far it is, never less than before, and 1 in the end', async () => {
    const ratios = (await auditParts(await openYears(400))).map(({ ratio }) => ratio);
    expect(ratios.length).toBeGreaterThan(4);
    expect(ratios.toSorted((a, b) => a - b)).toEqual(ratios);
    expect(ratios.at(-1)).toBe(1);
    expect(new Set(ratios.slice(0, -1)).has(1)).toBe(false);
  });

  it('finds a row on a day that no commit is about', async () => {
    const memory = await openYears(3);
    // Calls on the 29th, 27th and 25th; the row is copied to the 26th.
    const row = itemsOf(memory, 'RD#').find(({ sk }) => sk.startsWith('2026-01-25#'));
    await memory.put({ ...row, pk: row?.pk ?? '', sk: '2026-01-26#00000' });
    expect(await namedBy(memory)).toEqual(['foreign_row at day row 2026-01-26 shard 00000']);
  });

  it('finds rows of months in which there is no call, next to those in which there are', async () => {
    const memory = await openYears(3);
    const [row] = itemsOf(memory, 'RM#');
    for (const month of ['2025-12', '2026-02']) {
      await memory.put({ ...row, pk: keys.monthRows('acme', month), sk: `${month}#00000` });
    }
    expect(await namedBy(memory)).toEqual([
      'foreign_row at month row 2025-12 shard 00000',
      'foreign_row at month row 2026-02 shard 00000',
    ]);
  });

  it('looks at some days only where it is told to', async () => {
    const memory = await openYears(6);
    // Days 29, 27, 25, 23, 21 and 19, all in one commit; sums of the 27th and the 21st are edited.
    for (const day of ['2026-01-27', '2026-01-21']) {
      const row = itemsOf(memory, 'RD#').find(({ sk }) => sk.startsWith(day));
      await memory.put({ ...row, pk: row?.pk ?? '', sk: row?.sk ?? '', a0: 1n });
    }
    const window = { fromDay: '2026-01-25', toDay: '2026-01-28' };
    expect(await namedBy(memory, window)).toEqual(['row_not_sum_of_commits at day row 2026-01-27 shard 00000']);
    const pages = await auditParts(memory, window);
    // Two of the six entries and their days; the month is not wholly in.
    expect(pages.reduce((sum, { entries }) => sum + entries, 0)).toBe(2);
    expect(pages.reduce((sum, { rollups }) => sum + rollups, 0)).toBe(2 + 2);
  });

  it('names the last commit as missing when an index still knows it', async () => {
    const memory = await openGroups([[{ id: uuidV7(START_MS, 1) }], [{ id: uuidV7(START_MS, 2) }]]);
    await memory.delete(keys.commit('acme', 2));
    expect(await namedBy(memory)).toContain('missing_commit at commit 2');
    // Its page and totals may be all that is left of it: nothing of them is taken away.
    const before = itemTexts(memory).filter((text) => /R[HDM]#/.test(text));
    await rebuildAll(memory);
    expect(itemTexts(memory).filter((text) => /R[HDM]#/.test(text))).toEqual(before);
  });

  it('finds a timed id that two commits count, although the page of the first is gone', async () => {
    const id = uuidV7(START_MS, 1);
    const memory = await openGroups([[{ id }], [{ id: uuidV7(START_MS, 2) }]]);
    await memory.delete(itemsOf(memory, 'P#')[0] ?? { pk: '', sk: '' });
    const surroundings = steadySurroundings(START_MS, 5);
    await new DynamoLedger(memory, surroundings).append(TENANT, [ratedCall({ id })], surroundings.now() + 50_000);
    const page = `id page of minute ${Math.floor(START_MS / 60_000)}`;
    expect(await namedBy(memory)).toEqual(['counted_twice at commits 1 and 3', `missing_page at ${page}, commit 1`]);
    expect((await rebuildAll(memory)).map(({ kind, isRepaired }) => [kind, isRepaired])).toEqual([
      ['counted_twice', false],
      ['missing_page', true],
    ]);
    expect(await namedBy(memory)).toEqual(['counted_twice at commits 1 and 3']);
  });

  it('finds an untimed id that two commits count, although the claim of the first is gone', async () => {
    const memory = await openGroups([[{ id: 'a' }, { id: 'b' }], [{ id: 'c' }]]);
    const [first] = itemsOf(memory, 'C#').map(decodeCommit);
    for (const item of itemsOf(memory, 'I#')) {
      if ((item['s'] as ReadonlySet<string>).has(first?.segments[0]?.segmentId ?? '')) await memory.delete(item);
    }
    const surroundings = steadySurroundings(START_MS, 5);
    const again = [ratedCall({ id: 'a' })];
    await new DynamoLedger(memory, surroundings).append(TENANT, again, surroundings.now() + 50_000);
    expect((await namedBy(memory)).toSorted()).toEqual([
      'counted_twice at commits 1 and 3',
      'missing_claim at claims of commit 1',
    ]);
    await rebuildAll(memory);
    expect(await namedBy(memory)).toEqual(['counted_twice at commits 1 and 3']);
  });

  it('finds a segment that two commits name', async () => {
    const memory = await openGroups([[{ id: 'a' }], [{ id: 'b' }]]);
    const commit = await memory.get(keys.commit('acme', 2));
    await memory.put({ ...commit, ...keys.commit('acme', 3) });
    expect(await namedBy(memory)).toContain('counted_twice at commit 3');
  });

  it('takes no call that the table does not answer for damage', async () => {
    const memory = await openHistory({
      groups: [[0, 1, 2, 3, 4], Array.from({ length: 90 }, (_, n) => 10 + n)],
      orders: [{ commit: 0, rate: 3 }],
      rejects: 2,
    });
    const tenants = new TenantStore(memory, () => 0);
    let [isReached, silent] = [true, 0];
    for (let at = 0; isReached; at++) {
      isReached = false;
      const faulty = new FaultyTable(memory, (_call, index) => {
        if (index === at) isReached = true;
        return index === at ? (at % 2 === 0 ? 'busy' : 'lost-answer') : undefined;
      });
      const reader = new DynamoLedgerReader(faulty, tenants);
      let next: string | undefined;
      try {
        do {
          const part = await reader.audit('acme', next);
          expect([at, part.differences]).toEqual([at, []]);
          next = part.next;
        } while (next);
      } catch (cause) {
        expect(cause).toMatchObject({ retryable: true });
        silent += 1;
      }
    }
    // Each of its calls was met once.
    expect(silent).toBeGreaterThan(100);
  });

  it('compares the rows of a day in pieces where they are too many, and finds the same', async () => {
    // 60 leaves in two hours of three days: 6 shards of day rows a day.
    const calls = Array.from({ length: 360 }, (_, n) => ({
      id: uuidV7(START_MS - (n % 3) * DAY_MS, n),
      timeMs: START_MS - (n % 3) * DAY_MS - (n % 2) * 3_600_000,
      app: `app-${n % 60}`,
    }));
    const memory = await openGroups([calls]);
    const row = itemsOf(memory, 'RH#').find(({ sk }) => sk.endsWith('#00009'));
    await memory.put({ ...row, pk: row?.pk ?? '', sk: row?.sk ?? '', a1: 77n });
    const whole = await namedBy(memory);
    expect(whole).toHaveLength(1);
    const log = new CommitLog(memory, 'acme');
    const context = { table: memory, log, dictionaries: new Dictionaries(memory), tenant: TENANT, isMending: false };
    let progress: AuditProgress | undefined = {
      ...beginning(await log.findHead()),
      phase: 'row',
      firstDay: '2026-01-27',
      lastDay: '2026-01-29',
    };
    const named: string[] = [];
    let [rollups, looks] = [0, 0];
    while (progress?.phase === 'row') {
      // Twenty sums at a time: less than one shard of a day holds.
      const step = await auditRows(context, progress, { commits: 1, sums: 20, months: 3 });
      named.push(...step.findings.map(({ kind, where }) => `${kind} at ${where}`));
      rollups += step.rollups;
      looks += 1;
      progress = step.next;
    }
    expect(named).toEqual(whole);
    const all = (await auditParts(memory)).reduce((sum, page) => sum + page.rollups, 0);
    expect([rollups, looks > 10]).toEqual([all, true]);
  });
});

describe('a rebuild', () => {
  it('makes totals that were all lost, from nothing', async () => {
    const table = await openHistory({
      groups: [
        [1, 2, 3, 4],
        [5, 6, 7],
      ],
      orders: [
        { commit: 0, rate: 3 },
        { commit: 1, rate: 'void' },
      ],
      rejects: 2,
    });
    const twin = await copyTable(table);
    for (const prefix of ['RH#', 'RD#', 'RM#', 'D#', 'P#', 'I#', 'O#']) {
      for (const item of itemsOf(table, prefix)) await table.delete(item);
    }
    await rebuildAll(table);
    expect(itemTexts(table)).toEqual(itemTexts(twin));
  });

  it('repairs nothing when nobody may be told what', async () => {
    const table = await openHistory({ groups: [[1, 2], [3]], orders: [], rejects: 0 });
    await table.delete(itemsOf(table, 'RD#')[0] ?? { pk: '', sk: '' });
    const before = itemTexts(table);
    const rebuilder = new DynamoRebuilder(table, new TenantStore(table, () => 0), steadySurroundings());
    let cursor: string | undefined;
    const run = async () => {
      do {
        const announce = async () => {
          throw new Error('no record');
        };
        const part = await rebuilder.rebuild('acme', { announce, ...(cursor === undefined ? {} : { cursor }) });
        cursor = part.next;
      } while (cursor !== undefined);
    };
    await expect(run()).rejects.toThrow('no record');
    expect(itemTexts(table)).toEqual(before);
  });

  it('puts a row back over a number that no commit has', async () => {
    const table = await openGroups([[{ id: uuidV7(START_MS, 1) }]]);
    const twin = await copyTable(table);
    const [row] = itemsOf(table, 'RM#');
    // The next commit will have number 2, which the row says it holds already.
    await table.put({ ...row, pk: row?.pk ?? '', sk: row?.sk ?? '', upTo: 2n, a0: 99n });
    expect(await table.get({ pk: row?.pk ?? '', sk: row?.sk ?? '' })).toMatchObject({ upTo: 2n });
    await rebuildAll(table);
    expect(itemTexts(table)).toEqual(itemTexts(twin));
  });
});
