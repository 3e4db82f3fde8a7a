import { describe, expect, it } from 'vitest';
import { buildHistory } from '../../../lib/domain/forecast/daily-history.ts';
import { estimateScale } from '../../../lib/domain/forecast/estimate-scale.ts';
import { estimateRecentRise } from '../../../lib/domain/forecast/growth.ts';
import { weighMethods } from '../../../lib/domain/forecast/method-weights.ts';
import { compareMoments, describeMoment, findPrecedent } from '../../../lib/domain/forecast/moment.ts';
import { type Replay, replayPast } from '../../../lib/domain/forecast/replay-past.ts';
import { forecastRests, METHOD_COUNT } from '../../../lib/domain/forecast/rest-methods.ts';
import { compareWithYearAgo } from '../../../lib/domain/forecast/year-ago.ts';

const START = 20_000;
/** So many days in a row, each of the amount that `amountOf` says. */
const historyOf = (count: number, amountOf: (day: number) => number) =>
  buildHistory(
    Array.from({ length: count }, (_, day) => ({ number: START + day, amount: amountOf(day) })),
    START + count - 1,
  );

const replay = (rests: readonly number[], actual: number, weight = 1): Replay => ({
  horizonDays: 1,
  weight,
  moment: describeMoment(rests, 1),
  rests,
  actual,
});

const EVEN = { level: 1, direction: 0 };

describe('the replayed past', () => {
  it('sees nothing of what came later', () => {
    const wave = (day: number) => 10 + 3 * Math.sin(day) + (day % 7) + (day > 300 ? 20 : 0);
    const known = historyOf(250, wave);
    const later = historyOf(420, wave);
    const rests = (history: typeof known) =>
      forecastRests(history, 250, [25, 6]).flatMap((parts) => parts.map((rest) => rest * history.unit));
    for (const [index, rest] of rests(later).entries()) expect(rest).toBeCloseTo(rests(known)[index] ?? 0, 9);
  });

  it('holds what came over the whole, the half and the quarter of the days to come', () => {
    const history = historyOf(40, () => 10);
    const replays = replayPast(history, 20, EVEN);
    // With 3 days known, windows of 20 days begin on the days 3 to 20, of 10 on 3 to 30, of 5 on 3 to 35.
    const count = (days: number) => replays.filter(({ horizonDays }) => horizonDays === days).length;
    expect([count(20), count(10), count(5)]).toEqual([18, 28, 33]);
    for (const { actual, horizonDays } of replays) expect(actual * history.unit).toBeCloseTo(10 * horizonDays, 9);
  });

  it('counts days without data as the mean of the others, and leaves a window out that lacks more than 3 of 10', () => {
    const listWithout = (from: number, to: number) => {
      const days = Array.from({ length: 30 }, (_, day) => ({ number: START + day, amount: 10 }));
      const history = buildHistory(
        days.filter((_, day) => day < from || day >= to),
        START + 29,
      );
      const replays = replayPast(history, 10, EVEN).filter(({ horizonDays }) => horizonDays === 10);
      return replays.map(({ actual }) => actual * history.unit);
    };
    expect(listWithout(15, 18)).toHaveLength(18);
    for (const actual of listWithout(15, 18)) expect(actual).toBeCloseTo(100, 9);
    // Without the days 15 to 18, the windows that begin on 9 to 15 lack four.
    expect(listWithout(15, 19)).toHaveLength(18 - 7);
  });
});

describe('the shares of the methods', () => {
  it('are equal without a past, and with one that every method met', () => {
    const equal = new Array<number>(METHOD_COUNT).fill(1 / METHOD_COUNT);
    expect(weighMethods([])).toEqual(equal);
    expect(weighMethods([replay(new Array<number>(METHOD_COUNT).fill(5), 5)])).toEqual(equal);
  });

  it('go to the method that came closest, the more so the more windows there are', () => {
    const rests = Array.from({ length: METHOD_COUNT }, (_, method) => (method === 2 ? 11 : 20));
    const shareOf = (windows: number) => weighMethods(Array.from({ length: windows }, () => replay(rests, 10)))[2] ?? 0;
    expect(shareOf(1)).toBeGreaterThan(1 / METHOD_COUNT);
    expect(shareOf(3)).toBeGreaterThan(shareOf(1));
    expect(shareOf(50)).toBeGreaterThan(0.99);
  });

  it('go by the moments that were most like this one', () => {
    const good = (method: number) => Array.from({ length: METHOD_COUNT }, (_, other) => (other === method ? 10 : 20));
    const past = (likeFirst: number) => [
      ...Array.from({ length: 20 }, () => replay(good(0), 10, likeFirst)),
      ...Array.from({ length: 20 }, () => replay(good(1), 10, 1)),
    ];
    const [first = 0, second = 0] = weighMethods(past(0.2));
    expect(second).toBeGreaterThan(10 * first);
    const [alike = 0, too = 0] = weighMethods(past(1));
    expect(alike).toBeCloseTo(too, 9);
  });
});

describe('the moment', () => {
  // The first two methods are the means of 7 and 28 days.
  const momentOf = (week: number, month: number) => describeMoment([week * 5, month * 5], 5);

  it('has a level, and a direction that is above 0 after a rise', () => {
    expect(momentOf(10, 10)).toEqual({ level: 10, direction: 0 });
    // ln((20 + 1.5) / (10 + 1.5)), 15 being the mean of both
    expect(momentOf(20, 10).direction).toBeCloseTo(Math.log(21.5 / 11.5), 9);
    expect(momentOf(0, 10).direction).toBeLessThan(0);
    expect(momentOf(0, 0).direction).toBe(0);
  });

  it('is less like one at another level or in another direction', () => {
    const now = momentOf(10, 10);
    expect(compareMoments(now, now)).toBe(1);
    // A third of the level counts a third.
    expect(compareMoments(now, momentOf(30, 30))).toBeCloseTo(1 / 3, 3);
    expect(compareMoments(now, { level: 10, direction: 0.5 })).toBeCloseTo(Math.exp(-1), 9);
  });

  it('has no precedent where the series moves as it never did', () => {
    const rise = momentOf(20, 10);
    expect(findPrecedent([momentOf(10, 10), momentOf(10.1, 10)], momentOf(10, 10))).toBe(1);
    expect(findPrecedent([momentOf(10, 10), momentOf(10.1, 10)], rise)).toBeLessThan(1e-9);
    // Among moves of its kind the same move is nothing new: a third of the reach, e^(-1/18).
    expect(findPrecedent([rise, rise], rise)).toBeGreaterThan(0.94);
  });
});

describe('the scale of the error', () => {
  const first = (rests: readonly number[]): number => rests[0] ?? 0;
  const standing = (rests: readonly number[], knownDays = 100, dailyRise = 0) => {
    return { rests, moment: EVEN, horizonDays: 10, knownDays, dailyRise };
  };

  it('is a matter of what is not known yet where there is no past and the methods agree', () => {
    // 0.85 x the root of 1/3 day: about half and twice the rate at 80 % after the first day.
    expect(estimateScale(standing([5, 5], 1), [], first)).toBeCloseTo(0.85 * Math.sqrt(1 / 3), 9);
    expect(estimateScale(standing([5, 5], 25), [], first)).toBeCloseTo(0.85 * Math.sqrt(1 / 75), 9);
  });

  it('is wider where the methods differ, and where a young workload rises', () => {
    const agreed = estimateScale(standing([5, 5], 20), [], first);
    expect(estimateScale(standing([5, 10], 20), [], first)).toBeGreaterThan(1.5 * agreed);
    // Half of a rise of 0.1 a day over half of 10 days: 0.25
    expect(estimateScale(standing([5, 5], 20, 0.1), [], first)).toBeCloseTo(agreed + 0.25, 9);
    // A workload four times as old as 28 days has seen rises end.
    const old = estimateScale(standing([5, 5], 112), [], first);
    expect(estimateScale(standing([5, 5], 112, 0.1), [], first)).toBeCloseTo(old + 0.25 / 4, 9);
  });

  it('moves to the distance at which past forecasts fell', () => {
    // ln((20 + 1) / (10 + 1)) = 0.6466: twice the forecast came each time.
    const missedBy = (windows: number) => estimateScale(standing([10, 10]), [replay([10, 10], 20, windows)], first);
    expect(missedBy(0.1)).toBeGreaterThan(estimateScale(standing([10, 10]), [], first));
    expect(missedBy(1)).toBeGreaterThan(missedBy(0.1));
    expect(missedBy(1e9)).toBeCloseTo(0.6466 + 0.004, 3);
  });

  it('widens where the methods differ more than they did when the past was forecast', () => {
    const past = [replay([10, 10], 12, 5)];
    expect(estimateScale(standing([10, 20]), past, first)).toBeGreaterThan(
      1.3 * estimateScale(standing([10, 10]), past, first),
    );
  });

  it('does not ask a past that saw nothing like it', () => {
    const past = [replay([10, 10], 10.5, 1e9)];
    const moved = { ...standing([10, 20]), moment: { level: 15, direction: 0.7 } };
    expect(estimateScale(moved, past, first)).toBeCloseTo(estimateScale(moved, [], first), 6);
  });

  it('compares with what the methods say where the forecast itself is next to nothing', () => {
    // A middle of 0 among means of 10: 10 is as far as ln((10 + 0.5) / (0 + 0.5)), not infinitely far.
    const scale = estimateScale(standing([0, 10]), [replay([0, 10], 10, 1e9)], first);
    expect(scale).toBeCloseTo(Math.log(10.5 / 0.5) + 0.004, 2);
  });
});

describe('a recent rise', () => {
  it('is found in a fortnight, drawn to 0 by its own error, and never a fall', () => {
    const riseOf = (count: number, amountOf: (day: number) => number) =>
      estimateRecentRise(historyOf(count, amountOf), count);
    // A fifth more each day is 0.18 of a logarithm; the part added to each day flattens it a little.
    expect(riseOf(14, (day) => 1.2 ** day)).toBeGreaterThan(0.13);
    expect(riseOf(14, (day) => 1.2 ** day)).toBeLessThan(0.182);
    expect(riseOf(14, (day) => 1.2 ** -day)).toBe(0);
    expect(riseOf(14, () => 5)).toBe(0);
    // Noise that happens to end high is mostly its own error.
    expect(riseOf(6, (day) => [5, 9, 4, 8, 5, 10][day] ?? 0)).toBeLessThan(0.03);
    expect(riseOf(2, (day) => 1 + day)).toBe(0);
    expect(riseOf(20, () => 0)).toBe(0);
  });
});

describe('the year ago', () => {
  it('says how the days to come compared with the four weeks before them, half believed', () => {
    // Today is day 500: a year ago, on day 136, the level went from 10 to 40; the root of 4 is 2.
    const history = historyOf(500, (day) => (day >= 136 && day < 200 ? 40 : 10));
    expect(compareWithYearAgo(history, 500, 20)).toBeCloseTo(2, 9);
  });

  it('says nothing where the history is shorter or mostly unknown', () => {
    const days = Array.from({ length: 500 }, (_, day) => ({ number: START + day, amount: 5 + day }));
    const compare = (history: ReturnType<typeof buildHistory>) =>
      compareWithYearAgo(history, history.amounts.length, 20);
    expect(compare(historyOf(500, (day) => 5 + day))).not.toBe(1);
    // 364 + 28 days are needed.
    expect(compare(historyOf(391, (day) => 5 + day))).toBe(1);
    // 15 of the 20 days that correspond to those to come are missing.
    const holed = days.filter((_, day) => day < 136 || day > 150);
    expect(compare(buildHistory(holed, START + 499))).toBe(1);
  });
});
