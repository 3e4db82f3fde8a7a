import type { Leaf } from '../../contracts/dimensions.ts';
import type { AnomalyKey, DailySpend } from '../../domain/anomaly/finding.ts';
import { findPosition, listScopeNames } from '../../domain/budgets/budget-scope.ts';
import { isOfCredits } from '../../domain/corrections/credit.ts';
import { addDays } from '../../domain/local-time.ts';
import type { RollupRow, TenantConfig } from '../ports.ts';

/** A value of a dimension, by which anomalies are looked for. */
export type ValueKey = NonNullable<AnomalyKey> & { readonly value: string };

/** What each leaf cost on each local day, so that any of its dimensions can be summed up. Credits are left out. */
export class AnomalyDays {
  readonly #columns: readonly { readonly name: string; readonly position: number }[];
  readonly #rows: readonly { readonly day: string; readonly leaf: Leaf; readonly costPicoUsd: bigint }[];
  /** The first day with a row; undefined where there is none. */
  readonly firstDay: string | undefined;

  constructor({ tagDimensions }: Pick<TenantConfig, 'tagDimensions'>, rows: readonly RollupRow[]) {
    // Users come and go by the thousand, and nobody's day is like another.
    this.#columns = listScopeNames(tagDimensions).flatMap((name) => {
      const position = findPosition(name, tagDimensions);
      return position === undefined || name === 'user' ? [] : [{ name, position }];
    });
    this.#rows = rows
      .filter((row) => !isOfCredits(row))
      .map(({ period, leaf, measures }) => ({ day: period, leaf, costPicoUsd: measures.cost ?? 0n }));
    this.firstDay = this.#rows.map(({ day }) => day).sort()[0];
  }

  /** Every value that was sent, those that cost the most first. */
  values(): readonly ValueKey[] {
    const sums = this.#sumValues(() => true);
    return [...sums.values()].sort((a, b) => compareAmounts(b.costPicoUsd, a.costPicoUsd)).map(({ key }) => key);
  }

  /** What the calls of a key cost by day, from their first day on; a day without any is one of zero. */
  series(key: AnomalyKey, toDay: string): readonly DailySpend[] {
    const byDay = new Map<string, bigint>();
    for (const { day, leaf, costPicoUsd } of this.#rows)
      if (this.#isOf(leaf, key)) byDay.set(day, (byDay.get(day) ?? 0n) + costPicoUsd);
    const days: DailySpend[] = [];
    for (let day = [...byDay.keys()].sort()[0] ?? toDay; day < toDay; day = addDays(day, 1)) {
      const costPicoUsd = byDay.get(day) ?? 0n;
      days.push({ day, costPicoUsd: costPicoUsd > 0n ? costPicoUsd : 0n });
    }
    return days;
  }

  /**
   * What the calls of a key cost within days, from included, to excluded, by the values of all other dimensions.
   */
  split(key: AnomalyKey, fromDay: string, toDay: string): ReadonlyMap<string, ValueSum> {
    return this.#sumValues(
      (row) => row.day >= fromDay && row.day < toDay && this.#isOf(row.leaf, key),
      key?.dimension ?? null,
    );
  }

  /** What the calls that are of both keys cost within days, from included, to excluded. */
  sumOfBoth(one: AnomalyKey, other: AnomalyKey, fromDay: string, toDay: string): bigint {
    return this.#rows
      .filter(({ day, leaf }) => day >= fromDay && day < toDay && this.#isOf(leaf, one) && this.#isOf(leaf, other))
      .reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
  }

  #isOf(leaf: Leaf, key: AnomalyKey): boolean {
    if (!key) return true;
    const position = this.#columns.find(({ name }) => name === key.dimension)?.position ?? -1;
    return (leaf[position] ?? null) === key.value;
  }

  #sumValues(
    isMeant: (row: { readonly day: string; readonly leaf: Leaf }) => boolean,
    without: string | null = null,
  ): ReadonlyMap<string, ValueSum> {
    const sums = new Map<string, ValueSum>();
    for (const row of this.#rows) {
      if (!isMeant(row)) continue;
      for (const { name, position } of this.#columns) {
        const value = row.leaf[position] ?? null;
        if (value === null || name === without) continue;
        const text = JSON.stringify([name, value]);
        const costPicoUsd = (sums.get(text)?.costPicoUsd ?? 0n) + row.costPicoUsd;
        sums.set(text, { key: { dimension: name, value }, costPicoUsd });
      }
    }
    return sums;
  }
}

/** A value and what was spent on it. */
export interface ValueSum {
  readonly key: ValueKey;
  readonly costPicoUsd: bigint;
}

function compareAmounts(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
