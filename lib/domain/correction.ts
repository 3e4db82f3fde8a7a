import type { BookStamp } from './book-stamp.ts';
import type { Rating } from './rated-call.ts';

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
  /** What the entry counts for from then on; null = nothing, it is void. */
  readonly rating: Rating | null;
}

/** What an entry should come to: a rating, void, or left as it is. */
export type CorrectionTarget = Rating | 'void' | 'keep';
