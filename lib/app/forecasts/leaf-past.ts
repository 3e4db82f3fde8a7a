import type { Leaf } from '../../contracts/dimensions.ts';
import { MEASURES, type Measure, type Measures } from '../../contracts/measures.ts';
import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import { measureIn } from '../../domain/budgets/budget-total.ts';
import { isOfNoCalls } from '../../domain/corrections/credit.ts';
import type { Conditions, ForecastUnit } from '../../domain/forecast-conditions/conditions.ts';
import { addDays } from '../../domain/local-time.ts';

/** What the leaves of a tenant are laid out from. */
export interface PastInputs {
  readonly rows: readonly LeafDay[];
  /** The running local day. */
  readonly today: string;
  readonly conditions: Conditions;
}

/** The rows of one leaf, with what forecasts ask of them again and again. */
export interface LeafPast {
  readonly leaf: Leaf;
  /** Those of calls. */
  readonly rows: readonly LeafDay[];
  /** Credits, and what capacities with a fixed price cost: they are no habit of days to come. */
  readonly setAside: readonly LeafDay[];
  /** The rows of calls among which some lack a price. */
  readonly lackingPrice: readonly LeafDay[];
  /** Its complete days under the conditions of one day. */
  restate(unit: ForecastUnit, baseDay: string): RestatedLeaf;
}

/** The complete days of a leaf as they were, and as they would have been on the base day. */
export interface RestatedLeaf {
  readonly days: ReadonlyArray<{ readonly period: string; readonly exact: bigint; readonly restated: bigint }>;
  /** Whether any day of late comes to something. */
  readonly isUsedOfLate: boolean;
  /** What the days of late come to together on the base day. */
  readonly recent: bigint;
  /** The same on another day. */
  recentOn(day: string): bigint;
}

/** Days by which the mix of leaves and units to come is judged. */
export const RECENT_DAYS = 28;

const laidOut = new WeakMap<readonly LeafDay[], Pick<PastInputs, 'today' | 'conditions'> & { leaves: LeafPast[] }>();

/**
 * Lays rows out by leaf. What was found of them is remembered as long as the rows are, so that hundreds of forecasts over
 * rows that were read once go through them once.
 */
export function layOutLeaves({ rows, today, conditions }: PastInputs): readonly LeafPast[] {
  const known = laidOut.get(rows);
  if (known?.today === today && known.conditions === conditions) return known.leaves;
  const byLeaf = Map.groupBy(rows, ({ leaf }) => JSON.stringify(leaf));
  const leaves = [...byLeaf.values()].map((own) => createLeafPast(own, today, conditions));
  laidOut.set(rows, { today, conditions, leaves });
  return leaves;
}

/** What a row comes to in a unit: picoUSD, tokens in and out, or calls. */
export function amountOf({ measures }: LeafDay, unit: ForecastUnit): bigint {
  return unit === 'calls' ? (measures.calls ?? 0n) : measureIn(unit, measures);
}

function createLeafPast(all: readonly LeafDay[], today: string, conditions: Conditions): LeafPast {
  const leaf = all[0]?.leaf ?? [];
  const rows = all.filter((row) => !isOfNoCalls(row));
  const known = new Map<string, RestatedLeaf>();
  return {
    leaf,
    rows,
    setAside: rows.length === all.length ? [] : all.filter(isOfNoCalls),
    lackingPrice: rows.filter(({ measures: { unpriced, unpriced_unit, partially_priced } }) =>
      [unpriced, unpriced_unit, partially_priced].some((count) => count !== undefined && count !== 0n),
    ),
    restate(unit, baseDay) {
      const key = `${unit} ${baseDay}`;
      const found = known.get(key) ?? restateLeaf({ leaf, rows, today, conditions }, unit, baseDay);
      known.set(key, found);
      return found;
    },
  };
}

function restateLeaf(
  { leaf, rows, today, conditions }: PastInputs & Pick<LeafPast, 'leaf'>,
  unit: ForecastUnit,
  baseDay: string,
): RestatedLeaf {
  const past = rows.filter(({ period }) => period < today);
  const days = past.map((row) => {
    const exact = amountOf(row, unit);
    const { period, measures } = row;
    return { period, exact, restated: conditions.restate({ leaf, measures }, exact, unit, period, baseDay) };
  });
  const fromDay = addDays(today, -RECENT_DAYS);
  const late = days.filter(({ period }) => period >= fromDay);
  const recent = late.reduce((sum, { restated }) => sum + restated, 0n);
  const line = { leaf, measures: addMeasures(past.filter(({ period }) => period >= fromDay)) };
  const known = new Map<string, bigint>();
  return {
    days,
    isUsedOfLate: late.some(({ restated }) => restated > 0n),
    recent,
    recentOn(day) {
      if (late.length === 0) return 0n;
      const amount = known.get(day) ?? conditions.restate(line, recent, unit, baseDay, day);
      known.set(day, amount);
      return amount;
    },
  };
}

function addMeasures(rows: readonly LeafDay[]): Measures {
  const sums: Partial<Record<Measure, bigint>> = {};
  for (const { measures } of rows) {
    for (const name of MEASURES) {
      const value = measures[name];
      if (value !== undefined) sums[name] = (sums[name] ?? 0n) + value;
    }
  }
  return sums;
}
