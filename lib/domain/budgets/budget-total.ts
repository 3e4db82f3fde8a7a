import type { Leaf } from '../../contracts/dimensions.ts';
import type { Measures } from '../../contracts/measures.ts';
import type { BudgetDefinition } from './budget.ts';
import { createLeafMatcher, findPosition } from './budget-scope.ts';
import type { AmountUnit } from './periods/amount-plan.ts';
import { findBudgetPeriod } from './periods/find-period.ts';

/**
 * What one version of a budget has used, by period and part: the exact sum, in the unit of its amount, of all matching
 * calls of the commits up to `number`. A period that is here has all its parts; a part that is absent has used nothing.
 * A period is absent until a commit after the budget's making touches it or it is the current one.
 */
export interface BudgetTotals {
  readonly number: number;
  /** By the name of the period, then by part: '' in a budget without `each`, else the value of that dimension. */
  readonly spent: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
}

/** The part that is the whole of a budget without `each`. */
export const WHOLE = '';

/** What a fold needs to know of a budget. */
export interface FoldRule {
  readonly unit: AmountUnit;
  /** The part that a leaf counts for; undefined when the budget is not about it, or when it names no value. */
  readonly partOf: (leaf: Leaf) => string | undefined;
  /** Name of the period that a local day belongs to; undefined when the budget is not in force. */
  readonly periodOf: (day: string) => string | undefined;
}

/** Anything that carries spend on a local day. */
export interface SpendLine {
  readonly day: string;
  readonly leaf: Leaf;
  readonly measures: Measures;
}

/** @param tagDimensions - the tags that the tenant keeps, in the order of `tag1` to `tag3` */
export function createFoldRule(budget: BudgetDefinition, tagDimensions: readonly string[]): FoldRule {
  const matches = createLeafMatcher(budget.scope, tagDimensions);
  const position = budget.each === null ? undefined : findPosition(budget.each, tagDimensions);
  const readPart = (leaf: Leaf) => (position === undefined ? undefined : (leaf[position] ?? undefined));
  const periods = new Map<string, string | undefined>();
  return {
    unit: budget.amount.unit,
    partOf: (leaf) => (matches(leaf) ? (budget.each === null ? WHOLE : readPart(leaf)) : undefined),
    periodOf: (day) => {
      // Thousands of lines lie on a few days.
      if (!periods.has(day)) periods.set(day, findBudgetPeriod(budget.schedule, day)?.name);
      return periods.get(day);
    },
  };
}

/** What some measures come to in a unit: cost in picoUSD, or the tokens in and out. */
export function measureIn(unit: AmountUnit, { cost, input_tokens, output_tokens }: Measures): bigint {
  return unit === 'tokens' ? (input_tokens ?? 0n) + (output_tokens ?? 0n) : (cost ?? 0n);
}

/** Sums that lines are taken into, see {@link foldSpend}. */
export interface Fold {
  readonly rule: FoldRule;
  readonly spent: Map<string, Map<string, bigint>>;
  /** Periods that lines touched and `spent` does not hold. */
  readonly missing: Set<string>;
  /** Whether a line took something away, so that totals may have fallen below a threshold. */
  hasFallen: boolean;
}

/**
 * Takes in lines: adds to the periods that `spent` holds and names the others in `missing`. The fold is changed in
 * place, because a catch-up takes in thousands of commits.
 */
export function foldSpend(fold: Fold, lines: readonly SpendLine[]): void {
  for (const { day, leaf, measures } of lines) {
    const part = fold.rule.partOf(leaf);
    if (part === undefined) continue;
    const period = fold.rule.periodOf(day);
    if (period === undefined) continue;
    const amount = measureIn(fold.rule.unit, measures);
    if (amount < 0n) fold.hasFallen = true;
    const parts = fold.spent.get(period);
    if (parts === undefined) fold.missing.add(period);
    else parts.set(part, (parts.get(part) ?? 0n) + amount);
  }
}
