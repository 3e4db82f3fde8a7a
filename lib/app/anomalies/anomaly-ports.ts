import type { Leaf } from '../../contracts/dimensions.ts';
import type { WrittenSettings } from '../../domain/anomaly/anomaly-settings.ts';
import type { AnomalyKey } from '../../domain/anomaly/finding.ts';
import type { AdminRecord } from '../access/access-ports.ts';
import type { TenantConfig } from '../ports.ts';
import type { ToldPrices } from './compare-prices.ts';

/** What somebody decided about an anomaly; the last word counts. */
export interface AnomalyDecision {
  /** See {@link nameAnomaly}. */
  readonly id: string;
  /** `confirmed`: it was one, and is no measure for other days; `dismissed`: it was ordinary after all. */
  readonly state: 'confirmed' | 'dismissed';
  readonly key: AnomalyKey;
  /** The days that it is about, each with what it should have cost. */
  readonly days: readonly { readonly day: string; readonly expectedPicoUsd: bigint }[];
  readonly note: string | null;
  /** Credential of who decided. */
  readonly by: string;
  readonly atMs: number;
}

/** How far the complete days of a tenant were looked at, so that each is told of once. */
export interface WatchedDays {
  /** The last local day that was. */
  readonly lastDay: string;
  /** What people know at the end of it of what models cost. */
  readonly told: ToldPrices;
}

/** What is kept about anomalies: not they themselves, which are computed from the ledger whenever they are asked for. */
export interface AnomalyStore {
  /** Undefined while a tenant has said nothing. */
  settings(tenant: string): Promise<WrittenSettings | undefined>;
  /** Stores settings and the record of it in one step. */
  putSettings(tenant: string, settings: WrittenSettings, record: AdminRecord): Promise<void>;
  /** In the order of the days that they are about. */
  decisions(tenant: string): Promise<readonly AnomalyDecision[]>;
  /** Stores a decision over an earlier one about the same anomaly, and the record of it in the same step. */
  decide(tenant: string, decision: AnomalyDecision, record: AdminRecord): Promise<void>;
  /** Undefined before the first watch. */
  watched(tenant: string): Promise<WatchedDays | undefined>;
  /**
   * Moves the watch on from the day that was read (`undefined`: there was none).
   * @returns `behind` when somebody else did meanwhile; nothing was written then
   */
  saveWatched(tenant: string, watched: WatchedDays, overDay: string | undefined): Promise<'saved' | 'behind'>;
}

/** One recorded call as far as surges and outliers need it, with the cost that it was recorded with. */
export interface CallSpend {
  readonly id: string;
  /** The call's own time, epoch milliseconds. */
  readonly timeMs: number;
  readonly leaf: Leaf;
  /** Above zero: calls without a price, or free ones, are left out, and so are credits. */
  readonly costPicoUsd: bigint;
}

/** The calls that one commit of the log recorded. */
export interface SpendCommit {
  readonly number: number;
  /** When it was committed, epoch milliseconds. */
  readonly atMs: number;
  /** None for a commit of corrections. */
  readonly calls: readonly CallSpend[];
}

/** The ledger's log as far as it tells what calls cost. */
export interface SpendLog {
  /**
   * Number of the last commit; 0 for an empty ledger.
   * @param known - a commit that there is, from which it is looked for
   */
  head(tenant: string, known: number): Promise<number>;
  /** When a commit was made, epoch milliseconds; undefined where there is none of this number. */
  committedAtMs(tenant: string, number: number): Promise<number | undefined>;
  /**
   * Commits after `afterNumber` up to and including `toNumber`, in order, without gaps.
   * @param sinceMs - earlier calls may be left out
   */
  spends(tenant: TenantConfig, afterNumber: number, toNumber: number, sinceMs: number): AsyncIterable<SpendCommit>;
}
