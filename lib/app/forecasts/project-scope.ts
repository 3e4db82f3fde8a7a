import type { Leaf } from '../../contracts/dimensions.ts';
import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import { createLeafMatcher, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { liftToSpent, type Projection } from '../../domain/forecast/forecast.ts';
import { type CourseDay, layOutRest } from '../../domain/forecast-conditions/rest-course.ts';
import type { TenantConfig } from '../ports.ts';
import { countLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';
import { listCostsToCome } from './costs-to-come.ts';
import { layOutLeaves } from './leaf-past.ts';
import { projectTotal } from './project-total.ts';
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
 * of prices or of use is a factor and no surprise. What capacities with a fixed price cost is no part of that: it is known
 * to its end. Where no condition changes, the numbers are those of
 * {@link projectPeriod} to the bit.
 */
export function projectScope({ tenant, scope, part, ...question }: ScopeQuestion): ScopeProjection {
  const filter = part === undefined ? scope : { ...scope, [part.dimension]: part.value };
  return projectLeaves(question, createLeafMatcher(filter, tenant.tagDimensions));
}

/** Projects the total of the leaves that pass a test, as {@link projectScope} does for a scope. */
export function projectLeaves(question: TotalQuestion, matches: (leaf: Leaf) => boolean): ScopeProjection {
  const { days, unit, today, levels } = question;
  const all = layOutLeaves(question);
  const leaves = all.filter(({ leaf }) => matches(leaf));
  const oneOffs = question.oneOffs.filter(({ leaf }) => matches(leaf));
  const isOfPeriod = ({ period }: LeafDay): boolean => period >= days.fromDay && period < days.toDay;
  const isBefore = ({ period }: LeafDay): boolean => period < days.fromDay && period < today;
  const oneOff = sumAmounts(oneOffs.filter(isOfPeriod), unit);
  const setAside = sumAmounts(
    leaves.flatMap((leaf) => leaf.setAside.filter(isOfPeriod)),
    unit,
  );
  const isToCost = unit === 'pico_usd' && question.fixedCosts !== undefined;
  const toCome = isToCost ? listCostsToCome(question.fixedCosts, all, matches, question) : new Map<string, bigint>();
  const ofCalls = leaves.reduce((sum, { rows }) => sum + sumAmounts(rows.filter(isOfPeriod), unit), 0n);
  const spent = ofCalls + setAside + oneOff;
  const past = restatePast(question, leaves);
  const course = layOutCourse(past, question);
  const total = projectTotal(past, question, course, {
    aside: toFigure(setAside + oneOff, unit),
    toCome: new Map([...toCome].map(([day, amount]) => [day, toFigure(amount, unit)])),
    spent: toFigure(spent, unit),
  });
  const lackingPrice = [...leaves.flatMap((leaf) => leaf.lackingPrice), ...oneOffs];
  return {
    spent,
    oneOffs: oneOff,
    projection: liftToSpent(total.projection, toFigure(spent, unit)),
    exceed: levels.map((level) => ({
      level,
      probability: spent > level ? 1 : total.findOdds(toFigure(level, unit)),
      runOutDay: total.findRunOutDay(toFigure(level, unit)),
    })),
    history: describeHistory(past, question, total.projection.historyDays),
    unpriced: {
      period: countLackingPrice(lackingPrice.filter(isOfPeriod)),
      history: countLackingPrice(lackingPrice.filter(isBefore)),
    },
  };
}

function layOutCourse({ series, recent }: RestatedPast, { days, today }: TotalQuestion): readonly CourseDay[] {
  if (series.length === 0 || days.toDay <= today) return [];
  return layOutRest(series, recent, { fromDay: today, toDay: days.toDay });
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
