import type { PriceBook } from '../../domain/prices/price-book.ts';
import type { CoverFacts } from '../../domain/prices/price-book-capacities.ts';
import type { Clock, LedgerReader, PriceBooks } from '../ports.ts';
import type { OverrideChange, OverrideChanges } from '../prices/override-ports.ts';
import type { CatalogArchive, CorrectionOrders, Corrections, PricingStates } from './correction-ports.ts';

/** The part of a call that decides whether a change of overrides is about it. */
export interface CallFacts {
  /** As sent, or as resolved where that is what is known; null = neither. */
  readonly provider: string | null;
  readonly model: string;
  readonly timeMs: number;
  readonly serviceTier: string | null;
  readonly region: string | null;
  /** What the provider said the call cost, decimal text in USD; absent = it said nothing. */
  readonly reportedCostUsd?: string;
  /** By what capacities choose the calls that they cover. */
  readonly facts?: CoverFacts;
}

/** Price books by catalog: the one in force, and every one that ever was. */
export interface CatalogBooks {
  /** Version of the catalog in force. */
  readonly version: string;
  /** Books over the catalog in force. */
  readonly inForce: PriceBooks;
  /** Books over the catalog of a version, with the overrides of today; undefined when nobody knows the version. */
  at(version: string): Promise<PriceBooks | undefined>;
  /** Every version that {@link CatalogBooks.at} knows, the one in force first. */
  versions(): Promise<readonly string[]>;
  /** Sees to it that the catalog in force is in the archive. Cheap when repeated. */
  keep(): Promise<void>;
}

/** What it takes to give recorded entries another price. */
export interface RepricingPorts {
  readonly reader: Pick<
    LedgerReader,
    'head' | 'commits' | 'rollups' | 'entriesOfDay' | 'entriesOfDays' | 'entriesOfCommit' | 'findEntries'
  >;
  readonly corrections: Corrections;
  readonly orders: CorrectionOrders;
  readonly pricingStates: PricingStates;
  readonly catalogs: CatalogBooks;
  readonly overrideChanges: Pick<OverrideChanges, 'list'>;
  readonly now: Clock;
  /**
   * Whether a stored change could alter the price of a call. Never false for one that it does alter.
   * @param book - the tenant's, which knows the tenant's own names
   */
  touches(change: OverrideChange, call: CallFacts, book: PriceBook): boolean;
}

/** Whose changes hold for every tenant, as {@link OverrideChanges} files them. */
export const EVERY_TENANT = '*';

/** What {@link CatalogBooks} over an archive are made of. */
export interface CatalogSource {
  readonly archive: CatalogArchive;
  /** The catalog in force: its version, and its snapshot as JSON text. */
  readonly version: string;
  readonly readText: () => string;
}
