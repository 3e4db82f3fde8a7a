import type { AccruedDay } from '../../domain/capacity/accrued-day.ts';
import type { RepricingPorts } from '../corrections/repricing-ports.ts';
import type { Clock, Ledger, LedgerReader } from '../ports.ts';
import type { OverrideChanges } from '../prices/override-ports.ts';
import type { GpuSampleReader } from '../rules/rule-ports.ts';
import type { FreshnessReader } from '../spend/query-completeness.ts';

/** How the days of capacities were split, revision by revision, and which of them the ledger does not hold yet. */
export interface CapacityStore {
  /**
   * Stores a revision and marks it as open, both or neither.
   * @returns `exists` when there is one of its number; that one stands, and nothing was written
   */
  add(tenant: string, accrued: AccruedDay): Promise<'added' | 'exists'>;
  /** The last revisions of the days of a capacity: from included, to excluded, ascending. */
  list(
    tenant: string,
    capacity: string,
    days: { readonly from: string; readonly to: string },
  ): Promise<readonly AccruedDay[]>;
  /** One revision of a day. */
  find(tenant: string, capacity: string, day: string, revision: number): Promise<AccruedDay | undefined>;
  /** Revisions whose entries are not known to be in the ledger, by capacity, day and number. */
  open(tenant: string): Promise<readonly AccruedDay[]>;
  /** Notes that the ledger holds a revision's entries and none of earlier ones. */
  close(tenant: string, accrued: Pick<AccruedDay, 'capacity' | 'day' | 'revision'>): Promise<void>;
  /** How far a capacity was accrued; null = nobody began. */
  progress(tenant: string, capacity: string): Promise<AccrualProgress | null>;
  /** @returns `behind` when it is no longer what was read; nothing was written then */
  moveProgress(
    tenant: string,
    capacity: string,
    from: AccrualProgress | null,
    to: AccrualProgress,
  ): Promise<'moved' | 'behind'>;
}

/** How far a capacity was accrued: by versions up to a number, every day up to and including one was looked at. */
export interface AccrualProgress {
  readonly day: string;
  readonly version: number;
}

/** What registering capacities takes. */
export interface CapacityPorts {
  readonly overrideChanges: OverrideChanges;
  readonly now: Clock;
}

/** What accruing their days takes. */
export interface AccrualPorts extends CapacityPorts {
  readonly capacities: CapacityStore;
  readonly ledger: Ledger;
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly gpuSamples: GpuSampleReader;
  /** For taking back entries of a day that is accrued again. */
  readonly repricing: RepricingPorts;
}

/** What reporting their use takes. */
export interface CapacityReportPorts extends CapacityPorts {
  readonly capacities: CapacityStore;
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly readFreshness: FreshnessReader;
}
