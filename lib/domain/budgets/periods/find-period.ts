import { addDays } from '../../local-time.ts';
import { dayOfMonthNumber, isCalendarDate, monthNumberOf, remainder, weekdayOf } from './calendar-date.ts';
import { type BudgetSchedule, type PeriodRule, WEEKDAYS } from './period-rule.ts';

/** Local days, from included, to excluded. */
export interface DayRange {
  readonly fromDay: string;
  readonly toDay: string;
}

/**
 * One period of a budget. Its name tells it from every other period of the same rule and sorts by time. Where the
 * calendar has a name for it, that is the name: `2026-03-05`, `2026-03`, `2026-Q1`, `2026`. Otherwise the name is kind
 * and first day: `week-2026-03-02`, `month-2026-03-15`, `quarter-2026-02-01`, `year-2026-04-06`. A period that the
 * start or end of its budget cuts short keeps the name of the whole one.
 */
export interface BudgetPeriod extends DayRange {
  readonly name: string;
}

/** The period of a budget that a local day belongs to; undefined on a day when the budget is not in force. */
export function findBudgetPeriod(schedule: BudgetSchedule, day: string): BudgetPeriod | undefined {
  const { fromDay, toDay } = schedule;
  if ((fromDay !== undefined && day < fromDay) || (toDay !== undefined && day >= toDay)) return undefined;
  return cutPeriod(schedule, findWholePeriod(schedule.rule, day));
}

/** The period after another one of the same schedule; undefined after the last. */
export function nextBudgetPeriod(schedule: BudgetSchedule, period: BudgetPeriod): BudgetPeriod | undefined {
  return findBudgetPeriod(schedule, period.toDay);
}

/** The period before another one of the same schedule; undefined before the first. */
export function previousBudgetPeriod(schedule: BudgetSchedule, period: BudgetPeriod): BudgetPeriod | undefined {
  return findBudgetPeriod(schedule, addDays(period.fromDay, -1));
}

/** The period of a budget by its name; undefined when the name is of none, or of one when it is not in force. */
export function readBudgetPeriod(schedule: BudgetSchedule, name: string): BudgetPeriod | undefined {
  const firstDay = readFirstDay(name);
  if (!isCalendarDate(firstDay)) return undefined;
  const whole = findWholePeriod(schedule.rule, firstDay);
  // The text is trusted only where the rule gives the same name to the day that it says.
  if (whole.name !== name) return undefined;
  return cutPeriod(schedule, whole);
}

/** The name alone of the period that a local day belongs to: quicker, for folds over many days. */
export function namePeriod(rule: PeriodRule, day: string): string {
  if (rule.kind === 'day') return day;
  return rule.kind === 'month' && rule.anchorDay === 1 ? day.slice(0, 7) : findWholePeriod(rule, day).name;
}

/** The period that a local day belongs to, whatever the start and end of a budget. */
export function findWholePeriod(rule: PeriodRule, day: string): BudgetPeriod {
  const range = findRange(rule, day);
  return { name: nameRange(rule, range.fromDay), ...range };
}

function cutPeriod({ fromDay, toDay }: BudgetSchedule, whole: BudgetPeriod): BudgetPeriod | undefined {
  const from = fromDay !== undefined && fromDay > whole.fromDay ? fromDay : whole.fromDay;
  const to = toDay !== undefined && toDay < whole.toDay ? toDay : whole.toDay;
  return from < to ? { name: whole.name, fromDay: from, toDay: to } : undefined;
}

function findRange(rule: PeriodRule, day: string): DayRange {
  switch (rule.kind) {
    case 'day':
      return { fromDay: day, toDay: addDays(day, 1) };
    case 'week': {
      const fromDay = addDays(day, -remainder(weekdayOf(day) - WEEKDAYS.indexOf(rule.firstDay), WEEKDAYS.length));
      return { fromDay, toDay: addDays(fromDay, WEEKDAYS.length) };
    }
    case 'month':
      return findMonths(day, 1, 1, rule.anchorDay);
    case 'quarter':
      return findMonths(day, 3, rule.anchorMonth, rule.anchorDay);
    case 'year':
      return findMonths(day, 12, rule.anchorMonth, rule.anchorDay);
  }
}

function findMonths(day: string, months: number, anchorMonth: number, anchorDay: number): DayRange {
  const monthNumber = monthNumberOf(day);
  const latest = monthNumber - remainder(monthNumber - (anchorMonth - 1), months);
  const isBegun = day >= dayOfMonthNumber(latest, anchorDay);
  const first = isBegun ? latest : latest - months;
  return { fromDay: dayOfMonthNumber(first, anchorDay), toDay: dayOfMonthNumber(first + months, anchorDay) };
}

function nameRange(rule: PeriodRule, fromDay: string): string {
  switch (rule.kind) {
    case 'day':
      return fromDay;
    case 'week':
      return `week-${fromDay}`;
    case 'month':
      return rule.anchorDay === 1 ? fromDay.slice(0, 7) : `month-${fromDay}`;
    case 'quarter':
      // Quarters of a year that begins elsewhere have no number that all readers agree on.
      return rule.anchorMonth === 1 && rule.anchorDay === 1
        ? `${fromDay.slice(0, 4)}-Q${Math.ceil(Number(fromDay.slice(5, 7)) / 3)}`
        : `quarter-${fromDay}`;
    case 'year':
      return rule.anchorMonth === 1 && rule.anchorDay === 1 ? fromDay.slice(0, 4) : `year-${fromDay}`;
  }
}

function readFirstDay(name: string): string {
  const quarter = /^(\d{4})-Q([1-4])$/.exec(name);
  if (quarter !== null) return `${quarter[1]}-${String(Number(quarter[2]) * 3 - 2).padStart(2, '0')}-01`;
  if (/^\d{4}$/.test(name)) return `${name}-01-01`;
  return /^\d{4}-\d\d$/.test(name) ? `${name}-01` : name.replace(/^(week|month|quarter|year)-/, '');
}
