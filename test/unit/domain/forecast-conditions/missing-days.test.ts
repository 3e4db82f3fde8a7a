import { describe, expect, it } from 'vitest';
import { findMissingDays } from '../../../../lib/domain/forecast-conditions/missing-days.ts';

const range = { fromDay: '2026-06-01', toDay: '2026-06-10' };
const span = (firstDay: string, lastDay: string, count: number) => ({ firstDay, lastDay, count, app: null });

describe('the days that miss calls', () => {
  it('are those on which more than a twentieth of the calls is missing', () => {
    const recorded = new Map([
      ['2026-06-02', 95n],
      ['2026-06-03', 94n],
    ]);
    const spans = [span('2026-06-02', '2026-06-02', 5), span('2026-06-03', '2026-06-03', 5)];
    // 5 of 100 is a twentieth, 5 of 99 is more.
    expect([...findMissingDays(spans, recorded, range)]).toEqual(['2026-06-03']);
  });

  it('share the calls of a span evenly, and those of several spans add up', () => {
    const recorded = new Map([
      ['2026-06-04', 97n],
      ['2026-06-05', 97n],
    ]);
    // 8 over two days are 4 a day, 4 of 101; with 2 more on the 5th 6 of 103.
    const spans = [span('2026-06-04', '2026-06-05', 8), span('2026-06-05', '2026-06-05', 2)];
    expect([...findMissingDays(spans, recorded, range)]).toEqual(['2026-06-05']);
  });

  it('are looked for within the days asked for alone, those without a single call among them', () => {
    const found = findMissingDays([span('2026-05-30', '2026-06-20', 22)], new Map(), range);
    expect([...found]).toHaveLength(9);
    expect(found.has('2026-06-01') && found.has('2026-06-09')).toBe(true);
  });
});
