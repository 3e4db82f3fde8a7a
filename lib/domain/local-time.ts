import { LedgerError } from './errors.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Clocks differ from UTC by less than this. */
const WIDEST_OFFSET_MS = 26 * HOUR_MS;
/** Hours or days remembered at a time; as hours more than a year, about 1 MB. */
const MAX_REMEMBERED = 10_000;

/** A text that is not an IANA time zone stands where one is needed. */
export class UnknownTimeZoneError extends LedgerError {
  override readonly name = 'UnknownTimeZoneError';
  readonly code = 'time-zone/unknown';
  readonly retryable = false;
  /** The configuration field that held it. */
  readonly field: string;
  constructor(field: string, options?: ErrorOptions) {
    super(`${field} must be an IANA time zone such as Europe/Berlin`, options);
    this.field = field;
  }
}

/** A period of time, start included, end excluded, in epoch milliseconds. */
export interface Bounds {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Calendar of one IANA time zone. Days are `2026-01-29`, months `2026-01`, both of the Gregorian calendar; times are
 * epoch milliseconds of the years 1 to 9999. Days and months follow each other without gap or overlap; a date that the
 * zone left out (a change of the date line) is an empty period.
 */
export interface Zone {
  readonly timeZone: string;
  /** The local day of an instant. */
  localDay(timeMs: number): string;
  /** The hour that a local clock shows at an instant, 0 to 23. */
  localHour(timeMs: number): number;
  /** The UTC hour of an instant, `2026-01-29T18`: hours are the same in every zone. */
  utcHour(timeMs: number): string;
  /** The month of a local day. */
  localMonth(day: string): string;
  /** The first instant of a local day, which is not midnight where clocks jump over midnight. */
  dayStartMs(day: string): number;
  /** The first instants of a month and of the next one. */
  monthBounds(month: string): Bounds;
  /** Every date of a month, in order, without those the zone left out. */
  daysOfMonth(month: string): readonly string[];
}

/** Offset from UTC in one UTC hour: `beforeMs` up to `changeMs`, `afterMs` from it on. */
interface HourOffset {
  readonly changeMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * Makes the calendar of a zone. Offsets come from Intl and are remembered by UTC hour, so days of recent events cost
 * no look-up in it.
 *
 * @param field - name of the configuration field, for the error
 * @throws {@link UnknownTimeZoneError} when the zone is none
 */
export function createZone(timeZone: string, field = 'time_zone'): Zone {
  const format = createFormat(timeZone, field);
  const offsets = remember((hour) => findOffsets(format, hour));
  const localMs = (timeMs: number): number => {
    const { changeMs, beforeMs, afterMs } = offsets(Math.floor(timeMs / HOUR_MS));
    return timeMs + (timeMs < changeMs ? beforeMs : afterMs);
  };
  const localDayNumber = (timeMs: number): number => Math.floor(localMs(timeMs) / DAY_MS);
  const nameDay = remember((number) => dayText(number));
  const nameHour = remember((hour) => new Date(hour * HOUR_MS).toISOString().slice(0, 13));
  const startOfDay = remember((number) => findDayStart(number, localDayNumber));
  const dayStartMs = (day: string) => startOfDay(dayNumber(day));
  return {
    timeZone,
    localDay: (timeMs) => nameDay(localDayNumber(timeMs)),
    localHour: (timeMs) => Math.floor(localMs(timeMs) / HOUR_MS) - localDayNumber(timeMs) * 24,
    utcHour: (timeMs) => nameHour(Math.floor(timeMs / HOUR_MS)),
    localMonth,
    dayStartMs,
    monthBounds: (month) => ({ startMs: dayStartMs(`${month}-01`), endMs: dayStartMs(`${nextMonth(month)}-01`) }),
    daysOfMonth: (month) => datesOfMonth(month).filter((day) => dayStartMs(day) < dayStartMs(addDays(day, 1))),
  };
}

/** The day a number of days after another one (before, when negative). */
export function addDays(day: string, days: number): string {
  return dayText(dayNumber(day) + days);
}

/** The month after another one. */
export function nextMonth(month: string): string {
  // No month is shorter than 28 or longer than 31 days.
  return localMonth(addDays(`${month}-28`, 4));
}

function localMonth(day: string): string {
  return day.slice(0, 7);
}

function datesOfMonth(month: string): readonly string[] {
  const days: string[] = [];
  for (let day = `${month}-01`; localMonth(day) === month; day = addDays(day, 1)) days.push(day);
  return days;
}

function createFormat(timeZone: string, field: string): Intl.DateTimeFormat {
  // Intl also takes bare offsets, which are not zones: they know no daylight saving time.
  if (!/^[A-Za-z]/.test(timeZone)) throw new UnknownTimeZoneError(field);
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new UnknownTimeZoneError(field, { cause });
  }
}

/** Keeps what was computed for a number, and the last answer at hand: events of a group mostly share hour and day. */
function remember<Value>(compute: (number: number) => Value): (number: number) => Value {
  const known = new Map<number, Value>();
  let lastNumber = 0;
  let last = compute(lastNumber);
  return (number) => {
    if (number === lastNumber) return last;
    const value = known.get(number) ?? compute(number);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(number, value);
    lastNumber = number;
    last = value;
    return value;
  };
}

function findOffsets(format: Intl.DateTimeFormat, hour: number): HourOffset {
  const startMs = hour * HOUR_MS;
  const beforeMs = offsetAt(format, startMs);
  const afterMs = offsetAt(format, startMs + HOUR_MS - SECOND_MS);
  if (beforeMs === afterMs) return { changeMs: startMs, beforeMs, afterMs };
  const isAfter = (timeMs: number) => offsetAt(format, timeMs) !== beforeMs;
  return { changeMs: findFirst(startMs, startMs + HOUR_MS, isAfter), beforeMs, afterMs };
}

function offsetAt(format: Intl.DateTimeFormat, timeMs: number): number {
  const secondMs = Math.floor(timeMs / SECOND_MS) * SECOND_MS;
  const local = new Map(format.formatToParts(secondMs).map((part) => [part.type, Number(part.value)]));
  const read = (type: Intl.DateTimeFormatPartTypes): number => local.get(type) ?? 0;
  const localMs = Date.UTC(
    ...([read('year'), read('month') - 1, read('day')] as const),
    ...([read('hour'), read('minute'), read('second')] as const),
  );
  return localMs - secondMs;
}

function findDayStart(number: number, localDayNumber: (timeMs: number) => number): number {
  const midnightMs = number * DAY_MS;
  const isReached = (timeMs: number) => localDayNumber(timeMs) >= number;
  return findFirst(midnightMs - WIDEST_OFFSET_MS, midnightMs + WIDEST_OFFSET_MS, isReached);
}

/** The first time in (from, to] at which a fact holds that, once true, stays so. */
function findFirst(fromMs: number, toMs: number, holds: (timeMs: number) => boolean): number {
  let falseMs = fromMs;
  let trueMs = toMs;
  while (trueMs - falseMs > 1) {
    const middleMs = Math.floor((falseMs + trueMs) / 2);
    if (holds(middleMs)) trueMs = middleMs;
    else falseMs = middleMs;
  }
  return trueMs;
}

function dayNumber(day: string): number {
  return Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

function dayText(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}
