import { parseDayNumber } from '../../domain/forecast/day-number.ts';
import { addCredits, type Projection, projectPeriod } from '../../domain/forecast/forecast.ts';
import { projectRest } from '../../domain/forecast/project-rest.ts';
import { computeRestExceedance, type RestSpread } from '../../domain/forecast/rest-spread.ts';
import { type CourseDay, findCrossingDay, findRestFactor } from '../../domain/forecast-conditions/rest-course.ts';
import { addDays } from '../../domain/local-time.ts';
import { type RestatedPast, type TotalQuestion, toFigure } from './restate-past.ts';

/** Where a total is going, in figures of its unit. */
export interface ProjectedTotal {
  /** Not yet lifted to what is spent; its own `pExceed` is null. */
  readonly projection: Projection;
  /** The probability of ending above an amount that is not spent yet; `null` without data. */
  findOdds(amount: number): number | null;
  /** See {@link findCrossingDay}. */
  findRunOutDay(amount: number): string | null;
}

/** What is certain of a period, in figures of its unit. */
interface KnownPart {
  /** Credits, one-offs and what capacities have cost; below zero where the credits are more. */
  readonly aside: number;
  /** What capacities are yet to cost, by day. */
  readonly toCome: ReadonlyMap<string, number>;
  /** With today's part and what stands aside. */
  readonly spent: number;
}

/**
 * Projects a total from its complete days, the course of its days to come and what is certain of its period. What today
 * has brought beyond its part of the course comes on top of everything: it cannot be taken back, and the days after it
 * are still to come.
 *
 * @param course - from today on; empty where nothing is to come or known
 */
export function projectTotal(
  past: RestatedPast,
  question: TotalQuestion,
  course: readonly CourseDay[],
  { aside, toCome, spent }: KnownPart,
): ProjectedTotal {
  const { before, inSeries } = findSpentBefore(past, question);
  const factor = findRestFactor(course);
  const isPlain = past.isAsRecorded && factor === 1;
  const atBase = projectPeriod({ series: past.series, ...findPeriod(question) });
  const restated = isPlain ? atBase : mapFigures(atBase, (figure) => before + (figure - inSeries) * factor);
  const rest = Math.max(0, (restated.point ?? before) - before);
  const today = spent - aside - before;
  const surplus = Math.max(0, today - findTodaysPart(course) * rest);
  const certain = aside + surplus + [...toCome.values()].reduce((sum, amount) => sum + amount, 0);
  const findSpread = rememberSpread(past, question, atBase, inSeries);
  return {
    projection: addCredits(restated, certain),
    findOdds(amount) {
      if (atBase.point === null) return null;
      const limit = amount - certain;
      if (isPlain) return judge(findSpread, Math.max(0, limit) - inSeries);
      return factor === 0 ? 0 : judge(findSpread, (limit - before) / factor);
    },
    findRunOutDay: (amount) => findCrossingDay(course, { before: before + aside, today }, rest, amount, toCome),
  };
}

function findPeriod({ days, today }: TotalQuestion) {
  return { asOf: addDays(today, -1), periodStart: days.fromDay, periodEnd: addDays(days.toDay, -1) };
}

/** Recorded before today, without what stands aside: as it is, and as much of it as is in the series. */
function findSpentBefore(
  { series, exactByDay }: RestatedPast,
  { days, unit, today }: TotalQuestion,
): { readonly before: number; readonly inSeries: number } {
  const isBefore = (day: string): boolean => day >= days.fromDay && day < days.toDay && day < today;
  const exact = [...exactByDay].reduce((sum, [day, amount]) => (isBefore(day) ? sum + amount : sum), 0n);
  const inSeries = series.reduce((sum, [day, amount]) => (isBefore(day) ? sum + amount : sum), 0);
  return { before: toFigure(exact, unit), inSeries };
}

/** How much of the rest is expected of today. */
function findTodaysPart(course: readonly CourseDay[]): number {
  const whole = course.reduce((sum, { share, factor }) => sum + share * factor, 0);
  const [today] = course;
  return today === undefined || whole === 0 ? 0 : (today.share * today.factor) / whole;
}

const CERTAIN_NOTHING: RestSpread = { forecast: 0, floor: 0, scale: 0 };

/** The spread of the rest is the same for all amounts, and found when the first of them is asked for. */
function rememberSpread(
  { series }: RestatedPast,
  question: TotalQuestion,
  atBase: Projection,
  inSeries: number,
): () => RestSpread {
  let known: RestSpread | undefined;
  return () => {
    if (known) return known;
    const { asOf, periodEnd } = findPeriod(question);
    const [last = 0, end = 0] = [parseDayNumber(asOf), parseDayNumber(periodEnd)];
    const days = series.map(([day, amount]) => ({ number: parseDayNumber(day) ?? 0, amount }));
    // A projection without width has nothing to come.
    const isOver = end <= last || atBase.hi95 === null || atBase.hi95 <= inSeries;
    known = isOver ? CERTAIN_NOTHING : projectRest(days, last, end - last);
    return known;
  };
}

/** @param left - what may still come; below zero where more has come already */
function judge(findSpread: () => RestSpread, left: number): number {
  return left < 0 ? 1 : computeRestExceedance(findSpread(), left);
}

function mapFigures(projection: Projection, change: (figure: number) => number): Projection {
  const apply = (figure: number | null): number | null => (figure === null ? null : change(figure));
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
