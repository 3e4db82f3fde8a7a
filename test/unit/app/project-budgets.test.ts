import { describe, expect, it } from 'vitest';
import { TableProjectionStore } from '../../../lib/adapters/dynamodb/projection-store.ts';
import type { Table } from '../../../lib/adapters/dynamodb/table.ts';
import { evaluateBudgets } from '../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget, removeBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import { MAX_PROJECTED_PARTS } from '../../../lib/app/forecasts/list-subjects.ts';
import { projectBudgets, watchForecasts } from '../../../lib/app/forecasts/project-budgets.ts';
import { addDays } from '../../../lib/domain/local-time.ts';
import { createAlertWorld, delta, NOON_MS, USD } from '../../helpers/alert-world.ts';
import { createForecastSources } from '../../helpers/forecast-ports.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';

const FAR_MS = Number.MAX_SAFE_INTEGER;
const HOUR_MS = 3_600_000;
const TODAY = '2026-01-20';

/** $10 a day of team cx since so many days before 20 January: $190 of January are spent, about $310 are to be. */
function createWorld(historyDays = 60) {
  const world = createAlertWorld();
  for (let day = addDays(TODAY, -historyDays); day < TODAY; day = addDays(day, 1))
    world.ledger.commit(delta(day, 10, { team: 'cx', app: 'bot' }));
  const start = (over: Table = world.table) => ({
    ...world.start(over),
    ...createForecastSources(over),
    projections: new TableProjectionStore(over),
  });
  const run = () => projectBudgets(start(), world.tenant, FAR_MS);
  const put = (json: Record<string, unknown>) => putBudget(start(), world.tenant, { name: 'B', ...json });
  /** Runs now and in the hours that follow. */
  const runHours = async (hours: number) => {
    for (let hour = 0; hour < hours; hour++) {
      if (hour > 0) world.wait(HOUR_MS);
      await run();
    }
  };
  const list = () => start().projections.list(world.tenant.tenant);
  const told = () =>
    world.topic.delivered.map(({ kind, data }) => {
      const budget = data['budget'] as { readonly crossed: readonly number[] };
      return { kind, status: data['status'], crossed: budget.crossed };
    });
  return { ...world, start, run, runHours, put, list, told };
}

describe('the projections of an hour', () => {
  it('are one for the month and one for each budget, with what was spent to the picodollar', async () => {
    const { put, run, list, ledger } = createWorld();
    await put({ amount_usd: '300', filter: { team: 'cx' } });
    ledger.commit(delta(TODAY, 2.5, { team: 'other' }));
    expect(await run()).toEqual({ projected: 1, partsLeftOut: 0, claimed: 0 });
    const [month, budget] = await list();
    // 19 days of $10, and $2.50 of another team.
    expect(month).toMatchObject({ budget: null, period: '2026-01', spent: 192n * USD + USD / 2n, amount: null });
    expect(budget).toMatchObject({
      budget: { name: 'B', version: 1 },
      days: { fromDay: '2026-01-01', toDay: '2026-02-01' },
      part: '',
      unit: 'pico_usd',
      amount: 300n * USD,
      spent: 190n * USD,
      commit: 61,
      hour: NOON_MS / HOUR_MS,
      projectedAtMs: NOON_MS,
      projection: { state: 'ready' },
    });
    // 12 days of about $10 are to come.
    expect(budget?.projection.point).toBeCloseTo(310, -1);
  });

  it('are read once for all budgets of a tenant', async () => {
    const { put, run, ledger } = createWorld();
    for (const name of ['A', 'B', 'C']) await put({ name, amount_usd: '5000' });
    ledger.readSnapshots = 0;
    await run();
    expect(ledger.readSnapshots).toBe(1);
  });

  it('stay as they are when the hour runs again, and cost no read of the ledger', async () => {
    const { put, run, list, ledger, wait } = createWorld();
    await put({ amount_usd: '300' });
    await run();
    const first = await list();
    ledger.commit(delta(TODAY, 40, { team: 'cx' }));
    wait(10 * 60_000);
    ledger.readSnapshots = 0;
    expect(await run()).toEqual({ projected: 1, partsLeftOut: 0, claimed: 0 });
    expect(await list()).toEqual(first);
    expect(ledger.readSnapshots).toBe(0);
  });

  it('are finished by the next run of the hour where one was cut short, and what was made before stands', async () => {
    const { put, run, list, start, tenant, clock, ledger } = createWorld();
    for (const name of ['A', 'B']) await put({ name, amount_usd: '5000' });
    let looks = 0;
    // Time runs out after the first budget.
    const cut = { ...start(), clock: () => (++looks > 2 ? NOON_MS + 60_000 : clock()) };
    await expect(projectBudgets(cut, tenant, NOON_MS + 30_000)).rejects.toThrow('no time was left');
    expect((await list()).map(({ budget }) => budget?.name)).toEqual(['A']);
    ledger.commit(delta(TODAY, 5, { team: 'cx' }));
    await run();
    const spent = new Map((await list()).map((projection) => [projection.budget?.name, projection.spent]));
    expect(spent.get('A')).toBe(190n * USD);
    expect(spent.get('B')).toBe(195n * USD);
    expect(spent.get(undefined)).toBe(195n * USD);
  });

  it('leave out budgets that are paused, removed or not in force, and go when they do', async () => {
    const { put, run, list, start, tenant, wait } = createWorld();
    await put({ name: 'paused', amount_usd: '1', thresholds: [100] });
    await put({ name: 'removed', amount_usd: '1' });
    await put({ name: 'ended', amount_usd: '1', end_date: '2026-01-10' });
    await put({ name: 'kept', amount_usd: '1' });
    await run();
    const names = async () => (await list()).flatMap(({ budget }) => budget?.name ?? []).sort();
    expect(await names()).toEqual(['kept', 'paused', 'removed']);
    await put({ name: 'paused', amount_usd: '1', thresholds: [100], paused: true });
    await removeBudget(start(), tenant, 'removed');
    wait(HOUR_MS);
    await run();
    expect(await names()).toEqual(['kept']);
  });

  it('take the place of those of older versions and of periods that are over', async () => {
    const { put, run, list, wait } = createWorld();
    await put({ name: 'B', amount_usd: '300' });
    await put({ name: 'D', amount_usd: '20', period: 'day' });
    await run();
    await put({ name: 'B', amount_usd: '400' });
    // From 20 January noon to 1 February noon.
    wait(12 * 24 * HOUR_MS);
    await run();
    const listed = (await list()).map(({ budget, period }) => `${budget?.name} ${budget?.version} ${period}`);
    expect(listed.sort()).toEqual(['B 2 2026-02', 'D 1 2026-02-01', 'undefined undefined 2026-02']);
  });

  it('are made for the parts that use most, and say how many were left out', async () => {
    const { put, run, list, ledger } = createWorld(0);
    const parts = Array.from({ length: MAX_PROJECTED_PARTS + 3 }, (_, index) => `team-${index}`);
    ledger.commit(...parts.map((team, index) => delta('2026-01-19', index + 1, { team })));
    ledger.commit(delta('2026-01-19', 900, {}));
    await put({ amount_usd: '1000', each: 'team' });
    expect(await run()).toMatchObject({ projected: MAX_PROJECTED_PARTS, partsLeftOut: 3 });
    const projected = (await list()).flatMap(({ budget, part }) => (budget ? [part] : []));
    // The three that spent $1, $2 and $3; what names no team is no part.
    expect(parts.filter((part) => !projected.includes(part))).toEqual(['team-0', 'team-1', 'team-2']);
  });

  it('are made for a part that was busy before the period began', async () => {
    const { put, run, list, wait } = createWorld();
    await put({ amount_usd: '1000', each: 'team' });
    // From noon of 20 January to the first hour of February in Berlin, when nothing of it is spent yet.
    wait((11 * 24 + 11.5) * HOUR_MS);
    await run();
    expect((await list())[1]).toMatchObject({ period: '2026-02', part: 'cx', spent: 0n });
  });

  it('say of the amount how likely it is exceeded, whatever the thresholds are', async () => {
    const { put, run, list } = createWorld();
    await put({ amount_usd: '200', forecast_thresholds: [300, 1000] });
    await run();
    const projection = (await list())[1];
    // About $310 of $200, far below $600.
    expect(projection?.projection.pExceed).toBeGreaterThan(0.95);
    expect(projection?.standings.map(({ probability }) => (probability ?? 1) < 0.05)).toEqual([true, true]);
    expect(projection?.runOutDay).toMatch(/^2026-01-2[0-3]$/);
  });

  it('count tokens where the amount is of tokens', async () => {
    const { put, run, list, ledger } = createWorld(0);
    ledger.commit(delta('2026-01-19', 1, {}, { input_tokens: 700n, output_tokens: 50n }));
    await put({ amount_tokens: '1000' });
    await run();
    expect((await list())[1]).toMatchObject({ unit: 'tokens', spent: 750n, amount: 1000n });
  });
});

describe('a forecast threshold', () => {
  it('is told of in the second hour running, once, with all thresholds in one message', async () => {
    const { put, run, runHours, told } = createWorld();
    await put({ amount_usd: '200', thresholds: [1000], forecast_thresholds: [98, 100, 150, 300] });
    await run();
    expect(told()).toEqual([]);
    await runHours(5);
    // About $310 of $200: 98, 100 and most likely 150 %, hardly 300 %; $190 are 95 %.
    expect(told()).toHaveLength(1);
    expect(told()).toEqual([{ kind: 'budget_forecast', status: 'firing', crossed: expect.arrayContaining([98, 100]) }]);
  });

  it('is not told of by two runs of one hour', async () => {
    const { put, run, told, wait } = createWorld();
    await put({ amount_usd: '200', thresholds: [1000] });
    await run();
    wait(50 * 60_000);
    await run();
    expect(told()).toEqual([]);
  });

  it('is not told of after an hour without a run', async () => {
    const { put, run, told, wait } = createWorld();
    await put({ amount_usd: '200', thresholds: [1000] });
    await run();
    wait(2 * HOUR_MS);
    await run();
    expect(told()).toEqual([]);
    wait(HOUR_MS);
    await run();
    expect(told()).toHaveLength(1);
  });

  it('is not told of while the budget is learning', async () => {
    const { put, runHours, told } = createWorld(3);
    await put({ amount_usd: '31', thresholds: [1000] });
    await runHours(4);
    expect(told()).toEqual([]);
  });

  it('is not told of where the spend has reached it', async () => {
    const { put, runHours, told, start, tenant } = createWorld();
    await put({ amount_usd: '190', forecast_thresholds: [80, 100, 120] });
    await evaluateBudgets(start(), tenant);
    await runHours(3);
    expect(told()).toEqual([
      { kind: 'budget_actual', status: 'firing', crossed: [50, 80, 100] },
      { kind: 'budget_forecast', status: 'firing', crossed: [120] },
    ]);
  });

  it.each([
    ['2026-03-06', 1],
    ['2026-03-07', 0],
  ])('of a budget that ends with the day before %s is told of %i times: 45 days may be left', async (end, messages) => {
    const { put, runHours, told } = createWorld(90);
    await put({ amount_usd: '230', period: 'year', start_date: '2026-01-01', end_date: end, thresholds: [1000] });
    await runHours(3);
    expect(told()).toHaveLength(messages);
  });

  it('that was told costs nothing more in the hours that follow', async () => {
    const { put, run, runHours, ledger, wait, told } = createWorld();
    await put({ amount_usd: '200', thresholds: [1000] });
    await runHours(2);
    expect(told()).toHaveLength(1);
    wait(HOUR_MS);
    ledger.readSnapshots = 0;
    await run();
    // The rows for the projections alone: no message is written that cannot be claimed.
    expect(ledger.readSnapshots).toBe(1);
  });

  it('is told of by a later run of the hour with the figures of the first, when that one failed', async () => {
    const { put, run, start, tenant, ledger, topic, wait } = createWorld();
    await put({ amount_usd: '200', thresholds: [1000] });
    await run();
    wait(HOUR_MS);
    const ports = start();
    ports.alerts.claim = () => Promise.reject(new Error('no table'));
    await expect(projectBudgets(ports, tenant, FAR_MS)).rejects.toThrow('no table');
    wait(2 * 60_000);
    ledger.commit(delta(TODAY, 3, { team: 'cx', app: 'bot' }));
    await run();
    expect(topic.delivered[0]?.data).toMatchObject({
      as_of: new Date(NOON_MS + HOUR_MS).toISOString(),
      commit: 60,
      budget: { spent_usd: '190' },
      contributors: { largest: [{ cost_usd: '190' }] },
    });
  });

  it('is told of again by a new version, from its second hour on', async () => {
    const { put, runHours, told, wait } = createWorld();
    await put({ amount_usd: '200', thresholds: [1000] });
    await runHours(3);
    await put({ amount_usd: '210', thresholds: [1000] });
    wait(HOUR_MS);
    await runHours(1);
    expect(told()).toHaveLength(1);
    wait(HOUR_MS);
    await runHours(1);
    expect(told()).toHaveLength(2);
  });

  it('is told of for each part by itself', async () => {
    const { put, runHours, topic, ledger } = createWorld();
    for (let day = '2025-12-01'; day < TODAY; day = addDays(day, 1)) ledger.commit(delta(day, 1, { team: 'quiet' }));
    await put({ amount_usd: '200', each: 'team', thresholds: [1000] });
    await runHours(3);
    expect(topic.delivered.map(({ attributes }) => attributes['team'])).toEqual(['cx']);
  });

  it('is taken back once after two hours below one half, and not told of again', async () => {
    const { put, runHours, told, ledger, wait } = createWorld();
    await put({ amount_usd: '250', thresholds: [1000] });
    await runHours(2);
    expect(told()).toEqual([{ kind: 'budget_forecast', status: 'firing', crossed: [100] }]);
    // All but $9.50 of the $190 turn out to be wrong: even $10 a day for 12 days do not come to $250.
    for (let day = '2026-01-01'; day < TODAY; day = addDays(day, 1))
      ledger.commit(delta(day, -9.5, { team: 'cx', app: 'bot' }));
    wait(HOUR_MS);
    await runHours(1);
    expect(told()).toHaveLength(1);
    wait(HOUR_MS);
    await runHours(3);
    expect(told().slice(1)).toEqual([{ kind: 'budget_forecast', status: 'resolved', crossed: [100] }]);
    ledger.commit(delta('2026-01-18', 240, { team: 'cx', app: 'bot' }));
    wait(HOUR_MS);
    await runHours(3);
    expect(told()).toHaveLength(2);
  });

  it('that nobody was told of is not taken back', async () => {
    const { put, runHours, told } = createWorld();
    await put({ amount_usd: '5000' });
    await runHours(3);
    expect(told()).toEqual([]);
  });
});

describe('the watcher over all tenants', () => {
  it('goes on with the others when one fails, and then says which', async () => {
    const { put, start, topic, wait, list } = createWorld();
    await put({ amount_usd: '200', thresholds: [1000] });
    const broken = { ...TENANT, tenant: 'broken', timeZone: 'Nowhere/At_All' };
    for (let hour = 0; hour < 2; hour++) {
      const failure = await watchForecasts(start())
        .watch([broken, TENANT], FAR_MS)
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'budgets/not-projected', retryable: true });
      expect((failure as Error).message).toContain('1 of 2 tenants not projected');
      wait(HOUR_MS);
    }
    expect(await list()).toHaveLength(2);
    expect(topic.delivered).toHaveLength(1);
  });

  it('begins nothing behind its deadline', async () => {
    const { put, start, ledger } = createWorld();
    await put({ amount_usd: '200' });
    await expect(watchForecasts(start()).watch([TENANT], NOON_MS)).rejects.toThrow('no time was left');
    expect(ledger.readSnapshots).toBe(0);
  });

  it('counts what it did', async () => {
    const { put, start } = createWorld();
    await put({ amount_usd: '200' });
    expect(await watchForecasts(start()).watch([TENANT], FAR_MS)).toEqual({
      tenants: 1,
      projected: 1,
      partsLeftOut: 0,
      claimed: 0,
    });
  });
});
