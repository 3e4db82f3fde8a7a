import type { MatchClause } from '../domain/prices/model-name.ts';
import {
  type Catalog,
  type CatalogModel,
  type CatalogRow,
  createCatalog,
  type DailyWindow,
  type ModelFacts,
  type ModelKind,
  type RegionSurcharge,
  type Resale,
} from '../domain/prices/price-catalog.ts';
import { parseInstant } from '../domain/prices/price-catalog-time.ts';

/** A rate in the snapshot: USD per 1M units as text, or with its block, size tier and smallest billed count. */
export type SnapshotRate =
  | string
  | {
      readonly rate: string;
      /** @default 1000000 */
      readonly per?: number;
      readonly tiers?: ReadonlyArray<readonly [operator: '>' | '>=', over: number, rate: string]>;
      readonly minimum?: string;
    };

/** Rates in force over one period; a later period of a model wins over an earlier one where both are in force. */
export interface SnapshotPeriod {
  /** RFC 3339 time or date, included. @default open */
  readonly from?: string;
  /** RFC 3339 time or date, excluded. @default open */
  readonly to?: string;
  /** Daily stretches of UTC time, `HH:MM`, on weekdays from 0 = Sunday. @default all day */
  readonly windows?: ReadonlyArray<{
    readonly from: string;
    readonly to: string;
    readonly weekdays?: readonly number[];
  }>;
  /** @default "default" */
  readonly tier?: string;
  /** Index into the snapshot's sources. @default the library's list of the provider */
  readonly source?: number;
  readonly rates: Readonly<Record<string, SnapshotRate>>;
}

/** One model in the snapshot. */
export interface SnapshotModel {
  readonly id: string;
  /** Exact names in lower case. @default the id */
  readonly names?: readonly string[];
  readonly match?: MatchClause;
  readonly variesByRegion?: true;
  readonly facts?: SnapshotFacts;
  readonly surcharges?: readonly SnapshotSurcharge[];
  readonly periods: readonly SnapshotPeriod[];
}

/** Facts of a model in the snapshot; what is absent is not known. */
export interface SnapshotFacts {
  readonly kind?: ModelKind;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly inputModalities?: readonly string[];
  readonly outputModalities?: readonly string[];
  /** Index into the snapshot's sources. @default the library's list of the provider */
  readonly source?: number;
}

/** A factor on the rates of tokens for calls served in certain regions. */
export interface SnapshotSurcharge {
  readonly regions: readonly string[];
  readonly factor: string;
  readonly from?: string;
  readonly to?: string;
  readonly source?: number;
}

/** Whose models a provider resells, on the vendor's own terms where only the name is given. */
export type SnapshotResale =
  | string
  | {
      readonly provider: string;
      readonly withoutTiers: readonly string[];
      readonly surcharges: readonly SnapshotSurcharge[];
    };

/** The catalog as committed: what `lib/catalog/build` writes and this file reads. */
export interface Snapshot {
  /** Hash of the content. */
  readonly version: string;
  /** The library release the data was taken from, and the day of that. */
  readonly library: string;
  readonly checkedOn: string;
  readonly sources: ReadonlyArray<{ readonly source: string; readonly checkedOn: string }>;
  readonly fallbacks: Readonly<Record<string, readonly SnapshotResale[]>>;
  readonly models: Readonly<Record<string, readonly SnapshotModel[]>>;
  /**
   * The release whose prices were kept, by version, and the day up to which. Not part of the content that the version
   * stands for. @default nothing was released before
   */
  readonly history?: { readonly release: string; readonly asOf: string };
}

/** Turns a snapshot into a catalog. Rows are decoded when their model is first asked for, so that starting is quick. */
export function decodeSnapshot(snapshot: Snapshot): Catalog {
  const models: CatalogModel[] = [];
  for (const [provider, entries] of Object.entries(snapshot.models)) {
    for (const entry of entries) models.push(decodeModel(snapshot, provider, entry));
  }
  const fallbacks = new Map(
    Object.entries(snapshot.fallbacks).map(([reseller, resales]) => [
      reseller,
      resales.map((resale) => decodeResale(snapshot, reseller, resale)),
    ]),
  );
  return createCatalog({ version: snapshot.version, models, fallbacks });
}

function decodeResale(snapshot: Snapshot, reseller: string, resale: SnapshotResale): Resale {
  if (typeof resale === 'string') return { provider: resale, withoutTiers: [], surcharges: null };
  return {
    ...resale,
    surcharges: resale.surcharges.map((surcharge) => decodeSurcharge(snapshot, reseller, surcharge)),
  };
}

function decodeModel(snapshot: Snapshot, provider: string, entry: SnapshotModel): CatalogModel {
  let rows: readonly CatalogRow[] | undefined;
  return {
    provider,
    id: entry.id,
    names: entry.names ?? [entry.id.toLowerCase()],
    match: entry.match ?? null,
    variesByRegion: entry.variesByRegion ?? false,
    facts: entry.facts === undefined ? null : decodeFacts(snapshot, provider, entry.facts),
    surcharges: (entry.surcharges ?? []).map((surcharge) => decodeSurcharge(snapshot, provider, surcharge)),
    rows: () => {
      rows ??= entry.periods.flatMap((period) => decodePeriod(snapshot, provider, period));
      return rows;
    },
  };
}

function decodePeriod(snapshot: Snapshot, provider: string, period: SnapshotPeriod): CatalogRow[] {
  const { source, checkedOn } = sourceOf(snapshot, provider, period.source);
  return Object.entries(period.rates).map(([unit, entry]) => {
    const rate = typeof entry === 'string' ? { rate: entry } : entry;
    return {
      unit,
      serviceTier: period.tier ?? 'default',
      fromMs: toTime(period.from),
      toMs: toTime(period.to),
      windows: (period.windows ?? []).map(decodeWindow),
      rate: rate.rate,
      per: rate.per ?? 1_000_000,
      tiers: (rate.tiers ?? []).map(([operator, over, tierRate]) => ({ operator, over: BigInt(over), rate: tierRate })),
      minimum: rate.minimum ?? null,
      source,
      checkedOn,
    };
  });
}

function sourceOf(snapshot: Snapshot, provider: string, index: number | undefined) {
  const named = index === undefined ? undefined : snapshot.sources[index];
  return named ?? { source: `${snapshot.library} prices/providers/${provider}.yml`, checkedOn: snapshot.checkedOn };
}

function toTime(text: string | undefined): number | null {
  return text === undefined ? null : (parseInstant(text) ?? null);
}

function decodeFacts(snapshot: Snapshot, provider: string, facts: SnapshotFacts): ModelFacts {
  return {
    kind: facts.kind ?? null,
    contextTokens: facts.contextTokens ?? null,
    maxOutputTokens: facts.maxOutputTokens ?? null,
    inputModalities: facts.inputModalities ?? null,
    outputModalities: facts.outputModalities ?? null,
    ...sourceOf(snapshot, provider, facts.source),
  };
}

function decodeSurcharge(snapshot: Snapshot, provider: string, surcharge: SnapshotSurcharge): RegionSurcharge {
  const { regions, factor, from, to, source } = surcharge;
  return { regions, factor, fromMs: toTime(from), toMs: toTime(to), ...sourceOf(snapshot, provider, source) };
}

function decodeWindow(window: { from: string; to: string; weekdays?: readonly number[] }): DailyWindow {
  const toMinute = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { fromMinute: toMinute(window.from), toMinute: toMinute(window.to), weekdays: window.weekdays ?? null };
}
