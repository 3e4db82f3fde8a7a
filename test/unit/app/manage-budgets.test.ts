import { expect, it } from 'vitest';
import { applyBudgets } from '../../../lib/app/budgets/apply-budgets.ts';
import { evaluateBudgets } from '../../../lib/app/budgets/evaluate-budgets.ts';
import { listBudgetStatus, listBudgets, putBudget, removeBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import { createAlertWorld, delta, USD } from '../../helpers/alert-world.ts';

function createWorld() {
  const world = createAlertWorld();
  const ports = world.start();
  const put = (json: object) => putBudget(ports, world.tenant, { name: 'B', amount_usd: '100', ...json });
  return { ...world, ports, put };
}

it('gives a budget a stable id, counts versions from 1 and remembers the commit it was made at', async () => {
  const { ledger, put } = createWorld();
  ledger.commit(delta('2026-01-19', 1));
  const { budget, change } = await put({});
  expect(change).toBe('created');
  expect(budget).toMatchObject({ version: 1, sinceCommit: 1, name: 'B' });
  ledger.commit(delta('2026-01-19', 1));
  expect((await put({ amount_usd: '200' })).budget).toMatchObject({ id: budget.id, version: 2, sinceCommit: 2 });
});

it('counts versions on when a removed name is taken up again, so that old claims do not silence it', async () => {
  const { ports, tenant, put } = createWorld();
  await put({});
  expect(await removeBudget(ports, tenant, 'B')).toBe('removed');
  expect(await removeBudget(ports, tenant, 'B')).toBe('absent');
  expect(await removeBudget(ports, tenant, 'never was')).toBe('absent');
  expect(await listBudgets(ports, tenant)).toEqual([]);
  expect(await put({})).toMatchObject({ change: 'created', budget: { version: 2 } });
});

it('refuses a change over one that came in between', async () => {
  const { ports, tenant, put } = createWorld();
  await put({});
  const find = ports.budgets.find.bind(ports.budgets);
  ports.budgets.find = async (of, name) => {
    const found = await find(of, name);
    ports.budgets.find = find;
    await put({ amount_usd: '300' });
    return found;
  };
  await expect(put({ amount_usd: '200' })).rejects.toMatchObject({
    code: 'request/changed-meanwhile',
    retryable: true,
  });
  expect((await listBudgets(ports, tenant))[0]?.amount.amounts).toEqual([300n * USD]);
});

it('shows what each budget has spent in the current month, exact and without alerting', async () => {
  const { ledger, ports, tenant, topic, put } = createWorld();
  ledger.commit(delta('2026-01-02', 30, { team: 'cx' }), delta('2025-12-31', 99, { team: 'cx' }));
  await put({ filter: { team: 'cx' } });
  await put({ name: 'All', amount_usd: '40', paused: true });
  ledger.commit(delta('2026-01-19', 25, { team: 'cx' }), delta('2026-01-19', 5));
  expect(await listBudgetStatus(ports, tenant, await listBudgets(ports, tenant))).toMatchObject([
    {
      budget: { name: 'All', paused: true },
      // 30 + 25 + 5 = 60 of 40.
      current: { amount: 40n * USD, parts: [{ part: '', spent: 60n * USD, crossedThresholdsPercent: [50, 80, 100] }] },
    },
    {
      budget: { name: 'B' },
      current: { period: { name: '2026-01' }, parts: [{ spent: 55n * USD, crossedThresholdsPercent: [50] }] },
      commit: 2,
    },
  ]);
  expect(topic.attempts).toBe(0);
});

it('keeps the budgets of two tenants apart', async () => {
  const { ports, tenant, put } = createWorld();
  const { budget } = await put({});
  const other = { ...tenant, tenant: 'other' };
  expect(await listBudgets(ports, other)).toEqual([]);
  const twin = await putBudget(ports, other, { name: 'B', amount_usd: '100' });
  expect(twin.budget.id).not.toBe(budget.id);
  expect((await evaluateBudgets(ports, other)).budgets).toBe(1);
});

it('a tenant has budgets of as many names as the limit says and not one more, set or applied', async () => {
  const world = createAlertWorld();
  const ports = world.start();
  const json = (name: string) => ({ name, amount_usd: '1' });
  const { budget } = await putBudget(ports, world.tenant, json('0'));
  for (let n = 1; n < 1_999; n++)
    await ports.budgets.put(world.tenant.tenant, { budget: { ...budget, name: `${n}` }, isRemoved: n > 5 }, undefined);
  const apply = (names: readonly string[]) =>
    applyBudgets({ ...ports, keyId: 'key-1' }, world.tenant, names.map(json), false);
  await expect(apply(['0', 'new', 'newer'])).rejects.toThrow('at most 2000 budgets');
  await putBudget(ports, world.tenant, json('new'));
  await expect(putBudget(ports, world.tenant, json('newer'))).rejects.toThrow('at most 2000 budgets');
  // Names that are there already can be taken up again.
  await apply(['0', '1998', 'new']);
  expect((await putBudget(ports, world.tenant, json('1997'))).change).toBe('created');
});
