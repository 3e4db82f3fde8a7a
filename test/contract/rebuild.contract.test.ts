import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { type Damage, DERIVED, RECORDED } from '../helpers/audit-damage.ts';
import { type AuditHistory, copyTable, itemTexts, namedBy, openHistory, rebuildAll } from '../helpers/audit-world.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

const range = (from: number, size: number) => Array.from({ length: size }, (_, n) => from + n);

/** Small and large segments, ids of both kinds, corrections and a void, rejects and a conflict. */
const HISTORY: AuditHistory = {
  groups: [range(0, 3), range(20, 90), [5, 401]],
  orders: [
    { commit: 0, rate: 3 },
    { commit: 1, rate: 'void' },
  ],
  rejects: 3,
};

let engine: EngineTable;
let sound: MemoryTable;
beforeAll(async () => {
  engine = await startEngineTable();
  sound = await openHistory(HISTORY);
});
afterAll(() => engine.stop());

/** A table whose items are known, so that only what differs need be written. */
class KnownTable {
  readonly table: Table;
  #known = new MemoryTable();

  constructor(table: Table) {
    this.table = table;
  }

  /** Brings the table to exactly the items of another. */
  async bring(to: MemoryTable): Promise<void> {
    for (const { pk, sk } of this.#known.items()) if (!(await to.get({ pk, sk }))) await this.table.delete({ pk, sk });
    for (const item of to.items()) if ((await this.#known.get(item)) !== item) await this.table.put(item);
    this.#known = await copyTable(to);
  }

  /** What the table holds now under the keys of others. */
  async readBack(...others: readonly MemoryTable[]): Promise<MemoryTable> {
    const held = new MemoryTable();
    for (const { pk, sk } of others.flatMap((each) => [...each.items()])) {
      const item = await this.table.get({ pk, sk });
      if (item) await held.put(item);
    }
    this.#known = await copyTable(held);
    return held;
  }
}

describe.each(['memory', 'embedded engine'])('audit and rebuild on the table of kind %s', (kind) => {
  let known: KnownTable;
  beforeAll(() => {
    known = new KnownTable(kind === 'memory' ? new MemoryTable() : engine.table);
  });

  it.each(Object.keys(DERIVED))('find and mend %s', async (name) => {
    const { damaged, named } = await damage(DERIVED[name]);
    await known.bring(damaged);
    expect(await namedBy(known.table)).toEqual([named]);
    expect((await rebuildAll(known.table)).map(({ isRepaired }) => isRepaired)).toEqual([true]);
    expect(itemTexts(await known.readBack(sound, damaged))).toEqual(itemTexts(sound));
  });

  it.each(Object.keys(RECORDED))('find and leave %s', async (name) => {
    const { damaged, named } = await damage(RECORDED[name]);
    await known.bring(damaged);
    const found = await namedBy(known.table);
    expect([found.length, found[0]?.startsWith(named)]).toEqual([1, true]);
    expect((await rebuildAll(known.table)).map(({ isRepaired }) => isRepaired)).toEqual([false]);
    expect(itemTexts(await known.readBack(damaged))).toEqual(itemTexts(damaged));
  });
});

/** The sound table with the first damage of a kind that it can take. */
async function damage(kind: Damage | undefined) {
  const damaged = await copyTable(sound);
  for (let pick = 0; pick < 50; pick++) {
    const named = await kind?.(damaged, pick);
    if (named !== undefined) return { damaged, named };
  }
  throw new Error('the history holds nothing of this kind');
}
