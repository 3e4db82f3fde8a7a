import { describe, expect, it } from 'vitest';
import { type DailyAmount, type ProjectionInput, projectPeriod } from '../../../lib/domain/forecast/forecast.ts';

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
  it('follows a change of level instead of the mean across it', () => {
    // January at 10, then February 1 to 7 at 30: 7 x 30 = 210 spent and 21 days left, 630 at the new level and 315 at
    // the mean of the last 28 days: with a week of evidence it has to lie nearer to the new level.
    const projection = february(
      days(38, (day) => (day < 31 ? 10 : 30)),
      '2026-02-07',
    );
    expect(projection.point).toBeGreaterThan(210 + 472);
    expect(projection.point).toBeLessThan(210 + 700);
    expect(projection).toMatchObject({ state: 'ready', method: 'weighted_replay', historyDays: 38 });
  });

  it('knows the weekdays of the days left', () => {
    // 2026-01-01 is a Thursday. Weekdays at 10, weekends at 2; from the 21st on 6 weekdays and 2 weekend days are left.
    const series = days(51, (day) => ((day + 4) % 7 < 5 ? 10 : 2)).filter(([day]) => day <= '2026-02-20');
    const spent = series.filter(([day]) => day >= '2026-02-01').reduce((total, [, amount]) => total + amount, 0);
    // February 21, 22 and 28 are a Saturday, a Sunday and a Saturday: 3 x 2 + 5 x 10 = 56.
    const rest = (february(series, '2026-02-20').point ?? 0) - spent;
    expect(rest).toBeGreaterThan(56 * 0.93);
    expect(rest).toBeLessThan(56 * 1.07);
  });

  it('does not take one huge day for a level', () => {
    const series = days(59, (day) => (day === 40 ? 1000 : 10));
    // 1000 + 18 x 10 by February 19, 9 days at 10 to come; the mean of the last 28 days would make 409 of them.
    const { point } = february(series.slice(0, 50), '2026-02-19');
    expect(point).toBeGreaterThan(1180 + 70);
    expect(point).toBeLessThan(1180 + 140);
  });

  it('follows the course of the year once the series has shown that it repeats', () => {
    // Two years in which every December is twice as high; on November 30th of the third, 31 days at 20 come, not at 10.
    const series = Array.from({ length: 1065 }, (_, day): DailyAmount => {
      const date = new Date(Date.UTC(2023, 0, day + 1)).toISOString().slice(0, 10);
      return [date, date.slice(5, 7) === '12' ? 20 : 10];
    }).filter(([date]) => date <= '2025-11-30');
    const december = { asOf: '2025-11-30', periodStart: '2025-12-01', periodEnd: '2025-12-31' };
    const { point } = projectPeriod({ series, ...december });
    expect(point).toBeGreaterThan(31 * 10 * 1.02);
    const sameWithoutYears = projectPeriod({ series: series.slice(-300), ...december });
    expect(sameWithoutYears.point).toBeCloseTo(310, 6);
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

  it('is wide on the first day of a new workload and narrower with every week', () => {
    const width = (count: number) => {
      const series = days(count, () => 10);
      const { lo80, hi80, point } = projectPeriod({
        series,
        asOf: `2026-01-${String(count).padStart(2, '0')}`,
        periodStart: '2026-01-01',
        periodEnd: `2026-02-${String(count).padStart(2, '0')}`,
      });
      return ((hi80 ?? 0) - (lo80 ?? 0)) / (point ?? 1);
    };
    // The days left are 31 in each case; only what is known differs.
    expect(width(1)).toBeGreaterThan(1);
    expect(width(7)).toBeLessThan(0.8 * width(1));
    expect(width(28)).toBeLessThan(width(7));
    expect(width(28)).toBeGreaterThan(0.02);
  });

  it('says how far it can be relied on', () => {
    const state = (count: number, more: Partial<ProjectionInput> = {}) =>
      projectPeriod({
        series: days(count, () => 10),
        asOf: days(count, () => 10).at(-1)?.[0] ?? '2026-01-01',
        periodStart: '2026-01-01',
        periodEnd: '2026-03-15',
        ...more,
      }).state;
    // The period has 31 + 28 + 15 = 74 days, so that 45 are left after 29 and 46 after 28.
    expect([state(0), state(1), state(6), state(7), state(27)]).toEqual([
      'no_data',
      'learning',
      'learning',
      'provisional',
      'provisional',
    ]);
    expect([state(29), state(28, { periodEnd: '2026-02-28' })]).toEqual(['ready', 'ready']);
    expect(state(28)).toBe('provisional');
  });

  it('is degraded when more than a tenth of the last 56 days is missing, also at the end', () => {
    const january = days(31, () => 10);
    // 3 of 31 days are 9.7 %, 4 are 12.9 %.
    expect(february(january.slice(0, -3), '2026-01-31').state).toBe('ready');
    expect(february(january.slice(0, -4), '2026-01-31').state).toBe('degraded');
    expect(february([...january.slice(0, 5), ...january.slice(9)], '2026-01-31').state).toBe('degraded');
  });

  it('starts anew after a long pause', () => {
    // 30 days at 500, 20 of zeros, 4 at 10.
    const series = days(54, (day) => (day < 30 ? 500 : day < 50 ? 0 : 10));
    const projection = february(series, '2026-02-23');
    expect(projection).toMatchObject({ state: 'learning', historyDays: 4 });
    // 40 spent and 5 days at 10 to come.
    expect(projection.point).toBeCloseTo(90, 6);
  });

  it('starts anew with a workload of workdays alone', () => {
    // Zeros until Friday 2026-02-06, then weekdays at 10 and weekends at 0: by Monday 16th 7 of 11 days have an amount.
    const series = days(47, (day) => (day >= 36 && (day + 3) % 7 < 5 ? 10 : 0));
    const projection = february(series, '2026-02-16');
    expect(projection).toMatchObject({ state: 'provisional', historyDays: 11 });
  });

  it('takes a job that runs once a month for what it is, not for a new workload each time', () => {
    // 100 on every 30th day and nothing between; the day after the fourth run.
    const series = days(92, (day) => (day % 30 === 0 ? 100 : 0));
    const { point, historyDays } = projectPeriod({
      series,
      asOf: '2026-04-01',
      periodStart: '2026-04-01',
      periodEnd: '2026-04-30',
    });
    expect(historyDays).toBe(91);
    // 30 x 100 were it a rate, some 100 as it is.
    expect(point).toBeLessThan(400);
  });

  it('leaves room for a peak where peaks are rare and most periods end without one', () => {
    // A peak of 100 on two days of every 33, at uneven distances; none of the last 12 days.
    const series = days(210, (day) => (day % 33 === 5 || day % 33 === 16 ? 100 : 0)).slice(0, -1);
    const asOf = series.at(-1)?.[0] ?? '';
    const { point, hi95 } = projectPeriod({ series, asOf, periodStart: asOf, periodEnd: '2026-08-05' });
    expect(point).toBeLessThan(100);
    expect(hi95).toBeGreaterThan(100);
  });

  it('holds both what was and what came after a change like none before, and closes in on the new level', () => {
    // 100 days around 10, then some at 30 with 25 to come: back to 10 they would bring 250, at 30 750.
    const relative = (changedDays: number) => {
      const series = days(100 + changedDays, (day) => (day < 100 ? 9 + (day % 3) : 29 + (day % 3)));
      const asOf = series.at(-1)?.[0] ?? '';
      const [periodEnd = ''] = days(125 + changedDays, () => 0).at(-1) ?? [];
      const projection = projectPeriod({ series, asOf, periodStart: asOf, periodEnd });
      const spent = series.at(-1)?.[1] ?? 0;
      return [projection.lo95, projection.point, projection.hi95].map((amount) => (Number(amount) - spent) / 25);
    };
    const [low = 0, middle = 0, high = 0] = relative(5);
    expect(low).toBeLessThan(10);
    expect(middle).toBeGreaterThan(11);
    expect(high).toBeGreaterThan(30);
    expect(relative(14)[1]).toBeGreaterThan(27);
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

  it('is certain of a budget that is already passed, and as good as certain of one just reached', () => {
    const series = days(38, () => 10);
    expect(february(series, '2026-02-07', { budget: 69.99 }).pExceed).toBe(1);
    expect(february(series, '2026-02-07', { budget: 70 }).pExceed).toBeGreaterThan(0.999);
  });

  it('answers degenerate series with finite, ordered bounds', () => {
    const cases: readonly (readonly DailyAmount[])[] = [
      [['2026-02-07', 0]],
      [['2026-02-07', 5e-324]],
      [['2025-01-01', 7]],
      days(38, (day) => (day === 37 ? 1e290 : 0)),
      days(38, (day) => (day % 2 === 0 ? 0 : 1e-9)),
      days(38, () => 1).filter((_, day) => day % 5 === 0),
      days(38, () => 1e290),
    ];
    for (const series of cases) {
      const { lo95, lo80, lo50, point, hi50, hi80, hi95, pExceed } = february(series, '2026-02-07', { budget: 1 });
      const bounds = [0, lo95, lo80, lo50, point, hi50, hi80, hi95].map(Number);
      expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
      expect(bounds.every(Number.isFinite)).toBe(true);
      expect(pExceed).toBeGreaterThanOrEqual(0);
      expect(pExceed).toBeLessThanOrEqual(1);
    }
  });

  it('holds to the last known level when the data ended long ago', () => {
    const projection = february([['2025-01-01', 7]], '2026-02-07');
    expect(projection.point).toBeCloseTo(7 * 21, 9);
    expect(projection.state).toBe('degraded');
  });

  it('refuses amounts that cannot be added up, naming the day', () => {
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e291]) {
      expect(() => february([['2026-02-03', amount]], '2026-02-07')).toThrow(/amount.*2026-02-03/);
    }
  });

  it('widens beyond 45 days and is never more than provisional there, whatever the length of the history', () => {
    const series = days(59, (day) => 10 + (day % 3));
    const until = (periodEnd: string) =>
      projectPeriod({ series, asOf: '2026-02-28', periodStart: '2026-02-01', periodEnd });
    const relativeWidth = ({ lo80, hi80, point }: ReturnType<typeof until>) =>
      (Number(hi80) - Number(lo80)) / (Number(point) - 28 * 11);
    // 2026-04-14 is 45 days ahead, 2026-04-15 46.
    expect([until('2026-04-14').state, until('2026-04-15').state, until('2027-12-31').state]).toEqual([
      'ready',
      'provisional',
      'provisional',
    ]);
    expect(relativeWidth(until('2026-04-15'))).toBeGreaterThan(1.8 * relativeWidth(until('2026-04-14')));
  });

  it('is not moved by what came before a series that began anew', () => {
    const early = days(30, () => 500);
    const pause = days(54, () => 0).slice(30);
    const running = days(80, (day) => 10 + (day % 4)).slice(54);
    const whole = february([...early, ...pause, ...running], '2026-02-25');
    expect(whole.point).toBe(february([...pause.slice(-3), ...running].slice(3), '2026-02-25').point);
  });

  it('gives a budget at a bound the odds of that bound', () => {
    const series = days(38, () => 10);
    const { point, hi50, lo80 } = february(series, '2026-02-07');
    const exceeding = (budget: number | null) => february(series, '2026-02-07', { budget: budget ?? 0 }).pExceed;
    expect([exceeding(point), exceeding(hi50), exceeding(lo80)]).toEqual([
      expect.closeTo(0.5, 6),
      expect.closeTo(0.25, 6),
      expect.closeTo(0.9, 6),
    ]);
  });
});
