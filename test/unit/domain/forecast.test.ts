import { describe, expect, it } from 'vitest';
import { type DailyAmount, type ProjectionInput, projectPeriod } from '../../../lib/domain/forecast.ts';

/** So many days in a row from `2026-01-01` on, each of the amount that `amountOf` says. */
function days(count: number, amountOf: (day: number) => number): DailyAmount[] {
  return Array.from({ length: count }, (_, day) => [
    new Date(Date.UTC(2026, 0, day + 1)).toISOString().slice(0, 10),
    amountOf(day),
  ]);
}

const february = (series: readonly DailyAmount[], asOf: string, more: Partial<ProjectionInput> = {}) =>
  projectPeriod({ series, asOf, periodStart: '2026-02-01', periodEnd: '2026-02-28', ...more });

describe('projectPeriod', () => {
  it('adds the run rate of the last 28 days to what is spent', () => {
    // January at 10, then February 1 to 7 at 30: the window holds 21 x 10 and 7 x 30 = 420, 15 a day.
    // 7 x 30 spent + 21 days left x 15 = 525.
    const projection = february(
      days(38, (day) => (day < 31 ? 10 : 30)),
      '2026-02-07',
    );
    expect(projection.point).toBeCloseTo(525, 9);
    expect(projection).toMatchObject({ state: 'learning', method: 'run_rate_28d', historyDays: 38 });
  });

  it('projects a period that begins tomorrow', () => {
    expect(
      february(
        days(31, () => 10),
        '2026-01-31',
      ).point,
    ).toBeCloseTo(280, 9);
  });

  it('does not look at days after as_of', () => {
    const known = days(38, () => 10);
    expect(february([...known, ['2026-02-20', 1e6]], '2026-02-07')).toEqual(february(known, '2026-02-07'));
  });

  it('leaves a day without data out of the rate instead of counting a zero', () => {
    const gappy = days(38, () => 10).filter(([day]) => day !== '2026-02-03');
    // 6 days at 10 spent + 21 days at 10; a zero would lower the rate.
    expect(february(gappy, '2026-02-07').point).toBeCloseTo(270, 9);
    expect(february(gappy, '2026-02-07').historyDays).toBe(37);
  });

  it('is wide on the first day of a new workload and narrower with four weeks of it', () => {
    const width = (count: number, asOf: string, start: string, end: string) => {
      const { lo80, hi80, point } = projectPeriod({
        series: days(count, () => 10),
        asOf,
        periodStart: start,
        periodEnd: end,
      });
      return ((hi80 ?? 0) - (lo80 ?? 0)) / (point ?? 1);
    };
    const firstDay = width(1, '2026-01-01', '2026-01-01', '2026-01-21');
    const fourWeeks = width(28, '2026-01-28', '2026-01-28', '2026-02-17');
    expect(firstDay).toBeGreaterThan(1);
    expect(fourWeeks).toBeGreaterThan(0.3);
    expect(fourWeeks).toBeLessThan(firstDay / 1.5);
  });

  it('is idle with no width when nothing was spent in the window', () => {
    const idle = february(
      days(38, () => 0),
      '2026-02-07',
      { budget: 0 },
    );
    expect(idle).toMatchObject({ point: 0, lo95: 0, hi95: 0, pExceed: 0, state: 'idle' });
  });

  it('is exact once the period is over', () => {
    const closed = february(
      days(70, () => 10),
      '2026-03-05',
      { budget: 279 },
    );
    expect(closed).toMatchObject({ point: 280, lo95: 280, hi95: 280, pExceed: 1, method: 'actual', state: 'ready' });
  });

  it('is certain of a budget that is already passed, and of one already reached with spend to come', () => {
    const series = days(38, () => 10);
    expect(february(series, '2026-02-07', { budget: 69.99 }).pExceed).toBe(1);
    expect(february(series, '2026-02-07', { budget: 70 }).pExceed).toBe(1);
  });

  it('gives even odds to a budget at the median', () => {
    const series = days(38, () => 10);
    const { lo50, hi50 } = february(series, '2026-02-07');
    // The rest is log-normal, so its median is the geometric mean of symmetric bounds.
    const median = 70 + Math.sqrt(((lo50 ?? 0) - 70) * ((hi50 ?? 0) - 70));
    expect(february(series, '2026-02-07', { budget: median }).pExceed).toBeCloseTo(0.5, 6);
    expect(february(series, '2026-02-07', { budget: hi50 ?? 0 }).pExceed).toBeCloseTo(0.25, 6);
  });
});
