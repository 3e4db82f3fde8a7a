import type { Leaf } from '../../contracts/dimensions.ts';
import type { Measures } from '../../contracts/measures.ts';
import { type BudgetPeriodKind, findPeriod } from './budget-period.ts';

/**
 * What one version of a budget has spent, by period: the exact sum, in picoUSD, of all matching calls of the commits
 * up to `number`. A period is absent until a commit after the budget's making touches it or it is the current one.
 */
export interface BudgetTotals {
  readonly number: number;
  readonly spentPicoUsd: ReadonlyMap<string, bigint>;
}

/** What a fold needs to know of a budget. */
export interface FoldRule {
  readonly period: BudgetPeriodKind;
  readonly matches: (leaf: Leaf) => boolean;
}

/** Anything that carries cost on a local day. */
export interface SpendLine {
  readonly day: string;
  readonly leaf: Leaf;
  readonly measures: Measures;
}

/**
 * Takes in the lines of one commit: adds to the periods that `spent` holds and names the others it touches in
 * `missing`. Both are changed in place, because a catch-up folds thousands of commits.
 */
export function foldSpend(
  rule: FoldRule,
  lines: readonly SpendLine[],
  spent: Map<string, bigint>,
  missing: Set<string>,
): void {
  for (const line of lines) {
    if (!rule.matches(line.leaf)) continue;
    const period = findPeriod(rule.period, line.day);
    const before = spent.get(period);
    if (before === undefined) missing.add(period);
    else spent.set(period, before + (line.measures.cost ?? 0n));
  }
}
