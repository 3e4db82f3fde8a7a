import type { Leaf } from '../../contracts/dimensions.ts';
import { type AnomalyKey, type DailySpend, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import { type ConfirmedDay, maskDays } from '../../domain/anomaly/mask-days.ts';
import { findPosition, listScopeNames } from '../../domain/budgets/budget-scope.ts';
import { isOfNoCalls } from '../../domain/corrections/credit.ts';
import { addDays } from '../../domain/local-time.ts';
import type { RollupRow, TenantConfig } from '../ports.ts';

/** A value of a dimension, by which anomalies are looked for. */
export type ValueKey = NonNullable<AnomalyKey> & { readonly value: string };

/** A value and what was spent on it. */
export interface ValueSum {
  readonly key: ValueKey;
  readonly costPicoUsd: bigint;
}

/** Sums of a day: as they are, and without confirmed one-offs. */
interface DaySum {
  actualPicoUsd: bigint;
  regularPicoUsd: bigint;
}

interface DayRow {
  readonly leaf: Leaf;
  readonly actualPicoUsd: bigint;
  readonly regularPicoUsd: bigint;
}

/** What each leaf cost on each local day, so that any of its dimensions can be summed up. Credits are left out. */
export class AnomalyDays {
  readonly #columns: readonly { readonly name: string; readonly position: number }[];
  readonly #rows = new Map<string, DayRow[]>();
  /** By key: its days. */
  readonly #series = new Map<string, Map<string, DaySum>>();
  readonly #values = new Map<string, { readonly key: ValueKey; costPicoUsd: bigint }>();
  /** The first day with a row; undefined where there is none. */
  readonly firstDay: string | undefined;
  /** What confirmed anomalies cost beyond what they should have, by day and key. */
  readonly oneOffs: readonly RollupRow[];

  /** @param rows - of days, each leaf of a day once */
  constructor(
    { tagDimensions }: Pick<TenantConfig, 'tagDimensions'>,
    rows: readonly RollupRow[],
    confirmed: readonly ConfirmedDay[],
  ) {
    this.#columns = listColumns(tagDimensions);
    const calls = rows.filter((row) => !isOfNoCalls(row));
    const { regular, oneOffs } = maskDays(calls, confirmed, createKeyMatcher(tagDimensions));
    this.oneOffs = oneOffs;
    // Masking changes no row's place.
    for (const [index, { period, leaf, measures }] of calls.entries()) {
      this.#add(period, {
        leaf,
        actualPicoUsd: measures.cost ?? 0n,
        regularPicoUsd: regular[index]?.measures.cost ?? 0n,
      });
    }
    this.firstDay = [...this.#rows.keys()].sort()[0];
  }

  /** Every value that was sent, those that cost the most first. */
  values(): readonly ValueKey[] {
    const sums = [...this.#values.values()];
    return sums.sort((a, b) => compareAmounts(b.costPicoUsd, a.costPicoUsd)).map(({ key }) => key);
  }

  /** What the calls of a key cost by day, from their first day on; a day without any is one of zero. */
  series(key: AnomalyKey, toDay: string): readonly DailySpend[] {
    const byDay = this.#series.get(nameAnomalyKey(key)) ?? new Map<string, DaySum>();
    const days: DailySpend[] = [];
    for (let day = [...byDay.keys()].sort()[0] ?? toDay; day < toDay; day = addDays(day, 1)) {
      const { actualPicoUsd = 0n, regularPicoUsd = 0n } = byDay.get(day) ?? {};
      const regular = regularPicoUsd === actualPicoUsd ? {} : { regularPicoUsd: notBelowZero(regularPicoUsd) };
      days.push({ day, costPicoUsd: notBelowZero(actualPicoUsd), ...regular });
    }
    return days;
  }

  /** What the calls of a key cost within days, from included, to excluded, by the values of all other dimensions. */
  split(
    key: AnomalyKey,
    fromDay: string,
    toDay: string,
    what: 'actual' | 'regular' = 'actual',
  ): ReadonlyMap<string, ValueSum> {
    const sums = new Map<string, ValueSum>();
    for (const row of this.#between(fromDay, toDay)) {
      if (!this.#isOf(row.leaf, key)) continue;
      for (const { name, position } of this.#columns) {
        const value = row.leaf[position] ?? null;
        if (value === null || name === key?.dimension) continue;
        const text = nameAnomalyKey({ dimension: name, value });
        const amount = what === 'actual' ? row.actualPicoUsd : row.regularPicoUsd;
        sums.set(text, {
          key: { dimension: name, value },
          costPicoUsd: (sums.get(text)?.costPicoUsd ?? 0n) + amount,
        });
      }
    }
    return sums;
  }

  /** What the calls that are of both keys cost within days, from included, to excluded. */
  sumOfBoth(one: AnomalyKey, other: AnomalyKey, fromDay: string, toDay: string): bigint {
    let sum = 0n;
    for (const { leaf, actualPicoUsd } of this.#between(fromDay, toDay))
      if (this.#isOf(leaf, one) && this.#isOf(leaf, other)) sum += actualPicoUsd;
    return sum;
  }

  *#between(fromDay: string, toDay: string): Iterable<DayRow> {
    for (let day = fromDay; day < toDay; day = addDays(day, 1)) yield* this.#rows.get(day) ?? [];
  }

  #isOf(leaf: Leaf, key: AnomalyKey): boolean {
    if (!key) return true;
    const position = this.#columns.find(({ name }) => name === key.dimension)?.position ?? -1;
    return (leaf[position] ?? null) === key.value;
  }

  #add(day: string, row: DayRow): void {
    const rows = this.#rows.get(day);
    if (rows) rows.push(row);
    else this.#rows.set(day, [row]);
    this.#addTo(nameAnomalyKey(null), day, row);
    for (const { name, position } of this.#columns) {
      const value = row.leaf[position] ?? null;
      if (value === null) continue;
      const key = { dimension: name, value };
      const text = nameAnomalyKey(key);
      const sum = this.#values.get(text);
      if (sum) sum.costPicoUsd += row.actualPicoUsd;
      else this.#values.set(text, { key, costPicoUsd: row.actualPicoUsd });
      this.#addTo(text, day, row);
    }
  }

  #addTo(name: string, day: string, { actualPicoUsd, regularPicoUsd }: DayRow): void {
    const days = this.#series.get(name) ?? new Map<string, DaySum>();
    this.#series.set(name, days);
    const sum = days.get(day);
    if (!sum) {
      days.set(day, { actualPicoUsd, regularPicoUsd });
      return;
    }
    sum.actualPicoUsd += actualPicoUsd;
    sum.regularPicoUsd += regularPicoUsd;
  }
}

/** Dimensions that are looked at value by value: users come and go by the thousand, and nobody's day is like another. */
export function listColumns(
  tagDimensions: readonly string[],
): readonly { readonly name: string; readonly position: number }[] {
  return listScopeNames(tagDimensions).flatMap((name) => {
    const position = findPosition(name, tagDimensions);
    return position === undefined || name === 'user' ? [] : [{ name, position }];
  });
}

/** A test whether a leaf is of a key; none is of a key whose dimension is not kept. */
export function createKeyMatcher(tagDimensions: readonly string[]): (leaf: Leaf, key: AnomalyKey) => boolean {
  return (leaf, key) => {
    if (!key) return true;
    const position = findPosition(key.dimension, tagDimensions);
    return position !== undefined && (leaf[position] ?? null) === key.value;
  };
}

function notBelowZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

function compareAmounts(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
