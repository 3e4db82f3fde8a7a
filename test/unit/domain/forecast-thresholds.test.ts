import { describe, expect, it } from 'vitest';
import {
  amountAtPercent,
  countHoursRunning,
  type ForecastStanding,
  findForecastCrossings,
  findForecastRetreats,
  type ProjectedHour,
} from '../../../lib/domain/budgets/forecast-thresholds.ts';

interface Hour {
  readonly probability: number | null;
  readonly state?: ProjectedHour['state'];
  readonly daysLeft?: number;
  /** Hours since the one before. */
  readonly after?: number;
}

/** The standing of the threshold 100 % after these hours. */
function runHours(...hours: readonly Hour[]): ForecastStanding | undefined {
  let before: Pick<ProjectedHour, 'hour' | 'standings'> | undefined;
  let hour = 490_000;
  for (const { probability, state = 'ready', daysLeft = 10, after = 1 } of hours) {
    hour += after;
    const odds = [{ thresholdPercent: 100, probability }];
    before = { hour, standings: countHoursRunning(odds, { hour, state, daysLeft }, before) };
  }
  return before?.standings[0];
}

describe('hours running', () => {
  it('count projections from exactly 0.8 on, and begin anew after one below', () => {
    expect(runHours({ probability: 0.8 })).toMatchObject({ hoursLikely: 1, hoursUnlikely: 0 });
    expect(runHours({ probability: 0.8 }, { probability: 0.99 })).toMatchObject({ hoursLikely: 2 });
    expect(runHours({ probability: 0.9 }, { probability: 0.79 }, { probability: 0.9 })).toMatchObject({
      hoursLikely: 1,
    });
  });

  it('begin anew after an hour without a projection', () => {
    expect(runHours({ probability: 0.9 }, { probability: 0.9, after: 2 })).toMatchObject({ hoursLikely: 1 });
  });

  it('do not grow by a second projection of the same hour', () => {
    expect(runHours({ probability: 0.9 }, { probability: 0.9, after: 0 })).toMatchObject({ hoursLikely: 1 });
  });

  it.each(['learning', 'degraded', 'no_data', 'idle'] as const)('end with a projection in state %s', (state) => {
    expect(runHours({ probability: 0.9 }, { probability: 0.9, state })).toMatchObject({ hoursLikely: 0 });
  });

  it('count in state provisional', () => {
    const hour = { probability: 0.9, state: 'provisional' } as const;
    expect(runHours(hour, hour)).toMatchObject({ hoursLikely: 2 });
  });

  it('count nothing of what lies more than 45 days ahead', () => {
    expect(runHours({ probability: 0.9, daysLeft: 46 })).toMatchObject({ hoursLikely: 0 });
    expect(runHours({ probability: 0.1, daysLeft: 46 })).toMatchObject({ hoursUnlikely: 0 });
    expect(runHours({ probability: 0.9, daysLeft: 45 })).toMatchObject({ hoursLikely: 1 });
  });

  it('count projections below 0.5 the other way, in a pause of all spend as well', () => {
    expect(runHours({ probability: 0.49 }, { probability: 0 })).toMatchObject({ hoursUnlikely: 2, hoursLikely: 0 });
    expect(runHours({ probability: 0.5 })).toMatchObject({ hoursUnlikely: 0, hoursLikely: 0 });
    expect(runHours({ probability: 0 }, { probability: 0, state: 'idle' })).toMatchObject({ hoursUnlikely: 2 });
    expect(runHours({ probability: 0.1 }, { probability: 0.1, state: 'degraded' })).toMatchObject({ hoursUnlikely: 0 });
  });

  it('count nothing where the probability is not known', () => {
    expect(runHours({ probability: null })).toEqual({
      thresholdPercent: 100,
      probability: null,
      hoursLikely: 0,
      hoursUnlikely: 0,
    });
  });

  it('are counted for each threshold by itself, and from nothing for a new one', () => {
    const first = countHoursRunning([{ thresholdPercent: 80, probability: 0.9 }], at(1), undefined);
    const odds = [
      { thresholdPercent: 80, probability: 0.9 },
      { thresholdPercent: 120, probability: 0.9 },
    ];
    const second = countHoursRunning(odds, at(2), { hour: 1, standings: first });
    expect(second.map(({ hoursLikely }) => hoursLikely)).toEqual([2, 1]);
  });
});

describe('a forecast crossing', () => {
  const standings = [80, 100, 120].map((thresholdPercent) => standing(thresholdPercent, 2, 0));

  it('needs two hours running', () => {
    expect(findForecastCrossings([standing(80, 1, 0), standing(100, 2, 0)], 0n, 100n)).toEqual([100]);
  });

  it('leaves out what the spend has reached, to the unit', () => {
    expect(findForecastCrossings(standings, 79n, 100n)).toEqual([80, 100, 120]);
    expect(findForecastCrossings(standings, 80n, 100n)).toEqual([100, 120]);
    expect(findForecastCrossings(standings, 120n, 100n)).toEqual([]);
  });

  it('is taken back after two hours the other way', () => {
    expect(findForecastRetreats([standing(80, 0, 1), standing(100, 0, 2), standing(120, 0, 3)])).toEqual([100, 120]);
  });
});

it('holds a total against the whole units of a percentage', () => {
  // 80 % of 101 is 80.8: a total of 81 exceeds it, one of 80 does not.
  expect(amountAtPercent(101n, 80)).toBe(80n);
});

function at(hour: number): Omit<ProjectedHour, 'standings'> {
  return { hour, state: 'ready', daysLeft: 10 };
}

function standing(thresholdPercent: number, hoursLikely: number, hoursUnlikely: number): ForecastStanding {
  return { thresholdPercent, probability: 0.5, hoursLikely, hoursUnlikely };
}
