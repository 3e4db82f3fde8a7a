/** What one running total of a budget has left, in the budget's unit: picoUSD or tokens. */
export interface BudgetRoom {
  readonly spent: bigint;
  /** What the budget allows in the period, above zero. */
  readonly amount: bigint;
}

/**
 * Whether a call may still be made: the spend is below the limit, and with the call it is not above it. A total that
 * stands exactly at the limit has crossed it, as a threshold would be crossed there.
 *
 * @param limitPercent - the limit as a whole percent of the amount, from 1
 * @param estimate - what the call is thought to take, 0 where that is not known
 */
export function hasRoom({ spent, amount }: BudgetRoom, limitPercent: number, estimate: bigint): boolean {
  const limit = amount * BigInt(limitPercent);
  return spent * 100n < limit && (spent + estimate) * 100n <= limit;
}

/** The part of the amount that is spent, in percent with two decimals, cut: 100 only when all of it is. */
export function findUsedPercent({ spent, amount }: BudgetRoom): number {
  return Number((spent * 10_000n) / amount) / 100;
}

/** Orders totals by the part of their amount that is spent, the largest first; exact. */
export function compareUse(a: BudgetRoom, b: BudgetRoom): number {
  const [left, right] = [a.spent * b.amount, b.spent * a.amount];
  return left === right ? 0 : left > right ? -1 : 1;
}
