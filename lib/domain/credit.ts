/** How a credit's amount is spread over what it was given for, when spend is allocated. */
export const CREDIT_ALLOCATIONS = ['none', 'proportional'] as const;

/** One rule of {@link CREDIT_ALLOCATIONS}: it stays on its own dimensions, or follows the cost of its period. */
export type CreditAllocation = (typeof CREDIT_ALLOCATIONS)[number];

/**
 * What makes an entry a credit: an amount that the vendor gives back or takes off the invoice. It is no call, holds no
 * usage, and lowers cost without touching list cost.
 */
export interface Credit {
  readonly reason: string;
  /** Local days that the credit was given for, from included, to excluded. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly allocation: CreditAllocation;
}
