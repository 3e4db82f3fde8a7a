import type { PeriodRule } from '../../lib/domain/budgets/periods/period-rule.ts';

/** A date as a wall calendar counts it, with its weekday: 0 is Monday. */
interface WallDate {
  year: number;
  month: number;
  day: number;
  weekday: number;
}

const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONDAY_FIRST = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Both switches of daylight saving, halves and quarters of hours, switches at midnight, moves of the date line. */
export const ZONES = [
  ...['UTC', 'Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'Europe/Lisbon', 'Europe/Athens', 'Europe/Istanbul'],
  ...['Europe/Moscow', 'Africa/Casablanca', 'Africa/Cairo', 'Africa/Lagos', 'Africa/Juba', 'America/New_York'],
  ...['America/Chicago', 'America/Denver', 'America/Phoenix', 'America/Los_Angeles', 'America/Anchorage'],
  ...['America/St_Johns', 'America/Sao_Paulo', 'America/Asuncion', 'America/Santiago', 'America/Havana'],
  ...['America/Caracas', 'America/Mexico_City', 'America/Nuuk', 'Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Tehran'],
  ...['Asia/Kabul', 'Asia/Yangon', 'Asia/Tokyo', 'Asia/Shanghai', 'Asia/Pyongyang', 'Asia/Beirut', 'Asia/Gaza'],
  ...['Asia/Amman', 'Asia/Almaty', 'Australia/Sydney', 'Australia/Adelaide', 'Australia/Eucla'],
  ...['Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Apia', 'Pacific/Fakaofo'],
  ...['Pacific/Tongatapu', 'Pacific/Kiritimati', 'Pacific/Marquesas', 'Antarctica/Troll', 'Atlantic/Azores'],
];

/** Dates from 2011-01-01, a Saturday, to 2035-12-31, counted one by one: no clock, no library, no division of days. */
export const WALL_DATES: readonly Readonly<WallDate & { readonly text: string }>[] = countDates();

/**
 * Says of every date of {@link WALL_DATES} whether a period begins on it, by looking at the date alone.
 * Written from the wording of the rule, sharing nothing with the code under test.
 */
export function beginsPeriod(rule: PeriodRule, date: WallDate): boolean {
  const isAnchorDay = (anchorDay: number): boolean =>
    date.day === anchorDay || (date.day < anchorDay && date.day === lengthOf(date.year, date.month));
  switch (rule.kind) {
    case 'day':
      return true;
    case 'week':
      return MONDAY_FIRST[date.weekday] === rule.firstDay;
    case 'month':
      return isAnchorDay(rule.anchorDay);
    case 'quarter': {
      const months = [0, 3, 6, 9].map((later) => rule.anchorMonth + later);
      return isAnchorDay(rule.anchorDay) && months.some((month) => month === date.month || month === date.month + 12);
    }
    case 'year':
      return isAnchorDay(rule.anchorDay) && rule.anchorMonth === date.month;
  }
}

function countDates(): readonly (WallDate & { readonly text: string })[] {
  const dates: (WallDate & { readonly text: string })[] = [];
  const date: WallDate = { year: 2011, month: 1, day: 1, weekday: 5 };
  while (date.year < 2036) {
    const text = [date.year, ...[date.month, date.day].map((part) => (part < 10 ? `0${part}` : part))].join('-');
    dates.push({ ...date, text });
    stepDay(date);
  }
  return dates;
}

function stepDay(date: WallDate): void {
  date.weekday = date.weekday === 6 ? 0 : date.weekday + 1;
  date.day += 1;
  if (date.day <= lengthOf(date.year, date.month)) return;
  date.day = 1;
  date.month += 1;
  if (date.month <= 12) return;
  date.month = 1;
  date.year += 1;
}

function lengthOf(year: number, month: number): number {
  // Of the years 2011 to 2035 every fourth is a leap year.
  return month === 2 && [2012, 2016, 2020, 2024, 2028, 2032].includes(year) ? 29 : (LENGTHS[month - 1] ?? 0);
}
