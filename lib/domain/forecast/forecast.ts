import { LedgerError } from '../errors.ts';
import type { CountedDay } from './daily-history.ts';
import { parseDayNumber } from './day-number.ts';
import { MAX_TRIED_DAYS, projectRest } from './project-rest.ts';
import { computeRestExceedance, findRestQuantile, type RestSpread } from './rest-spread.ts';

/** A daily amount: calendar day `2026-01-29` and what was spent (or counted) on it, from 0 to 1e290. */
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
  /** Days with data up to and including `asOf`, since the series last began after a long pause. */
  readonly historyDays: number;
}

/** The series or the dates of a projection make no sense; the message names the field. */
export class InvalidProjectionInputError extends LedgerError {
  override readonly name = 'InvalidProjectionInputError';
  readonly code = 'invalid_inputs';
  readonly retryable = false;
}

/**
 * Projects the total of a period: what was counted so far, exactly, and a forecast of the days left with its interval.
 * Several simple methods are weighed by how each did on the replayed past of this very series; the spread comes from the
 * errors of those replays. The point is the middle of the spread. Nothing is random: the same input gives the same
 * numbers.
 *
 * @throws {@link InvalidProjectionInputError} for a date that is none, a day given twice, an amount below zero or
 *   above 1e290, or dates out of order
 * @see the decision record on the forecast in docs/adr
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
  if (daysLeft === 0) {
    return spread(spent, CERTAIN_NOTHING, input.budget, {
      state: isMostlyKnown(days, asOf) ? 'ready' : 'degraded',
      method: 'actual',
      historyDays: days.length,
    });
  }
  const { knownDays, ...rest } = projectRest(days, asOf, daysLeft);
  const isIdle = days.slice(-IDLE_DAYS).every((day) => day.amount === 0);
  return spread(spent, isIdle ? CERTAIN_NOTHING : rest, input.budget, {
    state: judgeState(days, asOf, knownDays, daysLeft, isIdle),
    method: isIdle ? 'zeros' : 'weighted_replay',
    historyDays: knownDays,
  });
}

/**
 * Moves a projection of calls by the credits of its period, whose amount is known. The probability stays: it was asked
 * for with the credits on top of the budget.
 *
 * @param credits - not above zero, in the unit of the series
 */
export function addCredits(projection: Projection, credits: number): Projection {
  return changeFigures(projection, (amount) => amount + credits);
}

/**
 * Lifts a projection to what is spent already: it stands at midnight, and what today has brought cannot be taken back.
 *
 * @param spent - in the unit of the series, the running day included
 */
export function liftToSpent(projection: Projection, spent: number): Projection {
  return changeFigures(projection, (amount) => Math.max(amount, spent));
}

function changeFigures(projection: Projection, change: (amount: number) => number): Projection {
  const apply = (amount: number | null): number | null => (amount === null ? null : change(amount));
  return {
    ...projection,
    point: apply(projection.point),
    lo50: apply(projection.lo50),
    hi50: apply(projection.hi50),
    lo80: apply(projection.lo80),
    hi80: apply(projection.hi80),
    lo95: apply(projection.lo95),
    hi95: apply(projection.hi95),
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

function readDay(field: string, text: string): number {
  const day = parseDayNumber(text);
  if (day === undefined) throw new InvalidProjectionInputError(`${field} is not a calendar date: ${text}`);
  return day;
}

/** Larger numbers would overflow when they are added up. */
const MAX_AMOUNT = 1e290;

function readSeries(series: readonly DailyAmount[]): CountedDay[] {
  const days = series.map(([text, amount]) => {
    if (!(amount >= 0 && amount <= MAX_AMOUNT)) {
      throw new InvalidProjectionInputError(
        `series has an amount that is not a number from 0 to ${MAX_AMOUNT} on ${text}`,
      );
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

function sum(days: readonly CountedDay[]): number {
  return days.reduce((total, day) => total + day.amount, 0);
}

const CERTAIN_NOTHING: RestSpread = { forecast: 0, floor: 0, scale: 0 };
const IDLE_DAYS = 28;
const PROVISIONAL_DAYS = 7;
const READY_DAYS = 28;
/** Days back over which missing ones are counted, and the part of them that may be missing. */
const WATCHED_DAYS = 56;
const MAX_MISSING_RATIO = 0.1;

function judgeState(
  days: readonly CountedDay[],
  asOf: number,
  knownDays: number,
  daysLeft: number,
  isIdle: boolean,
): ProjectionState {
  if (!isMostlyKnown(days, asOf)) return 'degraded';
  if (isIdle) return 'idle';
  if (knownDays < PROVISIONAL_DAYS) return 'learning';
  return knownDays < READY_DAYS || daysLeft > MAX_TRIED_DAYS ? 'provisional' : 'ready';
}

function isMostlyKnown(days: readonly CountedDay[], asOf: number): boolean {
  const from = Math.max(days[0]?.number ?? asOf, asOf - WATCHED_DAYS + 1);
  const known = days.filter((day) => day.number >= from).length;
  const watched = asOf - from + 1;
  return watched - known <= MAX_MISSING_RATIO * watched;
}

const DEVIATIONS_50 = 0.6744897502;
const DEVIATIONS_80 = 1.2815515655;
const DEVIATIONS_95 = 1.9599639845;

function spread(
  spent: number,
  rest: RestSpread,
  budget: number | undefined,
  about: Pick<Projection, 'state' | 'method' | 'historyDays'>,
): Projection {
  const at = (deviations: number) => spent + findRestQuantile(rest, deviations);
  return {
    point: at(0),
    lo50: at(-DEVIATIONS_50),
    hi50: at(DEVIATIONS_50),
    lo80: at(-DEVIATIONS_80),
    hi80: at(DEVIATIONS_80),
    lo95: at(-DEVIATIONS_95),
    hi95: at(DEVIATIONS_95),
    pExceed: budget === undefined ? null : budget < spent ? 1 : computeRestExceedance(rest, budget - spent),
    ...about,
  };
}
