import { describe, expect, it } from 'vitest';
import type { VolumeOutlook } from '../../../../lib/domain/break-even/volume-outlook.ts';
import type { CountedDay } from '../../../../lib/domain/forecast/daily-history.ts';
import { findCaution, widenOutlook } from '../../../../lib/domain/migrate-now/careful-outlook.ts';
import { projectOutlook } from '../../../../lib/domain/migrate-now/project-outlook.ts';

/** Day 0 is day number 20,000. */
const daysOf = (amounts: readonly number[]): CountedDay[] =>
  amounts.map((amount, index) => ({ number: 20_000 + index, amount }));
const caution = (amounts: readonly number[]) => findCaution(daysOf(amounts), 20_000 + amounts.length - 1, 90);

/** Straight from 1 - `spread` to 1 + `spread` around `middle`, in 200 steps. */
function straight(middle: number, spread: number): VolumeOutlook {
  const ratios = Array.from({ length: 200 }, (_, index) => middle * (1 + spread * ((index + 0.5) / 100 - 1)));
  return { ratios, lo80Ratio: middle * (1 - 0.8 * spread), hi80Ratio: middle * (1 + 0.8 * spread) };
}

const shareFrom = ({ ratios }: VolumeOutlook, least: number) =>
  ratios.filter((ratio) => ratio >= least).length / ratios.length;
const CALM = { keptRatio: 1, knownDays: 400 };

describe('findCaution', () => {
  it('keeps all of a level that stays or grows', () => {
    expect(caution(Array.from({ length: 60 }, () => 100))).toEqual({ keptRatio: 1, knownDays: 60 });
    expect(caution(Array.from({ length: 60 }, (_, day) => 100 * 1.01 ** day)).keptRatio).toBe(1);
  });

  it('takes a fall of the last weeks on to the last four weeks ahead', () => {
    // 1 % a day over six weeks without any noise, of which 6/7 are believed: exp(-0.01 x 6/7 x 76 days) = 0.521.
    const { keptRatio } = caution(Array.from({ length: 60 }, (_, day) => 100 * Math.exp(-0.01 * day)));
    expect(keptRatio).toBeCloseTo(0.521, 3);
  });

  it('remembers the worst four weeks that came at this time of last year', () => {
    // The 400th day is the 36th of its year: 100 a day then, 40 a day from the 60th day to the 120th.
    const year = Array.from({ length: 364 }, (_, day) => (day >= 60 && day < 120 ? 40 : 100));
    expect(caution([...year, ...year.slice(0, 36)]).keptRatio).toBeCloseTo(0.4, 12);
    // A year ago begins one day before there are four weeks behind it.
    expect(caution([...year, ...year.slice(0, 27)]).keptRatio).toBe(1);
  });

  it('does not count a year ago that was higher as a gain', () => {
    const year = Array.from({ length: 364 }, (_, day) => (day >= 60 ? 300 : 100));
    expect(caution([...year, ...Array.from({ length: 60 }, () => 300)]).keptRatio).toBe(1);
  });
});

describe('widenOutlook', () => {
  it('leaves a calm forecast of a long series as it is', () => {
    const plain = straight(1.1, 0.2);
    expect(widenOutlook(plain, CALM)).toEqual(plain);
  });

  it('asks more of a restless series, and more again of a short one', () => {
    const plain = straight(1.1, 0.9);
    const long = widenOutlook(plain, CALM);
    const short = widenOutlook(plain, { keptRatio: 1, knownDays: 28 });
    expect(shareFrom(long, 0.6)).toBeLessThan(shareFrom(plain, 0.6));
    expect(shareFrom(short, 0.6)).toBeLessThan(shareFrom(long, 0.6));
    expect(shareFrom(short, 1.1)).toBe(0.5);
  });

  it('gives a saving no more than a half where only the careful look sees it end', () => {
    // All forecast volumes are enough; with half of them left none of the lower half is.
    const plain = straight(1, 0.1);
    expect(shareFrom(plain, 0.8)).toBe(1);
    expect(shareFrom(widenOutlook(plain, { keptRatio: 0.5, knownDays: 400 }), 0.8)).toBe(0.5);
  });

  it('gives a standing saving up only when half of a forecast fall would end it', () => {
    // The middle of the forecast is 0.8: at 0.85 the forecast says no; halfway to today's volume, 0.9, is still enough.
    const fallen = straight(0.8, 0.1);
    expect(shareFrom(fallen, 0.85)).toBeLessThan(0.5);
    expect(shareFrom(widenOutlook(fallen, CALM), 0.85)).toBe(0.5);
    expect(shareFrom(widenOutlook(fallen, CALM), 0.91)).toBeLessThan(0.5);
  });

  it('stays in order and keeps the 80 % range of the forecast', () => {
    const plain = straight(0.7, 0.95);
    const { ratios, lo80Ratio, hi80Ratio } = widenOutlook(plain, { keptRatio: 0.3, knownDays: 28 });
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(0);
    expect({ lo80Ratio, hi80Ratio }).toEqual({ lo80Ratio: plain.lo80Ratio, hi80Ratio: plain.hi80Ratio });
  });

  it('has nothing to widen where nothing is expected', () => {
    const none: VolumeOutlook = { ratios: [0, 0], lo80Ratio: 0, hi80Ratio: 0 };
    expect(widenOutlook(none, CALM)).toBe(none);
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
      projectOutlook(seriesOf(amounts), dayText(59), amounts.slice(-28).reduce((sum, amount) => sum + amount / 28, 0))
        ?.ratios[40] ?? Number.NaN;
    expect(least(Array.from({ length: 60 }, () => 100))).toBeCloseTo(1, 1);
    expect(least(Array.from({ length: 60 }, (_, day) => 100 * 0.99 ** day))).toBeLessThan(0.5);
  });

  it('says nothing without days', () => {
    expect(projectOutlook([], dayText(59), 100)).toBeNull();
  });
});
