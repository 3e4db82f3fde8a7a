import { describe, expect, it } from 'vitest';
import { findWholePeriod } from '../../../../lib/domain/budgets/periods/find-period.ts';
import {
  boundPeriod,
  countDaysLeft,
  findBudgetPeriodAt,
  listDaysOf,
} from '../../../../lib/domain/budgets/periods/period-instants.ts';
import { CALENDAR_MONTH, type PeriodRule } from '../../../../lib/domain/budgets/periods/period-rule.ts';
import { createZone } from '../../../../lib/domain/local-time.ts';

const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(text);

describe('a period of budgets', () => {
  it.each([
    // 31 days of 24 hours, less and plus the hour of a switch.
    ['Europe/Berlin', '2026-03-05', 31 * 24 - 1],
    ['Europe/Berlin', '2026-10-05', 31 * 24 + 1],
    ['America/New_York', '2026-03-05', 31 * 24 - 1],
    // Lord Howe moves its clocks by half an hour: back in April, which has 30 days, and forward in October.
    ['Australia/Lord_Howe', '2026-04-05', 30 * 24 + 0.5],
    ['Australia/Lord_Howe', '2026-10-05', 31 * 24 - 0.5],
    // Samoa went without 30 December.
    ['Pacific/Apia', '2011-12-05', 30 * 24],
    ['Asia/Kathmandu', '2026-03-05', 31 * 24],
  ])('has in %s, in the month of %s, %d hours', (timeZone, day, hours) => {
    const { startMs, endMs } = boundPeriod(createZone(timeZone), findWholePeriod(CALENDAR_MONTH, day));
    expect((endMs - startMs) / HOUR_MS).toBe(hours);
  });

  it('ends at local midnight, wherever that cuts a UTC hour', () => {
    // Kolkata is 5:30 ahead of UTC and Kathmandu 5:45.
    const bounds = (timeZone: string) =>
      boundPeriod(createZone(timeZone), findWholePeriod(CALENDAR_MONTH, '2026-01-29'));
    expect(bounds('Asia/Kolkata')).toEqual({ startMs: at('2025-12-31T18:30:00Z'), endMs: at('2026-01-31T18:30:00Z') });
    expect(bounds('Asia/Kathmandu')).toEqual({
      startMs: at('2025-12-31T18:15:00Z'),
      endMs: at('2026-01-31T18:15:00Z'),
    });
  });

  it('begins at 01:00 where clocks jump over the midnight of its first day', () => {
    // Santiago went from 2026-09-05 24:00 (-04:00) straight to 2026-09-06 01:00 (-03:00), a Sunday.
    const zone = createZone('America/Santiago');
    const week: PeriodRule = { kind: 'week', firstDay: 'sunday' };
    const startMs = at('2026-09-06T04:00:00Z');
    expect(boundPeriod(zone, findWholePeriod(week, '2026-09-08')).startMs).toBe(startMs);
    expect(zone.localHour(startMs)).toBe(1);
    expect(findBudgetPeriodAt(zone, { rule: week }, startMs)?.name).toBe('week-2026-09-06');
    expect(findBudgetPeriodAt(zone, { rule: week }, startMs - 1)?.name).toBe('week-2026-08-30');
  });

  it('is empty on a day that the zone left out, and does not count it', () => {
    const zone = createZone('Pacific/Apia');
    const { startMs, endMs } = boundPeriod(zone, findWholePeriod({ kind: 'day' }, '2011-12-30'));
    expect(startMs).toBe(endMs);
    const month = findWholePeriod(CALENDAR_MONTH, '2011-12-01');
    expect(listDaysOf(zone, month).slice(-3)).toEqual(['2011-12-28', '2011-12-29', '2011-12-31']);
    expect(countDaysLeft(zone, month, '2011-12-29')).toBe(1);
  });

  it('tells the days to come: none on its last day, all of them before it begins', () => {
    const zone = createZone('Europe/Berlin');
    const month = findWholePeriod(CALENDAR_MONTH, '2026-03-05');
    const days = ['2026-02-10', '2026-02-28', '2026-03-01', '2026-03-30', '2026-03-31', '2026-04-01', '2027-01-01'];
    expect(days.map((today) => countDaysLeft(zone, month, today))).toEqual([31, 31, 30, 1, 0, 0, 0]);
  });

  it('is none at an instant when the budget is not in force in its zone', () => {
    const zone = createZone('Asia/Tokyo');
    const schedule = { rule: CALENDAR_MONTH, fromDay: '2026-03-10' };
    // 10 March begins in Tokyo at 15:00 UTC of the 9th.
    expect(findBudgetPeriodAt(zone, schedule, at('2026-03-09T14:59:59.999Z'))).toBeUndefined();
    expect(findBudgetPeriodAt(zone, schedule, at('2026-03-09T15:00:00Z'))?.name).toBe('2026-03');
  });
});
