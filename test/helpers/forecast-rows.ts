import type { RollupRow } from '../../lib/app/ports.ts';
import { DIMENSIONS, type Dimension } from '../../lib/contracts/dimensions.ts';
import type { Measures } from '../../lib/contracts/measures.ts';
import type { Conditions } from '../../lib/domain/forecast-conditions/conditions.ts';
import { createConditions } from '../../lib/domain/forecast-conditions/conditions.ts';
import type { PlannedChange } from '../../lib/domain/forecast-conditions/planned-change.ts';
import { createPriceTimeline } from '../../lib/domain/forecast-conditions/price-timeline.ts';
import { addDays, createZone } from '../../lib/domain/local-time.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { catalogOf, overridesOf } from './pricing.ts';

/** The running day of these tests, a Monday, and a long past before it. */
export const TODAY = '2026-06-15';

/** A day row of one leaf. */
export function dayRow(day: string, values: Partial<Record<Dimension, string>>, measures: Measures): RollupRow {
  const leaf = DIMENSIONS.map((dimension) => values[dimension] ?? null);
  return { period: day, day: null, leaf, measures: { calls: 1n, ...measures }, histograms: {} };
}

/** The days from one on, before another. */
export function listDays(fromDay: string, toDay: string): readonly string[] {
  const days: string[] = [];
  for (let day = fromDay; day < toDay; day = addDays(day, 1)) days.push(day);
  return days;
}

/** What tests of conditions are made of: catalog rows of model `widget` at `acme`, overrides and planned changes. */
export interface ConditionParts {
  readonly rows?: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly overrides?: ReadonlyArray<Readonly<Record<string, unknown>>>;
  readonly changes?: ReadonlyArray<Pick<PlannedChange, 'day'> & Partial<PlannedChange>>;
  readonly timeZone?: string;
}

/** Conditions of a tenant that keeps the tag `cost_center`. */
export function conditionsOf({
  rows = [],
  overrides = [],
  changes = [],
  timeZone = 'UTC',
}: ConditionParts): Conditions {
  const book = createPriceBook({ catalog: catalogOf(rows), overrides: overridesOf(...overrides) });
  const planned = changes.map((change) => ({ scope: {}, factor: { digits: 2n, scale: 0 }, note: null, ...change }));
  return createConditions(createPriceTimeline(book, createZone(timeZone)), planned, ['cost_center']);
}
