import { type BookStamp, isOlderBook } from '../prices/book-stamp.ts';
import type { AppliedPrice, Rating } from '../rating/rated-call.ts';
import type { Credit } from './credit.ts';

/** What a correction does: gives an entry another price, or takes the entry out for ever. */
export type CorrectionKind = 'reprice' | 'void';

/** On whose word an entry is corrected. Orders of a tenant are numbered; the higher number is the later word. */
export interface CorrectionAuthority {
  /** Number of the order; 0 = the ledger itself, pricing what had no price or was rated with an outdated book. */
  readonly order: number;
  readonly kind: CorrectionKind;
  /** Key that gave the order, or `ledger`. */
  readonly by: string;
  readonly reason: string;
}

/** One correction of one entry, as recorded: it names the entry by where it stands, and is never changed. */
export interface Correction extends CorrectionAuthority {
  /** Position in the sequence of corrections of the entry's segment, from 1. */
  readonly number: number;
  /** Commit that brought it. */
  readonly commit: number;
  readonly atMs: number;
  /** The price book that it was made with. */
  readonly book: BookStamp;
  /**
   * What the entry counts for from then on; null = nothing, it is void. The rating that it had already where an order
   * only confirmed it against an earlier order that was still being carried out.
   */
  readonly rating: Rating | null;
}

/** What an entry should come to: a rating, void, or left as it is. */
export type CorrectionTarget = Rating | 'void' | 'keep';

/** An entry as far as it decides whether it can be corrected. */
export interface CorrectableEntry {
  readonly rating: Rating;
  readonly isVoid: boolean;
  readonly corrections: readonly Correction[];
  readonly credit?: Credit;
}

/**
 * What a target makes of an entry: `corrected`, `confirmed` (it already is what the target says), or `left` alone.
 * Void is the end of an entry and the only thing that can happen to a credit. An entry is left to the last order that
 * spoke of it, and to the newest price book that it was rated or corrected with.
 *
 * @param recordedWith - the book that the entry was recorded with
 * @param madeWith - the book that the target was computed with
 */
export function judgeTarget(
  entry: CorrectableEntry,
  recordedWith: BookStamp,
  authority: CorrectionAuthority,
  madeWith: BookStamp,
  target: CorrectionTarget,
): 'corrected' | 'confirmed' | 'left' {
  if (entry.isVoid || target === 'keep') return 'left';
  if (target === 'void') return 'corrected';
  if (entry.credit) return 'left';
  const last = entry.corrections.at(-1);
  if (last && authority.order > 0 && last.order > authority.order) return 'left';
  if (isOlderBook(madeWith, last?.book ?? recordedWith)) return 'left';
  return isSameRating(entry.rating, target) ? 'confirmed' : 'corrected';
}

/**
 * Whether two ratings say the same: status, amounts, units without a price, and the price but for the versions of
 * catalog and overrides that it was found in. A version that changes nothing about a call is no reason to correct it.
 */
export function isSameRating(one: Rating, other: Rating): boolean {
  return (
    one.status === other.status &&
    one.costPicoUsd === other.costPicoUsd &&
    one.listCostPicoUsd === other.listCostPicoUsd &&
    one.savedPicoUsd === other.savedPicoUsd &&
    one.reportedCost === other.reportedCost &&
    one.unpricedUnits.join('\n') === other.unpricedUnits.join('\n') &&
    isSamePrice(one.price, other.price)
  );
}

function isSamePrice(one: AppliedPrice | null, other: AppliedPrice | null): boolean {
  if (one === other || one === null || other === null) return one === other;
  return one.key === other.key || contentOf(one) === contentOf(other);
}

function contentOf({ key: _key, catalogVersion: _catalog, overrideVersion: _overrides, ...content }: AppliedPrice) {
  return JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
}
