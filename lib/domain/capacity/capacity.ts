import type { CoverDimension, ListModel } from '../prices/price-book-capacities.ts';
import type { StoredCapacity } from '../prices/price-book-change.ts';

/** What is paid for: own machines, bought throughput of a vendor, a subscription, a commitment to spend. */
export const CAPACITY_KINDS = ['self_hosted', 'provisioned_throughput', 'subscription', 'commitment'] as const;

/** One kind of {@link CAPACITY_KINDS}. */
export type CapacityKind = (typeof CAPACITY_KINDS)[number];

/** Stretches of time that a fixed price may be for. */
export const PRICE_PERIODS = ['hour', 'day', 'month'] as const;

/** One stretch of {@link PRICE_PERIODS}. */
export type PricePeriod = (typeof PRICE_PERIODS)[number];

/** A fixed price: so much for every hour, local day or local month, used or not. */
export interface FixedPrice {
  readonly picoUsd: bigint;
  readonly per: PricePeriod;
}

/** Tokens, in and out together, that a capacity can serve. */
export interface ServedTokens {
  readonly tokens: number;
  readonly per: 'second' | 'month';
}

/** A capacity with a fixed price, as one version defines it. */
export interface Capacity {
  readonly name: string;
  readonly kind: CapacityKind;
  /** First local day on which this version holds; from then on it stands in the place of every earlier version. */
  readonly from: string;
  /** The local day after the last one; null = open. Equal to `from`: the capacity ends there. */
  readonly to: string | null;
  readonly price: FixedPrice;
  /** Exact values of dimensions, all of which a covered call has; one at least. */
  readonly covers: Readonly<Partial<Record<CoverDimension, string>>>;
  /** Whose price is the list price of covered calls; null = their own model's. */
  readonly list: ListModel | null;
  /** Null = not known. */
  readonly serves: ServedTokens | null;
  /** Null = not known, or none. */
  readonly gpus: number | null;
}

/** A capacity as its version is stored, with money as decimal text. */
export type CapacityText = Omit<Capacity, 'price'> & {
  readonly price: { readonly usd: string; readonly per: PricePeriod };
};

/** What a stored change says of a capacity. */
export type StoredCapacityText = StoredCapacity<CapacityText>;

/** A version with the number of the change that stored it; the higher number is the later word. */
export interface CapacityVersion {
  readonly number: number;
  readonly capacity: Capacity;
}

/** The version in force on a local day; undefined where the capacity is not there. Versions in the order stored. */
export function findVersion<Version extends CapacityVersion>(
  versions: readonly Version[],
  day: string,
): Version | undefined {
  const last = versions.findLast(({ capacity }) => capacity.from <= day);
  return last && (last.capacity.to === null || day < last.capacity.to) ? last : undefined;
}
