import type { BudgetDefinition } from '../budgets/budget.ts';

/** What an alert of a budget is about: the budget, or one part of it. A colon in the name is written `%3A`. */
export function nameBudgetSubject({
  budget,
  part,
}: {
  readonly budget: Pick<BudgetDefinition, 'name' | 'each'>;
  readonly part: string;
}): string {
  // Else a snooze of part "b" of "a" would silence a budget named "a:b" as well.
  const name = budget.name.replace(/[%:]/g, encodeURIComponent);
  return budget.each === null ? `${BUDGET}:${name}` : `${BUDGET}:${name}:${part}`;
}

/** The thing that a thing is a part of: `budget:<name>` of `budget:<name>:<part>`; any other thing is whole itself. */
export function findWholeSubject(about: string): string {
  const [kind, name] = about.split(':', 2);
  return kind === BUDGET ? `${kind}:${name}` : about;
}

const BUDGET = 'budget';
