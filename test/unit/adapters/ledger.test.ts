import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { AuditDifference, LedgerReader } from '../../../lib/app/ports.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const DEADLINE_MS = START_MS + 50_000;

async function open() {
  const table = new MemoryTable();
  const surroundings = steadySurroundings();
  const tenants = new TenantStore(table, surroundings.now);
  await tenants.create(TENANT);
  return { table, ledger: new DynamoLedger(table, surroundings), reader: new DynamoLedgerReader(table, tenants) };
}

async function auditAll(reader: LedgerReader): Promise<AuditDifference[]> {
  const differences: AuditDifference[] = [];
  for (let next: string | undefined, first = true; first || next; first = false) {
    const page = await reader.audit(TENANT.tenant, next);
    differences.push(...page.differences);
    next = page.next;
  }
  return differences;
}

describe('the ledger', () => {
  it('counts a call once, however often it is sent', async () => {
    const { ledger, reader } = await open();
    const calls = [ratedCall({ id: uuidV7(START_MS, 1) }), ratedCall({ id: 'untimed-1' })];
    expect(await ledger.append(TENANT, calls, DEADLINE_MS)).toEqual(['recorded', 'recorded']);
    expect(await ledger.append(TENANT, [...calls].reverse(), DEADLINE_MS)).toEqual(['duplicate', 'duplicate']);
    const { rows } = await reader.rollups('acme', { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' });
    expect(rows.map(({ measures }) => [measures.calls, measures.cost])).toEqual([[2n, 20n]]);
    expect(await auditAll(reader)).toEqual([]);
  });

  it('keeps the first content of an id and reports the other as a conflict', async () => {
    const { ledger, table } = await open();
    const id = uuidV7(START_MS, 1);
    const first = ratedCall({ id, usage: { input_tokens: 1 } });
    const other = ratedCall({ id, usage: { input_tokens: 2 } });
    expect(await ledger.append(TENANT, [first, other, first], DEADLINE_MS)).toEqual([
      'recorded',
      'conflict',
      'duplicate',
    ]);
    expect(await ledger.append(TENANT, [other], DEADLINE_MS)).toEqual(['conflict']);
    expect([...table.items()].filter(({ pk }) => pk.startsWith('CONFLICT')).length).toBe(1);
  });

  it('counts a call in its own local day and hour, and in the leaf of its dimensions', async () => {
    const { ledger, reader } = await open();
    // 23:30 UTC on the 29th is 00:30 on the 30th in Berlin.
    const timeMs = Date.UTC(2026, 0, 29, 23, 30);
    await ledger.append(TENANT, [ratedCall({ id: 'a', timeMs, app: 'chat', tags: { cost_center: '7' } })], DEADLINE_MS);
    const { rows } = await reader.rollups('acme', { granularity: 'hour', fromDay: '2026-01-30', toDay: '2026-01-31' });
    expect(rows.map(({ period, day, leaf }) => [period, day, leaf[0], leaf[12]])).toEqual([
      ['2026-01-29T23', '2026-01-30', 'chat', '7'],
    ]);
  });

  it('cuts a group that touches more items than one transaction holds', async () => {
    const { ledger, reader } = await open();
    // 300 leaves need 60 hour rows and 30 each of day and month rows: more than 100 items.
    const calls = Array.from({ length: 300 }, (_, i) => ratedCall({ id: uuidV7(START_MS, i), app: `app-${i}` }));
    expect(new Set(await ledger.append(TENANT, calls, DEADLINE_MS))).toEqual(new Set(['recorded']));
    expect(await reader.head('acme')).toBeGreaterThan(1);
    expect(await auditAll(reader)).toEqual([]);
  });

  it('counts what an expression needs once, so that a day of ten leaves is one commit', async () => {
    const { ledger, reader } = await open();
    // From 00:30 in Berlin on: 23 hours x 10 leaves.
    const calls = Array.from({ length: 460 }, (_, i) => {
      const timeMs = Date.UTC(2026, 0, 28, 23, 30) + (i % 23) * 3_600_000;
      return ratedCall({ id: uuidV7(START_MS, i), timeMs, app: `app-${Math.floor(i / 23) % 10}`, latency_ms: i });
    });
    expect(new Set(await ledger.append(TENANT, calls, DEADLINE_MS))).toEqual(new Set(['recorded']));
    expect(await reader.head('acme')).toBe(1);
    expect(await auditAll(reader)).toEqual([]);
  });

  it('keeps sums beyond 2^53 exact, in commits as in rows', async () => {
    const { ledger, reader } = await open();
    const cost = 10n ** 20n + 1n;
    const calls = Array.from({ length: 3 }, (_, i) => ratedCall({ id: `call-${i}` }, cost));
    await ledger.append(TENANT, calls, DEADLINE_MS);
    const { rows } = await reader.rollups('acme', { granularity: 'hour', fromDay: '2026-01-29', toDay: '2026-01-30' });
    expect(rows.map(({ measures }) => measures.cost)).toEqual([300_000_000_000_000_000_003n]);
    for await (const { deltas } of reader.commits('acme', 0, 1)) {
      expect(deltas.map(({ measures }) => measures.cost)).toEqual([300_000_000_000_000_000_003n]);
    }
    expect(await auditAll(reader)).toEqual([]);
  });

  it('records each call once when several appends are asked of one writer at once', async () => {
    const { ledger, reader } = await open();
    const calls = Array.from({ length: 20 }, (_, i) => ratedCall({ id: i % 2 ? uuidV7(START_MS, i) : `call-${i}` }));
    const outcomes = await Promise.all([0, 5, 0].map((from) => ledger.append(TENANT, calls.slice(from), DEADLINE_MS)));
    expect(outcomes.map((of) => [...new Set(of)])).toEqual([['recorded'], ['duplicate'], ['duplicate']]);
    expect(await reader.head('acme')).toBe(1);
    expect(await auditAll(reader)).toEqual([]);
  });

  it('forgets lanes over its limit, and still knows what they hold', async () => {
    const { table, reader } = await open();
    const surroundings = steadySurroundings();
    const small = new DynamoLedger(table, surroundings, { lanes: 1, seenIds: 1, countedIds: 1, months: 1 });
    const calls = [ratedCall({ id: uuidV7(START_MS, 1) }), ratedCall({ id: 'untimed' })];
    for (const outcome of ['recorded', 'duplicate']) {
      for (const tenant of ['acme', 'globex', 'initech']) {
        expect(await small.append({ ...TENANT, tenant }, calls, DEADLINE_MS)).toEqual([outcome, outcome]);
      }
    }
    expect(await auditAll(reader)).toEqual([]);
  });

  it('records sparse history whose ids all lie in minutes of their own', async () => {
    const { ledger, reader } = await open();
    const calls = Array.from({ length: 200 }, (_, i) => {
      const timeMs = START_MS - i * 3_700_000;
      return ratedCall({ id: uuidV7(timeMs, i), timeMs });
    });
    expect(new Set(await ledger.append(TENANT, calls, DEADLINE_MS))).toEqual(new Set(['recorded']));
    expect(new Set(await ledger.append(TENANT, calls, DEADLINE_MS))).toEqual(new Set(['duplicate']));
    expect(await auditAll(reader)).toEqual([]);
  });

  it('finds entries by id and by day, as they were sent', async () => {
    const { ledger, reader } = await open();
    const call = ratedCall({ id: 'x', app: 'chat', tags: { a: 'b' }, latency_ms: 12.5, route: { attempt: 1 } });
    await ledger.append(TENANT, [call], DEADLINE_MS);
    const [found, missing] = await reader.findEntries('acme', ['x', 'y']);
    expect(found?.status === 'recorded' && found.entry.event).toEqual(call.event);
    expect(found?.status === 'recorded' && found.entry.rating).toEqual(call.rating);
    expect(missing?.status).toBe('unknown');
    expect((await reader.entriesOfDay('acme', '2026-01-29')).entries.map(({ event }) => event.id)).toEqual(['x']);
  });

  it('is found out by the audit when a rollup row is changed by hand', async () => {
    const { ledger, reader, table } = await open();
    await ledger.append(TENANT, [ratedCall({ id: 'x' })], DEADLINE_MS);
    const row = [...table.items()].find(({ pk }) => pk.startsWith('RD#'));
    await table.add({ pk: row?.pk ?? '', sk: row?.sk ?? '' }, { a0: 1n });
    expect((await auditAll(reader)).map(({ kind }) => kind)).toContain('row_not_sum_of_commits');
  });
});
