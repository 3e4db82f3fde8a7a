import { cutTogether, type Element, isSameOffer, joinSegments, type Segment } from './timeline.ts';

/** How the past of one price is kept. */
export interface MergeRules {
  /** First moment at which an undated change is in force, epoch milliseconds. */
  readonly asOfMs: number;
  /** Whether a released price was wrong from the start, so that what is read now replaces it in the past too. */
  readonly isCorrected: (released: readonly Element[]) => boolean;
  /** Whether having had no price means that nothing was known, rather than that nothing was charged. */
  readonly isEmptyUnknown: boolean;
}

/**
 * Lays what is read now over what was released, so that no past call changes its price unless somebody says so:
 * from the effective date on it is what is read now; before, it is what was released, but for three cases: times
 * that had no price, prices listed as wrong, and changes that the list read now dates itself (both agree just before
 * the date, and only the new one changes there).
 */
export function mergeTimelines(
  released: readonly Segment[],
  built: readonly Segment[],
  { asOfMs, isCorrected, isEmptyUnknown }: MergeRules,
): readonly Segment[] {
  const merged: Segment[] = [];
  // Whether what was taken so far is what is read now, and whether by a date of its own.
  let isInStep = true;
  let isFollowing = false;
  let before: { left: readonly Element[]; right: readonly Element[] } | undefined;
  for (const { fromMs, toMs, left, right } of cutTogether(released, built, [asOfMs])) {
    const isReleasedNew = before !== undefined && !isSameOffer(before.left, left);
    const isBuiltNew = before !== undefined && !isSameOffer(before.right, right);
    const isDatedChange = isInStep && (isFollowing || (isBuiltNew && !isReleasedNew));
    const isFree = (isEmptyUnknown && left.length === 0) || isCorrected(left);
    if (fromMs >= asOfMs || isSameOffer(left, right) || isFree) {
      [isInStep, isFollowing] = [true, false];
      merged.push({ fromMs, toMs, offer: right });
    } else if (isDatedChange) {
      isFollowing = true;
      merged.push({ fromMs, toMs, offer: right });
    } else {
      [isInStep, isFollowing] = [false, false];
      merged.push({ fromMs, toMs, offer: left });
    }
    before = { left, right };
  }
  return joinSegments(merged);
}
