import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateBudgets } from '../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import type { BudgetTotals } from '../../lib/domain/budgets/budget-total.ts';
import { createAlertWorld, delta, USD } from '../helpers/alert-world.ts';

type World = ReturnType<typeof createAlertWorld>;

describe('running totals', () => {
  const spends = fc.array(
    fc.record({
      day: fc.constantFrom('2025-11-30', '2025-12-31', '2026-01-01', '2026-01-20'),
      cents: fc.integer({ min: -500, max: 5_000 }),
      team: fc.constantFrom('cx', 'other'),
    }),
    { minLength: 5, maxLength: 90 },
  );

  it('equal the sum of the ledger at their number, and never go back, while commits and evaluators race', async () => {
    let racedSnapshots = 0;
    const property = fc.asyncProperty(spends, fc.integer({ min: 1, max: 5 }), async (planned, evaluators) => {
      const world = createAlertWorld();
      const stored = watchTotals(world);
      let isDone = false;
      const commitAll = async () => {
        for (const [index, { day, cents, team }] of planned.entries()) {
          // Two budgets made at different moments stand at different numbers.
          if (index === 3 || index === 9)
            await putBudget(world.start(), world.tenant, {
              name: `B${index}`,
              amount_usd: '7',
              filter: { team: 'cx' },
            });
          world.ledger.commit(delta(day, cents / 100, { team }));
          await new Promise((resolve) => setImmediate(resolve));
        }
        isDone = true;
      };
      const environments = Array.from({ length: evaluators }, () => world.start());
      const evaluateOften = environments.map(async (port, index) => {
        while (!isDone) {
          const before = world.ledger.readSnapshots;
          // Every other environment starts cold each time, and reads totals that stand at different numbers.
          const ports = index % 2 === 0 ? port : world.start();
          const report = await evaluateBudgets(ports, world.tenant, index > 2 ? 'save' : 'lazy');
          if (world.ledger.readSnapshots > before && world.ledger.log.length > report.commit) racedSnapshots += 1;
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
      await Promise.all([commitAll(), ...evaluateOften]);
      await evaluateBudgets(world.start(), world.tenant, 'save');
      const remembered = environments.flatMap(({ memory }) => [...memory.values()].map(({ totals }) => totals));
      for (const totals of [...stored, ...remembered])
        for (const [period, parts] of totals.spent)
          expect(parts.get(''), `${period} at ${totals.number}`).toBe(sumOf(planned.slice(0, totals.number), period));
      expect(stored.at(-1)?.number).toBe(planned.length);
    });
    await fc.assert(property, { numRuns: 200 });
    // Without commits between the head and the snapshot the hard case was never met.
    expect(racedSnapshots).toBeGreaterThan(100);
  });
});

/** Every total that is stored from now on, in order; going back to an older number is an error at once. */
function watchTotals({ table }: World): BudgetTotals[] {
  const stored: BudgetTotals[] = [];
  const last = new Map<string, number>();
  const put = table.put.bind(table);
  let calls = 0;
  table.put = async (item, condition) => {
    // Some writes are slow, so that an older total may arrive after a newer one.
    for (let wait = (calls++ * 7) % 5; wait > 0; wait--) await new Promise((resolve) => setImmediate(resolve));
    const result = await put(item, condition);
    if (!item.pk.startsWith('TOTAL#') || result === 'failed') return result;
    const number = Number(item['number']);
    if (number < (last.get(item.sk) ?? 0)) throw new Error(`the total went back to ${number}`);
    last.set(item.sk, number);
    const spent = Object.entries(JSON.parse(String(item['spent'])) as Record<string, string>);
    stored.push({ number, spent: new Map(spent.map(([period, sum]) => [period, new Map([['', BigInt(sum)]])])) });
    return result;
  };
  return stored;
}

/** Straight sum of what was spent on team cx, apart from the code under test. */
function sumOf(
  spends: readonly { readonly day: string; readonly cents: number; readonly team: string }[],
  period: string,
): bigint {
  return spends
    .filter(({ day, team }) => team === 'cx' && day.startsWith(period))
    .reduce((sum, { cents }) => sum + BigInt(cents) * (USD / 100n), 0n);
}
