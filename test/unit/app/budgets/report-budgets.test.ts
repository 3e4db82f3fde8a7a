import { describe, expect, it } from 'vitest';
import { TableProjectionStore } from '../../../../lib/adapters/dynamodb/projection-store.ts';
import { listBudgets, putBudget } from '../../../../lib/app/budgets/manage-budgets.ts';
import { type ReportQuestion, reportBudgets } from '../../../../lib/app/budgets/report-budgets.ts';
import { projectBudgets } from '../../../../lib/app/forecasts/project-budgets.ts';
import type { StoredProjection } from '../../../../lib/app/forecasts/projection-ports.ts';
import type { DayRange } from '../../../../lib/domain/budgets/periods/find-period.ts';
import { addDays } from '../../../../lib/domain/local-time.ts';
import { createAlertWorld, delta, NOON_MS, USD } from '../../../helpers/alert-world.ts';
import { createForecastSources } from '../../../helpers/forecast-ports.ts';

/** Noon of Tuesday 2026-01-20. */
function createWorld() {
  const world = createAlertWorld();
  const { reader, budgets, clock } = world.start();
  const { tenant } = world;
  const projections: StoredProjection[] = [];
  const askedDays: (DayRange | undefined)[] = [];
  const ports = {
    reader,
    budgets,
    clock,
    projections: { list: async () => projections },
    readFreshness: async (_: unknown, days?: DayRange) => {
      askedDays.push(days);
      const queued = { usage: 0, import: 0 };
      return { asOfMs: clock() - 1_000, queued, deadLetters: 0, rejects: 2, conflicts: 0, missing: 0 };
    },
  };
  const put = (json: object) => putBudget(ports, tenant, { name: 'B', amount_usd: '100', ...json });
  const project = async (name: string, period: string, point: number, over: Partial<StoredProjection> = {}) => {
    const budget = (await listBudgets(ports, tenant)).find((each) => each.name === name);
    if (!budget) throw new Error(`no budget ${name}`);
    const projection = { point, lo80: point - 10, hi80: point + 10, state: 'ready' };
    projections.push({
      budget: { id: budget.id, name, version: budget.version },
      period,
      part: '',
      projectedAtMs: NOON_MS - 1_800_000,
      projection,
      ...over,
    } as StoredProjection);
  };
  const report = (question: Partial<ReportQuestion> = {}) =>
    reportBudgets(ports, tenant, { period: 'current', ...question });
  return { ...world, ports, put, project, report, askedDays };
}

const usd = (amount: number): bigint => BigInt(Math.round(amount * 100)) * (USD / 100n);

describe('a report of budgets', () => {
  it('holds each budget of an owner against what was used and where it goes, and adds them up', async () => {
    const { ledger, put, project, report } = createWorld();
    await put({ name: 'bot', owner: 'Ann', filter: { app: 'bot' } });
    await put({ name: 'code', owner: 'Ann', filter: { app: 'code' }, amount_usd: '50' });
    await put({ name: 'nobody', filter: { app: 'x' }, amount_usd: '10' });
    ledger.commit(delta('2026-01-02', 60, { app: 'bot' }), delta('2026-01-19', 20, { app: 'code' }));
    await project('bot', '2026-01', 120);
    await project('code', '2026-01', 30);
    const { units, commit, paused, notInForce } = await report();
    expect([commit, paused, notInForce]).toEqual([1, 0, 0]);
    expect(units.pico_usd.owners.map(({ owner }) => owner)).toEqual(['Ann', null]);
    expect(units.pico_usd.owners[0]).toMatchObject({
      isOverlapping: false,
      budgets: [
        {
          budget: { name: 'bot' },
          lines: [{ amount: usd(100), actual: usd(60), forecast: { point: 120, lo80: 110, hi80: 130 } }],
        },
        { budget: { name: 'code' }, lines: [{ amount: usd(50), actual: usd(20), forecast: { point: 30 } }] },
      ],
      // 100 + 50, 60 + 20, 120 + 30
      total: { budgets: 2, amount: usd(150), actual: usd(80), forecast: 150, basis: 'forecast' },
    });
    // One line has no projection, so the sum of all is not known.
    expect(units.pico_usd.total).toEqual({
      budgets: 3,
      period: '2026-01',
      amount: usd(160),
      actual: usd(80),
      forecast: null,
      basis: 'forecast',
    });
    expect(units.tokens).toMatchObject({ owners: [], total: { budgets: 0, amount: 0n } });
  });

  it('keeps tokens apart from USD', async () => {
    const { ledger, put, report } = createWorld();
    await put({ name: 'usd', owner: 'Ann' });
    await put({ name: 'tokens', owner: 'Ann', amount_usd: undefined, amount_tokens: '1000' });
    ledger.commit(delta('2026-01-02', 60, {}, { input_tokens: 300n, output_tokens: 200n }));
    const { units } = await report();
    expect(units.pico_usd.total).toMatchObject({ budgets: 1, actual: usd(60) });
    expect(units.tokens.total).toMatchObject({ budgets: 1, amount: 1_000n, actual: 500n });
    // What is counted in two units is not added up.
    expect([units.pico_usd.isOverlapping, units.tokens.isOverlapping]).toEqual([false, false]);
  });

  it('says which budgets may count the same call, within an owner and among all', async () => {
    const { put, report } = createWorld();
    await put({ name: 'all', owner: 'Bob' });
    await put({ name: 'cx', owner: 'Ann', filter: { team: 'cx' } });
    await put({ name: 'ops', owner: 'Ann', filter: { team: 'ops' } });
    const { units } = await report();
    const [ann, bob] = units.pico_usd.owners;
    expect(ann?.budgets.map(({ overlapsWith }) => overlapsWith)).toEqual([['all'], ['all']]);
    expect(bob?.budgets.map(({ overlapsWith }) => overlapsWith)).toEqual([['cx', 'ops']]);
    expect([ann?.isOverlapping, bob?.isOverlapping, units.pico_usd.isOverlapping]).toEqual([false, false, true]);
  });

  it('still names budgets of others when it is asked about one owner', async () => {
    const { put, report } = createWorld();
    await put({ name: 'all', owner: 'Bob' });
    await put({ name: 'cx', owner: 'Ann', filter: { team: 'cx' } });
    const { units } = await report({ owner: 'Ann' });
    expect(units.pico_usd.owners).toMatchObject([{ owner: 'Ann', budgets: [{ overlapsWith: ['all'] }] }]);
    expect(units.pico_usd.total.budgets).toBe(1);
  });

  it('sums a period that is over from the ledger, and holds it against the actual amount', async () => {
    const { ledger, put, project, report, askedDays } = createWorld();
    await put({});
    ledger.commit(delta('2025-12-31', 130), delta('2026-01-02', 60));
    await project('B', '2025-12', 999);
    const { units, reasons } = await report({ period: 'previous' });
    expect(units.pico_usd.owners[0]?.budgets).toMatchObject([
      { period: { name: '2025-12' }, isOpen: false, lines: [{ actual: usd(130), forecast: 'period_over' }] },
    ]);
    expect(units.pico_usd.total).toMatchObject({ basis: 'actual', forecast: null });
    expect(reasons.map(({ reason }) => reason)).toEqual(['rejects']);
    expect(askedDays).toEqual([{ fromDay: '2025-12-01', toDay: '2026-01-01' }]);
  });

  it('takes for every kind of period the one before its current one', async () => {
    const { ledger, put, report } = createWorld();
    await put({ name: 'day', period: 'day' });
    await put({ name: 'week', period: 'week' });
    await put({ name: 'year', period: { kind: 'year', anchor_month: 4, anchor_day: 6 } });
    await put({ name: 'ended', end_date: '2026-01-01' });
    await put({ name: 'begun', start_date: '2026-01-05' });
    ledger.commit(delta('2026-01-19', 1), delta('2026-01-15', 10), delta('2025-04-05', 100), delta('2025-12-31', 1000));
    const { units, notInForce } = await report({ period: 'previous' });
    const [{ budgets } = { budgets: [] }] = units.pico_usd.owners;
    expect(budgets.map(({ budget, period, lines }) => [budget.name, period.name, lines[0]?.actual])).toEqual([
      ['day', '2026-01-19', usd(1)],
      ['ended', '2025-12', usd(1000)],
      // Monday 12 to Sunday 18 January.
      ['week', 'week-2026-01-12', usd(10)],
      // 6 April 2024 to 5 April 2025.
      ['year', 'year-2024-04-06', usd(100)],
    ]);
    expect(notInForce).toBe(1);
    expect(units.pico_usd.total.period).toBeNull();
  });

  it('takes the budgets that have a period of the name asked for', async () => {
    const { put, report } = createWorld();
    await put({ name: 'month' });
    await put({ name: 'week', period: 'week' });
    const named = async (period: string) =>
      (await report({ period })).units.pico_usd.owners.flatMap(({ budgets }) =>
        budgets.map(({ budget }) => budget.name),
      );
    expect(await named('2026-01')).toEqual(['month']);
    expect(await named('week-2026-01-19')).toEqual(['week']);
    // A Tuesday, on which no week of a budget begins.
    expect(await named('week-2026-01-20')).toEqual([]);
  });

  it.each(['', 'now', '2026-13', '2026-Q5', 'week-2026-02-30', 'year-2026'])(
    'refuses %j as a period',
    async (period) => {
      await expect(createWorld().report({ period })).rejects.toMatchObject({ issues: [{ field: 'period' }] });
    },
  );

  it('leaves paused budgets out and counts them', async () => {
    const { put, report } = createWorld();
    await put({ name: 'paused', paused: true });
    await put({ name: 'to come', start_date: '2026-02-01' });
    expect(await report()).toMatchObject({ paused: 1, notInForce: 1, units: { pico_usd: { owners: [] } } });
  });
});

describe('a line of a part', () => {
  it('is there for each, the largest first, and the last one sums those that are too many', async () => {
    const { ledger, put, project, report } = createWorld();
    await put({ each: 'app' });
    // Parts of 1 to 53 dollars: 50 are shown, and 1 + 2 + 3 are left.
    ledger.commit(
      ...Array.from({ length: 53 }, (_, index) => delta('2026-01-02', index + 1, { app: `app-${index + 1}` })),
    );
    ledger.commit(delta('2026-01-02', 999));
    await project('B', '2026-01', 80, { part: 'app-53' });
    const [{ budgets } = { budgets: [] }] = (await report()).units.pico_usd.owners;
    const lines = budgets[0]?.lines ?? [];
    expect(lines).toHaveLength(51);
    expect(lines[0]).toMatchObject({
      part: 'app-53',
      parts: 1,
      amount: usd(100),
      actual: usd(53),
      forecast: { point: 80 },
    });
    expect(lines[49]).toMatchObject({ part: 'app-4', actual: usd(4), forecast: 'not_projected' });
    expect(lines[50]).toEqual({ part: null, parts: 3, amount: usd(300), actual: usd(6), forecast: 'many_parts' });
    // A budget of $100 for each of 53 apps allows $5,300; 1 + ... + 53 = 1,431. What names no app is no part.
    const { total } = (await report()).units.pico_usd;
    expect(total).toMatchObject({ amount: usd(5_300), actual: usd(1_431), forecast: null });
  });

  it('of many budgets share the lines of a report, so that an answer stays one that can be sent', async () => {
    const { ledger, put, report } = createWorld();
    // 4,000 lines for 100 budgets are 40 each.
    for (let index = 0; index < 100; index++) await put({ name: `B${index}`, each: 'app' });
    ledger.commit(...Array.from({ length: 45 }, (_, index) => delta('2026-01-02', index + 1, { app: `app-${index}` })));
    const { units } = await report();
    const counts = units.pico_usd.owners[0]?.budgets.map(({ lines }) => [lines.length, lines.at(-1)?.parts]);
    expect(counts).toEqual(Array(100).fill([41, 5]));
  });

  it('is one line of nothing where no part has used anything', async () => {
    const { put, report } = createWorld();
    await put({ each: 'app' });
    const { units } = await report();
    expect(units.pico_usd.owners[0]?.budgets[0]?.lines).toMatchObject([
      { part: null, parts: 0, amount: 0n, actual: 0n },
    ]);
    expect(units.pico_usd.total.forecast).toBe(0);
  });
});

describe('a forecast in a report', () => {
  it('is not that of another version, another period or of hours ago', async () => {
    const { put, project, report } = createWorld();
    const forecast = async () => (await report()).units.pico_usd.owners[0]?.budgets[0]?.lines[0]?.forecast;
    await put({});
    await project('B', '2025-12', 120);
    expect(await forecast()).toBe('not_projected');
    await project('B', '2026-01', 120, { projectedAtMs: NOON_MS - 3 * 3_600_000 - 1 });
    expect(await forecast()).toBe('out_of_date');
    await put({ amount_usd: '200' });
    expect(await forecast()).toBe('not_projected');
    await project('B', '2026-01', 130);
    expect(await forecast()).toMatchObject({ point: 130 });
  });

  it('is missing where the projection had no data', async () => {
    const { put, project, report } = createWorld();
    await put({});
    const projection = { point: null, lo80: null, hi80: null, state: 'no_data' } as StoredProjection['projection'];
    await project('B', '2026-01', 0, { projection });
    expect((await report()).units.pico_usd.owners[0]?.budgets[0]?.lines[0]?.forecast).toBe('no_data');
  });
});

it('shows the projections that an hour really made: of a budget, of a part, in tokens', async () => {
  const world = createAlertWorld();
  // $10 and 1,000 tokens a day of each of 60 days, all of app bot.
  for (let daysAgo = 60; daysAgo > 0; daysAgo--)
    world.ledger.commit(delta(addDays('2026-01-20', -daysAgo), 10, { app: 'bot' }, { input_tokens: 1_000n }));
  const projections = new TableProjectionStore(world.table);
  const started = { ...world.start(), ...createForecastSources(world.table), projections };
  await putBudget(started, world.tenant, { name: 'all', amount_usd: '300' });
  await putBudget(started, world.tenant, { name: 'apps', amount_usd: '300', each: 'app' });
  await putBudget(started, world.tenant, { name: 'tokens', amount_tokens: '9000', period: 'week' });
  await projectBudgets(started, world.tenant, Number.MAX_SAFE_INTEGER);
  const { ports } = createWorld();
  const question = { period: 'current' };
  const { units } = await reportBudgets({ ...ports, ...started }, world.tenant, question);
  const lines = [...units.pico_usd.owners, ...units.tokens.owners].flatMap(({ budgets }) =>
    budgets.map(({ budget, lines: [line] }) => ({ name: budget.name, ...line })),
  );
  const pointOf = (name: string): number => {
    const forecast = lines.find((line) => line.name === name)?.forecast;
    return typeof forecast === 'object' ? forecast.point : Number.NaN;
  };
  expect(lines.map(({ name, part, actual }) => [name, part, actual])).toEqual([
    // 19 days of January are over; one day of the week is.
    ['all', null, usd(190)],
    ['apps', 'bot', usd(190)],
    ['tokens', null, 1_000n],
  ]);
  // 31 days of $10, 7 days of 1,000 tokens.
  expect(pointOf('all')).toBeCloseTo(310, -1);
  expect(pointOf('apps')).toBeCloseTo(310, -1);
  expect(pointOf('tokens') / 7_000).toBeCloseTo(1, 0);
  expect(units.pico_usd.total.forecast).toBeCloseTo(pointOf('all') + pointOf('apps'), 6);
});

it('counts calls without a price for every budget that they are missing in, as the totals do', async () => {
  const { ledger, put, report } = createWorld();
  await put({ name: 'all' });
  await put({ name: 'cx', filter: { team: 'cx' } });
  ledger.commit(delta('2026-01-02', 1, { team: 'cx' }, { unpriced: 2n }), delta('2026-01-02', 1, {}, { unpriced: 5n }));
  const { units, reasons } = await report();
  const [{ budgets } = { budgets: [] }] = units.pico_usd.owners;
  expect(budgets.map(({ calls }) => calls.unpriced)).toEqual([7n, 2n]);
  expect(reasons).toEqual([
    { reason: 'unpriced', count: 9n },
    { reason: 'rejects', count: 2n },
    { reason: 'period_open', count: 1n },
  ]);
});
