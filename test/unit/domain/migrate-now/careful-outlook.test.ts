import { describe, expect, it } from 'vitest';
import type { VolumeOutlook } from '../../../../lib/domain/break-even/volume-outlook.ts';
import type { CountedDay } from '../../../../lib/domain/forecast/daily-history.ts';
import { findKeptRatio, widenOutlook } from '../../../../lib/domain/migrate-now/careful-outlook.ts';
import { projectOutlook } from '../../../../lib/domain/migrate-now/project-outlook.ts';

/** Day 0 is day number 20,000. */
const daysOf = (amounts: readonly number[]): CountedDay[] =>
  amounts.map((amount, index) => ({ number: 20_000 + index, amount }));
const keptOf = (amounts: readonly number[]) => findKeptRatio(daysOf(amounts), 20_000 + amounts.length - 1, 90);

/** Straight from 1 - `spread` to 1 + `spread` around `middle`, in 200 steps. */
function straight(middle: number, spread: number): VolumeOutlook {
  const ratios = Array.from({ length: 200 }, (_, index) => middle * (1 + spread * ((index + 0.5) / 100 - 1)));
  return { ratios, lo80Ratio: middle * (1 - 0.8 * spread), hi80Ratio: middle * (1 + 0.8 * spread) };
}

const shareFrom = ({ ratios }: VolumeOutlook, least: number) =>
  ratios.filter((ratio) => ratio >= least).length / ratios.length;

describe('findKeptRatio', () => {
  it('keeps all of a level that stays or grows', () => {
    expect(keptOf(Array.from({ length: 60 }, () => 100))).toBe(1);
    expect(keptOf(Array.from({ length: 60 }, (_, day) => 100 * 1.01 ** day))).toBe(1);
  });

  it('takes a fall of the last weeks on to the last four weeks ahead', () => {
    // 1 % a day over six weeks without any noise, of which 6/7 are believed: exp(-0.01 x 6/7 x 76 days) = 0.521.
    const kept = keptOf(Array.from({ length: 60 }, (_, day) => 100 * Math.exp(-0.01 * day)));
    expect(kept).toBeCloseTo(0.521, 3);
  });

  it('remembers the worst four weeks that came at this time of last year', () => {
    // The 400th day is the 36th of its year: 100 a day then, 40 a day from the 60th day to the 120th.
    const year = Array.from({ length: 364 }, (_, day) => (day >= 60 && day < 120 ? 40 : 100));
    expect(keptOf([...year, ...year.slice(0, 36)])).toBeCloseTo(0.4, 12);
    // A year ago begins one day before there are four weeks behind it.
    expect(keptOf([...year, ...year.slice(0, 27)])).toBe(1);
  });

  it('does not count a year ago that was higher as a gain', () => {
    const year = Array.from({ length: 364 }, (_, day) => (day >= 60 ? 300 : 100));
    expect(keptOf([...year, ...Array.from({ length: 60 }, () => 300)])).toBe(1);
  });
});

describe('widenOutlook', () => {
  it('leaves a calm forecast as it is', () => {
    // The lower bound of 80 % is 0.56 of the middle: ln(1.1 / 0.66) / 1.2 = 0.43 is a scale below 0.5.
    const plain = straight(1.1, 0.55);
    for (const [index, ratio] of widenOutlook(plain, 1).ratios.entries()) {
      expect(ratio).toBeCloseTo(plain.ratios[index] ?? Number.NaN, 12);
    }
  });

  it('takes a restless one farther down by as much as its scale is above one half', () => {
    // A lower bound of 0.44: ln(1.1 / 0.54) / 1.2 = 0.593; the lowest, 0.3035, goes to 1.1 x (0.4035 / 1.1)^1.186 - 0.1.
    expect(widenOutlook(straight(1, 0.7), 1).ratios[0]).toBeCloseTo(0.2348, 3);
  });

  it('asks more of a restless series', () => {
    const plain = straight(1.1, 0.9);
    const careful = widenOutlook(plain, 1);
    expect(shareFrom(careful, 0.6)).toBeLessThan(shareFrom(plain, 0.6));
    expect(shareFrom(careful, 1.1)).toBe(0.5);
  });

  it('gives a saving no more than a half where only the careful look sees it end', () => {
    // All forecast volumes are enough; with half of them left none of the lower half is.
    const plain = straight(1, 0.1);
    expect(shareFrom(plain, 0.8)).toBe(1);
    expect(shareFrom(widenOutlook(plain, 0.5), 0.8)).toBe(0.5);
  });

  it('gives a standing saving up only when half of a forecast fall would end it', () => {
    // The middle of the forecast is 0.8: at 0.85 the forecast says no; halfway to today's volume, 0.9, is still enough.
    const fallen = straight(0.8, 0.1);
    expect(shareFrom(fallen, 0.85)).toBeLessThan(0.5);
    expect(shareFrom(widenOutlook(fallen, 1), 0.85)).toBe(0.5);
    expect(shareFrom(widenOutlook(fallen, 1), 0.91)).toBeLessThan(0.5);
  });

  it('stays in order and keeps the 80 % range of the forecast', () => {
    const plain = straight(0.7, 0.95);
    const { ratios, lo80Ratio, hi80Ratio } = widenOutlook(plain, 0.3);
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(0);
    expect({ lo80Ratio, hi80Ratio }).toEqual({ lo80Ratio: plain.lo80Ratio, hi80Ratio: plain.hi80Ratio });
  });

  it('has nothing to widen where nothing is expected', () => {
    const none: VolumeOutlook = { ratios: [0, 0], lo80Ratio: 0, hi80Ratio: 0 };
    expect(widenOutlook(none, 1)).toBe(none);
  });
});

describe('projectOutlook', () => {
  const dayText = (offset: number) => new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10);
  const seriesOf = (amounts: readonly number[]) => amounts.map((amount, index) => [dayText(index), amount] as const);

  it('is the same whatever order the days come in and whatever follows the last one', () => {
    const series = seriesOf(Array.from({ length: 60 }, (_, day) => 100 + (day % 7)));
    const later = [dayText(60), 1e6] as const;
    const outlook = projectOutlook(series, dayText(59), 103);
    expect(outlook?.ratios).toHaveLength(200);
    expect(projectOutlook([later, ...series.toReversed()], dayText(59), 103)).toEqual(outlook);
  });

  it('expects less of a workload that falls by one part in a hundred a day than of one that has stayed', () => {
    const least = (amounts: readonly number[]) =>
      projectOutlook(
        seriesOf(amounts),
        dayText(59),
        amounts.slice(-28).reduce((sum, amount) => sum + amount / 28, 0),
      )?.ratios[40] ?? Number.NaN;
    expect(least(Array.from({ length: 60 }, () => 100))).toBeCloseTo(1, 1);
    expect(least(Array.from({ length: 60 }, (_, day) => 100 * 0.99 ** day))).toBeLessThan(0.5);
  });

  it('says nothing without days', () => {
    expect(projectOutlook([], dayText(59), 100)).toBeNull();
  });
});
