import { addDays, type Bounds, type Zone } from '../../local-time.ts';
import { type BudgetPeriod, type DayRange, findBudgetPeriod } from './find-period.ts';
import type { BudgetSchedule } from './period-rule.ts';

/**
 * The period of a budget that an instant belongs to, which is the period of its local day; undefined when the budget
 * is not in force then.
 */
export function findBudgetPeriodAt(zone: Zone, schedule: BudgetSchedule, timeMs: number): BudgetPeriod | undefined {
  return findBudgetPeriod(schedule, zone.localDay(timeMs));
}

/**
 * The first instants of a period and of what follows it, in epoch milliseconds. Empty for a period all of whose dates
 * the zone left out, such as 30 December 2011 in Samoa.
 */
export function boundPeriod(zone: Zone, days: DayRange): Bounds {
  return { startMs: zone.dayStartMs(days.fromDay), endMs: zone.dayStartMs(days.toDay) };
}

/** The dates of a period in order, without those that the zone left out. */
export function listDaysOf(zone: Zone, { fromDay, toDay }: DayRange): readonly string[] {
  const days: string[] = [];
  for (let day = fromDay; day < toDay; day = addDays(day, 1)) {
    if (zone.dayStartMs(day) < zone.dayStartMs(addDays(day, 1))) days.push(day);
  }
  return days;
}

/**
 * Days of a period that are still to come: those after `today`, which is not counted itself. 0 on the last day and
 * after it; before the period begins, all of its days.
 */
export function countDaysLeft(zone: Zone, { fromDay, toDay }: DayRange, today: string): number {
  const tomorrow = addDays(today, 1);
  return listDaysOf(zone, { fromDay: tomorrow > fromDay ? tomorrow : fromDay, toDay }).length;
}
