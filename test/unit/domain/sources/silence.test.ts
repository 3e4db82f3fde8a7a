import { describe, expect, it } from 'vitest';
import { createZone, type Zone } from '../../../../lib/domain/local-time.ts';
import { isSilent, SILENCE_RULE } from '../../../../lib/domain/sources/silence.ts';
import { noteArrival, type Source } from '../../../../lib/domain/sources/source.ts';

const HOUR_MS = 3_600_000;
const BERLIN = createZone('Europe/Berlin');

/** A source with a call in the middle of each of these local hours: `2026-01-05T09`, in the zone's own clock. */
function sourceOf(zone: Zone, hours: readonly string[]): Source {
  let source: Source | undefined;
  for (const hour of hours) {
    const [day = '', clock = ''] = hour.split('T');
    const atMs = zone.dayStartMs(day) + (Number(clock) + 0.5) * HOUR_MS;
    source = noteArrival(zone, source, { kind: 'app', name: 'bot' }, [{ timeMs: atMs, day }], atMs);
  }
  if (!source) throw new Error('no hours');
  return source;
}

/** Hours of days of January 2026 (the 5th is a Monday). */
function hoursOf(days: readonly number[], hours: readonly number[]): string[] {
  return days.flatMap((day) => hours.map((hour) => `2026-01-${pad(day)}T${pad(hour)}`));
}

const pad = (value: number): string => String(value).padStart(2, '0');
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** The first quarter of an hour at which a source counts as silent; null when it never does within two weeks. */
function silentAt(zone: Zone, source: Source): string | null {
  for (let timeMs = source.lastArrivalMs; timeMs < source.lastArrivalMs + 15 * 24 * HOUR_MS; timeMs += 15 * 60_000)
    if (isSilent(SILENCE_RULE, zone, source, timeMs)) return new Date(timeMs).toISOString().slice(0, 16);
  return null;
}

describe('a source is silent', () => {
  it('when six usual hours have gone by behind the one of its last call, and what was on its way had time', () => {
    const source = sourceOf(BERLIN, [...hoursOf(range(5, 12), range(0, 24)), ...hoursOf([12], range(0, 9))]);
    // The last call came at 08:30 in Berlin, so the hours from 9 to 14 are without: 15:00 is 14:00 UTC, and 15 minutes.
    expect(silentAt(BERLIN, source)).toBe('2026-01-12T14:15');
  });

  it('not over night when it sleeps at night: only usual hours count', () => {
    const source = sourceOf(BERLIN, [...hoursOf(range(5, 12), range(9, 18)), ...hoursOf([12], range(9, 16))]);
    // After 15:30 come 16 and 17, then 9, 10, 11 and 12 of the next day: over at 13:00, 12:00 UTC.
    expect(silentAt(BERLIN, source)).toBe('2026-01-13T12:15');
  });

  it('after days when it has one usual hour a day', () => {
    const daily = sourceOf(BERLIN, [...hoursOf(range(5, 11), [9]), ...hoursOf([11], [22]), ...hoursOf([12], [9])]);
    // 9 o'clock is usual from Tuesday the 13th to Saturday, not on Sunday, and on Monday: over at 10:00, 09:00 UTC.
    expect(silentAt(BERLIN, daily)).toBe('2026-01-19T09:15');
  });

  it('never when it calls every day and at no usual hour', () => {
    const hours = [...range(5, 12).flatMap((day) => hoursOf([day], [day])), ...hoursOf([12], [9])];
    expect(silentAt(BERLIN, sourceOf(BERLIN, hours))).toBeNull();
  });

  it('not when it rests on weekends, for then it did not call on each of seven days', () => {
    const weekdays = [...range(5, 10), ...range(12, 17)];
    expect(silentAt(BERLIN, sourceOf(BERLIN, hoursOf(weekdays, range(8, 18))))).toBeNull();
  });

  it('not on a weekend on which less is done, but on the Monday after it', () => {
    // Monday to Friday around the clock, on weekends from 10 to 11; the last call is on Friday the 16th at 23:30.
    const weekend = hoursOf([10, 11], [10]);
    const hours = [...hoursOf(range(5, 10), range(0, 24)), ...weekend, ...hoursOf(range(12, 17), range(0, 24))];
    // One usual hour on Saturday and on Sunday, then Monday from 0 to 4: over at 04:00, 03:00 UTC.
    expect(silentAt(BERLIN, sourceOf(BERLIN, hours))).toBe('2026-01-19T03:15');
  });

  it('not in its first seven days, nor after a single call', () => {
    expect(silentAt(BERLIN, sourceOf(BERLIN, hoursOf(range(5, 12), range(0, 24))))).toBeNull();
    expect(silentAt(BERLIN, sourceOf(BERLIN, hoursOf([5], [9])))).toBeNull();
    expect(silentAt(BERLIN, sourceOf(BERLIN, hoursOf(range(5, 13), [0, 3, 6, 9, 12, 15, 18, 21])))).not.toBeNull();
  });

  it('by the hours that clocks show: one that they skip is no hour, one that they repeat is one', () => {
    // In Berlin clocks go forward on 2026-03-29 (there is no 2 o'clock) and back on 2026-10-25 (there are two).
    const spring = [...range(22, 29)].flatMap((day) => range(0, 24).map((hour) => `2026-03-${pad(day)}T${pad(hour)}`));
    // Last call 00:30; then 1, 3, 4, 5, 6 and 7 o'clock go by: 08:00 summer time is 06:00 UTC.
    expect(silentAt(BERLIN, sourceOf(BERLIN, [...spring, '2026-03-29T00']))).toBe('2026-03-29T06:15');
    const autumn = [...range(18, 25)].flatMap((day) => range(0, 24).map((hour) => `2026-10-${pad(day)}T${pad(hour)}`));
    // Last call 00:30; then 1, both 2 as one, 3, 4, 5 and 6: 07:00 winter time is 06:00 UTC.
    expect(silentAt(BERLIN, sourceOf(BERLIN, [...autumn, '2026-10-25T00']))).toBe('2026-10-25T06:15');
  });

  it('by the clock of its tenant, where that is half an hour off', () => {
    const india = createZone('Asia/Kolkata');
    const hours = [...hoursOf(range(5, 12), range(9, 18)), ...hoursOf([12], [9])];
    // Last call 09:30 in India; 10 to 15 go by: 16:00 is 10:30 UTC.
    expect(silentAt(india, sourceOf(india, hours))).toBe('2026-01-12T10:45');
  });

  it('again only when it has been active for a day since it came back', () => {
    const source = sourceOf(BERLIN, [...hoursOf(range(5, 12), range(0, 24)), ...hoursOf([12], range(0, 9))]);
    const back = (hours: number): Source => ({ ...source, returnedMs: source.lastArrivalMs - hours * HOUR_MS });
    expect(silentAt(BERLIN, back(23))).toBeNull();
    expect(silentAt(BERLIN, back(24))).toBe('2026-01-12T14:15');
  });
});

describe('the hours of a source', () => {
  it('are those at which calls arrived, whatever the time of the calls', () => {
    const atMs = BERLIN.dayStartMs('2026-01-12') + 2.5 * HOUR_MS;
    const calls = range(1, 12).map((day) => ({ timeMs: Date.UTC(2026, 0, day), day: `2026-01-${pad(day)}` }));
    const source = noteArrival(BERLIN, undefined, { kind: 'app', name: 'import' }, calls, atMs);
    expect(source.hours).toEqual({ '2026-01-12': 1 << 2 });
    expect(source).toMatchObject({ firstEventMs: Date.UTC(2026, 0, 1), lastEventMs: Date.UTC(2026, 0, 11) });
    expect(source.lastArrivalMs).toBe(atMs);
  });

  it('are kept for the last day and seven before', () => {
    const source = sourceOf(BERLIN, hoursOf(range(1, 21), [9]));
    expect(Object.keys(source.hours)).toEqual(range(13, 21).map((day) => `2026-01-${day}`));
  });

  it('tell apart the ten versions that called last', () => {
    let source: Source | undefined;
    for (const version of range(0, 12)) {
      const calls = [{ timeMs: version, day: '1970-01-01', emitterVersion: `ts/1.${version}.0` }];
      source = noteArrival(BERLIN, source, { kind: 'app', name: 'bot' }, calls, version);
    }
    expect(Object.keys(source?.versions ?? {})).toEqual(
      range(2, 12)
        .reverse()
        .map((minor) => `ts/1.${minor}.0`),
    );
  });
});
