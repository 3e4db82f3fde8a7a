import type { Rating } from './rated-call.ts';
import type { UsageEvent } from './usage-event.ts';

/** One recorded call as the ledger holds it: `user` and `session` are pseudonyms, everything else is as sent. */
export interface LedgerEntry {
  readonly event: UsageEvent;
  readonly rating: Rating;
  /** Local day in the tenant's zone, computed once, when recorded. */
  readonly day: string;
  /** Where the ledger holds it: commit number, segment and position. */
  readonly commit: number;
  readonly segmentId: string;
  readonly position: number;
}
