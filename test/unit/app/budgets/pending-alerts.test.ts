import { describe, expect, it } from 'vitest';
import { publishExpired } from '../../../../lib/app/alerts/publish-alerts.ts';
import { evaluateBudgets } from '../../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget, removeBudget } from '../../../../lib/app/budgets/manage-budgets.ts';
import { createAlertWorld, delta } from '../../../helpers/alert-world.ts';

const HOUR_MS = 3_600_000;
const BUDGET = { name: 'B', amount_usd: '100', thresholds: [50] };

/** A budget whose alert the topic refused, and which spends more after that. */
async function withPending() {
  const world = createAlertWorld();
  const ports = world.start();
  await putBudget(ports, world.tenant, BUDGET);
  world.ledger.commit(delta('2026-01-20', 60));
  world.topic.behave = (attempt) => (attempt === 1 ? 'refuse' : 'accept');
  expect((await evaluateBudgets(ports, world.tenant)).alerts).toMatchObject([{ outcome: 'failed' }]);
  const sweep = async () => {
    world.wait(HOUR_MS);
    world.ledger.commit(delta('2026-01-20', -30));
    const { outcomes } = await publishExpired(ports, world.clock() + HOUR_MS);
    return [outcomes.published, (await evaluateBudgets(ports, world.tenant)).alerts.length];
  };
  return { ...world, ports, sweep };
}

describe('an alert that waits to be sent while its budget', () => {
  it.each([
    ['is paused', { ...BUDGET, paused: true }],
    ['ends', { ...BUDGET, end_date: '2025-06-01' }],
  ])('%s is sent, and nothing after it', async (_, json) => {
    const { ports, tenant, topic, sweep } = await withPending();
    await putBudget(ports, tenant, json);
    expect(await sweep()).toEqual([1, 0]);
    expect(topic.delivered).toHaveLength(1);
  });

  it('is removed is sent, and nothing after it', async () => {
    const { ports, tenant, topic, sweep } = await withPending();
    await removeBudget(ports, tenant, 'B');
    expect(await sweep()).toEqual([1, 0]);
    expect(topic.delivered).toHaveLength(1);
  });
});
