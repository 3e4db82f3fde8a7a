import { describe, expect, it } from 'vitest';
import { parseUsageEvent } from '../../../lib/domain/events/parse-usage-event.ts';
import { BENCH_EVENT_BYTES, events } from '../../perf/bench-events.ts';

const startMs = Date.UTC(2026, 10, 21, 9);
const options = { leaves: 20, timed: true, startMs, ratePerSecond: 500 };

describe('the bench events', () => {
  it.each([20, 80, 400])('are 480 bytes and keep the contract, timed or not, at %i leaves', (leaves) => {
    for (const timed of [true, false]) {
      for (const event of events(900, { ...options, leaves, timed })) {
        expect(Buffer.byteLength(JSON.stringify(event))).toBe(BENCH_EVENT_BYTES);
        expect(parseUsageEvent(event)).toMatchObject({ event: { id: event.id }, unknownFields: [] });
      }
    }
  });

  it.each([20, 80, 400])('meet %i leaves in as many events', (leaves) => {
    const seen = new Set(
      [...events(leaves, { ...options, leaves })].map((e) => JSON.stringify([e['app'], e['environment'], e['model']])),
    );
    expect(seen.size).toBe(leaves);
  });

  it('spread over event time at the rate asked for', () => {
    // The 1,000th event at 500 a second is 999 / 500 s = 1.998 s after the first.
    expect(Date.parse([...events(1_000, options)].at(-1)?.time ?? '')).toBe(startMs + 1_998);
  });

  it('have different ids within a stream and between streams that start at other numbers', () => {
    const untimed = { ...options, timed: false };
    const ids = [...events(50, untimed), ...events(50, { ...untimed, firstNumber: 50 }), ...events(50, options)];
    expect(new Set(ids.map((event) => event.id)).size).toBe(150);
  });
});
