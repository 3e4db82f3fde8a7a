import type { Rating } from './rated-call.ts';

/** Whether a call has no price at all, or none for some of its units. */
export function lacksPrice({ status }: Rating): boolean {
  return status === 'unpriced' || status === 'unpriced_unit' || status === 'partially_priced';
}

/**
 * Whether two ratings of one call count for the same. Versions and rates may differ: a new catalog under which a call
 * costs what it cost is no reason to correct it. Another capacity is: the call would count towards the wrong one.
 */
export function isSameWorth(a: Rating, b: Rating): boolean {
  return (
    a.status === b.status &&
    a.costPicoUsd === b.costPicoUsd &&
    a.listCostPicoUsd === b.listCostPicoUsd &&
    a.savedPicoUsd === b.savedPicoUsd &&
    a.price?.capacity?.name === b.price?.capacity?.name &&
    [...a.unpricedUnits].sort().join() === [...b.unpricedUnits].sort().join()
  );
}

/** Whether a rating prices more of a call than another one that lacks a price does. */
export function pricesMore(rating: Rating, before: Rating): boolean {
  const [reached, had] = [completeness(rating), completeness(before)];
  if (reached !== had) return reached > had;
  return rating.status === 'partially_priced' && rating.unpricedUnits.length < before.unpricedUnits.length;
}

function completeness(rating: Rating): number {
  if (rating.status === 'partially_priced') return 1;
  return lacksPrice(rating) ? 0 : 2;
}
