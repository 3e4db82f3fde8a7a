import { invariant } from '../../errors.ts';
import { monthNumberOf, remainder } from './calendar-date.ts';
import { type DayRange, findWholePeriod } from './find-period.ts';
import type { PeriodRule } from './period-rule.ts';

/** What the amount of a budget counts: money in picoUSD, or tokens. */
export type AmountUnit = 'pico_usd' | 'tokens';

/**
 * The amounts of a budget, each above zero. One holds for every period. A month budget may have twelve instead, from
 * January on, and a quarter budget four, from the quarter that begins in its anchor month on; both repeat every year.
 * A period that the start or end of its budget cuts short has the amount of the whole one.
 */
export interface AmountPlan {
  readonly unit: AmountUnit;
  readonly amounts: readonly bigint[];
}

/** How many amounts a list may hold beside a single one; undefined where the kind of period takes no list. */
export function countListedAmounts(rule: PeriodRule): number | undefined {
  if (rule.kind === 'month') return 12;
  return rule.kind === 'quarter' ? 4 : undefined;
}

/**
 * The amount of one period, in the unit of the plan. A month whose anchor day is not the 1st is the month that it
 * begins in.
 *
 * @throws {@link InvariantError} when the plan has a list that does not fit the rule
 */
export function amountOfPeriod(rule: PeriodRule, plan: AmountPlan, period: DayRange): bigint {
  const index = plan.amounts.length === 1 ? 0 : positionInYear(rule, period);
  const amount = index === undefined ? undefined : plan.amounts[index];
  invariant(amount !== undefined, `${plan.amounts.length} amounts do not fit periods of kind ${rule.kind}`);
  return amount;
}

function positionInYear(rule: PeriodRule, period: DayRange): number | undefined {
  // A period that was cut may begin in a later month than the whole of it.
  const monthNumber = monthNumberOf(findWholePeriod(rule, period.fromDay).fromDay);
  if (rule.kind === 'month') return remainder(monthNumber, 12);
  return rule.kind === 'quarter' ? remainder(monthNumber - (rule.anchorMonth - 1), 12) / 3 : undefined;
}
