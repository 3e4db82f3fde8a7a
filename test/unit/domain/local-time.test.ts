import { describe, expect, it } from 'vitest';
import { addDays, createZone, nextMonth, UnknownTimeZoneError } from '../../../lib/domain/local-time.ts';

const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(text);

describe('createZone', () => {
  it.each([
    ['UTC', '2026-01-29T23:59:59.999Z', '2026-01-29'],
    ['UTC', '2026-01-30T00:00:00.000Z', '2026-01-30'],
    ['Europe/Berlin', '2026-01-29T22:59:59.999Z', '2026-01-29'],
    ['Europe/Berlin', '2026-01-29T23:00:00.000Z', '2026-01-30'],
    ['America/Los_Angeles', '2026-01-29T07:59:59.999Z', '2026-01-28'],
    // Half an hour and three quarters: local midnight cuts a UTC hour.
    ['Asia/Kolkata', '2026-01-29T18:29:59.999Z', '2026-01-29'],
    ['Asia/Kolkata', '2026-01-29T18:30:00.000Z', '2026-01-30'],
    ['Asia/Kathmandu', '2026-01-29T18:14:59.999Z', '2026-01-29'],
    ['Asia/Kathmandu', '2026-01-29T18:15:00.000Z', '2026-01-30'],
    ['Pacific/Chatham', '2026-01-29T10:14:59.999Z', '2026-01-29'],
    ['Pacific/Chatham', '2026-01-29T10:15:00.000Z', '2026-01-30'],
    ['Pacific/Kiritimati', '2026-01-29T10:00:00.000Z', '2026-01-30'],
    ['Pacific/Pago_Pago', '2026-01-29T10:59:59.999Z', '2026-01-28'],
  ])('puts an instant of %s at %s on %s', (timeZone, instant, day) => {
    expect(createZone(timeZone).localDay(at(instant))).toBe(day);
  });

  it('gives a day of 23 and one of 25 hours where daylight saving begins and ends', () => {
    const zone = createZone('America/New_York');
    const hoursOf = (day: string) => (zone.dayStartMs(addDays(day, 1)) - zone.dayStartMs(day)) / HOUR_MS;
    expect([hoursOf('2026-03-08'), hoursOf('2026-11-01'), hoursOf('2026-06-01')]).toEqual([23, 25, 24]);
    expect(zone.dayStartMs('2026-03-08')).toBe(at('2026-03-08T05:00:00Z'));
    expect(zone.dayStartMs('2026-03-09')).toBe(at('2026-03-09T04:00:00Z'));
  });

  it('knows a change of half an hour inside a UTC hour', () => {
    // Lord Howe leaves +11:00 for +10:30 on 2026-04-05 at 02:00 local time, 15:00 UTC, and returns on 10-04 at 15:30 UTC.
    const zone = createZone('Australia/Lord_Howe');
    expect(zone.dayStartMs('2026-04-05')).toBe(at('2026-04-04T13:00:00Z'));
    expect(zone.dayStartMs('2026-04-06')).toBe(at('2026-04-05T13:30:00Z'));
    expect(zone.dayStartMs('2026-10-04')).toBe(at('2026-10-03T13:30:00Z'));
    expect(zone.dayStartMs('2026-10-05')).toBe(at('2026-10-04T13:00:00Z'));
  });

  it('starts a day after midnight where clocks jump over midnight', () => {
    // Beirut went from 2026-03-29 00:00 (+02:00) straight to 01:00 (+03:00), and in October from 00:00 back to 23:00.
    const zone = createZone('Asia/Beirut');
    expect(zone.dayStartMs('2026-03-29')).toBe(at('2026-03-28T22:00:00Z'));
    expect(zone.dayStartMs('2026-03-30')).toBe(at('2026-03-29T21:00:00Z'));
    expect(zone.localDay(at('2026-03-28T22:00:00Z'))).toBe('2026-03-29');
    // 25 October begins once, an hour after clocks first showed its midnight.
    expect(zone.dayStartMs('2026-10-25')).toBe(at('2026-10-24T22:00:00Z'));
    expect(zone.localDay(at('2026-10-24T21:59:59.999Z'))).toBe('2026-10-24');
  });

  it('leaves out a day that the date line took', () => {
    // Samoa went from 29 to 31 December 2011.
    const zone = createZone('Pacific/Apia');
    expect(zone.dayStartMs('2011-12-30')).toBe(zone.dayStartMs('2011-12-31'));
    expect(zone.dayStartMs('2011-12-31')).toBe(at('2011-12-30T10:00:00Z'));
    expect(zone.daysOfMonth('2011-12')).toHaveLength(30);
    expect(zone.daysOfMonth('2011-12')).not.toContain('2011-12-30');
  });

  it('bounds months and lists their days', () => {
    const zone = createZone('Asia/Kolkata');
    expect(zone.monthBounds('2026-12')).toEqual({
      startMs: at('2026-11-30T18:30:00Z'),
      endMs: at('2026-12-31T18:30:00Z'),
    });
    expect(zone.daysOfMonth('2024-02')).toHaveLength(29);
    expect(zone.daysOfMonth('2026-02').at(-1)).toBe('2026-02-28');
    expect(zone.localMonth('2026-01-29')).toBe('2026-01');
    expect([nextMonth('2026-01'), nextMonth('2026-12')]).toEqual(['2026-02', '2027-01']);
  });

  it('names UTC hours alike in every zone', () => {
    expect(createZone('Asia/Kolkata').utcHour(at('2026-01-29T18:59:59.999Z'))).toBe('2026-01-29T18');
    expect(createZone('UTC').utcHour(at('2026-01-29T19:00:00Z'))).toBe('2026-01-29T19');
  });

  it.each(['', 'Mars/Olympus', '+05:30', 'Europe/Berlin ', 'local'])(
    'takes %j for no zone and names the field',
    (timeZone) => {
      const error = (() => {
        try {
          return createZone(timeZone, 'tenant.time_zone');
        } catch (cause) {
          return cause;
        }
      })();
      expect(error).toBeInstanceOf(UnknownTimeZoneError);
      expect(error).toMatchObject({ code: 'time-zone/unknown', field: 'tenant.time_zone', retryable: false });
    },
  );
});
