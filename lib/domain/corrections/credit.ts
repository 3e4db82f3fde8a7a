import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import type { Measures } from '../../contracts/measures.ts';
import { isCapacityLeaf } from '../capacity/capacity-leaf.ts';

/** How a credit's amount is spread over what it was given for, when spend is allocated. */
export const CREDIT_ALLOCATIONS = ['none', 'proportional'] as const;

/** One rule of {@link CREDIT_ALLOCATIONS}: it stays on its own dimensions, or follows the cost of its period. */
export type CreditAllocation = (typeof CREDIT_ALLOCATIONS)[number];

/**
 * What makes an entry a credit: an amount that the vendor gives back or takes off the invoice. It is no call, holds no
 * usage, and lowers cost without touching list cost. A share of a capacity with a fixed price is an entry of the same
 * make that raises cost.
 */
export interface Credit {
  readonly reason: string;
  /** Local days that the credit was given for, from included, to excluded. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly allocation: CreditAllocation;
}

/** What the event of a credit says in the place of a model and of an operation. */
export const CREDIT_EVENT = { model: 'credit', operation: 'credit' } as const;

/** Whether sums of a leaf are of credits alone. Only a sender who calls a model and an operation so could blur that. */
export function isOfCredits({ leaf, measures }: { readonly leaf: Leaf; readonly measures: Measures }): boolean {
  return (
    (measures.calls ?? 0n) === 0n &&
    leaf[DIMENSIONS.indexOf('model')] === CREDIT_EVENT.model &&
    leaf[DIMENSIONS.indexOf('operation')] === CREDIT_EVENT.operation
  );
}

/** Whether sums of a leaf are of no calls at all: of credits, or of what capacities with a fixed price cost. */
export function isOfNoCalls(sums: { readonly leaf: Leaf; readonly measures: Measures }): boolean {
  return isOfCredits(sums) || ((sums.measures.calls ?? 0n) === 0n && isCapacityLeaf(sums.leaf));
}
