import { describe, expect, it } from 'vitest';
import { countMissing, type MissingSpan, mergeSpans } from '../../../../lib/domain/sources/missing-spans.ts';

const span = (firstDay: string, lastDay: string, count: number, app: string | null = 'bot'): MissingSpan => ({
  firstDay: `2026-01-${firstDay}`,
  lastDay: `2026-01-${lastDay}`,
  app,
  count,
});

describe('missing calls', () => {
  it('count in every period that touches their days, from included, to excluded', () => {
    const spans = [span('10', '12', 3), span('20', '20', 4)];
    const count = (from: string, to: string) => countMissing(spans, `2026-01-${from}`, `2026-01-${to}`);
    expect([count('01', '10'), count('01', '11'), count('12', '13'), count('13', '20')]).toEqual([0, 3, 3, 0]);
    expect([count('12', '21'), count('20', '21'), count('21', '31')]).toEqual([7, 4, 0]);
  });

  it('add up by days and app', () => {
    expect(mergeSpans([span('10', '10', 1), span('10', '10', 2), span('10', '10', 4, 'other')], 9)).toEqual([
      span('10', '10', 3),
      span('10', '10', 4, 'other'),
    ]);
  });

  it('grow together from the oldest on when they are too many, over all of their days', () => {
    const spans = [span('11', '12', 1, 'a'), span('10', '10', 2, 'b'), span('09', '14', 4, 'c'), span('20', '20', 8)];
    expect(mergeSpans(spans, 2)).toEqual([span('09', '14', 7, null), span('20', '20', 8)]);
    expect(mergeSpans(spans, 1)).toEqual([span('09', '20', 15, null)]);
  });
});
