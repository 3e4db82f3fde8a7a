import { describe, expect, it } from 'vitest';
import { findRunOutDay } from '../../../lib/domain/forecast/find-run-out-day.ts';

const january = { toDay: '2026-02-01' };

describe('findRunOutDay', () => {
  it('spreads what is to come evenly over the days left, the running one included', () => {
    // 120 to come in the 12 days from the 20th on, 10 a day: 35 last three whole days and half of the 23rd.
    expect(findRunOutDay(80, 115, 200, january, '2026-01-20')).toBe('2026-01-23');
  });

  it('is today when the amount is used up, and never when the projection stays within it', () => {
    expect(findRunOutDay(100, 100, 200, january, '2026-01-20')).toBe('2026-01-20');
    expect(findRunOutDay(80, 200, 200, january, '2026-01-20')).toBeNull();
    expect(findRunOutDay(80, 200, null, january, '2026-01-20')).toBeNull();
  });
});
