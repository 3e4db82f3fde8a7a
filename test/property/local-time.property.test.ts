import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, createZone, type Zone } from '../../lib/domain/local-time.ts';

/** Zones of whole, half and quarter hours, with and without daylight saving, that changed offset or rules since 2015. */
const zoneNames = [
  ...['UTC', 'Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'Europe/Lisbon', 'Europe/Athens', 'Europe/Istanbul'],
  ...['Europe/Moscow', 'Europe/Volgograd', 'Europe/Chisinau', 'Africa/Casablanca', 'Africa/Cairo', 'Africa/Lagos'],
  ...['Africa/Juba', 'Africa/Sao_Tome', 'America/New_York', 'America/Chicago', 'America/Denver', 'America/Phoenix'],
  ...['America/Los_Angeles', 'America/Anchorage', 'America/St_Johns', 'America/Sao_Paulo', 'America/Asuncion'],
  ...['America/Santiago', 'America/Havana', 'America/Caracas', 'America/Mexico_City', 'America/Nuuk', 'America/Cancun'],
  ...[
    'America/Scoresbysund',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Asia/Tehran',
    'Asia/Kabul',
    'Asia/Yangon',
    'Asia/Tokyo',
  ],
  ...['Asia/Shanghai', 'Asia/Pyongyang', 'Asia/Beirut', 'Asia/Gaza', 'Asia/Amman', 'Asia/Almaty', 'Asia/Colombo'],
  ...['Asia/Jerusalem', 'Australia/Sydney', 'Australia/Adelaide', 'Australia/Eucla', 'Australia/Lord_Howe'],
  ...['Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Apia', 'Pacific/Tongatapu', 'Pacific/Kiritimati', 'Pacific/Fiji'],
  ...['Pacific/Marquesas', 'Pacific/Norfolk', 'Pacific/Bougainville', 'Antarctica/Troll', 'Atlantic/Azores'],
];
const zones = new Map(zoneNames.map((name) => [name, createZone(name)]));
const references = new Map(
  zoneNames.map((timeZone) => [timeZone, new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })]),
);
const FROM_MS = Date.UTC(2015, 0, 1);
const UNTIL_MS = Date.UTC(2035, 0, 1);

const zoneName = fc.constantFrom(...zoneNames);
const instant = fc.oneof(
  fc.integer({ min: FROM_MS, max: UNTIL_MS }),
  // Around quarter hours, where midnights and changes of offset lie.
  fc
    .tuple(fc.integer({ min: FROM_MS / 900_000, max: UNTIL_MS / 900_000 }), fc.integer({ min: -1, max: 1 }))
    .map(([quarter, ms]) => quarter * 900_000 + ms),
);
const date = fc.integer({ min: 0, max: 7300 }).map((days) => addDays('2015-01-02', days));

function zoneOf(name: string): Zone {
  const zone = zones.get(name);
  if (zone === undefined) throw new Error(`no zone ${name}`);
  return zone;
}

describe('a zone', () => {
  it(`tells the local day as Intl does, in ${zoneNames.length} zones`, () => {
    fc.assert(
      fc.property(zoneName, instant, (name, timeMs) => {
        expect(zoneOf(name).localDay(timeMs)).toBe(references.get(name)?.format(timeMs));
      }),
      { numRuns: 10_000 },
    );
  });

  it('starts a day at the first instant of it', () => {
    fc.assert(
      fc.property(zoneName, date, (name, day) => {
        const zone = zoneOf(name);
        const startMs = zone.dayStartMs(day);
        const isLeftOut = zone.dayStartMs(addDays(day, 1)) === startMs;
        if (!isLeftOut) expect(zone.localDay(startMs)).toBe(day);
        expect(zone.localDay(startMs - 1) < day).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('puts every instant between the start of its day and of the next', () => {
    fc.assert(
      fc.property(zoneName, instant, (name, timeMs) => {
        const zone = zoneOf(name);
        const day = zone.localDay(timeMs);
        expect(zone.dayStartMs(day)).toBeLessThanOrEqual(timeMs);
        expect(zone.dayStartMs(addDays(day, 1))).toBeGreaterThan(timeMs);
        const month = zone.monthBounds(zone.localMonth(day));
        expect(month.startMs <= timeMs && timeMs < month.endMs).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
