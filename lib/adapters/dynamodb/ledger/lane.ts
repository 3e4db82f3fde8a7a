import type { Table } from '../table.ts';
import { CommitLog } from './commit-log.ts';
import { CommittedSegments } from './committed-segments.ts';
import { LeafDictionary } from './leaf-dictionary.ts';
import { SlotCache } from './seen-ids.ts';

const MAX_SEEN_IDS = 2_000_000;
const MAX_MONTHS = 30;

/**
 * What a warm writer knows of one tenant's lane. Everything in here was read from committed items or written by a
 * transaction that answered success, and none of it can change, so it may be old but never wrong.
 */
export class Lane {
  /** A commit number known to exist, as late as known; `undefined` before the first look. */
  head: number | undefined;
  readonly slots = new SlotCache(MAX_SEEN_IDS);
  readonly segments = new CommittedSegments();
  readonly #dictionaries = new Map<string, LeafDictionary>();
  readonly tenant: string;

  constructor(tenant: string) {
    this.tenant = tenant;
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
      if (this.#dictionaries.size <= MAX_MONTHS) return;
      this.#dictionaries.delete(month);
    }
  }
}
