import type { ModelKind } from '../../domain/prices/price-catalog.ts';
import type { WorkloadDay } from '../../domain/workload/workload.ts';
import type { Clock } from '../ports.ts';
import type { DaySums } from './day-sums.ts';

/** What was measured of one scope and day, and how far. */
export interface StoredDay {
  readonly digest: WorkloadDay;
  /** Of the entries that were read. */
  readonly sums: DaySums;
  /** {@link RecordedDay.upTo} of the totals that these are; null while more is to be read. */
  readonly upTo: number | null;
  /** Behind which entries reading goes on, see {@link LedgerReader.entriesOfDay}. */
  readonly cursor: string;
}

/**
 * Keeps what was measured of days, so that it is measured once. It is derived from the ledger: whatever is lost here is
 * measured again. Errors are the store's own.
 */
export interface WorkloadStore {
  /**
   * What is kept of local days (both included), by day; a day that is damaged, or of another release's form, is absent.
   * @param scopeKey - names the scope, see {@link readWorkload}
   */
  list(tenant: string, scopeKey: string, firstDay: string, lastDay: string): Promise<ReadonlyMap<string, StoredDay>>;
  /** Keeps a day in place of what was there; of two writers at once one stands, or the day is absent until the next. */
  save(tenant: string, scopeKey: string, day: StoredDay, nowMs: number): Promise<void>;
}

/** What measuring workloads takes beside the ledger. */
export interface Workloads {
  readonly store: WorkloadStore;
  /** What the price catalog says of a model that it priced; null = nothing. */
  readonly findModelKind: (provider: string, modelId: string) => ModelKind | null;
  readonly now: Clock;
}
