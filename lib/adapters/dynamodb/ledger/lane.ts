import type { Table } from '../table.ts';
import { CommitLog } from './commit-log.ts';
import { CommittedSegments } from './committed-segments.ts';
import { LeafDictionary } from './leaf-dictionary.ts';
import { SlotCache } from './seen-ids.ts';

/** How much a warm writer remembers at the most. Whatever it forgets it reads again. */
export interface CacheLimits {
  /** Tenants' lanes, least recently used first out. */
  readonly lanes: number;
  /** Timed ids of one lane: 24 to 48 bytes each. */
  readonly seenIds: number;
  /** Untimed ids of committed segments of one lane: about 150 bytes each. */
  readonly countedIds: number;
  /** Local months of one lane whose leaves are known. */
  readonly months: number;
}

/** Limits that keep a writer of few tenants within half of a function's 1,769 MB. */
export const CACHE_LIMITS: CacheLimits = { lanes: 8, seenIds: 2_000_000, countedIds: 300_000, months: 30 };

/**
 * What a warm writer knows of one tenant's lane. Everything in here was read from committed items or written by a
 * transaction that answered success, and none of it can change, so it may be old but never wrong.
 */
export class Lane {
  /** A commit number known to exist, as late as known; `undefined` before the first look. */
  head: number | undefined;
  readonly slots: SlotCache;
  readonly segments: CommittedSegments;
  readonly #dictionaries = new Map<string, LeafDictionary>();
  readonly #maxMonths: number;
  readonly tenant: string;

  constructor(tenant: string, limits: CacheLimits) {
    this.tenant = tenant;
    this.slots = new SlotCache(limits.seenIds);
    this.segments = new CommittedSegments(limits.countedIds);
    this.#maxMonths = limits.months;
  }

  log(table: Table): CommitLog {
    return new CommitLog(table, this.tenant);
  }

  dictionary(month: string): LeafDictionary {
    const dictionary = this.#dictionaries.get(month) ?? new LeafDictionary();
    this.#dictionaries.delete(month);
    this.#dictionaries.set(month, dictionary);
    return dictionary;
  }

  /** Bounds the memory held; called between transactions only. */
  trim(): void {
    this.slots.trim();
    this.segments.trim();
    for (const month of this.#dictionaries.keys()) {
      if (this.#dictionaries.size <= this.#maxMonths) return;
      this.#dictionaries.delete(month);
    }
  }
}
