import type { AuditDifference, AuditPage, AuditWindow } from '../ports.ts';

/** A difference, and what became of it. */
export interface RebuildDifference extends AuditDifference {
  /** Whether it is about something derived, which the commits tell how to put right. */
  readonly isRepairable: boolean;
  readonly isRepaired: boolean;
}

/** A part of a rebuild; run on with `next` until it is absent. */
export interface RebuildPage extends Omit<AuditPage, 'differences'> {
  readonly differences: readonly RebuildDifference[];
}

/** What a part of a rebuild is about. */
export interface RebuildRequest {
  /** Only commits and rows of these days; the whole ledger when absent. */
  readonly window?: AuditWindow;
  /** The `next` of the part before; absent for the first. */
  readonly cursor?: string;
  /**
   * Told of what is about to be repaired, before anything is; nothing is repaired when it throws. Absent for a dry run,
   * which repairs nothing.
   */
  readonly announce?: (differences: readonly AuditDifference[]) => Promise<void>;
}

/** Puts back what is derived from the commits: totals, indexes, pages, claims, sums and counts. */
export interface Rebuilder {
  /**
   * Checks one bounded part of the ledger as an audit does, and repairs what differs and is derived; commits, segments
   * and corrections are never written. Safe while writes go on, to interrupt, to repeat and to run side by side.
   */
  rebuild(tenant: string, request: RebuildRequest): Promise<RebuildPage>;
}
