import type { PlannedChange } from '../../domain/forecast-conditions/planned-change.ts';
import type { AdminRecord } from '../access/access-ports.ts';

/** A planned change as it is kept. */
export interface StoredPlannedChange {
  /** `plan_` and 12 hex digits, made of what the change says: the same change twice is one. */
  readonly id: string;
  readonly change: PlannedChange;
  readonly storedAtMs: number;
  /** Who stored it, see {@link AdminRecord}. */
  readonly keyId: string;
}

/** The planned changes of a tenant, with the mark that a change of them must name. */
export interface PlannedChangeList {
  /** By day, those of one day in the order in which they were stored. */
  readonly changes: readonly StoredPlannedChange[];
  /** 0 = none was ever stored. */
  readonly revision: number;
}

/** The planned changes of each tenant. Errors are the store's own. */
export interface PlannedChangeStore {
  list(tenant: string): Promise<PlannedChangeList>;
  /**
   * Keeps changes in place of those of a revision, together with the record of who did it, both or neither.
   * @returns `behind` when somebody changed them since; nothing was written then
   */
  save(
    tenant: string,
    changes: readonly StoredPlannedChange[],
    overRevision: number,
    record: AdminRecord,
  ): Promise<'saved' | 'behind'>;
}
