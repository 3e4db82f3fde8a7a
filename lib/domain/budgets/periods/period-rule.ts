/** Kinds of period that a budget can have, shortest first. */
export const PERIOD_KINDS = ['day', 'week', 'month', 'quarter', 'year'] as const;

/** Days of the week in the order of ISO 8601. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** One of {@link WEEKDAYS}. */
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * How the local days of a tenant are cut into periods. `anchorDay` is 1 to 31, `anchorMonth` 1 to 12.
 *
 * A period begins on its anchor day. In a month that is too short for it the period begins on the last day of that
 * month, and the next one on the anchor day again: anchor 31 begins periods on 31 January, 28 February (29 in a leap
 * year) and 31 March. Quarters begin every third month, counted from `anchorMonth` both ways; the month also says
 * which quarter is the first of a year.
 */
export type PeriodRule =
  | { readonly kind: 'day' }
  | { readonly kind: 'week'; readonly firstDay: Weekday }
  | { readonly kind: 'month'; readonly anchorDay: number }
  | { readonly kind: 'quarter'; readonly anchorMonth: number; readonly anchorDay: number }
  | { readonly kind: 'year'; readonly anchorMonth: number; readonly anchorDay: number };

/** The month of the calendar: what a budget has that says nothing of its period. */
export const CALENDAR_MONTH: PeriodRule = { kind: 'month', anchorDay: 1 };

/**
 * The periods of one budget: its rule within the days on which it is in force. Without `fromDay` it has always been,
 * without `toDay` it always will be. Both are local days, `fromDay` included, `toDay` excluded and later.
 */
export interface BudgetSchedule {
  readonly rule: PeriodRule;
  readonly fromDay?: string;
  readonly toDay?: string;
}
