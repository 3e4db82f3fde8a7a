import type { Leaf } from '../../contracts/dimensions.ts';
import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import { createLeafMatcher, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { isOfCredits } from '../../domain/corrections/credit.ts';
import { addCredits, liftToSpent, type Projection, projectPeriod } from '../../domain/forecast/forecast.ts';
import {
  type CourseDay,
  findCrossingDay,
  findRestFactor,
  layOutRest,
} from '../../domain/forecast-conditions/rest-course.ts';
import { addDays } from '../../domain/local-time.ts';
import type { TenantConfig } from '../ports.ts';
import { countLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';
import { type RestatedPast, restatePast, sumAmounts, type TotalQuestion, toFigure } from './restate-past.ts';

export type { ForecastInputs, TotalQuestion } from './restate-past.ts';

/** The total of a scope that is asked about. */
export interface ScopeQuestion extends TotalQuestion {
  readonly tenant: Pick<TenantConfig, 'tagDimensions'>;
  readonly scope: ScopeFilter;
  /** The one value of a dimension (or `tags.<name>`) that a budget with one total for each value is asked about. */
  readonly part?: { readonly dimension: string; readonly value: string };
}

/** How likely the total ends above an amount. */
export interface LevelOdds {
  readonly level: bigint;
  /** 0 to 1; `null` without data. */
  readonly probability: number | null;
  /** The local day on which the expected course reaches the amount, today when it is reached; `null` = not in the period. */
  readonly runOutDay: string | null;
}

/** Where the total of a scope is going. */
export interface ScopeProjection {
  /** Exact, in the unit: everything recorded of the period, today's part, credits and one-offs included. */
  readonly spent: bigint;
  /** How much of it is of confirmed anomalies, beyond what was expected. */
  readonly oneOffs: bigint;
  /** In USD, tokens or calls: an estimate. Its own `pExceed` is null; the odds stand in `exceed`. */
  readonly projection: Projection;
  /** In the order of the levels. */
  readonly exceed: readonly LevelOdds[];
  readonly history: {
    /** First of the complete days that the projection looked at; `null` without any. */
    readonly fromDay: string | null;
    readonly days: number;
    /** Days since then that were left out because calls of theirs are missing. */
    readonly missingDays: number;
  };
  /** Calls of the scope that lack a price: in the period, and in the history before it. */
  readonly unpriced: { readonly period: UnpricedCounts; readonly history: UnpricedCounts };
}

/**
 * Projects the total of a scope over a period. Pure, and over rows that were read once, so that many budgets of a tenant
 * cost one read.
 *
 * The past is brought to the conditions of one day, forecast, and each day to come is brought to its own: a known change
 * of prices or of use is a factor and no surprise. Where no condition changes, the numbers are those of
 * {@link projectPeriod} to the bit.
 */
export function projectScope({ tenant, scope, part, ...question }: ScopeQuestion): ScopeProjection {
  const filter = part === undefined ? scope : { ...scope, [part.dimension]: part.value };
  return projectLeaves(question, createLeafMatcher(filter, tenant.tagDimensions));
}

/** Projects the total of the leaves that pass a test, as {@link projectScope} does for a scope. */
export function projectLeaves(question: TotalQuestion, matches: (leaf: Leaf) => boolean): ScopeProjection {
  const { days, unit, today, levels } = question;
  const rows = question.rows.filter(({ leaf }) => matches(leaf));
  const oneOffs = question.oneOffs.filter(({ leaf }) => matches(leaf));
  const isOfPeriod = ({ period }: LeafDay): boolean => period >= days.fromDay && period < days.toDay;
  const ofPeriod = [...rows, ...oneOffs].filter(isOfPeriod);
  const oneOff = sumAmounts(oneOffs.filter(isOfPeriod), unit);
  const past = restatePast({ ...question, rows: rows.filter((row) => !isOfCredits(row)) });
  const course = layOutCourse(past, question);
  const spent = sumAmounts(ofPeriod, unit);
  const known = {
    aside: toFigure(sumAmounts(ofPeriod.filter(isOfCredits), unit) + oneOff, unit),
    spent: toFigure(spent, unit),
    ...findSpentBefore(past, question),
    factor: findRestFactor(course),
  };
  const project = (level?: bigint): Projection => projectTotal(past, question, known, level);
  const projection = project();
  const rest = Math.max(0, (projection.point ?? known.spent) - known.aside - known.before);
  const before = known.before + known.aside;
  return {
    spent,
    oneOffs: oneOff,
    projection: liftToSpent(projection, known.spent),
    exceed: levels.map((level) => ({
      level,
      probability: spent > level ? 1 : project(level).pExceed,
      runOutDay: findCrossingDay(course, { before, today: known.spent - before }, rest, toFigure(level, unit)),
    })),
    history: describeHistory(past, question, projection.historyDays),
    unpriced: {
      period: countLackingPrice(ofPeriod),
      history: countLackingPrice([...rows, ...oneOffs].filter(({ period }) => period < days.fromDay && period < today)),
    },
  };
}

/** What is certain of a period, in figures of its unit. */
interface KnownPart {
  /** Credits and one-offs, which say nothing of days to come; below zero where the credits are more. */
  readonly aside: number;
  /** With today's part and what stands aside. */
  readonly spent: number;
  /** Recorded before today, without what stands aside: as it is, and as much of it as is in the series. */
  readonly before: number;
  readonly inSeries: number;
  /** What conditions make of the rest. */
  readonly factor: number;
}

function layOutCourse(past: RestatedPast, { unit, days, today, conditions }: TotalQuestion): readonly CourseDay[] {
  if (past.series.length === 0 || days.toDay <= today) return [];
  const about = { unit, baseDay: past.baseDay, fromDay: today, toDay: days.toDay };
  return layOutRest(past.series, past.recentLines, conditions, about);
}

function findSpentBefore(
  { series, exactByDay }: RestatedPast,
  { days, unit, today }: TotalQuestion,
): Pick<KnownPart, 'before' | 'inSeries'> {
  const isBefore = (day: string): boolean => day >= days.fromDay && day < days.toDay && day < today;
  const exact = [...exactByDay].reduce((sum, [day, amount]) => (isBefore(day) ? sum + amount : sum), 0n);
  const inSeries = series.reduce((sum, [day, amount]) => (isBefore(day) ? sum + amount : sum), 0);
  return { before: toFigure(exact, unit), inSeries };
}

function projectTotal(
  past: RestatedPast,
  { days, unit, today }: TotalQuestion,
  known: KnownPart,
  level: bigint | undefined,
): Projection {
  const period = { asOf: addDays(today, -1), periodStart: days.fromDay, periodEnd: addDays(days.toDay, -1) };
  const { series, isAsRecorded } = past;
  // What was given back may be spent once more, and what a one-off took is gone.
  const limit = level === undefined ? undefined : toFigure(level, unit) - known.aside;
  if (isAsRecorded && known.factor === 1) {
    const budget = limit === undefined ? {} : { budget: Math.max(0, limit) };
    return addCredits(projectPeriod({ series, ...period, ...budget }), known.aside);
  }
  const left = limit === undefined ? undefined : limit - known.before;
  const budget =
    left === undefined || known.factor === 0 ? {} : { budget: known.inSeries + Math.max(0, left / known.factor) };
  const atBase = projectPeriod({ series, ...period, ...budget });
  const restated = mapFigures(atBase, (figure) => known.before + (figure - known.inSeries) * known.factor);
  return { ...addCredits(restated, known.aside), pExceed: atBase.state === 'no_data' ? null : judge(left, atBase) };
}

/** The odds of what is left: certain where the recorded part decides, or where nothing is to come. */
function judge(left: number | undefined, { pExceed }: Projection): number | null {
  if (left === undefined) return null;
  return left < 0 ? 1 : (pExceed ?? 0);
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

function describeHistory(
  { series }: RestatedPast,
  { missingDays, today }: TotalQuestion,
  days: number,
): ScopeProjection['history'] {
  const fromDay = series.at(-days)?.[0];
  if (days === 0 || fromDay === undefined) return { fromDay: null, days: 0, missingDays: 0 };
  return { fromDay, days, missingDays: [...missingDays].filter((day) => day >= fromDay && day < today).length };
}
