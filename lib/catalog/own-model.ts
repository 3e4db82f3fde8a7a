import type { SnapshotFacts, SnapshotPeriod, SnapshotSurcharge } from './snapshot.ts';

/** Prices of one model that we keep ourselves, because the library has none, or others, for some time or unit. */
export interface OwnModel {
  readonly provider: string;
  readonly model: string;
  /** Exact names besides the id; a name listed here no longer belongs to a library entry. */
  readonly names?: readonly string[];
  /** Library entry whose match clause and other names this one takes over; `null` = none, only the names here. */
  readonly replaces: string | null;
  /** `all`: our periods stand alone. `units`: they add to the library's rates, unit by unit. `names`: none of ours. */
  readonly scope: 'all' | 'units' | 'names';
  readonly periods: readonly SnapshotPeriod[];
  /** Besides what the library says of the model, which they win over fact by fact. */
  readonly facts?: Omit<SnapshotFacts, 'source'>;
  readonly surcharges?: ReadonlyArray<Omit<SnapshotSurcharge, 'source'>>;
  /** Where the price can be read. The build fails without it. */
  readonly source: string;
  /** Day of the last check, `YYYY-MM-DD`. The build fails without it. */
  readonly checkedOn: string;
}

/** How a seller of another vendor's models departs from that vendor's price list. */
export interface OwnResale {
  readonly reseller: string;
  readonly vendor: string;
  /** Service tiers of the vendor that the reseller does not have. */
  readonly withoutTiers: readonly string[];
  /** Instead of the vendor's. */
  readonly surcharges: ReadonlyArray<Omit<SnapshotSurcharge, 'source'>>;
  /** Where this can be read. */
  readonly source: string;
  readonly checkedOn: string;
}

/** The day on which the rows that say so were last looked up. */
export const CHECKED_ON = '2026-11-21';
