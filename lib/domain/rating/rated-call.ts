import type { Credit } from '../corrections/credit.ts';
import type { UsageEvent } from '../events/usage-event.ts';

/** How far a call could be priced. `partially_priced`: some reported units have no rate, and are named. */
export type PriceStatus = 'priced' | 'reported' | 'partially_priced' | 'unpriced' | 'unpriced_unit';

/** One unit's rate as applied: `rate` and `listRate` are exact decimal text in USD per `per` units. */
export interface AppliedRate {
  readonly unit: string;
  readonly rate: string;
  readonly listRate: string;
  readonly per: number;
  /** Smallest billed count of a call that uses the unit, decimal text; absent = none. */
  readonly minimum?: string;
}

/**
 * The price that was in force for a call, kept with its entry so that the amount can be rebuilt without a catalog.
 * Equal prices share one `key`, which names everything else in the object.
 */
export interface AppliedPrice {
  readonly key: string;
  readonly catalogVersion: string;
  /** Version of the tenant's overrides the writer held; `null` when there were none. */
  readonly overrideVersion: string | null;
  readonly provider: string | null;
  readonly modelId: string;
  /** How the model was found: `exact`, `alias`, `library`, `override`, ... */
  readonly method: string;
  /** The size tier that applied, e.g. `>200000`; `null` for the base rates. */
  readonly tier: string | null;
  /** The factor that is in every catalog rate because of where the call was served; absent = none. */
  readonly surcharge?: { readonly region: string; readonly factor: string };
  /**
   * The capacity with a fixed price that covers the call, so that every rate is 0 and only list rates tell; `list` is
   * the model that these are of where they are not the call's own. Absent = the call is paid for itself.
   */
  readonly capacity?: {
    readonly name: string;
    readonly list?: { readonly provider: string; readonly modelId: string };
  };
  readonly rates: readonly AppliedRate[];
}

/**
 * What rating a call came to. Amounts are picoUSD, rounded half-even once per call; `null` = unknown, never zero by
 * default. A partially priced call carries the amount of its priced units.
 */
export interface Rating {
  readonly status: PriceStatus;
  readonly costPicoUsd: bigint | null;
  readonly listCostPicoUsd: bigint | null;
  readonly price: AppliedPrice | null;
  readonly unpricedUnits: readonly string[];
  /** What a response-cache hit would have cost; absent when it was none or that is unknown. */
  readonly savedPicoUsd?: bigint;
  /**
   * What became of the provider's own charge where the tenant wants it used: `used` (the status is then `reported`) or
   * `out_of_bounds` (the computed amount stands). Absent when none was reported or nobody asked for it.
   */
  readonly reportedCost?: 'used' | 'out_of_bounds';
}

/** A validated event with its rating: what the ledger appends. `user` and `session` are pseudonyms by now. */
export interface RatedCall {
  readonly event: UsageEvent;
  readonly rating: Rating;
  /** First four bytes of SHA-256 over the canonical text of the event as sent: tells a repeat from a conflict. */
  readonly contentHash: number;
  /** Present where the entry is a credit and no call: its rating then holds the amount, its event no usage. */
  readonly credit?: Credit;
}
