import { LedgerError } from './errors.ts';
import { parseDayNumber } from './forecast/day-number.ts';
import { computeNormalProbability } from './forecast/normal-distribution.ts';

/** A daily amount: calendar day `2026-01-29` and what was spent (or counted) on it, finite and not negative. */
export type DailyAmount = readonly [day: string, amount: number];

/**
 * What a projection is made from. Amounts are statistical numbers in one unit of the caller's choice (USD, tokens,
 * calls), not ledger money: nothing is ever booked from them.
 */
export interface ProjectionInput {
  /**
   * In any order, each day at most once. A day that is absent is one without data, not one of zero. Days after `asOf`
   * are not looked at.
   */
  readonly series: readonly DailyAmount[];
  /** The last complete day; at the earliest the day before `periodStart`. */
  readonly asOf: string;
  /** First and last day of the period, both included. */
  readonly periodStart: string;
  readonly periodEnd: string;
  /** In the unit of the series. */
  readonly budget?: number;
}

/** How much a projection may be relied on. */
export type ProjectionState = 'no_data' | 'idle' | 'learning' | 'provisional' | 'ready' | 'degraded';

/**
 * The period's total: the exact part so far plus the forecast of the rest. Bounds enclose 50, 80 and 95 % and are never
 * below the part so far; point and bounds are `null` in state `no_data`.
 */
export interface Projection {
  readonly point: number | null;
  readonly lo50: number | null;
  readonly hi50: number | null;
  readonly lo80: number | null;
  readonly hi80: number | null;
  readonly lo95: number | null;
  readonly hi95: number | null;
  /** Probability that the total exceeds the budget; `null` without a budget or without data. */
  readonly pExceed: number | null;
  readonly state: ProjectionState;
  readonly method: string;
  /** Days with data up to and including `asOf`. */
  readonly historyDays: number;
}

/** The series or the dates of a projection make no sense; the message names the field. */
export class InvalidProjectionInputError extends LedgerError {
  override readonly name = 'InvalidProjectionInputError';
  readonly code = 'invalid_inputs';
  readonly retryable = false;
}

const WINDOW_DAYS = 28;
const PRIOR_DAYS = 5;
const PRIOR_DAY_VARIANCE = 0.4 ** 2;
const NEW_WORKLOAD_VARIANCE = 0.25;
const DAILY_DRIFT_VARIANCE = 0.06 ** 2;
// Wider than this the mean of a log-normal leaves its own middle half, and the point would lie outside its bounds.
const MAX_LOG_SIGMA = 1.3;
const Z50 = 0.6744897502;
const Z80 = 1.2815515655;
const Z95 = 1.9599639845;

/**
 * Projects the total of a period: the run rate of the last 28 days with data, carried over the days left, in a wide
 * log-normal interval. It knows no weekday, trend or level shift, so its state is `learning` however long the history.
 * Deterministic; the same input gives the same numbers.
 *
 * @throws {@link InvalidProjectionInputError} for a date that is none, a day given twice, an amount below zero or not
 *   finite, or dates out of order
 * @see the decision record on the thin forecast in docs/adr
 */
export function projectPeriod(input: ProjectionInput): Projection {
  const asOf = readDay('as_of', input.asOf);
  const start = readDay('period_start', input.periodStart);
  const end = readDay('period_end', input.periodEnd);
  if (end < start) throw new InvalidProjectionInputError('period_end is before period_start');
  if (asOf < start - 1) throw new InvalidProjectionInputError('as_of is earlier than the day before period_start');
  if (input.budget !== undefined && !(input.budget >= 0 && Number.isFinite(input.budget))) {
    throw new InvalidProjectionInputError('budget is not a finite number from 0');
  }
  const days = readSeries(input.series).filter((day) => day.number <= asOf);
  if (days.length === 0) return NO_DATA;
  const spent = sum(days.filter((day) => day.number >= start && day.number <= end));
  const daysLeft = Math.max(0, end - asOf);
  const historyDays = days.length;
  if (daysLeft === 0) return spread(spent, 0, 0, input.budget, { state: 'ready', method: 'actual', historyDays });
  const window = days.slice(-WINDOW_DAYS);
  const rate = sum(window) / window.length;
  const state = rate === 0 ? 'idle' : 'learning';
  const logSigma = rate === 0 ? 0 : estimateLogSigma(window, rate, daysLeft);
  return spread(spent, rate * daysLeft, logSigma, input.budget, { state, method: 'run_rate_28d', historyDays });
}

/**
 * Moves a projection of calls by the credits of its period, whose amount is known. The probability stays: it was asked
 * for with the credits on top of the budget.
 *
 * @param credits - not above zero, in the unit of the series
 */
export function addCredits(projection: Projection, credits: number): Projection {
  const move = (amount: number | null): number | null => (amount === null ? null : amount + credits);
  return {
    ...projection,
    point: move(projection.point),
    lo50: move(projection.lo50),
    hi50: move(projection.hi50),
    lo80: move(projection.lo80),
    hi80: move(projection.hi80),
    lo95: move(projection.lo95),
    hi95: move(projection.hi95),
  };
}

const NO_DATA: Projection = {
  point: null,
  lo50: null,
  hi50: null,
  lo80: null,
  hi80: null,
  lo95: null,
  hi95: null,
  pExceed: null,
  state: 'no_data',
  method: 'none',
  historyDays: 0,
};

interface Day {
  readonly number: number;
  readonly amount: number;
}

function readDay(field: string, text: string): number {
  const day = parseDayNumber(text);
  if (day === undefined) throw new InvalidProjectionInputError(`${field} is not a calendar date: ${text}`);
  return day;
}

function readSeries(series: readonly DailyAmount[]): Day[] {
  const days = series.map(([text, amount]) => {
    if (!(amount >= 0 && Number.isFinite(amount))) {
      throw new InvalidProjectionInputError(`series has an amount that is not a finite number from 0 on ${text}`);
    }
    return { number: readDay('series', text), amount };
  });
  days.sort((a, b) => a.number - b.number);
  for (const [index, day] of days.entries()) {
    if (day.number === days[index - 1]?.number) {
      throw new InvalidProjectionInputError(
        `series has a day twice: ${new Date(day.number * 86_400_000).toISOString().slice(0, 10)}`,
      );
    }
  }
  return days;
}

function sum(days: readonly Day[]): number {
  return days.reduce((total, day) => total + day.amount, 0);
}

/**
 * Relative error of the rest, as the sigma of a log-normal: day noise (the window's own squared coefficient of
 * variation, with a few prior days mixed in) over the days known and the days left, a new workload's unknown level, and
 * a level that drifts as a random walk from the middle of the window to the middle of the rest.
 */
function estimateLogSigma(window: readonly Day[], rate: number, daysLeft: number): number {
  const known = window.length;
  const squares = window.reduce((total, day) => total + (day.amount / rate - 1) ** 2, 0);
  const dayVariance = (squares + PRIOR_DAYS * PRIOR_DAY_VARIANCE) / (known - 1 + PRIOR_DAYS);
  const relativeVariance =
    dayVariance * (1 / known + 1 / daysLeft) +
    NEW_WORKLOAD_VARIANCE / known +
    (DAILY_DRIFT_VARIANCE * (known + daysLeft)) / 3;
  return Math.min(MAX_LOG_SIGMA, Math.sqrt(Math.log1p(relativeVariance)));
}

/** Point and bounds of `spent` plus a log-normal rest of the given mean; a sigma of 0 is certainty. */
function spread(
  spent: number,
  rest: number,
  logSigma: number,
  budget: number | undefined,
  about: Pick<Projection, 'state' | 'method' | 'historyDays'>,
): Projection {
  const median = rest * Math.exp(-(logSigma ** 2) / 2);
  const at = (z: number) => spent + median * Math.exp(z * logSigma);
  return {
    point: spent + rest,
    lo50: at(-Z50),
    hi50: at(Z50),
    lo80: at(-Z80),
    hi80: at(Z80),
    lo95: at(-Z95),
    hi95: at(Z95),
    pExceed: budget === undefined ? null : computeExceedance(budget - spent, median, logSigma),
    ...about,
  };
}

function computeExceedance(headroom: number, median: number, logSigma: number): number {
  if (headroom < 0) return 1;
  if (logSigma === 0 || median === 0) return median > headroom ? 1 : 0;
  return headroom === 0 ? 1 : 1 - computeNormalProbability(Math.log(headroom / median) / logSigma);
}
