import type { Leaf } from '../../contracts/dimensions.ts';
import { MEASURES, type Measure, type Measures } from '../../contracts/measures.ts';
import type { LeafDelta, RollupRow } from '../ports.ts';
import type { Granularity, Slice, SpendPlan } from './query-spend-plan.ts';

/** Sums in the order of {@link MEASURES}. */
export type MeasureSums = readonly bigint[];

/** One row of an answer about spend. */
export interface SpendRow {
  /** `2026-01`, `2026-01-29` or `2026-01-29T18:00:00Z`. */
  readonly period: string;
  /** Values of the columns asked for, in their order; null = not sent. */
  readonly values: readonly (string | null)[];
  readonly sums: MeasureSums;
}

const MEASURE_INDEX: ReadonlyMap<string, number> = new Map(MEASURES.map((measure, index) => [measure, index]));
const MONTH_LENGTH = '2026-01'.length;
const DAY_LENGTH = '2026-01-29'.length;

/** Adds rollup rows up to the rows of one answer. */
export class SpendFold {
  readonly #plan: SpendPlan;
  readonly #rows = new Map<string, { period: string; values: readonly (string | null)[]; sums: bigint[] }>();

  constructor(plan: SpendPlan) {
    this.#plan = plan;
  }

  /** Adds the rows of a slice that pass the filters. */
  addRows(slice: Slice, rows: readonly RollupRow[]): void {
    for (const row of rows) {
      const isInside = slice.granularity !== 'hour' || isHourInside(slice, row.period);
      if (isInside && passesFilters(this.#plan, row.leaf)) {
        this.#add(labelPeriod(this.#plan.granularity, row.period, row.day), row.leaf, row.measures);
      }
    }
  }

  /** Adds what a commit changed within a slice, as if the slice's rows had been read after it. */
  addDelta(slice: Slice, delta: LeafDelta): void {
    const isInside = delta.day >= slice.fromDay && delta.day < slice.toDay;
    if (!isInside || (slice.granularity === 'hour' && !isHourInside(slice, delta.hour))) return;
    if (!passesFilters(this.#plan, delta.leaf)) return;
    this.#add(labelPeriod(this.#plan.granularity, delta.hour, delta.day), delta.leaf, delta.measures);
  }

  /** The rows so far, sorted by period, then by each column; calls that did not send a dimension come first. */
  rows(): readonly SpendRow[] {
    return [...this.#rows.values()].sort(compareRowKeys);
  }

  #add(period: string, leaf: Leaf, measures: Measures): void {
    let key = period;
    // Dimension texts hold no control characters, so these two keep keys apart.
    for (const { position } of this.#plan.columns) key += `\u0000${leaf[position] ?? '\u0001'}`;
    let row = this.#rows.get(key);
    if (!row) {
      const values = this.#plan.columns.map(({ position }) => leaf[position] ?? null);
      row = { period, values, sums: MEASURES.map(() => 0n) };
      this.#rows.set(key, row);
    }
    addMeasures(row.sums, measures);
  }
}

/** Whether calls of a leaf are among those asked for. */
export function passesFilters({ filters }: Pick<SpendPlan, 'filters'>, leaf: Leaf): boolean {
  for (const [position, values] of filters) if (!values.has(leaf[position] ?? null)) return false;
  return true;
}

/** One sum of a row or total. */
export function sumOf(sums: MeasureSums, measure: Measure): bigint {
  return sums[MEASURE_INDEX.get(measure) ?? -1] ?? 0n;
}

/** Sums over all rows of an answer. */
export function sumRows(rows: readonly SpendRow[]): MeasureSums {
  const total = MEASURES.map(() => 0n);
  for (const { sums } of rows) for (const [index, sum] of sums.entries()) total[index] = (total[index] ?? 0n) + sum;
  return total;
}

/** Orders two rows of the same columns by period, then by each column; null (not sent) comes first. */
export function compareRowKeys(a: Pick<SpendRow, 'period' | 'values'>, b: Pick<SpendRow, 'period' | 'values'>): number {
  return compareText(a.period, b.period) || compareValues(a.values, b.values);
}

function addMeasures(sums: bigint[], measures: Measures): void {
  for (const [measure, amount] of Object.entries(measures)) {
    const index = MEASURE_INDEX.get(measure);
    if (index !== undefined) sums[index] = (sums[index] ?? 0n) + amount;
  }
}

/** A UTC hour belongs to the day and month that are local to the tenant, which its own text does not tell. */
function labelPeriod(granularity: Granularity, period: string, localDay: string | null): string {
  if (granularity === 'hour') return `${period}:00:00Z`;
  return (localDay ?? period).slice(0, granularity === 'month' ? MONTH_LENGTH : DAY_LENGTH);
}

/** Whether a UTC hour (`2026-01-29T18`) lies in the time that a slice of hours is cut to. */
export function isHourInside(slice: Slice, hour: string): boolean {
  if (slice.fromMs === undefined && slice.toMs === undefined) return true;
  const hourMs = Date.parse(`${hour}:00:00Z`);
  return (slice.fromMs === undefined || hourMs >= slice.fromMs) && (slice.toMs === undefined || hourMs < slice.toMs);
}

function compareValues(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? null;
    if (left === right) continue;
    if (left === null) return -1;
    return right === null ? 1 : compareText(left, right);
  }
  return 0;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
