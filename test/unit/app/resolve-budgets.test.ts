import { describe, expect, it } from 'vitest';
import type { EvaluatePorts } from '../../../lib/app/budgets/budget-ports.ts';
import { evaluateBudgets } from '../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import type { LedgerReader } from '../../../lib/app/ports.ts';
import { createAlertWorld, delta } from '../../helpers/alert-world.ts';

async function withBudget(json: object = {}) {
  const world = createAlertWorld();
  const ports = world.start();
  const put = (change: object = {}) =>
    putBudget(ports, world.tenant, { name: 'B', amount_usd: '100', ...json, ...change });
  await put();
  return { ...world, ports, put, evaluate: (by: EvaluatePorts = ports) => evaluateBudgets(by, world.tenant, 'save') };
}

const spend = (usd: number, day = '2026-01-20') => delta(day, usd, { team: 'cx' });

/** Counts the reads of claims from now on. */
function countClaimReads(ports: EvaluatePorts): () => number {
  let reads = 0;
  const claims = ports.alerts.claims.bind(ports.alerts);
  ports.alerts.claims = (...args) => {
    reads += 1;
    return claims(...args);
  };
  return () => reads;
}

describe('spend that a correction takes back below what was told', () => {
  it('is told by a function that starts cold, when the one that saw it fall died', async () => {
    const { ledger, topic, ports, start, evaluate } = await withBudget();
    ledger.commit(spend(85));
    await evaluate();
    ledger.commit(spend(-40));
    const dying = start();
    dying.alerts.claim = () => Promise.reject(new Error('the function died'));
    await expect(evaluate(dying)).rejects.toThrow();
    expect(topic.delivered).toHaveLength(1);
    await evaluate(start());
    await evaluate(ports);
    expect(topic.delivered.map(({ data }) => data['status'])).toEqual(['firing', 'resolved']);
  });

  it('is told by the same function when its first try failed', async () => {
    const { ledger, topic, ports, evaluate } = await withBudget();
    ledger.commit(spend(85));
    await evaluate();
    ledger.commit(spend(-40));
    const claim = ports.alerts.claim;
    ports.alerts.claim = () => Promise.reject(new Error('the table is away'));
    await expect(evaluate()).rejects.toMatchObject({ code: 'budgets/not-evaluated' });
    ports.alerts.claim = claim.bind(ports.alerts);
    await evaluate();
    expect(topic.delivered[1]).toMatchObject({
      severity: 'info',
      attributes: { status: 'resolved' },
      data: { status: 'resolved', budget: { crossed: [50, 80], spent_usd: '45' } },
    });
  });

  it('is told once, however many functions see it fall', async () => {
    const { ledger, topic, start, tenant, evaluate } = await withBudget();
    ledger.commit(spend(120));
    await evaluate();
    ledger.commit(spend(-100));
    const reports = await Promise.all(Array.from({ length: 200 }, () => evaluateBudgets(start(), tenant)));
    expect(reports.flatMap(({ alerts }) => alerts)).toHaveLength(1);
    expect(topic.attempts).toBe(2);
  });

  it('is not told by a function that is behind the one that told', async () => {
    const { ledger, topic, start, evaluate } = await withBudget();
    ledger.commit(spend(40));
    // It takes the head for commit 1, and reads the claims only after somebody else has crossed at commit 2.
    let asked = 0;
    const reader: LedgerReader = Object.assign(Object.create(ledger), {
      head: async () => (asked++ === 0 ? 1 : ledger.head()),
    });
    const behind = { ...start(), reader };
    const claims = behind.alerts.claims.bind(behind.alerts);
    behind.alerts.claims = async (...args) => {
      ledger.commit(spend(40));
      await evaluate();
      return claims(...args);
    };
    await evaluate(behind);
    expect(topic.delivered.map(({ data }) => data['status'])).toEqual(['firing']);
  });

  it('is told although the claim came a moment after the fall was seen', async () => {
    const { ledger, topic, start, wait, evaluate } = await withBudget();
    ledger.commit(spend(60));
    const slow = start();
    const claim = slow.alerts.claim.bind(slow.alerts);
    const watcher = start();
    slow.alerts.claim = async (...args) => {
      ledger.commit(spend(-30));
      await evaluate(watcher);
      return claim(...args);
    };
    await evaluate(slow);
    wait(60_000);
    await evaluate(watcher);
    expect(topic.delivered.map(({ data }) => data['status'])).toEqual(['firing', 'resolved']);
  });

  it('is told of each part by itself', async () => {
    const { ledger, topic, evaluate } = await withBudget({ each: 'team' });
    ledger.commit(spend(85), delta('2026-01-20', 85, { team: 'ops' }));
    await evaluate();
    ledger.commit(spend(-40));
    await evaluate();
    expect(topic.delivered[2]?.data).toMatchObject({ status: 'resolved', budget: { part: 'cx', crossed: [50, 80] } });
    expect(topic.delivered).toHaveLength(3);
  });

  it('is armed again by a raise and by the next period', async () => {
    const { ledger, topic, put, evaluate } = await withBudget();
    ledger.commit(spend(55));
    await evaluate();
    ledger.commit(spend(-20));
    await evaluate();
    await put({ amount_usd: '60' });
    await evaluate();
    // 35 of 60 is 58 %: the half of the new version.
    expect(topic.delivered[2]?.data).toMatchObject({ status: 'firing', budget: { version: 2, crossed: [50] } });
  });
});

describe('claims', () => {
  it('are read once after a start, and not again while totals only grow', async () => {
    const { ledger, ports, wait, evaluate } = await withBudget();
    ledger.commit(spend(20));
    await evaluate();
    wait(120_000);
    await evaluate();
    const reads = countClaimReads(ports);
    for (let commit = 0; commit < 20; commit++) {
      ledger.commit(spend(1));
      await evaluate();
    }
    expect(reads()).toBe(0);
    ledger.commit(spend(10));
    await evaluate();
    // 20 + 20 + 10 = 50 %.
    expect(reads()).toBe(1);
  });
});
