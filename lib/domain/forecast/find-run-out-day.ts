import { addDays } from '../local-time.ts';

/**
 * The day on which an even rate from today to the projected total uses up an amount; `null` = not in the period.
 * All amounts in one unit.
 *
 * @param days - local days of the period, `toDay` excluded
 * @param today - the running local day
 */
export function findRunOutDay(
  spent: number,
  amount: number,
  point: number | null,
  days: { readonly toDay: string },
  today: string,
): string | null {
  if (spent >= amount) return today;
  if (point === null || point <= amount) return null;
  let daysLeft = 0;
  for (let day = today; day < days.toDay; day = addDays(day, 1)) daysLeft += 1;
  return addDays(today, Math.floor(((amount - spent) / (point - spent)) * daysLeft));
}
