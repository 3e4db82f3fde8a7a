import { describe, expect, it } from 'vitest';
import {
  type BudgetPacePorts,
  findBudgetPaces,
  findConcernedBudget,
} from '../../../../lib/app/anomalies/budget-paces.ts';
import { compareAmounts, type Finding } from '../../../../lib/domain/anomaly/finding.ts';
import { estimateHourBaseline } from '../../../../lib/domain/anomaly/hour-baseline.ts';
import type { Budget } from '../../../../lib/domain/budgets/budget.ts';
import { leaf, USD } from '../../../helpers/alert-world.ts';
import { TENANT } from '../../../helpers/ledger-fixtures.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A Tuesday noon in UTC, with twelve hours left of the day. */
const NOON_MS = Date.UTC(2026, 0, 20, 12);
const UTC_TENANT = { ...TENANT, timeZone: 'UTC' };

/** $310 in January's 31 days are $10 a day. */
const BUDGET: Budget = {
  id: 'b1',
  name: 'support',
  version: 1,
  scope: { team: 'cx' },
  each: null,
  schedule: { rule: { kind: 'month', anchorDay: 1 } },
  amount: { unit: 'pico_usd', amounts: [310n * USD] },
  thresholdsPercent: [100],
  forecastThresholdsPercent: [],
  owner: null,
  paused: false,
  createdAtMs: 0,
  changedAtMs: 0,
  sinceCommit: 0,
};
const RUNNING = [{ budget: BUDGET, period: { name: '2026-01', fromDay: '2026-01-01', toDay: '2026-02-01' } }];
const OF_CX = leaf({ team: 'cx', app: 'bot' });

/** So much was spent today, and $290 of the month; a team that is not meant spends a lot. */
const ports = (todayUsd: bigint): BudgetPacePorts => ({
  reader: {
    rollups: async () => ({
      head: 0,
      rows: [
        { period: '2026-01-20', day: null, leaf: OF_CX, measures: { cost: todayUsd * USD }, histograms: {} },
        {
          period: '2026-01-20',
          day: null,
          leaf: leaf({ team: 'ops' }),
          measures: { cost: 999n * USD },
          histograms: {},
        },
      ],
    }),
  },
  budgets: {
    list: async () => [],
    totals: async () => ({ number: 1, spent: new Map([['2026-01', new Map([['', 290n * USD]])]]) }),
  },
});

/** An hour at so many dollars for the team, beside what is usual for it. */
function recent(hourUsd: bigint, usualUsd: bigint) {
  const hours = Array.from({ length: 672 }, (_, index) => ({
    hourMs: NOON_MS - (index + 1) * HOUR_MS,
    costPicoUsd: usualUsd * USD,
    calls: 100,
  }));
  const baseline = estimateHourBaseline(hours, NOON_MS);
  const minutes = Array.from({ length: 60 }, (_, index) => ({
    minuteMs: NOON_MS - (index + 1) * MINUTE_MS,
    leaf: OF_CX,
    costPicoUsd: (hourUsd * USD) / 60n,
  }));
  return {
    minutes,
    baselines: { atMs: 0, total: baseline, values: new Map(), others: new Map([['support', baseline]]) },
    endMs: NOON_MS,
  };
}

describe('a day that is heading for more than three times the daily share of a budget', () => {
  it('is told of with what it will cost and when the budget is gone', async () => {
    // $7 until now and twelve hours at $2 are $31, where three times $10 is the limit.
    const [found, ...others] = await findBudgetPaces(ports(7n), UTC_TENANT, RUNNING, recent(2n, 2n), 3);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ detector: 'budget_pace', key: null });
    expect(found?.evidence).toMatchObject({ actualPicoUsd: 7n * USD, expectedPicoUsd: 10n * USD, limitRatio: 3 });
    expect(Number(found?.evidence.budget?.projectedDayPicoUsd) / 1e12).toBeCloseTo(31, 6);
    // $20 left at $2 an hour are ten hours.
    expect(found?.evidence.budget).toMatchObject({ name: 'support', remainingPicoUsd: 20n * USD });
    expect(found?.evidence.budget?.minutesLeft).toBeCloseTo(600, -1);
  });

  it('is none at three times, nor one of a calm hour after a costly morning', async () => {
    expect(await findBudgetPaces(ports(6n), UTC_TENANT, RUNNING, recent(2n, 2n), 3)).toEqual([]);
    expect(await findBudgetPaces(ports(40n), UTC_TENANT, RUNNING, recent(0n, 2n), 3)).toEqual([]);
  });

  it('goes by what the rest of the day usually costs: the hour of a batch does not go on', async () => {
    const batch = recent(9n, 0n);
    const hourly = { ...batch.baselines.total, hourlyUsd: batch.baselines.total.hourlyUsd.map(() => 0) };
    const usualHour = Math.floor(NOON_MS / HOUR_MS) % 168;
    // Nine dollars from eleven to noon every day, then nothing.
    const hours = hourly.hourlyUsd.map((_, hour) => (hour % 24 === (usualHour - 1) % 24 ? 9 : 0));
    const baseline = { ...hourly, hourlyUsd: hours };
    const baselines = { ...batch.baselines, others: new Map([['support', baseline]]) };
    expect(await findBudgetPaces(ports(9n), UTC_TENANT, RUNNING, { ...batch, baselines }, 3)).toEqual([]);
  });

  it('is not known of calls whose hours are not', async () => {
    const unknown = recent(9n, 2n);
    const baselines = { ...unknown.baselines, others: new Map() };
    expect(await findBudgetPaces(ports(40n), UTC_TENANT, RUNNING, { ...unknown, baselines }, 3)).toEqual([]);
  });
});

describe('the budget that a surge uses up', () => {
  const surge = (value: string): Finding => ({
    detector: 'burn_rate',
    key: { dimension: 'app', value },
    period: { startMs: NOON_MS - 5 * MINUTE_MS, endMs: NOON_MS },
    evidence: compareAmounts(1n, 0n, { limitRatio: 2.5, z: 9 }),
    isTold: true,
  });

  it('is named with the minutes that it lasts', async () => {
    const { minutes } = recent(30n, 2n);
    // $20 left, $2.50 in five minutes: forty minutes.
    expect(await findConcernedBudget(ports(7n), UTC_TENANT, RUNNING, minutes, surge('bot'))).toEqual({
      name: 'support',
      part: '',
      remainingPicoUsd: 20n * USD,
      minutesLeft: 40,
    });
  });

  it('is none that the surge is not part of', async () => {
    const elsewhere = recent(30n, 2n).minutes.map((minute) => ({ ...minute, leaf: leaf({ team: 'ops', app: 'bot' }) }));
    expect(await findConcernedBudget(ports(7n), UTC_TENANT, RUNNING, elsewhere, surge('bot'))).toBeUndefined();
  });
});
