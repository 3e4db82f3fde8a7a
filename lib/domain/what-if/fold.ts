import type { Leaf } from '../../contracts/dimensions.ts';
import type { LeftReason } from './branch.ts';
import type { Change } from './change.ts';
import type { PlayOutcome } from './play-changes.ts';

/** Calls and their cost before and after changes, picoUSD; calls without a known cost add nothing to either. */
export interface ChangeSums {
  readonly calls: number;
  /** Those of which no cost is known at all, neither before nor after. */
  readonly unpricedCalls: number;
  /** Those of which any change changed something. */
  readonly changedCalls: number;
  readonly beforePicoUsd: bigint;
  readonly afterPicoUsd: bigint;
}

/** The sums of calls that share their values of the columns asked for. */
export interface ChangeRow extends ChangeSums {
  /** In the order of the columns; null = not sent. */
  readonly values: readonly (string | null)[];
}

/** Calls that a change left as they were, and what they cost as recorded. */
export interface LeftSums {
  readonly reason: LeftReason;
  readonly calls: number;
  /** Those of which no cost is known at all. */
  readonly unpricedCalls: number;
  readonly costPicoUsd: bigint;
}

/** What one change does to all calls that it is about. */
export interface ChangeStep {
  readonly change: Change;
  /** Calls that it is about. */
  readonly calls: number;
  readonly changedCalls: number;
  /** After less before, picoUSD; what its own machines cost included. */
  readonly differencePicoUsd: bigint;
  /** Most calls first. */
  readonly left: readonly LeftSums[];
}

/** Sums over played calls; those of parts of a period add up to those of the whole. */
export interface ChangeTotals {
  readonly rows: readonly ChangeRow[];
  readonly total: ChangeSums;
  /** In the order in which changes take effect. */
  readonly steps: readonly ChangeStep[];
  /** See {@link PlayOutcome.reratedPicoUsd}. */
  readonly reratedPicoUsd: bigint;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface StepSums {
  calls: number;
  changedCalls: number;
  differencePicoUsd: bigint;
  readonly left: Map<LeftReason, Writable<LeftSums>>;
}

/** Adds played calls up, by up to three dimensions and by change. */
export class ChangeFold {
  readonly #changes: readonly Change[];
  readonly #positions: readonly number[];
  readonly #rows = new Map<string, Writable<ChangeRow>>();
  readonly #total: Writable<ChangeSums> = emptySums();
  readonly #steps: readonly StepSums[];
  #reratedPicoUsd = 0n;

  /**
   * @param changes - as they take effect
   * @param positions - places in a leaf of the columns asked for
   */
  constructor(changes: readonly Change[], positions: readonly number[]) {
    this.#changes = changes;
    this.#positions = positions;
    this.#steps = changes.map(() => ({ calls: 0, changedCalls: 0, differencePicoUsd: 0n, left: new Map() }));
  }

  add(leaf: Leaf, outcome: PlayOutcome): void {
    const values = this.#positions.map((position) => leaf[position] ?? null);
    const key = JSON.stringify(values);
    const row = this.#rows.get(key) ?? { values, ...emptySums() };
    this.#rows.set(key, row);
    for (const sums of [row, this.#total]) addOutcome(sums, outcome);
    this.#reratedPicoUsd += outcome.reratedPicoUsd;
    for (const [index, step] of outcome.steps.entries()) {
      const sums = this.#steps[index];
      if (step === undefined || sums === undefined) continue;
      sums.calls += 1;
      sums.changedCalls += step.isTouched ? 1 : 0;
      sums.differencePicoUsd += step.differencePicoUsd;
      for (const reason of step.left) {
        const left = sums.left.get(reason) ?? { reason, calls: 0, unpricedCalls: 0, costPicoUsd: 0n };
        sums.left.set(reason, left);
        left.calls += 1;
        left.unpricedCalls += outcome.isUnpriced ? 1 : 0;
        left.costPicoUsd += outcome.beforePicoUsd;
      }
    }
  }

  /** How many rows there are so far. */
  get size(): number {
    return this.#rows.size;
  }

  /** Adds the fixed cost of own machines, which is of no call and so in no row. @param index - of the change */
  addFixedCost(index: number, picoUsd: bigint): void {
    const step = this.#steps[index];
    if (step !== undefined) step.differencePicoUsd += picoUsd;
    this.#total.afterPicoUsd += picoUsd;
  }

  /** The sums so far; rows with the largest difference first, whichever way it goes. */
  totals(): ChangeTotals {
    return {
      rows: [...this.#rows.values()].sort(compareRows),
      total: this.#total,
      steps: this.#changes.flatMap((change, index) => {
        const sums = this.#steps[index];
        if (sums === undefined) return [];
        return [{ change, ...sums, left: [...sums.left.values()].sort((a, b) => b.calls - a.calls) }];
      }),
      reratedPicoUsd: this.#reratedPicoUsd,
    };
  }
}

function emptySums(): Writable<ChangeSums> {
  return { calls: 0, unpricedCalls: 0, changedCalls: 0, beforePicoUsd: 0n, afterPicoUsd: 0n };
}

function addOutcome(sums: Writable<ChangeSums>, { isUnpriced, beforePicoUsd, afterPicoUsd, steps }: PlayOutcome): void {
  sums.calls += 1;
  sums.unpricedCalls += isUnpriced ? 1 : 0;
  sums.changedCalls += steps.some((step) => step?.isTouched) ? 1 : 0;
  sums.beforePicoUsd += beforePicoUsd;
  sums.afterPicoUsd += afterPicoUsd;
}

function compareRows(a: ChangeRow, b: ChangeRow): number {
  const [left, right] = [sizeOf(a), sizeOf(b)];
  if (left !== right) return left > right ? -1 : 1;
  const [textA, textB] = [JSON.stringify(a.values), JSON.stringify(b.values)];
  if (textA === textB) return 0;
  return textA < textB ? -1 : 1;
}

function sizeOf({ beforePicoUsd, afterPicoUsd }: ChangeSums): bigint {
  const difference = afterPicoUsd - beforePicoUsd;
  return difference < 0n ? -difference : difference;
}
