import type { Leaf } from '../contracts/dimensions.ts';
import type { Histogram, Measures } from '../contracts/measures.ts';
import type { LedgerEntry } from '../domain/events/entry.ts';
import type { BookStamp } from '../domain/prices/book-stamp.ts';
import type { PriceBook } from '../domain/prices/price-book.ts';
import type { RatedCall } from '../domain/rating/rated-call.ts';
import type { LeafChange } from '../domain/spend.ts';
import type { AdminRecord } from './access/access-ports.ts';

/** The current time in epoch milliseconds. */
export type Clock = () => number;

/** One billing and privacy boundary and its settings. */
export interface TenantConfig {
  readonly tenant: string;
  /** IANA time zone; days and months of every answer are local to it. Fixed at creation. */
  readonly timeZone: string;
  /** Up to three tag names that are or were kept as dimensions; a place is never given to another tag. */
  readonly tagDimensions: readonly string[];
  /** Whether `user` is kept as a dimension, as last decided. */
  readonly trackUsers: boolean;
  /** Which of them were kept when, see {@link LeafChange}; absent while nothing was ever changed. */
  readonly leafChanges?: readonly LeafChange[];
  /** Unique ids of the roles that report for the tenant, `AROA...`, by its own settings. */
  readonly senders?: readonly string[];
  /** Secret under which users and sessions become pseudonyms, base64. Never leaves the ledger. */
  readonly pseudonymKey: string;
  readonly createdAtMs: number;
}

/** The tenants of this ledger. */
export interface Tenants {
  /** Reads at most 30 s old configuration. */
  find(tenant: string): Promise<TenantConfig | undefined>;
  /**
   * Stores a new tenant and claims its senders, together with the record of it where one is given, in one step.
   * @returns the role that reports for another tenant where one does; nothing was written then
   */
  create(config: TenantConfig, record?: AdminRecord): Promise<'created' | 'exists' | SenderTaken>;
  list(): Promise<readonly TenantConfig[]>;
}

/** A role cannot report for this tenant, because it reports for another one. */
export interface SenderTaken {
  readonly takenRoleId: string;
}

/** The tenants of this ledger and the change of their settings. */
export interface TenantRegister extends Tenants {
  /** Reads what is stored now. */
  read(tenant: string): Promise<TenantConfig | undefined>;
  /**
   * Puts settings in the place of those that were read, claims the senders that are new and gives back those that are
   * gone, together with the record of it, in one step.
   * @returns `behind` when the settings are not those that were read any more
   */
  change(before: TenantConfig, after: TenantConfig, record: AdminRecord): Promise<'changed' | 'behind' | SenderTaken>;
}

/** What became of one call of a group. */
export type AppendOutcome =
  /** Counted now, by this append. */
  | 'recorded'
  /** The same id with the same content was recorded before. */
  | 'duplicate'
  /** The same id was recorded before with other content; the first stands, the conflict is kept. */
  | 'conflict'
  /** The store refuses this call whatever is done (too large); it must be kept as a reject. */
  | 'refused'
  /** Not settled before the deadline; appending the same call again is safe and needed. */
  | 'unsettled';

/** Append-only record of rated calls and the totals derived from them. */
export interface Ledger {
  /**
   * Commits calls of one tenant together with their totals, in as few transactions as the store allows; a call whose
   * id is known changes nothing. Safe to repeat, in any order, by any number of writers.
   *
   * @param deadlineMs - epoch milliseconds after which no new attempt starts
   * @param book - the price book that rated all of them; kept with the commit, so that calls rated with an outdated
   *   one are found
   * @returns one outcome per call, in the order given
   */
  append(
    tenant: TenantConfig,
    calls: readonly RatedCall[],
    deadlineMs: number,
    book?: BookStamp,
  ): Promise<readonly AppendOutcome[]>;
}

/** The part of one commit that fell on one leaf in one hour of one local day. */
export interface LeafDelta {
  /** Local day, `2026-01-29`. Its first seven characters are the local month. */
  readonly day: string;
  /** UTC hour, `2026-01-29T18`. */
  readonly hour: string;
  readonly leaf: Leaf;
  readonly measures: Measures;
}

/** One commit as readers see it: immutable, numbered without gaps from 1. */
export interface CommitRecord {
  readonly number: number;
  /** When its writer sent it, epoch milliseconds (the writer's clock). */
  readonly atMs: number;
  /** The price book that its calls were rated with. */
  readonly book: BookStamp;
  /** Whether it holds calls (or credits) and not corrections. */
  readonly isRecording: boolean;
  readonly deltas: readonly LeafDelta[];
}

/** Which rollup rows to read. */
export interface RollupQuery {
  readonly granularity: 'hour' | 'day' | 'month';
  /** Local days, from included, to excluded; whole months when granularity is `month`. */
  readonly fromDay: string;
  readonly toDay: string;
}

/** One leaf's sums over one period. */
export interface RollupRow {
  /** `2026-01`, `2026-01-29`, or the UTC hour `2026-01-29T18` (with `day` telling its local day). */
  readonly period: string;
  readonly day: string | null;
  readonly leaf: Leaf;
  readonly measures: Measures;
  /** Another one whenever a commit touched the row since, or a neighbour of it; absent where it is being touched. */
  readonly upTo?: number;
  /** Only on hour rows: counts by bucket. */
  readonly histograms: Readonly<Partial<Record<Histogram, ReadonlyMap<number, bigint>>>>;
}

/** Rollup rows that all stand at the same commit number. */
export interface RollupSnapshot {
  /** Every commit up to this number is in the rows, none after it. */
  readonly head: number;
  readonly rows: readonly RollupRow[];
}

/** What the ledger knows of an id. */
export type EntryLookup =
  | { readonly id: string; readonly status: 'recorded'; readonly entry: LedgerEntry }
  | { readonly id: string; readonly status: 'unknown' };

/** A page of entries of one local day, in commit order; each shows what was corrected since. */
export interface EntryPage {
  readonly entries: readonly LedgerEntry[];
  /** Opaque; pass it back to read on. Absent on the last page. */
  readonly next?: string;
}

/** A page of entries of a range of days. */
export interface RangePage extends EntryPage {
  /** How much of the range is behind it and the pages before, 0 to 1. */
  readonly ratio: number;
}

/** What an audit may find wrong; docs/audit.md says what each means and whether a rebuild mends it. */
export type AuditDifferenceKind =
  | 'missing_commit'
  | 'damaged_commit'
  | 'missing_segment'
  | 'damaged_segment'
  | 'missing_leaves'
  | 'commit_not_sum_of_entries'
  | 'counted_twice'
  | 'missing_index'
  | 'foreign_index'
  | 'missing_page'
  | 'wrong_page'
  | 'foreign_page'
  | 'missing_claim'
  | 'row_not_sum_of_commits'
  | 'missing_row'
  | 'foreign_row'
  | 'unchecked_rows'
  | 'wrong_running_total'
  | 'missing_correction'
  | 'damaged_correction'
  | 'unnamed_correction'
  | 'wrong_order_sums'
  | 'wrong_count';

/** One fact that an audit found wrong. */
export interface AuditDifference {
  readonly kind: AuditDifferenceKind;
  /** What it is about, e.g. `commit 17` or `day row 2026-01-29 shard 00000`. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
}

/** Local days that an audit or a rebuild is restricted to: from included, to excluded. */
export interface AuditWindow {
  readonly fromDay: string;
  readonly toDay: string;
}

/** A part of an audit; run on with `next` until it is absent. */
export interface AuditPage {
  readonly entries: number;
  readonly rollups: number;
  readonly differences: readonly AuditDifference[];
  /** How much of the audit is behind it and the parts before, 0 to 1. */
  readonly ratio: number;
  readonly next?: string;
}

/** Reads the ledger; every answer is consistent with some commit number. */
export interface LedgerReader {
  /** Number of the last commit; 0 for an empty ledger. */
  head(tenant: string): Promise<number>;
  /** Commits after `afterNumber` up to and including `toNumber`, in order, without gaps. */
  commits(tenant: string, afterNumber: number, toNumber: number): AsyncIterable<CommitRecord>;
  rollups(tenant: string, query: RollupQuery): Promise<RollupSnapshot>;
  /**
   * @param cursor - `next` of the page before, or the number of a commit: its entries and earlier ones are left out
   * @param most - entries of a page at the most, from 1; the store's own bound where left out
   */
  entriesOfDay(tenant: string, day: string, cursor?: string, most?: number): Promise<EntryPage>;
  /**
   * Entries of a range of local days (both included), commit by commit: each commit is read once, however many of the
   * days its entries lie on. The first page settles where the range begins and ends in the log.
   *
   * @param upToCommit - entries of later commits are left out
   */
  entriesOfDays(
    tenant: string,
    days: { readonly first: string; readonly last: string },
    upToCommit: number,
    cursor?: string,
  ): Promise<RangePage>;
  /** The entries that one commit counts, in order; none for one that holds corrections. */
  entriesOfCommit(tenant: string, number: number): Promise<readonly LedgerEntry[]>;
  findEntries(tenant: string, ids: readonly string[]): Promise<readonly EntryLookup[]>;
  /** Checks one bounded part of the ledger against itself; exact while writes go on. */
  audit(tenant: string, cursor?: string, window?: AuditWindow): Promise<AuditPage>;
}

/** The same id sent again with other content; the first recorded stands. */
export interface Conflict {
  readonly id: string;
  readonly contentHash: string;
  readonly seenAtMs: number;
}

/** Conflicts found by the ledger's writers. */
export interface Conflicts {
  list(tenant: string): Promise<readonly Conflict[]>;
  /** Which of these ids have one; it reads no more than these ids have, however many conflicts there are. */
  findIds(tenant: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  count(tenant: string): Promise<number>;
}

/** Names of fields that senders sent and the contract does not know, with how often. */
export interface UnknownFields {
  count(tenant: string, names: ReadonlyMap<string, number>): Promise<void>;
  list(tenant: string): Promise<ReadonlyMap<string, number>>;
}

/** The prices in force, as far as a writer knows. */
export interface PriceBooks {
  /** At most 30 s old; equal prices keep equal objects between calls. */
  current(tenant: string): Promise<PriceBook>;
}

/** The two queues that record-usage consumes. */
export interface UsageQueues {
  /** Sends message bodies in the tenant's name; resolves when the queue has accepted every one. */
  send(queue: 'usage' | 'import', tenant: string, bodies: readonly string[]): Promise<void>;
  /** Messages waiting and in flight, by queue. */
  depth(): Promise<Readonly<Record<'usage' | 'import', number>>>;
}
