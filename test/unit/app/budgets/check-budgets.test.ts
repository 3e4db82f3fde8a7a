import { describe, expect, it } from 'vitest';
import { type CheckQuestion, checkBudgets } from '../../../../lib/app/budgets/check-budgets.ts';
import { evaluateBudgets } from '../../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../../../lib/app/budgets/manage-budgets.ts';
import type { Freshness } from '../../../../lib/app/spend/query-completeness.ts';
import { createAlertWorld, delta, NOON_MS, USD } from '../../../helpers/alert-world.ts';
import { TENANT } from '../../../helpers/ledger-fixtures.ts';

function createWorld() {
  const world = createAlertWorld({ ...TENANT, tagDimensions: ['cost_center'] });
  const { reader, budgets, clock } = world.start();
  const { tenant } = world;
  const asked = { freshness: 0, totals: 0 };
  const readFreshness = async (): Promise<Freshness> => {
    asked.freshness += 1;
    const queued = { usage: 0, import: 0 };
    return { asOfMs: clock() - 1_000, queued, deadLetters: 0, rejects: 0, conflicts: 0, missing: 0 };
  };
  const totals = budgets.totals.bind(budgets);
  budgets.totals = (of, budget) => {
    asked.totals += 1;
    return totals(of, budget);
  };
  const ports = { reader, budgets, clock, readFreshness, memory: new Map() };
  return {
    ...world,
    asked,
    ports,
    put: (json: object) => putBudget(ports, tenant, { name: 'B', amount_usd: '100', ...json }),
    check: (dimensions: Record<string, string>, over: Partial<CheckQuestion> = {}) =>
      checkBudgets(ports, tenant, {
        dimensions,
        estimates: { pico_usd: 0n, tokens: 0n },
        limitPercent: 100,
        ...over,
      }),
  };
}

const DAY = '2026-01-20';

describe('the check before a call', () => {
  it('allows the call while every budget that counts it has something left', async () => {
    const { ledger, put, check } = createWorld();
    await put({ name: 'team', filter: { team: 'cx' } });
    await put({ name: 'all', amount_usd: '1000' });
    await put({ name: 'other', filter: { team: 'ops' } });
    ledger.commit(delta(DAY, 99.99, { team: 'cx' }), delta(DAY, 500, { team: 'ops' }));
    const result = await check({ team: 'cx', app: 'bot' });
    expect(result).toMatchObject({ isAllowed: true, unknown: [], commit: 1, asOfMs: NOON_MS - 1_000 });
    // 99.99 of 100 is more of its budget than 599.99 of 1,000.
    expect(result.counted.map(({ budget, spent }) => [budget.name, spent])).toEqual([
      ['team', (9_999n * USD) / 100n],
      ['all', (59_999n * USD) / 100n],
    ]);
  });

  it('refuses it when one of them has nothing left, which comes first', async () => {
    const { ledger, put, check } = createWorld();
    await put({ name: 'a', amount_usd: '1000' });
    await put({ name: 'z', filter: { team: 'cx' } });
    ledger.commit(delta(DAY, 100, { team: 'cx' }));
    const result = await check({ team: 'cx' });
    expect(result.isAllowed).toBe(false);
    expect(result.counted.map(({ budget, isAllowing }) => [budget.name, isAllowing])).toEqual([
      ['z', false],
      ['a', true],
    ]);
  });

  it('stops at another percent where one is given', async () => {
    const { ledger, put, check } = createWorld();
    await put({});
    ledger.commit(delta(DAY, 80));
    expect((await check({}, { limitPercent: 80 })).isAllowed).toBe(false);
    expect((await check({}, { limitPercent: 81 })).isAllowed).toBe(true);
  });

  it('counts what the call is thought to take, in the unit of each budget', async () => {
    const { ledger, put, check } = createWorld();
    await put({ name: 'usd' });
    await put({ name: 'tokens', amount_usd: undefined, amount_tokens: '1000' });
    ledger.commit(delta(DAY, 90, {}, { input_tokens: 500n, output_tokens: 400n }));
    const usd = await check({}, { estimates: { pico_usd: 11n * USD, tokens: 0n } });
    expect(usd.counted.map(({ budget, isAllowing }) => [budget.name, isAllowing])).toEqual([
      ['usd', false],
      ['tokens', true],
    ]);
    // 900 + 100 = 1,000 is what the budget allows; one more is not.
    expect((await check({}, { estimates: { pico_usd: 0n, tokens: 100n } })).isAllowed).toBe(true);
    expect((await check({}, { estimates: { pico_usd: 0n, tokens: 101n } })).isAllowed).toBe(false);
  });

  it('does not guess: a budget that depends on what was not given decides nothing and is named', async () => {
    const { ledger, put, check } = createWorld();
    await put({ name: 'model', filter: { team: 'cx', model: 'm-1', 'tags.cost_center': '7' } });
    await put({ name: 'each', each: 'app' });
    ledger.commit(delta(DAY, 500, { team: 'cx', model: 'm-1', app: 'bot', tag1: '7' }));
    const result = await check({ team: 'cx' });
    expect(result.isAllowed).toBe(true);
    expect(result.unknown.map(({ budget, lacking }) => [budget.name, lacking])).toEqual([
      ['each', ['app']],
      ['model', ['model', 'tags.cost_center']],
    ]);
    expect((await check({ team: 'ops' })).unknown.map(({ budget }) => budget.name)).toEqual(['each']);
    const known = { team: 'cx', model: 'm-1', app: 'bot', 'tags.cost_center': '7' };
    expect((await check(known)).counted.map(({ budget }) => budget.name)).toEqual(['each', 'model']);
  });

  it('looks at the part that the call belongs to, also at one that has used nothing yet', async () => {
    const { ledger, put, check } = createWorld();
    await put({ each: 'team' });
    ledger.commit(delta(DAY, 150, { team: 'cx' }));
    expect(await check({ team: 'cx' })).toMatchObject({
      isAllowed: false,
      counted: [{ part: 'cx', spent: 150n * USD }],
    });
    expect(await check({ team: 'new' })).toMatchObject({ isAllowed: true, counted: [{ part: 'new', spent: 0n }] });
  });

  it('passes over budgets that are paused or not in force today', async () => {
    const { ledger, put, check } = createWorld();
    await put({ name: 'paused', paused: true });
    await put({ name: 'over', end_date: DAY });
    await put({ name: 'to come', start_date: '2026-01-21' });
    ledger.commit(delta('2026-01-19', 500));
    expect(await check({})).toMatchObject({ isAllowed: true, counted: [], unknown: [] });
  });

  it('names a dimension that the tenant does not keep, and one without a value', async () => {
    const { check } = createWorld();
    await expect(check({ 'tags.project': 'x', colour: 'red', team: '' })).rejects.toMatchObject({
      issues: [{ field: 'tags.project' }, { field: 'colour' }, { field: 'team' }],
    });
  });

  it('allows everything where there are no budgets', async () => {
    expect(await createWorld().check({ team: 'cx' })).toMatchObject({ isAllowed: true, counted: [], commit: 0 });
  });
});

describe('a warm check', () => {
  it('reads only what was committed since the one before, and no rollups', async () => {
    const { ledger, put, check, asked } = createWorld();
    for (const name of ['a', 'b', 'c']) await put({ name });
    for (let commit = 0; commit < 50; commit++) ledger.commit(delta(DAY, 1));
    await check({});
    const [snapshots, commits] = [ledger.readSnapshots, ledger.readCommits];
    expect(asked).toEqual({ freshness: 1, totals: 3 });
    ledger.commit(delta(DAY, 1));
    ledger.commit(delta(DAY, 1));
    expect((await check({})).counted).toMatchObject(Array(3).fill({ spent: 52n * USD }));
    expect([ledger.readSnapshots, ledger.readCommits - commits]).toEqual([snapshots, 2]);
    expect(asked).toEqual({ freshness: 1, totals: 3 });
  });

  it('asks the queues again after ten seconds', async () => {
    const { check, asked, wait } = createWorld();
    await check({});
    wait(9_999);
    await check({});
    expect(asked.freshness).toBe(1);
    wait(1);
    expect((await check({})).asOfMs).toBe(NOON_MS + 10_000 - 1_000);
    expect(asked.freshness).toBe(2);
  });

  it('takes the stored totals when it is more than a hundred commits behind', async () => {
    const { ledger, put, check, asked, start, tenant } = createWorld();
    await put({});
    await check({});
    for (let commit = 0; commit < 101; commit++) ledger.commit(delta(DAY, 0.5));
    await evaluateBudgets(start(), tenant, 'save');
    const commits = ledger.readCommits;
    expect((await check({})).counted[0]?.spent).toBe((101n * USD) / 2n);
    expect(ledger.readCommits - commits).toBe(0);
    expect(asked.totals).toBe(2);
  });

  it('sees a raised amount, a pause and a new budget within a second', async () => {
    const { ledger, put, check, wait } = createWorld();
    const verdicts: boolean[] = [];
    const tell = async () => verdicts.push((await check({})).isAllowed);
    await put({});
    ledger.commit(delta(DAY, 100));
    await tell();
    await put({ amount_usd: '101' });
    wait(999);
    await tell();
    wait(1);
    await tell();
    await put({ name: 'new', amount_usd: '50' });
    wait(1_000);
    await tell();
    await put({ name: 'new', amount_usd: '50', paused: true });
    wait(1_000);
    await tell();
    expect(verdicts).toEqual([false, false, true, false, true]);
  });

  it('begins again with a new period', async () => {
    const { ledger, put, check, wait } = createWorld();
    await put({ period: 'day', amount_usd: '10' });
    ledger.commit(delta(DAY, 10));
    expect((await check({})).isAllowed).toBe(false);
    wait(86_400_000);
    expect(await check({})).toMatchObject({
      isAllowed: true,
      counted: [{ spent: 0n, period: { name: '2026-01-21' } }],
    });
    ledger.commit(delta('2026-01-21', 10));
    expect((await check({})).isAllowed).toBe(false);
  });
});
