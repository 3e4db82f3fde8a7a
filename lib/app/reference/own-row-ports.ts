import type { OwnRow } from '../../domain/reference/parse-own-row.ts';
import type { AdminRecord } from '../access/access-ports.ts';

/** A row of a tenant as it is kept; its id is the row's. */
export interface StoredOwnRow {
  readonly own: OwnRow;
  readonly storedAtMs: number;
  /** Who stored it, see {@link AdminRecord}. */
  readonly keyId: string;
}

/** The rows of a tenant, in the order of storing, with the mark that a change of them must name. */
export interface OwnRowList {
  readonly rows: readonly StoredOwnRow[];
  /** 0 = none was ever stored. */
  readonly revision: number;
}

/** The rows of reference that each tenant added. Errors are the store's own. */
export interface OwnRowStore {
  list(tenant: string): Promise<OwnRowList>;
  /**
   * Keeps rows in place of those of a revision, together with the record of who did it, both or neither.
   * @returns `behind` when somebody changed them since; nothing was written then
   */
  save(
    tenant: string,
    rows: readonly StoredOwnRow[],
    overRevision: number,
    record: AdminRecord,
  ): Promise<'saved' | 'behind'>;
}
