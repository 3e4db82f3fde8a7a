import type { CorrectionAuthority, CorrectionTarget } from '../../domain/corrections/correction.ts';
import type { EntryPlace, LedgerEntry } from '../../domain/events/entry.ts';
import type { BookStamp } from '../../domain/prices/book-stamp.ts';
import type { AdminRecord } from '../access/access-ports.ts';
import type { TenantConfig } from '../ports.ts';

/** What entries should come to, and the price book that says so. */
export interface Decision {
  readonly book: BookStamp;
  /** One target per entry, in the order given. */
  readonly targets: readonly CorrectionTarget[];
  /** One flag per entry: whether a correction is to say so if the entry is what its target says. @default none */
  readonly confirmed?: readonly boolean[];
}

/** What a call of {@link Corrections.correct} came to. */
export interface CorrectionReport {
  /** Entries that have a new correction by this call. */
  readonly corrected: number;
  /** Entries that were already as they should be, were void, or had been corrected by a later order. */
  readonly unchanged: number;
}

/** Corrects recorded entries by new entries of the log; nothing recorded is ever changed. */
export interface Corrections {
  /**
   * Brings entries to what `decide` says, together with the totals, in as few transactions as the store allows. Safe
   * to repeat, to run against itself, against other orders and against writers: a correction is the difference between
   * what an entry should come to and what it counts for, so doing it again writes nothing. A void entry stays void;
   * an entry that a later order corrected is left alone. A correction lands in the leaf, hour and day of its entry.
   *
   * Whoever looks for entries that need no correction before it calls, so as not to name them, must first have begun
   * its order by a call without places, then have seen that no earlier order is open, and only then read the entries:
   * otherwise what an earlier order decided long ago can still be committed behind its back. Entries that the ledger has
   * yet to look at on its own account must be named and confirmed, or the ledger would not know of the order's word.
   *
   * @param decide - called after the entries were read with all corrections made so far, again at every attempt; it
   *   must read the price book when it is called
   * @throws {@link LedgerUnavailableError} not finished before the deadline; doing it again is safe
   */
  correct(
    tenant: TenantConfig,
    authority: CorrectionAuthority,
    places: readonly EntryPlace[],
    decide: (entries: readonly LedgerEntry[]) => Promise<Decision>,
    deadlineMs: number,
  ): Promise<CorrectionReport>;
}

/** What an order is to do. Times are epoch milliseconds, half open; days are local to the tenant. */
export type OrderRequest =
  | { readonly kind: 'void'; readonly id: string }
  | {
      /** Asked for by an administrator: every entry of the window, whatever it was rated with. */
      readonly kind: 'reprice';
      readonly fromMs: number;
      readonly toMs: number;
      /** Model as sent by the calls; null = all. */
      readonly model: string | null;
      /** A catalog version other than the one in force; null = the one in force. */
      readonly catalogVersion: string | null;
    }
  | {
      /** Follows from a change of overrides: the entries which that change touches, recorded before it was known. */
      readonly kind: 'override';
      readonly scope: 'tenant' | 'global';
      readonly change: number;
    };

/** An order as given. */
export interface Order {
  /** From 1, without gaps, by tenant. */
  readonly number: number;
  readonly request: OrderRequest;
  readonly by: string;
  readonly reason: string;
  readonly createdAtMs: number;
  /** Entries of later commits are not its business. */
  readonly upToCommit: number;
  /** Local days to be looked through; first included, last included; null when there is nothing to do. */
  readonly days: { readonly first: string; readonly last: string } | null;
}

/** How far an order has come. */
export interface OrderProgress {
  readonly state: 'running' | 'done';
  /** Where the next page of entries begins; empty before the beginning. */
  readonly cursor: string;
  /** How much of the entries is behind it, 0 to 1. */
  readonly ratio: number;
  readonly examined: number;
}

/** What an order has changed so far: written in the transactions of its corrections, so exact at any moment. */
export interface OrderSums {
  readonly corrected: number;
  readonly costPicoUsd: bigint;
  readonly listCostPicoUsd: bigint;
}

/** An order with where it stands. */
export interface OrderStanding {
  readonly order: Order;
  readonly progress: OrderProgress;
  readonly sums: OrderSums;
}

/** Orders of correction, by tenant: numbered, kept for ever, carried out by whoever comes along. */
export interface CorrectionOrders {
  /** Stores the next order and the record of who gave it, both or neither. @returns `behind`: number is taken */
  create(tenant: string, order: Order, record: AdminRecord): Promise<'created' | 'behind'>;
  /** Number of the last order; 0 when there is none. */
  last(tenant: string): Promise<number>;
  find(tenant: string, number: number): Promise<OrderStanding | undefined>;
  /** Newest first; the cursor is opaque. */
  list(tenant: string, cursor?: string): Promise<{ readonly orders: readonly OrderStanding[]; readonly next?: string }>;
  /** Numbers of a tenant's orders that are not done, ascending. */
  open(tenant: string): Promise<readonly number[]>;
  /** Moves an order on from the progress that was read. @returns `behind` when somebody else moved it meanwhile */
  advance(tenant: string, number: number, from: OrderProgress, to: OrderProgress): Promise<'moved' | 'behind'>;
}

/** Consecutive commits: those after one number, up to and including another. */
export interface CommitRange {
  readonly after: number;
  readonly upTo: number;
}

/** How far the ledger has followed its own log in search of calls whose price is missing or outdated. */
export interface PricingState {
  /** Commits up to this number were looked at. */
  readonly followedTo: number;
  /** The days of commits up to this number are known; never below `followedTo`. */
  readonly surveyedTo: number;
  /** First and last local day with entries; null before the first. */
  readonly days: { readonly first: string; readonly last: string } | null;
  /** Local months that may hold calls without a full price. */
  readonly unpricedMonths: readonly string[];
  /** Catalog version and book with which these months were last tried. */
  readonly triedWith: { readonly catalogVersion: string; readonly book: BookStamp } | null;
  /** A pass over these months that time ran out for: days up to this one were tried; null = none is under way. */
  readonly pass: { readonly catalogVersion: string; readonly book: BookStamp; readonly doneUpTo: string } | null;
  /** Commits whose calls without a price nobody could be told of so far, ascending. */
  readonly untold: readonly CommitRange[];
  /** Override changes for which orders have been given (or were found to need none). */
  readonly ordered: BookStamp;
}

/** One state per tenant. */
export interface PricingStates {
  find(tenant: string): Promise<PricingState | undefined>;
  /** @returns `behind` when it is no longer the one that was read; nothing was written then */
  save(tenant: string, from: PricingState | undefined, to: PricingState): Promise<'saved' | 'behind'>;
}

/** Catalogs that were in force once, by version, so that any entry can be explained and repriced with its own. */
export interface CatalogArchive {
  /** JSON text of a snapshot. Keeping the same version again changes nothing. */
  keep(version: string, snapshotText: string): Promise<void>;
  find(version: string): Promise<string | undefined>;
  versions(): Promise<readonly string[]>;
}
