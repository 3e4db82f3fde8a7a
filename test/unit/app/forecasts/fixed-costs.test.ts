import { describe, expect, it } from 'vitest';
import { listCostsToCome } from '../../../../lib/app/forecasts/costs-to-come.ts';
import { projectScope, type ScopeQuestion } from '../../../../lib/app/forecasts/project-scope.ts';
import type { RollupRow } from '../../../../lib/app/ports.ts';
import type { Capacity } from '../../../../lib/domain/capacity/capacity.ts';
import { createFixedCosts } from '../../../../lib/domain/capacity/fixed-costs.ts';
import { createZone } from '../../../../lib/domain/local-time.ts';
import { conditionsOf, dayRow, listDays, TODAY } from '../../../helpers/forecast-rows.ts';

const USD = 1_000_000_000_000n;
const JUNE = { fromDay: '2026-06-01', toDay: '2026-07-01' };
const CAPACITY: Capacity = {
  name: 'h100',
  kind: 'self_hosted',
  from: '2026-06-01',
  to: null,
  price: { picoUsd: 24n * USD, per: 'day' },
  covers: { deployment: 'own' },
  list: null,
  serves: null,
  gpus: null,
};
const fixed = (...versions: readonly Partial<Capacity>[]) => {
  const stored = versions.map((version, number) => ({ number, capacity: { ...CAPACITY, ...version } }));
  return createFixedCosts(new Map([['h100', stored]]), createZone('UTC'));
};

/** $10 a day of calls of the team `cx` since March. */
const CALLS = listDays('2026-03-01', TODAY).map((day) =>
  dayRow(day, { provider: 'acme', model: 'widget', team: 'cx' }, { cost: 10n * USD, calls: 10n, input_tokens: 1n }),
);
/** What was booked of the capacity: $6 a day to the team `cx`, $18 to nobody. */
const booked = (fromDay: string, toDay: string): readonly RollupRow[] =>
  listDays(fromDay, toDay).flatMap((day) => [
    row(day, { operation: 'capacity_used', team: 'cx' }, 6n * USD),
    row(day, { operation: 'capacity_unused' }, 18n * USD),
  ]);
function row(day: string, values: Parameters<typeof dayRow>[1], cost: bigint): RollupRow {
  const { measures: _, ...rest } = dayRow(day, { model: 'capacity:h100', deployment: 'own', ...values }, {});
  return { ...rest, measures: { cost, discount: -cost } };
}

/** It is the 15th of June; fourteen days are booked unless said otherwise. */
function ask(over: Partial<ScopeQuestion>) {
  return projectScope({
    rows: [...CALLS, ...booked('2026-06-01', TODAY)],
    ...{ tenant: { tagDimensions: [] }, scope: {}, unit: 'pico_usd', days: JUNE, today: TODAY, levels: [] },
    ...{ conditions: conditionsOf({}), missingDays: new Set<string>(), oneOffs: [], fixedCosts: fixed({}) },
    ...over,
  });
}

describe('a forecast with a capacity of a fixed price', () => {
  it('knows what it costs to the end of the period, and no more of it than of the calls', () => {
    // Calls 30 x 10, the capacity 30 x 24.
    const { spent, projection } = ask({});
    expect(spent).toBe(14n * 34n * USD);
    expect(projection.point).toBeCloseTo(1_020, 9);
    const ofCalls = ask({ rows: CALLS, fixedCosts: fixed({ to: '2026-06-01' }) }).projection;
    expect(projection.hi80).toBeCloseTo((ofCalls.hi80 ?? 0) + 720, 9);
    expect(projection.lo80).toBeCloseTo((ofCalls.lo80 ?? 0) + 720, 9);
  });

  it('knows its end, a change of its price, and that it begins', () => {
    // 14 days are booked; five more until the 20th: 300 + 19 x 24.
    expect(ask({ fixedCosts: fixed({ to: '2026-06-20' }) }).projection.point).toBeCloseTo(756, 9);
    // From the 20th on $12 a day, eleven days: 756 + 132.
    const halved = fixed({}, { from: '2026-06-20', price: { picoUsd: 12n * USD, per: 'day' } });
    expect(ask({ fixedCosts: halved }).projection.point).toBeCloseTo(888, 9);
    // Nothing is booked of one that begins on the 25th: 300 + 6 x 24.
    expect(ask({ rows: CALLS, fixedCosts: fixed({ from: '2026-06-25' }) }).projection.point).toBeCloseTo(444, 9);
  });

  it('counts yesterday once, whether it is booked yet or not', () => {
    const rows = [...CALLS, ...booked('2026-06-01', '2026-06-14')];
    expect(ask({ rows }).projection.point).toBeCloseTo(1_020, 9);
  });

  it('gives a scope the part that it bore of late, and one of nobody what was unused', () => {
    // A quarter of 24 is the team's, 30 days long, beside its calls.
    expect(ask({ scope: { team: 'cx' } }).projection.point).toBeCloseTo(300 + 180, 9);
    expect(ask({ scope: { operation: 'capacity_unused' } }).projection.point).toBeCloseTo(540, 9);
    expect(ask({ scope: { deployment: 'own' } }).projection.point).toBeCloseTo(720, 9);
    expect(ask({ scope: { team: 'other' } }).projection.point).toBeNull();
    const begins = { rows: CALLS, fixedCosts: fixed({ from: '2026-06-25' }) };
    expect(ask({ ...begins, scope: { team: 'cx' } }).projection.point).toBeCloseTo(300, 9);
  });

  it('goes by the last four weeks, whoever bore it before', () => {
    const before = listDays('2026-04-01', '2026-05-18').map((day) =>
      row(day, { operation: 'capacity_used', team: 'cx' }, 24n * USD),
    );
    const rows = [...CALLS, ...before, ...booked('2026-05-18', TODAY)];
    // Four weeks before the 15th of June begin on the 18th of May: a quarter is the team's.
    expect(ask({ rows, scope: { team: 'cx' } }).projection.point).toBeCloseTo(300 + 180, 9);
  });

  it('of a tenant without any call is certain', () => {
    const { projection } = ask({ rows: booked('2026-06-01', TODAY) });
    expect([projection.lo95, projection.point, projection.hi95].map((figure) => Math.round(figure ?? -1))).toEqual([
      720, 720, 720,
    ]);
  });

  it('tells the day on which a budget is used up, and the odds, with what is certain to come', () => {
    // 14 days of 34 are 476; each further day brings 34: the 20th ends at 680.
    const { exceed } = ask({ levels: [679n * USD, 1_100n * USD] });
    expect(exceed[0]).toMatchObject({ runOutDay: '2026-06-20', probability: 1 });
    expect(exceed[1]).toMatchObject({ runOutDay: null });
    expect(exceed[1]?.probability).toBeLessThan(0.2);
    // The same where yesterday is not booked yet.
    const rows = [...CALLS, ...booked('2026-06-01', '2026-06-14')];
    expect(ask({ rows, levels: [679n * USD] }).exceed[0]?.runOutDay).toBe('2026-06-20');
  });

  it('is not multiplied by a planned change of use', () => {
    const conditions = conditionsOf({ changes: [{ day: '2026-06-15' }] });
    // Calls 14 x 10 + 16 x 20, the capacity 720 as ever.
    expect(ask({ conditions }).projection.point).toBeCloseTo(460 + 720, 9);
  });

  it('says nothing of tokens and calls', () => {
    expect(ask({ unit: 'calls' }).projection.point).toBeCloseTo(300, 9);
  });
});

describe('what capacities are to cost', () => {
  it('begins yesterday at the earliest: days before were booked, or were made void', () => {
    const costs = listCostsToCome(fixed({}), [], () => true, { days: JUNE, today: TODAY });
    expect([...costs.keys()]).toEqual(listDays('2026-06-14', '2026-07-01'));
  });
});
