import type { AdminRecord } from '../access/access-ports.ts';

/** One stored change of price overrides, a tenant's or every tenant's: immutable, numbered from 1 without gaps. */
export interface OverrideChange {
  readonly number: number;
  /** Hash over this change and every one before it: equal versions mean equal overrides. */
  readonly version: string;
  /** JSON text of the file as it was accepted, or of the withdrawal of an earlier change. */
  readonly fileText: string;
  readonly storedAtMs: number;
  readonly keyId: string;
}

/**
 * Overrides as chains of changes, one for each tenant and one for every tenant (filed under `*`); where two changes of
 * a chain speak of the same price, the later one counts.
 */
export interface OverrideChanges {
  /** Oldest first. */
  list(tenant: string): Promise<readonly OverrideChange[]>;
  /**
   * Stores the next change and the record of who made it, both or neither.
   * @returns `behind` when a change of this number exists already
   */
  append(tenant: string, change: OverrideChange, record: AdminRecord): Promise<'stored' | 'behind'>;
}
