import { describe, expect, it } from 'vitest';
import { evaluateBudgets } from '../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget, removeBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import { createAlertWorld, delta, NOON_MS, USD } from '../../helpers/alert-world.ts';

const DAY_MS = 86_400_000;

/** A world with one budget of $100 on team cx, made before anything was spent. */
async function withBudget(json: object = {}) {
  const world = createAlertWorld();
  const ports = world.start();
  const put = (change: object = {}) =>
    putBudget(ports, world.tenant, {
      name: 'Support',
      amount_usd: '100',
      filter: { team: 'cx' },
      ...json,
      ...change,
    });
  await put();
  return { ...world, ports, put, evaluate: () => evaluateBudgets(ports, world.tenant) };
}

const cx = (day: string, usd: number) => delta(day, usd, { team: 'cx', app: 'bot' });

describe('evaluating budgets', () => {
  it('says nothing below the first threshold and once at it', async () => {
    const { ledger, topic, evaluate } = await withBudget();
    ledger.commit(cx('2026-01-19', 49.99));
    expect((await evaluate()).alerts).toEqual([]);
    ledger.commit(cx('2026-01-19', 0.01));
    expect((await evaluate()).alerts).toMatchObject([{ outcome: 'published' }]);
    expect((await evaluate()).alerts).toEqual([]);
    expect(topic.delivered.map(({ subject }) => subject)).toEqual([
      '[info] Budget Support: 50.0% of $100.00 spent in 2026-01',
    ]);
  });

  it('tells of several thresholds crossed at once in one message', async () => {
    const { ledger, topic, table, evaluate } = await withBudget();
    ledger.commit(cx('2026-01-19', 120));
    await evaluate();
    expect(topic.delivered).toHaveLength(1);
    expect(topic.delivered[0]?.data['budget']).toMatchObject({ crossed: [50, 80, 100], spent_usd: '120' });
    const claims = [...table.items()].filter(({ sk }) => sk.startsWith('CLAIM#'));
    expect(claims).toHaveLength(3);
  });

  it('counts only the calls of its scope and of the current month', async () => {
    const { ledger, topic, evaluate } = await withBudget();
    ledger.commit(delta('2026-01-19', 500, { team: 'other' }), cx('2026-01-19', 10));
    await evaluate();
    expect(topic.delivered).toEqual([]);
  });

  it('sees the whole month although it was made in the middle of it', async () => {
    const world = createAlertWorld();
    world.ledger.commit(cx('2026-01-02', 30), cx('2025-12-31', 1_000));
    world.ledger.commit(cx('2026-01-03', 30));
    const ports = world.start();
    await putBudget(ports, world.tenant, { name: 'Late', amount_usd: '100' });
    await evaluateBudgets(ports, world.tenant);
    // 30 + 30 of January is 60 %; December was over before anyone set a limit.
    expect(world.topic.delivered).toHaveLength(1);
    expect(world.topic.delivered[0]?.data['budget']).toMatchObject({ spent_usd: '60', crossed: [50] });
  });

  it('sums a month that is over when a late call touches it, and says that it is over', async () => {
    const world = createAlertWorld();
    world.ledger.commit(cx('2025-12-30', 79));
    const ports = world.start();
    await putBudget(ports, world.tenant, { name: 'Late', amount_usd: '100' });
    world.ledger.commit(cx('2025-12-31', 2));
    await evaluateBudgets(ports, world.tenant);
    expect(world.topic.delivered).toHaveLength(1);
    // 79 + 2 = 81 % of $100.
    expect(world.topic.delivered[0]?.data['budget']).toMatchObject({
      spent_usd: '81',
      crossed: [50, 80],
      period: { name: '2025-12', closed: true },
    });
  });

  it('arms every threshold again when the budget is raised, and not when it is stored unchanged', async () => {
    const { ledger, topic, put, evaluate } = await withBudget();
    ledger.commit(cx('2026-01-19', 120));
    await evaluate();
    expect((await put()).change).toBe('unchanged');
    await evaluate();
    expect(topic.delivered).toHaveLength(1);
    expect(await put({ amount_usd: '200' })).toMatchObject({ change: 'new_version', budget: { version: 2 } });
    await evaluate();
    // 120 of 200 is 60 %.
    expect(topic.delivered[1]?.data['budget']).toMatchObject({ version: 2, crossed: [50] });
    expect(topic.delivered[1]?.alertId).not.toBe(topic.delivered[0]?.alertId);
  });

  it('is armed again by a new month', async () => {
    const { ledger, topic, wait, evaluate } = await withBudget();
    ledger.commit(cx('2026-01-19', 120));
    await evaluate();
    wait(12 * DAY_MS);
    await evaluate();
    ledger.commit(cx('2026-02-01', 55));
    await evaluate();
    expect(topic.delivered.map(({ data }) => data['budget'])).toMatchObject([
      { period: { name: '2026-01' } },
      { period: { name: '2026-02' }, crossed: [50] },
    ]);
  });

  it('is silent while paused or removed, and tells what stands when it is resumed', async () => {
    const { ledger, topic, ports, tenant, put, evaluate } = await withBudget();
    expect((await put({ paused: true })).change).toBe('switched');
    ledger.commit(cx('2026-01-19', 60));
    expect(await evaluate()).toEqual({ budgets: 0, commit: 0, alerts: [] });
    expect(await put()).toMatchObject({ change: 'switched', budget: { version: 1 } });
    await evaluate();
    expect(topic.delivered).toHaveLength(1);
    expect(await removeBudget(ports, tenant, 'Support')).toBe('removed');
    ledger.commit(cx('2026-01-19', 60));
    expect((await evaluate()).budgets).toBe(0);
    expect(await put()).toMatchObject({ change: 'created', budget: { version: 2 } });
  });

  it('tells once that spend is back below a threshold, and never again of that threshold', async () => {
    const { ledger, topic, wait, evaluate } = await withBudget();
    ledger.commit(cx('2026-01-19', 85));
    await evaluate();
    // Long enough that claims are known and not read any more.
    wait(120_000);
    await evaluate();
    ledger.commit(cx('2026-01-19', -40));
    await evaluate();
    await evaluate();
    ledger.commit(cx('2026-01-19', 40));
    await evaluate();
    ledger.commit(cx('2026-01-19', -40));
    await evaluate();
    // 85, 45 and 85 again: crossed 50 and 80, below both, then silence.
    expect(topic.delivered.map(({ data }) => [data['status'], data['budget']])).toMatchObject([
      ['firing', { crossed: [50, 80], spent_usd: '85' }],
      ['resolved', { crossed: [50, 80], spent_usd: '45' }],
    ]);
    ledger.commit(cx('2026-01-19', 55));
    await evaluate();
    // 45 + 55 = 100, which was not told before.
    expect(topic.delivered[2]?.data).toMatchObject({ status: 'firing', budget: { crossed: [100] } });
  });

  it('names contributors, forecast and unpriced calls as of the commit that crossed', async () => {
    const { ledger, topic, evaluate } = await withBudget();
    for (let day = 1; day <= 19; day++) {
      const date = `2026-01-${String(day).padStart(2, '0')}`;
      ledger.commit(delta(date, 2, { team: 'cx', app: 'bot' }), delta(date, 0.5, { team: 'cx', app: 'triage' }));
    }
    ledger.commit(delta('2026-01-20', 5, { team: 'cx', app: 'bot' }, { unpriced: 2n }));
    await evaluate();
    // 19 days x 2.50 + 5 = 52.50; bot 19 x 2 + 5 = 43, triage 9.50.
    expect(topic.delivered[0]?.data).toMatchObject({
      commit: 20,
      budget: { spent_usd: '52.5' },
      contributors: {
        dimension: 'app',
        largest: [
          { value: 'bot', cost_usd: '43' },
          { value: 'triage', cost_usd: '9.5' },
        ],
      },
      // 47.50 by the 19th, then 12 days at 2.50 a day, and the 2.50 by which today is beyond such a day.
      forecast: { point_usd: expect.closeTo(80, 6), history_days: 19, run_out_day: null },
      incomplete_reasons: [
        { reason: 'unpriced', count: 2 },
        { reason: 'period_open', count: 1 },
      ],
    });
  });

  it('evaluates the other budgets when one fails, and says so', async () => {
    const { ledger, topic, ports, tenant, put, evaluate } = await withBudget();
    await put({ name: 'Broken' });
    const broken = await ports.budgets.find(tenant.tenant, 'Broken');
    ports.alerts.claims = ((claims) => async (of: string, prefix: string) => {
      if (prefix.startsWith(`${broken?.budget.id}`)) throw new Error('cannot read claims');
      return claims(of, prefix);
    })(ports.alerts.claims.bind(ports.alerts));
    ledger.commit(cx('2026-01-19', 60));
    await expect(evaluate()).rejects.toMatchObject({ code: 'budgets/not-evaluated', retryable: true });
    expect(topic.delivered).toHaveLength(1);
  });
});

describe('the running total of a budget', () => {
  it('is stored only after 20 commits, and a warm function reads each commit once', async () => {
    const { ledger, ports, tenant, evaluate } = await withBudget({ amount_usd: '1000' });
    await evaluate();
    const { budget } = (await ports.budgets.list(tenant.tenant))[0] ?? {};
    if (!budget) throw new Error('no budget');
    for (let number = 1; number <= 20; number++) {
      ledger.commit(cx('2026-01-19', 1));
      await evaluate();
      expect((await ports.budgets.totals(tenant.tenant, budget))?.number).toBe(number < 20 ? 0 : 20);
    }
    expect(ledger.readCommits).toBe(20);
    expect(ledger.readSnapshots).toBe(1);
    expect(await ports.budgets.totals(tenant.tenant, budget)).toEqual({
      number: 20,
      spent: new Map([['2026-01', new Map([['', 20n * USD]])]]),
    });
  });

  it('is the same for a function that starts cold', async () => {
    const { ledger, start, tenant, topic, evaluate } = await withBudget();
    for (let number = 1; number <= 45; number++) {
      ledger.commit(cx('2026-01-19', 1));
      if (number % 9 === 0) await evaluate();
    }
    ledger.commit(cx('2026-01-19', 5));
    const report = await evaluateBudgets(start(), tenant);
    // 45 + 5 = 50 % of $100.
    expect(report).toMatchObject({ commit: 46, alerts: [{ outcome: 'published' }] });
    expect(topic.delivered[0]?.data['budget']).toMatchObject({ spent_usd: '50' });
  });

  it('is summed from the rollups when the log has run too far ahead to follow', async () => {
    const { ledger, evaluate, topic } = await withBudget();
    await evaluate();
    for (let number = 1; number <= 5_200; number++) ledger.commit(cx('2026-01-19', 0.01));
    await evaluate();
    // 5,200 x $0.01 = $52.
    expect(ledger.readCommits).toBe(0);
    expect(topic.delivered[0]?.data['budget']).toMatchObject({ spent_usd: '52' });
  });
});

it('takes the tenant’s zone for the current month', async () => {
  const world = createAlertWorld();
  const ports = world.start();
  await putBudget(ports, world.tenant, { name: 'B', amount_usd: '10' });
  // 2026-01-31T23:30Z is February already in Berlin.
  world.wait(Date.UTC(2026, 0, 31, 23, 30) - NOON_MS);
  await evaluateBudgets(ports, world.tenant, 'save');
  const totals = [...world.table.items()].filter(({ pk }) => pk.startsWith('TOTAL#'));
  expect(totals.map((item) => item['spent'])).toEqual(['{"2026-02":"0"}']);
});
