import type { Correction } from '../corrections/correction.ts';
import type { Credit } from '../corrections/credit.ts';
import type { Rating } from '../rating/rated-call.ts';
import type { UsageEvent } from './usage-event.ts';

/** Where the ledger holds an entry: its segment and position there, and the commit that counts it. */
export interface EntryPlace {
  readonly commit: number;
  readonly segmentId: string;
  readonly position: number;
}

/** One recorded call as the ledger holds it: `user` and `session` are pseudonyms, everything else is as sent. */
export interface LedgerEntry extends EntryPlace {
  readonly event: UsageEvent;
  /** What it counts for now, all corrections made. A voided entry keeps the rating that it had when it was voided. */
  readonly rating: Rating;
  /** Whether it was voided: it counts for nothing any more, and no correction can change that. */
  readonly isVoid: boolean;
  /** Rating as recorded, before any correction. */
  readonly recorded: Rating;
  /** What was corrected since, oldest first. */
  readonly corrections: readonly Correction[];
  /** Local day in the tenant's zone, computed once, when recorded. */
  readonly day: string;
  /** Present where the entry is a credit and no call. */
  readonly credit?: Credit;
}
