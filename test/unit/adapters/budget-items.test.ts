import { describe, expect, it } from 'vitest';
import { decodeSpent, encodeSpent, MAX_SPENT_BYTES } from '../../../lib/adapters/dynamodb/budget-items.ts';
import { TableBudgetStore, totalsKey } from '../../../lib/adapters/dynamodb/budget-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { putBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import type { Budget } from '../../../lib/domain/budgets/budget.ts';
import { createAlertWorld, USD } from '../../helpers/alert-world.ts';

const item = (attributes: ReturnType<typeof encodeSpent>) => ({ pk: 'TOTAL#acme', sk: '-', ...attributes });

/** As a budget was stored before budgets knew more than months in USD. */
const FIRST_FORM = {
  pk: 'BUDGET#acme',
  sk: 'Support',
  revision: 3n,
  amount: 500n * USD,
  state: 'kept',
  body: JSON.stringify({
    ...{ id: '3b1f', version: 2, name: 'Support', scope: { team: 'cx' }, period: 'month', paused: false },
    ...{ thresholdsPercent: [50, 80, 100], createdAtMs: 1, changedAtMs: 2, sinceCommit: 7 },
  }),
};

const READ: Budget = {
  ...{ id: '3b1f', version: 2, name: 'Support', scope: { team: 'cx' }, each: null, paused: false, owner: null },
  schedule: { rule: { kind: 'month', anchorDay: 1 } },
  amount: { unit: 'pico_usd', amounts: [500n * USD] },
  ...{ thresholdsPercent: [50, 80, 100], forecastThresholdsPercent: [100] },
  ...{ createdAtMs: 1, changedAtMs: 2, sinceCommit: 7 },
};

describe('a budget stored in the first form', () => {
  it('reads as a calendar month in USD, of the same version', async () => {
    const table = new MemoryTable();
    await table.put(FIRST_FORM);
    const store = new TableBudgetStore(table);
    expect(await store.find('acme', 'Support')).toEqual({ budget: READ, isRemoved: false, revision: 3 });
    expect(await store.put('acme', { budget: READ, isRemoved: false }, 3)).toBe('written');
    expect(await store.find('acme', 'Support')).toEqual({ budget: READ, isRemoved: false, revision: 4 });
  });

  it('is unchanged when it is set again as it was', async () => {
    const world = createAlertWorld();
    await world.table.put({ ...FIRST_FORM, pk: `BUDGET#${world.tenant.tenant}` });
    const json = { name: 'Support', amount_usd: '500', filter: { team: 'cx' } };
    expect(await putBudget(world.start(), world.tenant, json)).toMatchObject({ change: 'unchanged' });
  });

  it('keeps its totals', async () => {
    const table = new MemoryTable();
    await table.put({ ...totalsKey('acme', READ), number: 9n, spent: '{"2026-01":"60","2025-12":"-5"}' });
    const spent = new Map([
      ['2026-01', new Map([['', 60n]])],
      ['2025-12', new Map([['', -5n]])],
    ]);
    expect(await new TableBudgetStore(table).totals('acme', READ)).toEqual({ number: 9, spent });
  });
});

describe('stored totals', () => {
  it('are read back as they were, packed where they are long', () => {
    for (const count of [0, 1, 3, 2_000]) {
      const parts = new Map(Array.from({ length: count }, (_, n) => [`part ${n} "#ä`, BigInt(n) ** 9n - 5n] as const));
      const spent = new Map([
        ['2026-01-20', parts],
        ['2026-01-21', new Map([['__proto__', 7n]])],
      ]);
      const stored = encodeSpent(spent);
      expect(Object.keys(stored)).toEqual([count === 2_000 ? 'packed' : 'spent']);
      expect(decodeSpent(item(stored))).toEqual(spent);
    }
  });

  it('leave out their oldest periods where they would not fit an item, and keep the newest', () => {
    // Names that do not compress: 36 days of 400 parts with 60 characters each are some 900 KB.
    const name = createNames();
    const days = Array.from({ length: 36 }, (_, n) => `2026-03-${String(n + 1).padStart(2, '0')}`);
    const spent = new Map(days.map((day) => [day, new Map(Array.from({ length: 400 }, () => [name(), 10n ** 15n]))]));
    const stored = encodeSpent(spent);
    const bytes = stored['packed'] instanceof Uint8Array ? stored['packed'].length : 0;
    const kept = [...decodeSpent(item(stored)).keys()];
    expect([bytes > MAX_SPENT_BYTES / 2, bytes <= MAX_SPENT_BYTES]).toEqual([true, true]);
    expect(kept).toEqual(days.slice(-kept.length));
    expect(kept.length).toBeGreaterThan(5);
  });

  it('of one period that does not fit alone are empty', () => {
    const name = createNames();
    const parts = Array.from({ length: 10_000 }, () => [name(), 1n] as const);
    expect(decodeSpent(item(encodeSpent(new Map([['2026-01', new Map(parts)]]))))).toEqual(new Map());
  });
});

/** Draws names of 60 characters that do not compress, always the same ones. */
function createNames(): () => string {
  let seed = 1;
  const draw = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed % 36).toString(36);
  };
  return () => Array.from({ length: 60 }, draw).join('');
}
