import { describe, expect, it } from 'vitest';
import { checkEventTime } from '../../../lib/domain/events/event-window.ts';

const ARRIVAL_MS = Date.UTC(2026, 10, 21, 9, 30);
const LATEST_MS = ARRIVAL_MS + 5 * 60_000;
const EARLIEST_MS = Date.UTC(2026, 9, 17, 9, 30); // 35 days before

function reasonAt(timeMs: number, allowOlder = false, id = 'call-1'): string | undefined {
  return checkEventTime({ id, timeMs }, { firstArrivalMs: ARRIVAL_MS, allowOlder })?.reason;
}

function uuid7At(timeMs: number): string {
  const hex = timeMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`;
}

describe('checkEventTime', () => {
  it('takes times from 35 days before the arrival to 5 minutes after, both included', () => {
    for (const timeMs of [EARLIEST_MS, EARLIEST_MS + 1, ARRIVAL_MS, LATEST_MS - 1, LATEST_MS]) {
      expect(reasonAt(timeMs)).toBeUndefined();
    }
    expect(reasonAt(EARLIEST_MS - 1)).toBe('time_out_of_range');
    expect(reasonAt(LATEST_MS + 1)).toBe('time_out_of_range');
  });

  it('takes history back to 2015 from the import queue, and no later times', () => {
    expect(reasonAt(EARLIEST_MS - 1, true)).toBeUndefined();
    expect(reasonAt(Date.UTC(2015, 0, 1), true)).toBeUndefined();
    expect(reasonAt(Date.UTC(2015, 0, 1) - 1, true)).toBe('time_out_of_range');
    expect(reasonAt(LATEST_MS, true)).toBeUndefined();
    expect(reasonAt(LATEST_MS + 1, true)).toBe('time_out_of_range');
  });

  it('refuses a timed id that is more than 5 minutes ahead, from either queue', () => {
    for (const allowOlder of [false, true]) {
      expect(reasonAt(ARRIVAL_MS, allowOlder, uuid7At(LATEST_MS))).toBeUndefined();
      expect(reasonAt(ARRIVAL_MS, allowOlder, uuid7At(LATEST_MS + 1))).toBe('id_in_future');
      expect(reasonAt(ARRIVAL_MS, allowOlder, uuid7At(Date.UTC(2023, 0, 1)))).toBeUndefined();
    }
  });

  it('lets an id whose time is not plausible pass as untimed', () => {
    expect(reasonAt(ARRIVAL_MS, false, uuid7At(Date.UTC(2100, 0, 1)))).toBeUndefined();
  });
});
