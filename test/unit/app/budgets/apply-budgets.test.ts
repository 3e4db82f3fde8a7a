import { describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../../../lib/adapters/dynamodb/admin-records.ts';
import { TableBudgetStore } from '../../../../lib/adapters/dynamodb/budget-store.ts';
import { type ApplyPorts, applyBudgets } from '../../../../lib/app/budgets/apply-budgets.ts';
import type { BudgetStore } from '../../../../lib/app/budgets/budget-ports.ts';
import { listBudgets, putBudget, removeBudget } from '../../../../lib/app/budgets/manage-budgets.ts';
import { InvalidBudgetError } from '../../../../lib/domain/budgets/budget.ts';
import { toRawBudget } from '../../../../lib/domain/budgets/parse-budget.ts';
import { createAlertWorld } from '../../../helpers/alert-world.ts';

function createWorld() {
  const { start, table, tenant } = createAlertWorld();
  const { reader, budgets, clock } = start();
  const adminRecords = new TableAdminRecords(table);
  const ports: ApplyPorts = { reader, budgets, clock, keyId: 'key-1' };
  return {
    ports,
    tenant,
    put: (json: object) => putBudget(ports, tenant, json),
    apply: (list: unknown, isDryRun = false, over: Partial<ApplyPorts> = {}) =>
      applyBudgets({ ...ports, ...over }, tenant, list, isDryRun),
    standing: async () => (await listBudgets(ports, tenant)).map((budget) => toRawBudget(budget)),
    records: () => adminRecords.list(tenant.tenant),
  };
}

const A = { name: 'A', amount_usd: '100', filter: { team: 'cx' }, owner: 'Ann' };
const B = { name: 'B', amount_tokens: '5000', period: 'day' };
const deedsOf = ({ differences }: { differences: readonly { name: string; deed: string; state: string }[] }) =>
  differences.map(({ name, deed, state }) => `${name} ${deed} ${state}`);

describe('a list of budgets that is applied', () => {
  it('creates what is new, and changes nothing when it is applied again', async () => {
    const { apply, standing, records } = createWorld();
    expect(deedsOf(await apply([A, B]))).toEqual(['A created applied', 'B created applied']);
    const before = await standing();
    expect(deedsOf(await apply([A, B]))).toEqual(['A unchanged same', 'B unchanged same']);
    expect(await standing()).toEqual(before);
    expect(await records()).toHaveLength(2);
  });

  it('changes nothing in a dry run', async () => {
    const { apply, standing, records } = createWorld();
    expect(deedsOf(await apply([A], true))).toEqual(['A created planned']);
    expect([await standing(), await records()]).toEqual([[], []]);
  });

  it('pauses what it leaves out, keeps it, and resumes it when it is listed again', async () => {
    const { apply, standing } = createWorld();
    await apply([A, B]);
    expect(deedsOf(await apply([B]))).toEqual(['B unchanged same', 'A paused applied']);
    expect(await standing()).toMatchObject([{ name: 'A', amount_usd: '100', paused: true }, { name: 'B' }]);
    expect(deedsOf(await apply([A, B]))).toEqual(['A resumed applied', 'B unchanged same']);
    expect(await standing()).toMatchObject([{ name: 'A', paused: false }, { name: 'B' }]);
  });

  it('pauses everything when it is empty', async () => {
    const { apply } = createWorld();
    await apply([A, B]);
    expect(deedsOf(await apply([]))).toEqual(['A paused applied', 'B paused applied']);
  });

  it('creates a removed budget again, with the next version', async () => {
    const { apply, ports, tenant } = createWorld();
    await apply([A]);
    await removeBudget(ports, tenant, 'A');
    expect(deedsOf(await apply([A]))).toEqual(['A created applied']);
    expect(await listBudgets(ports, tenant)).toMatchObject([{ name: 'A', version: 2 }]);
  });

  it('is refused as a whole with every fault, and nothing of it is applied', async () => {
    const { apply, standing, put } = createWorld();
    await put(B);
    const faulty = [A, { ...B, amount_tokens: '0' }, { name: 'C', amount_usd: 'x', each: 'colour' }];
    const refusal = await apply(faulty).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(InvalidBudgetError);
    expect((refusal as InvalidBudgetError).issues.map(({ field }) => field)).toEqual([
      'budgets[1].amount_tokens',
      'budgets[2].each',
      'budgets[2].amount_usd',
    ]);
    expect(await standing()).toMatchObject([{ name: 'B', amount_tokens: '5000' }]);
  });

  it('writes each change and its record in one step, and reads everything else once', async () => {
    const { tenant, table, start } = createAlertWorld();
    const calls: string[] = [];
    const counting = new Proxy(table, {
      get: (of, name) => {
        const value: unknown = Reflect.get(of, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          calls.push(String(name));
          return value.apply(of, args);
        };
      },
    });
    const { reader, clock } = start();
    const ports = { reader, clock, budgets: new TableBudgetStore(counting), keyId: 'key-1' };
    const list = Array.from({ length: 30 }, (_, index) => ({ ...A, name: `B-${index}` }));
    await applyBudgets(ports, tenant, list, false);
    expect(calls).toEqual(['query', ...list.map(() => 'transact')]);
    expect(await new TableAdminRecords(table).list(tenant.tenant)).toHaveLength(30);
    table.transact = () => Promise.reject(new Error('the table is gone'));
    await expect(applyBudgets(ports, tenant, [A], false)).rejects.toThrow('the table is gone');
    expect(await listBudgets({ ...ports, budgets: new TableBudgetStore(table) }, tenant)).toHaveLength(30);
  });

  it('leaves a record of each change: who, what, from what to what', async () => {
    const { apply, records } = createWorld();
    await apply([A]);
    await apply([{ ...A, amount_usd: '120' }]);
    // The clock stands, so the order of the two is left open.
    expect(await records()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ detail: expect.objectContaining({ name: 'A', version: 1, change: 'created' }) }),
        expect.objectContaining({
          keyId: 'key-1',
          action: 'budget.applied',
          detail: {
            name: 'A',
            version: 2,
            change: 'changed',
            fields: [{ field: 'amount_usd', before: '100', after: '120' }],
          },
        }),
      ]),
    );
  });
});

/** A store whose writes go through only as long as there are some left. */
function failAfter(budgets: BudgetStore, writes: number): BudgetStore {
  let left = writes;
  return {
    list: (tenant) => budgets.list(tenant),
    find: (tenant, name) => budgets.find(tenant, name),
    totals: (tenant, budget) => budgets.totals(tenant, budget),
    saveTotals: (...args) => budgets.saveTotals(...args),
    put: async (...args) => {
      if (left-- <= 0) throw new Error('the table is gone');
      return budgets.put(...args);
    },
  };
}

describe('a list that is cut short', () => {
  const list = Array.from({ length: 20 }, (_, index) => ({ name: `B-${10 + index}`, amount_usd: '1' }));

  it('says what was done and what was not, and does the rest when it is applied again', async () => {
    const { apply, ports, standing } = createWorld();
    const report = await apply(list, false, { budgets: failAfter(ports.budgets, 13) });
    const states = report.differences.map(({ state }) => state);
    expect([states.filter((it) => it === 'applied').length, states.filter((it) => it === 'failed').length]).toEqual([
      13, 7,
    ]);
    expect(report.failures).toHaveLength(7);
    const again = await apply(list);
    expect(again.differences.filter(({ state }) => state === 'applied')).toHaveLength(7);
    expect(await standing()).toHaveLength(20);
    expect((await apply(list)).differences.every(({ state }) => state === 'same')).toBe(true);
  });

  it('fails when nothing of it could be done', async () => {
    const { apply, ports } = createWorld();
    await expect(apply(list, false, { budgets: failAfter(ports.budgets, 0) })).rejects.toThrow('the table is gone');
  });
});

describe('lists that are applied at the same time', () => {
  it('agree when they are the same: every budget is stored once', async () => {
    const { apply, ports, tenant, standing } = createWorld();
    await apply([A, B]);
    const list = [
      { ...A, amount_usd: '7' },
      { name: 'C', amount_usd: '3' },
    ];
    await Promise.all([apply(list), apply(list), apply(list)]);
    expect(await standing()).toMatchObject([
      { name: 'A', amount_usd: '7' },
      { name: 'B', paused: true },
      { name: 'C' },
    ]);
    const versions = (await listBudgets(ports, tenant)).map(({ name, version }) => `${name} ${version}`);
    expect(versions).toEqual(['A 2', 'B 1', 'C 1']);
  });

  it('leave each budget as one of them wants it when they differ', async () => {
    const { apply, standing } = createWorld();
    await Promise.all([apply([{ ...A, amount_usd: '7', thresholds: [7] }]), apply([{ ...A, amount_usd: '8' }])]);
    const [{ amount_usd: amount, thresholds } = {}] = await standing();
    expect([
      { amount: '7', thresholds: [7] },
      { amount: '8', thresholds: [50, 80, 100] },
    ]).toContainEqual({ amount, thresholds });
  });

  it('do not take back what somebody changes while a budget is being paused', async () => {
    const { apply, ports, put, standing } = createWorld();
    await put(A);
    const list = ports.budgets.list.bind(ports.budgets);
    const budgets: BudgetStore = {
      ...failAfter(ports.budgets, 99),
      list: async (tenant) => {
        const listed = await list(tenant);
        await put({ ...A, amount_usd: '999' });
        return listed;
      },
    };
    await apply([], false, { budgets });
    expect(await standing()).toMatchObject([{ name: 'A', amount_usd: '999', paused: true }]);
  });
});
