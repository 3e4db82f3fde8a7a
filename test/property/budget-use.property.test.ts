import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBudgets } from '../../lib/app/budgets/check-budgets.ts';
import { evaluateBudgets } from '../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import { reportBudgets } from '../../lib/app/budgets/report-budgets.ts';
import { createAlertWorld, delta, USD } from '../helpers/alert-world.ts';

const TEAMS = ['cx', 'ops'] as const;
const NOTHING = { queued: { usage: 0, import: 0 }, deadLetters: 0, rejects: 0, conflicts: 0, missing: 0 };

type Deed =
  | { readonly what: 'commit'; readonly daysAgo: number; readonly cents: number; readonly team: 'cx' | 'ops' }
  | { readonly what: 'burst'; readonly count: number }
  | { readonly what: 'raise' | 'sweep' | 'tomorrow' | 'check' | 'report' };

const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('commit' as const),
        daysAgo: fc.integer({ min: 0, max: 40 }),
        cents: fc.integer({ min: -500, max: 5_000 }),
        team: fc.constantFrom(...TEAMS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constant('burst' as const), count: fc.integer({ min: 90, max: 120 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ what: fc.constantFrom('raise', 'sweep', 'tomorrow', 'check', 'check', 'report') }),
    },
  ) as fc.Arbitrary<Deed>,
  { minLength: 10, maxLength: 40 },
);

describe('checks and reports', () => {
  it('say exactly what the ledger holds of the running period, whatever a warm function remembers', async () => {
    let [checks, reports] = [0, 0];
    const property = fc.asyncProperty(deeds, async (planned) => {
      const { ledger, start, tenant, clock, wait } = createAlertWorld();
      const readFreshness = async () => ({ asOfMs: clock(), ...NOTHING });
      const ports = { ...start(), readFreshness, memory: new Map(), projections: { list: async () => [] } };
      const spent: { day: string; team: string; picoUsd: bigint }[] = [];
      const today = (): string => new Date(clock()).toISOString().slice(0, 10);
      const commit = (daysAgo: number, cents: number, team: 'cx' | 'ops'): void => {
        const day = new Date(clock() - daysAgo * 86_400_000).toISOString().slice(0, 10);
        ledger.commit(delta(day, cents / 100, { team }));
        spent.push({ day, team, picoUsd: BigInt(cents) * (USD / 100n) });
      };
      const sumOf = (period: string, team?: string): bigint =>
        spent
          .filter((each) => each.day.startsWith(period) && (team === undefined || each.team === team))
          .reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
      let amount = 10;
      const putAll = async (): Promise<void> => {
        const amounts = { amount_usd: String(amount++) };
        await putBudget(ports, tenant, { name: 'month', ...amounts });
        await putBudget(ports, tenant, { name: 'day', period: 'day', ...amounts, filter: { team: 'cx' } });
        await putBudget(ports, tenant, { name: 'teams', ...amounts, each: 'team' });
      };
      const check = async (): Promise<void> => {
        const { counted } = await checkBudgets(ports, tenant, {
          dimensions: { team: 'cx' },
          estimates: { pico_usd: 0n, tokens: 0n },
          limitPercent: 100,
        });
        expect(Object.fromEntries(counted.map(({ budget, spent: told }) => [budget.name, told]))).toEqual({
          month: sumOf(today().slice(0, 7)),
          day: sumOf(today(), 'cx'),
          teams: sumOf(today().slice(0, 7), 'cx'),
        });
        checks += 1;
      };
      const report = async (): Promise<void> => {
        const { units } = await reportBudgets(ports, tenant, { period: 'current' });
        const lines = units.pico_usd.owners.flatMap(({ budgets }) =>
          budgets.flatMap(({ budget, lines: own }) => own.map((line) => [`${budget.name} ${line.part}`, line.actual])),
        );
        const month = today().slice(0, 7);
        const teams = TEAMS.filter((team) => spent.some((each) => each.team === team && each.day.startsWith(month)));
        const parts =
          teams.length === 0 ? [['teams null', 0n]] : teams.map((team) => [`teams ${team}`, sumOf(month, team)]);
        expect(Object.fromEntries(lines)).toEqual(
          Object.fromEntries([['month null', sumOf(month)], ['day null', sumOf(today(), 'cx')], ...parts]),
        );
        reports += 1;
      };
      await putAll();
      for (const deed of planned) {
        if (deed.what === 'commit') commit(deed.daysAgo, deed.cents, deed.team);
        else if (deed.what === 'burst') for (let count = 0; count < deed.count; count++) commit(0, 1, 'ops');
        else if (deed.what === 'raise') await putAll();
        else if (deed.what === 'sweep') await evaluateBudgets(start(), tenant, 'save');
        else if (deed.what === 'tomorrow') wait(86_400_000);
        else if (deed.what === 'check') await check();
        else await report();
      }
      await check();
      await report();
    });
    await fc.assert(property, { numRuns: 100 });
    expect([checks > 300, reports > 200]).toEqual([true, true]);
  });
});
