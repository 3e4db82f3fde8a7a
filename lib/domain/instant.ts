const DAY_MS = 86_400_000;
/** Days of 400 Gregorian years, after which the calendar repeats. */
const CYCLE_DAYS = 146_097;
const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;

/**
 * Reads an RFC 3339 date and time (years 0000 to 9999) with its offset, e.g. `2026-11-21T09:30:00.123Z` or
 * `2026-11-21T15:00:00+05:30`. Up to nine fraction digits are read, the ones after the third are cut. Leap seconds,
 * a blank instead of `T`, and times without an offset are not instants here.
 *
 * @returns epoch milliseconds, undefined when the text is not such a time
 */
export function parseInstant(text: string): number | undefined {
  const dayMs = readDay(text);
  const timeMs = readTimeOfDay(text);
  let end = 19;
  let fractionMs = 0;
  if (text.charCodeAt(end) === DOT) {
    end = endOfDigits(text, end + 1);
    if (end === 20 || end > 29) return undefined;
    // `.5` is 500 ms: missing digits are zeros.
    fractionMs = digits(text.slice(20, Math.min(end, 23)).padEnd(3, '0'), 0, 3);
  }
  const ms = dayMs + timeMs + fractionMs - readOffset(text, end);
  return Number.isNaN(ms) ? undefined : ms;
}

function readDay(text: string): number {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const isDate = text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH && (text[10] === 'T' || text[10] === 't');
  if (!isDate || !(month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month))) return Number.NaN;
  // Date.UTC takes years below 100 for years of the 20th century; one cycle later it means what it says.
  return Date.UTC(year + 400, month - 1, day) - CYCLE_DAYS * DAY_MS;
}

function readTimeOfDay(text: string): number {
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const isTime = text.charCodeAt(13) === COLON && text.charCodeAt(16) === COLON;
  if (!isTime || !(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  return (hour * 3600 + minute * 60 + second) * 1000;
}

function readOffset(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if (text.length === at + 1) return sign === 0x5a || sign === 0x7a ? 0 : Number.NaN;
  const hour = digits(text, at + 1, 2);
  const minute = digits(text, at + 4, 2);
  const isOffset = text.length === at + 6 && text.charCodeAt(at + 3) === COLON && (sign === PLUS || sign === DASH);
  if (!isOffset || !(hour <= 23 && minute <= 59)) return Number.NaN;
  return (hour * 60 + minute) * (sign === PLUS ? 60_000 : -60_000);
}

/** Days of a month (1 to 12) in the Gregorian calendar. */
export function daysOfMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - 0x30;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
