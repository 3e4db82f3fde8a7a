import { describe, expect, it } from 'vitest';
import { evaluateBudgets } from '../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import { createAlertWorld, delta, USD } from '../../helpers/alert-world.ts';

const DAY_MS = 86_400_000;

/** A world with one budget, made before anything was spent, on Tuesday 2026-01-20 in Berlin. */
async function withBudget(json: object) {
  const world = createAlertWorld();
  const ports = world.start();
  const put = (change: object = {}) => putBudget(ports, world.tenant, { name: 'B', ...json, ...change });
  const { budget } = await put();
  const stored = async () => (await ports.budgets.totals(world.tenant.tenant, budget))?.spent;
  return { ...world, ports, put, stored, evaluate: () => evaluateBudgets(ports, world.tenant, 'save') };
}

const of = (team: string, usd: number, day = '2026-01-20') => delta(day, usd, { team, app: 'bot' });

type Told = Awaited<ReturnType<typeof withBudget>>['topic'];

/** What was told: part, period and thresholds of every message. */
function toldBy({ delivered }: Told) {
  return delivered.map(({ data }) => {
    const budget = data['budget'] as { part: string | null; period: { name: string }; crossed: readonly number[] };
    return [budget.part, budget.period.name, ...budget.crossed];
  });
}

describe('a budget for each value of a dimension', () => {
  it('has a limit, thresholds and a message for every value, and none for calls that name no value', async () => {
    const { ledger, topic, stored, evaluate } = await withBudget({ amount_usd: '100', each: 'team' });
    ledger.commit(of('cx', 60), of('ops', 85), delta('2026-01-20', 500, { app: 'bot' }));
    await evaluate();
    ledger.commit(of('cx', 25));
    await evaluate();
    expect(toldBy(topic).sort()).toEqual([
      ['cx', '2026-01', 50],
      ['cx', '2026-01', 80],
      ['ops', '2026-01', 50, 80],
    ]);
    expect(topic.delivered.map(({ attributes }) => attributes['team']).sort()).toEqual(['cx', 'cx', 'ops']);
    expect(await stored()).toEqual(
      new Map([
        [
          '2026-01',
          new Map([
            ['cx', 85n * USD],
            ['ops', 85n * USD],
          ]),
        ],
      ]),
    );
  });

  it('tells of every part of a period that is long over, also where others fell back in the meantime', async () => {
    const { ledger, topic, start, tenant, evaluate } = await withBudget({
      amount_usd: '100',
      each: 'team',
      thresholds: [50],
    });
    ledger.commit(of('cx', 60));
    await evaluate();
    // An import brings 30 teams of October, and a correction takes a call of January back.
    const october = Array.from({ length: 30 }, (_, index) => of(`t-${10 + index}`, 60, '2025-10-05'));
    ledger.commit(...october, of('cx', -30));
    const cold = start();
    await evaluateBudgets(cold, tenant, 'save');
    await evaluateBudgets(cold, tenant, 'save');
    await evaluateBudgets(start(), tenant, 'save');
    const told = toldBy(topic).map(([part, period]) => `${period} ${part}`);
    expect(told.filter((name) => name.startsWith('2025-10'))).toHaveLength(30);
    expect(new Set(told).size).toBe(31);
  });

  it('shows of each value only its own calls', async () => {
    const { ledger, topic, evaluate } = await withBudget({ amount_usd: '100', each: 'team' });
    ledger.commit(of('cx', 60), delta('2026-01-20', 30, { team: 'ops', app: 'other' }));
    await evaluate();
    expect(topic.delivered[0]?.data).toMatchObject({
      budget: { each: 'team', part: 'cx', spent_usd: '60' },
      contributors: { dimension: 'app', largest: [{ value: 'bot', cost_usd: '60' }] },
      show: { command: expect.stringContaining('--filter team=cx') },
      about: ['budget:B:cx'],
    });
  });

  it('sends at most 25 messages at a time; the others follow with the next evaluation', async () => {
    const { ledger, topic, evaluate } = await withBudget({ amount_usd: '1', each: 'team' });
    ledger.commit(...Array.from({ length: 60 }, (_, n) => of(`team-${n}`, 1)));
    for (const told of [25, 50, 60, 60]) {
      await evaluate();
      expect(new Set(topic.delivered.map(({ alertId }) => alertId)).size).toBe(told);
      expect(topic.delivered).toHaveLength(told);
    }
  });

  it('takes any text for a value, also one that looks like a key', async () => {
    const { ledger, topic, evaluate } = await withBudget({ amount_usd: '1', each: 'team' });
    for (const team of ['a#0050', '__proto__', '#', 'resolved#0050']) ledger.commit(of(team, 1));
    await evaluate();
    await evaluate();
    for (const team of ['a#0050', '__proto__', '#', 'resolved#0050']) ledger.commit(of(team, -1));
    await evaluate();
    await evaluate();
    expect(topic.delivered).toHaveLength(8);
    expect(topic.delivered.slice(4).map(({ data }) => data['status'])).toEqual(Array(4).fill('resolved'));
  });
});

it('counts tokens in and out where the amount is in tokens, and does not mind the cost', async () => {
  const { ledger, topic, evaluate } = await withBudget({ amount_tokens: '1000' });
  ledger.commit(delta('2026-01-20', 900, {}, { input_tokens: 300n, output_tokens: 199n }));
  await evaluate();
  expect(topic.delivered).toEqual([]);
  ledger.commit(delta('2026-01-20', 0, {}, { input_tokens: 1n, unpriced: 1n }));
  await evaluate();
  // 300 + 199 + 1 = 500 of 1,000.
  expect(topic.delivered[0]?.data).toMatchObject({
    budget: { amount_usd: null, amount_tokens: '1000', spent_usd: null, spent_tokens: '500', crossed: [50] },
    incomplete_reasons: [{ reason: 'period_open' }],
  });
});

describe('the periods of a budget', () => {
  it('are days, each with its own limit', async () => {
    const { ledger, topic, wait, evaluate } = await withBudget({ amount_usd: '100', period: 'day' });
    ledger.commit(of('cx', 60, '2026-01-19'), of('cx', 60, '2026-01-20'));
    await evaluate();
    wait(DAY_MS);
    ledger.commit(of('cx', 55, '2026-01-21'), of('cx', 25, '2026-01-19'));
    await evaluate();
    expect(toldBy(topic).sort()).toEqual([
      [null, '2026-01-19', 50],
      [null, '2026-01-19', 80],
      [null, '2026-01-20', 50],
      [null, '2026-01-21', 50],
    ]);
  });

  it.each([
    [{ period: { kind: 'week', first_day: 'sunday' } }, 'week-2026-01-18', '2026-01-17'],
    [{ period: { kind: 'month', anchor_day: 20 } }, 'month-2026-01-20', '2026-01-19'],
    [{ period: 'quarter' }, '2026-Q1', '2025-12-31'],
    [{ period: 'year' }, '2026', '2025-12-31'],
    [{ start_date: '2026-01-15' }, '2026-01', '2026-01-14'],
  ])('begin where %j says: what came before is not counted', async (json, name, dayBefore) => {
    const world = createAlertWorld();
    // The rollups hold a call of the day before and one of today when the budget is made.
    world.ledger.commit(of('cx', 70, dayBefore), of('cx', 30));
    const ports = world.start();
    await putBudget(ports, world.tenant, { name: 'B', amount_usd: '100', ...json });
    world.ledger.commit(of('cx', 25));
    await evaluateBudgets(ports, world.tenant);
    expect(toldBy(world.topic)).toEqual([[null, name, 50]]);
    expect(world.topic.delivered[0]?.data['budget']).toMatchObject({ spent_usd: '55' });
  });

  it('have the amounts of their months', async () => {
    const amounts = Array.from({ length: 12 }, (_, month) => String(100 * (month + 1)));
    const { ledger, topic, wait, evaluate } = await withBudget({ amount_usd: amounts });
    ledger.commit(of('cx', 50));
    await evaluate();
    wait(12 * DAY_MS);
    // February has 200: 99 is below a half of it.
    ledger.commit(of('cx', 99, '2026-02-01'));
    await evaluate();
    ledger.commit(of('cx', 1, '2026-02-01'));
    await evaluate();
    expect(toldBy(topic)).toEqual([
      [null, '2026-01', 50],
      [null, '2026-02', 50],
    ]);
  });

  it('do not begin before the budget starts', async () => {
    const { ledger, topic, stored, evaluate } = await withBudget({ amount_usd: '1', start_date: '2026-02-01' });
    ledger.commit(of('cx', 500));
    await evaluate();
    expect([topic.delivered, await stored()]).toEqual([[], new Map()]);
  });

  it('still take late calls for 35 days after the budget has ended, and then no more', async () => {
    const { ledger, topic, wait, evaluate } = await withBudget({ amount_usd: '100', end_date: '2026-01-21' });
    ledger.commit(of('cx', 40));
    await evaluate();
    wait(20 * DAY_MS);
    ledger.commit(of('cx', 10), of('cx', 500, '2026-01-21'));
    await evaluate();
    expect(topic.delivered[0]?.data['budget']).toMatchObject({
      spent_usd: '50',
      period: { to: '2026-01-21', closed: true },
    });
    wait(17 * DAY_MS);
    ledger.commit(of('cx', 50));
    expect((await evaluate()).budgets).toBe(0);
    expect(topic.delivered).toHaveLength(1);
  });

  it('are forgotten 35 days after their end, and summed again when something touches them', async () => {
    const { ledger, topic, wait, stored, evaluate } = await withBudget({ amount_usd: '100', period: 'day' });
    ledger.commit(of('cx', 60));
    await evaluate();
    wait(35 * DAY_MS);
    ledger.commit(of('cx', 1, '2026-02-24'));
    await evaluate();
    // The 20th ended on the 21st, 34 days ago.
    expect([...((await stored()) ?? [])].map(([day]) => day)).toEqual(['2026-01-20', '2026-02-24']);
    wait(2 * DAY_MS);
    ledger.commit(of('cx', 1, '2026-02-26'));
    await evaluate();
    expect([...((await stored()) ?? [])].map(([day]) => day)).toEqual(['2026-02-24', '2026-02-26']);
    ledger.commit(of('cx', -30));
    await evaluate();
    // 60 - 30 is below the half that was told.
    expect(topic.delivered.map(({ data }) => data['status'])).toEqual(['firing', 'resolved']);
  });

  it('of the last 35 days are summed when the log has run too far ahead to follow', async () => {
    const { ledger, topic, evaluate, wait } = await withBudget({ amount_usd: '100', period: 'day' });
    await evaluate();
    wait(DAY_MS);
    for (let number = 1; number <= 5_200; number++) ledger.commit(of('cx', 0.01, '2026-01-19'));
    await evaluate();
    // 5,200 x $0.01 = $52, on a day that was over before.
    expect(toldBy(topic)).toEqual([[null, '2026-01-19', 50]]);
    expect(ledger.readCommits).toBe(0);
  });
});

it('reads rows once for all budgets that need the same days', async () => {
  const world = createAlertWorld();
  const ports = world.start();
  world.ledger.commit(of('cx', 1));
  for (const [name, period] of [
    ['a', 'month'],
    ['b', 'month'],
    ['c', 'day'],
    ['d', 'week'],
  ] as const)
    await putBudget(ports, world.tenant, { name, amount_usd: '100', period });
  await evaluateBudgets(ports, world.tenant);
  // Month rows for a and b; day rows of the week, which holds the day.
  expect(world.ledger.readSnapshots).toBe(2);
});
