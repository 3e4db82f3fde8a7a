import { describe, expect, it } from 'vitest';
import { evaluateBudgets } from '../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import { createAlertWorld, delta } from '../../helpers/alert-world.ts';

/** Amount spent and forecast in the alert that a budget of $100 brings after $5 a day in January up to the 19th. */
async function alertAfter(creditUsd: number) {
  const world = createAlertWorld();
  const ports = world.start();
  await putBudget(ports, world.tenant, { name: 'all', amount_usd: '100', thresholds: [40] });
  for (let day = 1; day <= 19; day++) world.ledger.commit(delta(`2026-01-${String(day).padStart(2, '0')}`, 5));
  const credit = { model: 'credit', operation: 'credit' };
  if (creditUsd > 0) world.ledger.commit(delta('2026-01-01', -creditUsd, credit, { calls: 0n }));
  await evaluateBudgets(ports, world.tenant);
  return world.topic.delivered[0]?.data as {
    readonly budget: { readonly spent_usd: string };
    readonly forecast: { readonly point_usd: number; readonly hi80_usd: number; readonly p_exceed: number };
  };
}

describe('a credit in the period of a budget', () => {
  it('lowers what is spent and the whole forecast by its amount, and is no pattern of days to come', async () => {
    const [without, withCredit] = [await alertAfter(0), await alertAfter(50)];
    // 19 days of $5 are $95, less $50 of credit $45; 12 days are left, the running one included: 95 + 12 x 5 = 155.
    expect([without.budget.spent_usd, withCredit.budget.spent_usd]).toEqual(['95', '45']);
    expect(without.forecast.point_usd).toBeCloseTo(155, 6);
    expect(withCredit.forecast.point_usd).toBeCloseTo(105, 6);
    expect(withCredit.forecast.hi80_usd).toBeCloseTo(without.forecast.hi80_usd - 50, 6);
    expect(withCredit.forecast.p_exceed).toBeLessThan(without.forecast.p_exceed);
  });

  it('larger than all that was spent does not stop the budget from being watched', async () => {
    const world = createAlertWorld();
    const ports = world.start();
    await putBudget(ports, world.tenant, { name: 'all', amount_usd: '100', thresholds: [50] });
    world.ledger.commit(delta('2026-01-02', -30, { model: 'credit', operation: 'credit' }, { calls: 0n }));
    world.ledger.commit(delta('2026-01-03', 79));
    expect((await evaluateBudgets(ports, world.tenant)).alerts).toEqual([]);
    world.ledger.commit(delta('2026-01-20', 1));
    // 79 + 1 - 30 = 50, which is half of 100.
    expect((await evaluateBudgets(ports, world.tenant)).alerts).toHaveLength(1);
  });
});
