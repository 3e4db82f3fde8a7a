/** A day with data: its number, days since 1970-01-01, and its amount. */
export interface SeriesDay {
  readonly number: number;
  readonly amount: number;
}

/** A period of a series whose outcome is known: its history and its own days, ascending. */
export interface BacktestWindow {
  readonly days: readonly SeriesDay[];
  /** Day number of the first of {@link PERIOD_DAYS} days. */
  readonly startDay: number;
}

/** Length of every period of the backtest. */
export const PERIOD_DAYS = 30;
/** Days of the period that are over when a forecast is made. */
export const ELAPSED_DAYS = [5, 10, 15, 20, 25] as const;

/** More history than the projection looks at gains nothing. */
const MAX_HISTORY_DAYS = 800;
/** A period that lacks more of its days has no known outcome. */
const MAX_MISSING_DAYS = 3;

/**
 * Cuts a series into periods that follow one another.
 *
 * @param days - ascending
 * @param minHistoryDays - calendar days before the first period
 */
export function cutWindows(days: readonly SeriesDay[], minHistoryDays: number): BacktestWindow[] {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const windows: BacktestWindow[] = [];
  for (let start = first.number + minHistoryDays; start + PERIOD_DAYS - 1 <= last.number; start += PERIOD_DAYS) {
    const end = start + PERIOD_DAYS;
    const used = days.filter(({ number }) => number >= start - MAX_HISTORY_DAYS && number < end);
    const own = used.filter(({ number }) => number >= start).length;
    if (own >= PERIOD_DAYS - MAX_MISSING_DAYS) windows.push({ days: used, startDay: start });
  }
  return windows;
}
