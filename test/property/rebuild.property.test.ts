import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { LedgerUnavailableError } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import { DynamoRebuilder } from '../../lib/adapters/dynamodb/ledger/rebuild.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { DERIVED } from '../helpers/audit-damage.ts';
import { callsOf, copyTable, itemTexts, namedBy, openHistory } from '../helpers/audit-world.ts';
import { FaultyTable } from '../helpers/faulty-table.ts';
import { START_MS, steadySurroundings, TENANT } from '../helpers/ledger-fixtures.ts';

/** Damages that change no outcome of a writer: one that loses pages or claims would rightly count ids again. */
const HARMLESS_TO_WRITERS = Object.keys(DERIVED).filter((name) => !/page|claim/.test(name));

const FAULTS = ['busy', 'lost-request', 'lost-answer', 'late'] as const;

/** Rebuilds through to the end, each part again and again until it is answered, sometimes from the very beginning. */
async function rebuildPatiently(table: Table, memory: MemoryTable, restarts: number): Promise<void> {
  const rebuilder = new DynamoRebuilder(table, new TenantStore(memory, () => 0), steadySurroundings());
  for (let left = restarts, cursor: string | undefined; ; ) {
    try {
      const request = { announce: async () => {}, ...(cursor === undefined ? {} : { cursor }) };
      const { next } = await rebuilder.rebuild(TENANT.tenant, request);
      if (next === undefined) return;
      cursor = next;
      // Whoever is interrupted begins anew.
      if (left-- > 0) cursor = undefined;
    } catch (cause) {
      if (!(cause instanceof LedgerUnavailableError)) throw cause;
    }
  }
}

async function write(table: MemoryTable, groups: readonly (readonly number[])[]): Promise<void> {
  const surroundings = steadySurroundings(START_MS, 99);
  const ledger = new DynamoLedger(table, surroundings);
  for (const group of groups) await ledger.append(TENANT, callsOf(group), START_MS + 1_000_000_000);
}

describe('a rebuild', () => {
  it('restores a table to its undamaged twin while calls are recorded, beside another rebuild, through faults', async () => {
    let repaired = 0;
    const faults = new Map<string, number>();
    const property = fc.asyncProperty(
      fc.array(fc.array(fc.nat(200), { minLength: 1, maxLength: 20 }), { minLength: 2, maxLength: 4 }),
      fc.array(fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.constantFrom(...HARMLESS_TO_WRITERS), fc.nat(1_000)), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1 }),
      async (groups, meanwhile, damages, seed) => {
        const orders = [
          { commit: 0, rate: 3 },
          { commit: 1, rate: 'void' as const },
        ];
        const table = await openHistory({ groups, orders, rejects: 3 });
        const twin = await copyTable(table);
        for (const [name, pick] of damages) if (await DERIVED[name]?.(table, pick)) repaired += 1;
        const { random } = steadySurroundings(START_MS, seed);
        const faulty = () =>
          new FaultyTable(table, () => {
            // One request in twenty-five.
            return FAULTS[Math.floor(random() * 100)];
          });
        const [first, second] = [faulty(), faulty()];
        await Promise.all([
          rebuildPatiently(first, table, 2),
          rebuildPatiently(second, table, 0),
          write(table, meanwhile),
        ]);
        await write(twin, meanwhile);
        for (const { hits } of [first, second])
          for (const [name, n] of hits) faults.set(name, (faults.get(name) ?? 0) + n);
        expect(await namedBy(table)).toEqual([]);
        expect(itemTexts(table)).toEqual(itemTexts(twin));
      },
    );
    await fc.assert(property, { numRuns: 80 });
    expect(repaired).toBeGreaterThan(80);
    expect(faults.size).toBeGreaterThan(8);
  });
});
