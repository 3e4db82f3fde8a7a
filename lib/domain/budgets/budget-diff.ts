import { type BudgetDefinition, governsAlike } from './budget.ts';
import { toRawBudget } from './parse-budget.ts';

/** What a list of budgets does to one budget. */
export const BUDGET_DEEDS = ['created', 'changed', 'paused', 'resumed', 'unchanged'] as const;

/** One of {@link BUDGET_DEEDS}. */
export type BudgetDeed = (typeof BUDGET_DEEDS)[number];

/** One field of a budget as JSON has it, before and after; null where it is not there. */
export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** How one budget differs from what a list wants of it. */
export interface BudgetDifference {
  readonly name: string;
  readonly deed: BudgetDeed;
  /** False for a budget that the list leaves out: it is paused, or is already. */
  readonly isListed: boolean;
  /** Whether it becomes a new version, for which every threshold is armed anew. */
  readonly armsAnew: boolean;
  /** The fields that differ, in the order of {@link toRawBudget}; none when nothing changes. */
  readonly fields: readonly FieldChange[];
}

/**
 * Compares the budgets that there are with a list that is to be the whole truth: in the order of the list, then those
 * that the list leaves out, as they were given.
 *
 * @param before - the budgets as they stand, removed ones not among them
 * @param wanted - each name once
 */
export function diffBudgets(
  before: readonly BudgetDefinition[],
  wanted: readonly BudgetDefinition[],
): readonly BudgetDifference[] {
  const standing = new Map(before.map((budget) => [budget.name, budget]));
  const listed = new Set(wanted.map(({ name }) => name));
  const leftOut = before.filter(({ name }) => !listed.has(name));
  return [
    ...wanted.map((budget) => compareBudgets(standing.get(budget.name), budget, true)),
    ...leftOut.map((budget) => compareBudgets(budget, { ...budget, paused: true }, false)),
  ];
}

function compareBudgets(
  before: BudgetDefinition | undefined,
  after: BudgetDefinition,
  isListed: boolean,
): BudgetDifference {
  const fields = compareFields(before ? toRawBudget(before) : {}, toRawBudget(after));
  const armsAnew = before === undefined || !governsAlike(before, after);
  return { name: after.name, deed: nameDeed(before, after, fields), isListed, armsAnew, fields };
}

/** A budget that is paused or resumed and changed besides is changed: the fields say the rest. */
function nameDeed(
  before: BudgetDefinition | undefined,
  after: BudgetDefinition,
  fields: readonly FieldChange[],
): BudgetDeed {
  if (before === undefined) return 'created';
  if (fields.length === 0) return 'unchanged';
  if (fields.length > 1 || before.paused === after.paused) return 'changed';
  return after.paused ? 'paused' : 'resumed';
}

function compareFields(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }))
    .filter((change) => writeSorted(change.before) !== writeSorted(change.after));
}

/** JSON whose objects name their fields in one order: a filter means the same however it was written. */
function writeSorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
