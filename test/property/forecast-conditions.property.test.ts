import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectScope, type ScopeQuestion } from '../../lib/app/forecasts/project-scope.ts';
import { findWholePeriod } from '../../lib/domain/budgets/periods/find-period.ts';
import type { PeriodRule } from '../../lib/domain/budgets/periods/period-rule.ts';
import type { ForecastUnit } from '../../lib/domain/forecast-conditions/conditions.ts';
import { addDays } from '../../lib/domain/local-time.ts';
import { conditionsOf, dayRow, listDays, TODAY } from '../helpers/forecast-rows.ts';

const MONTH: PeriodRule = { kind: 'month', anchorDay: 1 };
const TEAMS = ['cx', 'qa', 'ml'] as const;
const PICO_USD = 1e-12;

/** Day of the change, from three months before today to seven weeks after. */
const changeDays = fc.integer({ min: -90, max: 50 }).map((days) => addDays(TODAY, days));
const rules = fc.constantFrom<PeriodRule>(
  { kind: 'day' },
  { kind: 'week', firstDay: 'sunday' },
  MONTH,
  { kind: 'month', anchorDay: 31 },
  { kind: 'quarter', anchorMonth: 1, anchorDay: 1 },
  { kind: 'year', anchorMonth: 4, anchorDay: 6 },
);
/** Cents per million input tokens. */
const rates = fc.integer({ min: 1, max: 5_000 }).map((cents) => (cents / 100).toFixed(2));
/** Thousands of tokens a day of each team, the same on all days, in so many calls. */
const workloads = fc.tuple(
  ...TEAMS.map(() =>
    fc.record({ kilotokens: fc.integer({ min: 1, max: 10_000 }), calls: fc.integer({ min: 1, max: 50 }) }),
  ),
);
const factors = fc.integer({ min: 1, max: 4_000 }).map((hundredths) => ({ digits: BigInt(hundredths), scale: 2 }));

function ask(about: Pick<ScopeQuestion, 'rows' | 'conditions'>, rule: PeriodRule, unit: ForecastUnit = 'pico_usd') {
  const { fromDay, toDay } = findWholePeriod(rule, TODAY);
  const days = { fromDay, toDay };
  const fixed = { tenant: { tagDimensions: [] }, scope: {}, levels: [], oneOffs: [], missingDays: new Set<string>() };
  return { days, ...projectScope({ ...about, ...fixed, unit, days, today: TODAY }) };
}

/** Relative to the total: rounding of floats, and of restated amounts to whole picoUSD. */
function expectExact(point: number | null, expected: number): void {
  expect(Math.abs((point ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * expected + 400 * PICO_USD);
}

describe('the forecast of a constant workload', () => {
  it('is exact to rounding when its price changes on a known day, gone by or to come', () => {
    fc.assert(
      fc.property(changeDays, rules, rates, rates, workloads, (changeDay, rule, before, after, workload) => {
        const rows = [
          { unit: 'input_tokens', rate: before },
          { unit: 'input_tokens', rate: after, effective_from: changeDay },
        ];
        const costOf = (day: string): bigint => {
          const perKilotoken = BigInt(Math.round(Number(day < changeDay ? before : after) * 100)) * 10_000_000n;
          return workload.reduce((sum, { kilotokens }) => sum + BigInt(kilotokens) * perKilotoken, 0n);
        };
        const used = listDays('2026-01-01', TODAY).flatMap((day) => {
          const all = BigInt(workload.reduce((sum, { kilotokens }) => sum + kilotokens, 0));
          return workload.map(({ kilotokens, calls }, team) =>
            dayRow(
              day,
              { provider: 'acme', model: 'widget', team: TEAMS[team] ?? '' },
              {
                cost: (costOf(day) * BigInt(kilotokens)) / all,
                input_tokens: BigInt(kilotokens * 1_000),
                calls: BigInt(calls),
              },
            ),
          );
        });
        const { days, projection } = ask({ rows: used, conditions: conditionsOf({ rows }) }, rule);
        const known = days.fromDay < '2026-01-01' ? '2026-01-01' : days.fromDay;
        const expected = listDays(known, days.toDay).reduce((sum, day) => sum + costOf(day), 0n);
        expectExact(projection.point, Number(expected) * PICO_USD);
      }),
      { numRuns: 60 },
    );
  });

  it('is exact to rounding when a planned factor holds from a day on, in every unit', () => {
    const units = fc.constantFrom<ForecastUnit>('pico_usd', 'tokens', 'calls');
    const teams = fc.constantFrom(...TEAMS, undefined);
    fc.assert(
      fc.property(
        changeDays,
        rules,
        factors,
        workloads,
        units,
        teams,
        (changeDay, rule, factor, workload, unit, team) => {
          const scope = team === undefined ? {} : { team };
          const times = (day: string, of: string): bigint =>
            day >= changeDay && (team === undefined || team === of) ? factor.digits : 100n;
          // A hundredfold of everything, so that a factor in hundredths leaves whole counts.
          const rowOf = (day: string, index: number) => {
            const { kilotokens = 0, calls = 0 } = workload[index] ?? {};
            const of = TEAMS[index] ?? '';
            const tokens = BigInt(kilotokens * 1_000) * times(day, of);
            return dayRow(
              day,
              { team: of },
              { input_tokens: tokens, cost: tokens * 7n, calls: BigInt(calls) * times(day, of) },
            );
          };
          const rowsOf = (fromDay: string, toDay: string) =>
            listDays(fromDay, toDay).flatMap((day) => TEAMS.map((_, index) => rowOf(day, index)));
          const conditions = conditionsOf({ changes: [{ day: changeDay, scope, factor }] });
          const { days, projection } = ask({ rows: rowsOf('2026-01-01', TODAY), conditions }, rule, unit);
          const known = days.fromDay < '2026-01-01' ? '2026-01-01' : days.fromDay;
          const measure = { pico_usd: 'cost', tokens: 'input_tokens', calls: 'calls' } as const;
          const expected = rowsOf(known, days.toDay).reduce(
            (sum, { measures }) => sum + (measures[measure[unit]] ?? 0n),
            0n,
          );
          const figure = Number(expected) * (unit === 'pico_usd' ? PICO_USD : 1);
          expectExact(projection.point, figure);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the forecast of any workload', () => {
  it('is the same to the bit with conditions that change nothing', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(amounts, rules, rates, (cents, rule, rate) => {
        const rows = cents.map((amount, index) =>
          dayRow(
            addDays(TODAY, index - cents.length),
            { provider: 'acme', model: 'widget' },
            {
              cost: BigInt(amount) * 10_000_000_000n,
              input_tokens: BigInt(amount),
            },
          ),
        );
        const priced = [
          { unit: 'input_tokens', rate },
          // Another row of the same price.
          { unit: 'input_tokens', rate, effective_from: addDays(TODAY, 3) },
        ];
        const changes = [{ day: addDays(TODAY, 4), factor: { digits: 10n, scale: 1 } }, { day: '2020-01-01' }];
        const known = ask({ rows, conditions: conditionsOf({ rows: priced, changes }) }, rule);
        expect(known).toEqual(ask({ rows, conditions: conditionsOf({}) }, rule));
      }),
      { numRuns: 60 },
    );
  });
});
