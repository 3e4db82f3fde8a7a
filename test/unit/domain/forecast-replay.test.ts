import { describe, expect, it } from 'vitest';
import { buildHistory } from '../../../lib/domain/forecast/daily-history.ts';
import { estimateScale } from '../../../lib/domain/forecast/estimate-scale.ts';
import { measureNoise } from '../../../lib/domain/forecast/measure-noise.ts';
import { weighMethods } from '../../../lib/domain/forecast/method-weights.ts';
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
  rests,
  actual,
});

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
    const replays = replayPast(history, 20);
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
      const replays = replayPast(history, 10).filter(({ horizonDays }) => horizonDays === 10);
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
    const shareOf = (windows: number) => weighMethods([replay(rests, 10, windows)])[2] ?? 0;
    expect(shareOf(0.1)).toBeGreaterThan(1 / METHOD_COUNT);
    expect(shareOf(1)).toBeGreaterThan(shareOf(0.1));
    expect(shareOf(50)).toBeGreaterThan(0.99);
  });
});

describe('the scale of the error', () => {
  const first = (rests: readonly number[]): number => rests[0] ?? 0;

  it('is the noise of a day without a past', () => {
    expect(estimateScale(0.3, [], first)).toBe(0.3);
  });

  it('moves to the distance at which past forecasts fell, but not wholly', () => {
    // ln((2 + 0.1) / 1.1) = 0.6466: twice the forecast came each time.
    const missedBy = (windows: number) => estimateScale(0.1, [replay([10], 20, windows)], first);
    expect(missedBy(1)).toBeGreaterThan(0.1);
    expect(missedBy(9)).toBeGreaterThan(missedBy(1));
    expect(missedBy(1e9)).toBeLessThan(0.6466);
    // 0.1 ^ 0.25 x (0.6466 + 0.004) ^ 0.75 = 0.407
    expect(missedBy(1e9)).toBeCloseTo(0.407, 3);
  });

  it('starts from a wide noise and learns an even series in weeks', () => {
    const noiseAfter = (count: number) => measureNoise(historyOf(count, () => 5));
    // (0 + 0.5 x 2) / (n - 1 + 2)
    expect([noiseAfter(1), noiseAfter(7), noiseAfter(49)]).toEqual([1 / 2, 1 / 8, 1 / 50]);
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
