const DAY_MS = 86_400_000;
const MONTHS_OF_YEAR = 12;
const DAYS_OF_WEEK = 7;
/** 1970-01-01, the day 0 of the epoch, was a Thursday: three days after a Monday. */
const WEEKDAY_OF_EPOCH = 3;
const MONTHS_OF_30_DAYS: ReadonlySet<number> = new Set([4, 6, 9, 11]);

/** The remainder of a division that is never negative, for a positive divisor. */
export function remainder(dividend: number, divisor: number): number {
  return ((dividend % divisor) + divisor) % divisor;
}

/** The month of a day as months since January of the year 0, so that months can be counted across years. */
export function monthNumberOf(day: string): number {
  return Number(day.slice(0, 4)) * MONTHS_OF_YEAR + Number(day.slice(5, 7)) - 1;
}

/**
 * A day of a month that {@link monthNumberOf} numbers.
 *
 * @param dayOfMonth - 1 to 31; the last day of the month stands for one that the month does not have
 */
export function dayOfMonthNumber(monthNumber: number, dayOfMonth: number): string {
  const year = Math.floor(monthNumber / MONTHS_OF_YEAR);
  const month = remainder(monthNumber, MONTHS_OF_YEAR) + 1;
  const day = Math.min(dayOfMonth, countDaysOfMonth(year, month));
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Days of a month of the Gregorian calendar; `month` is 1 to 12. */
export function countDaysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return MONTHS_OF_30_DAYS.has(month) ? 30 : 31;
}

/** The weekday of a day: 0 is Monday, 6 is Sunday. */
export function weekdayOf(day: string): number {
  return remainder(Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS) + WEEKDAY_OF_EPOCH, DAYS_OF_WEEK);
}

/** Whether a text is a date that the calendar has, written `2026-01-29`. */
export function isCalendarDate(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])-\d\d$/.test(text) && isDayOfItsMonth(text);
}

function isDayOfItsMonth(text: string): boolean {
  const day = Number(text.slice(8));
  return day >= 1 && day <= countDaysOfMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
