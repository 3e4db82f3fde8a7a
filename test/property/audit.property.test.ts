import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { DERIVED, RECORDED } from '../helpers/audit-damage.ts';
import { type AuditHistory, copyTable, itemTexts, namedBy, openHistory, rebuildAll } from '../helpers/audit-world.ts';

/** Enough calls for a segment of its own. */
const runs = fc
  .tuple(fc.nat(300), fc.integer({ min: 80, max: 140 }))
  .map(([from, size]) => Array.from({ length: size }, (_, n) => from + n));

const histories: fc.Arbitrary<AuditHistory> = fc.record({
  groups: fc.array(fc.oneof(fc.array(fc.nat(400), { minLength: 1, maxLength: 25 }), runs), {
    minLength: 2,
    maxLength: 6,
  }),
  orders: fc.array(
    fc.record({ commit: fc.nat(5), rate: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant('void' as const)) }),
    { maxLength: 4 },
  ),
  rejects: fc.nat(5),
});

const damages = (from: object) => fc.tuple(fc.constantFrom(...Object.keys(from)), fc.nat(1_000));

/** Whether what is named lies where something is damaged already: the same row, or the same order. */
function isDamaged(named: string, expected: ReadonlySet<string>): boolean {
  const placeOf = (name: string) => name.slice(name.indexOf(' at ') + 4).replace(/^(order \d+).*$/, '$1');
  return [...expected].some((each) => placeOf(each) === placeOf(named));
}

/** Names that begin alike are the same thing: some are followed by the leaf. */
function expectNamed(found: readonly string[], expected: readonly string[]): void {
  const shown = found.map((name) => expected.find((each) => name === each || name.startsWith(`${each} `)) ?? name);
  expect(shown.toSorted()).toEqual(expected.toSorted());
}

/** The damage is named exactly, a rebuild without writing says so too, and one that writes leaves nothing of it. */
async function expectRepaired(twin: MemoryTable, table: MemoryTable, expected: readonly string[]): Promise<void> {
  expectNamed(await namedBy(table), expected);
  const shown = await rebuildAll(table, true);
  expect(shown.every(({ isRepairable, isRepaired }) => isRepairable && !isRepaired)).toBe(true);
  const repaired = await rebuildAll(table);
  expect(repaired.every(({ isRepaired }) => isRepaired)).toBe(true);
  expect(itemTexts(table)).toEqual(itemTexts(twin));
  expect(await namedBy(table)).toEqual([]);
  expect(await rebuildAll(table)).toEqual([]);
}

describe('an audit', () => {
  it('names exactly what is damaged of what is derived, and a rebuild puts back every bit of it', async () => {
    // Each kind of damage comes first in some histories, with others behind it; a history that cannot be damaged so is
    // drawn again.
    for (const kind of Object.keys(DERIVED)) {
      const property = fc.asyncProperty(
        histories,
        fc.nat(1_000),
        fc.array(damages(DERIVED), { maxLength: 2 }),
        async (history, pick, others) => {
          const twin = await openHistory(history);
          expect(await namedBy(twin)).toEqual([]);
          let table = await copyTable(twin);
          const expected = new Set<string>();
          for (const [name, place] of new Map([[kind, pick], ...others.filter(([name]) => name !== kind)])) {
            const damaged = await copyTable(table);
            const named = await DERIVED[name]?.(damaged, place);
            fc.pre(named !== undefined || name !== kind);
            // A second damage may fall on what the first one changed: then it is one thing that is wrong.
            if (named === undefined || isDamaged(named, expected)) continue;
            table = damaged;
            expected.add(named);
          }
          await expectRepaired(twin, table, [...expected]);
        },
      );
      await fc.assert(property, { numRuns: 4, maxSkipsPerRun: 1_000 });
    }
  });

  it.each(Object.keys(RECORDED))(
    'names %s and nothing else, and a rebuild leaves it and all totals alone',
    async (name) => {
      const property = fc.asyncProperty(histories, fc.nat(1_000), async (history, pick) => {
        const table = await openHistory(history);
        const named = await RECORDED[name]?.(table, pick);
        fc.pre(named !== undefined);
        expectNamed(await namedBy(table), [named]);
        const before = itemTexts(table);
        const left = await rebuildAll(table);
        expect(left.map(({ isRepairable, isRepaired }) => [isRepairable, isRepaired])).toEqual([[false, false]]);
        expect(itemTexts(table)).toEqual(before);
      });
      await fc.assert(property, { numRuns: 20, maxSkipsPerRun: 1_000 });
    },
  );
});
