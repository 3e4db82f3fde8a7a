import { isMatch, type MatchClause } from './model-name.ts';

/** A rate that replaces the base rate for the whole request once its input size passes `over` tokens. */
export interface SizeTier {
  readonly over: bigint;
  /** `>`: a request of exactly `over` tokens is still below; `>=`: it is already above. */
  readonly operator: '>' | '>=';
  /** USD per block, exact decimal text. */
  readonly rate: string;
}

/** A daily stretch of UTC time, half open, in minutes after midnight; it passes midnight when `to` is below `from`. */
export interface DailyWindow {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Days (0 = Sunday, UTC) on which the stretch begins; `null` = every day. */
  readonly weekdays: readonly number[] | null;
}

/** One dated price of one unit of one model. Later rows of a list win over earlier ones where both are in force. */
export interface CatalogRow {
  readonly unit: string;
  /** `default`, `batch`, `flex`, `priority`, `fast` or any other word a vendor has. */
  readonly serviceTier: string;
  /** Period of validity, half open, epoch milliseconds; `null` = open. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Empty = all day. */
  readonly windows: readonly DailyWindow[];
  /** USD per `per` units, exact decimal text. */
  readonly rate: string;
  readonly per: number;
  readonly tiers: readonly SizeTier[];
  /** Smallest billed count of a call that uses the unit at all; `null` = none. */
  readonly minimum: string | null;
  readonly source: string;
  readonly checkedOn: string;
}

/** What a model takes and gives. */
export const MODEL_KINDS = ['chat', 'completion', 'embedding', 'image', 'audio', 'rerank', 'moderation'] as const;

/** One kind of {@link MODEL_KINDS}. */
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What is known of a model besides its price; `null` = not known. */
export interface ModelFacts {
  readonly kind: ModelKind | null;
  /** Tokens of prompt and answer together. */
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
  /** `text`, `image`, `audio`, `video`, `document`; `null` = not known. */
  readonly inputModalities: readonly string[] | null;
  readonly outputModalities: readonly string[] | null;
  readonly source: string;
  readonly checkedOn: string;
}

/** A factor on the rates of a model's tokens for calls served in certain regions; tools such as searches cost the same. */
export interface RegionSurcharge {
  /** Region names as calls report them, lower case; one that ends in `*` stands for all that begin so. */
  readonly regions: readonly string[];
  /** Exact decimal text, e.g. `1.1`. */
  readonly factor: string;
  /** Period of validity, half open, epoch milliseconds; `null` = open. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly source: string;
  readonly checkedOn: string;
}

/** A model of one provider: how its names are recognised and what it costs. */
export interface CatalogModel {
  readonly provider: string;
  readonly id: string;
  /** `null` = nothing is known but prices. */
  readonly facts: ModelFacts | null;
  /** Empty = none; a pinned region that none of them names is decided by `variesByRegion`. */
  readonly surcharges: readonly RegionSurcharge[];
  /** Exact names in lower case, the id among them when calls may use it. */
  readonly names: readonly string[];
  /** The library's clause for names that no list can hold; `null` = only the names. */
  readonly match: MatchClause | null;
  /** Whether a call pinned to a region may cost something else than these rows say. */
  readonly variesByRegion: boolean;
  /** The rows, decoded when first asked for. */
  rows(): readonly CatalogRow[];
}

/**
 * A model found by name, and how: `exact` (its id), `alias` (another listed name), `library` (a match clause),
 * `fine_tuned` (the name's base), `tenant_alias` (a name that the tenant gave it).
 */
export interface CatalogHit {
  readonly model: CatalogModel;
  readonly method: 'exact' | 'alias' | 'library' | 'fine_tuned' | 'tenant_alias';
}

/** Prices of every known model at one version. */
export interface Catalog {
  readonly version: string;
  hasProvider(provider: string): boolean;
  /** Every model, those of one provider together. */
  models(): Iterable<CatalogModel>;
  /** Finds a model of the provider, or of those it resells. @param name - lower case, no route prefix */
  find(provider: string, name: string): CatalogHit | undefined;
}

/** Somebody whose models and prices another provider takes over for names of which it has no entry. */
export interface Resale {
  readonly provider: string;
  /** Service tiers that are not taken over. */
  readonly withoutTiers: readonly string[];
  /** What the reseller asks by region, in the place of what the model's vendor does; `null` = what the vendor does. */
  readonly surcharges: readonly RegionSurcharge[] | null;
}

/** What a catalog is made of. */
export interface CatalogParts {
  readonly version: string;
  readonly models: readonly CatalogModel[];
  /** By reseller, in the order in which they are searched. */
  readonly fallbacks: ReadonlyMap<string, readonly Resale[]>;
}

/** Builds the look-up. Among clauses that match, the one with the longest matching text wins. */
export function createCatalog(parts: CatalogParts): Catalog {
  const byProvider = new Map<string, ProviderIndex>();
  for (const model of parts.models) {
    const index: ProviderIndex = byProvider.get(model.provider) ?? { names: new Map(), clauses: [] };
    byProvider.set(model.provider, index);
    for (const name of model.names) if (!index.names.has(name)) index.names.set(name, model);
    if (model.match !== null) index.clauses.push(model);
  }
  return {
    version: parts.version,
    hasProvider: (provider) => byProvider.has(provider),
    models: () => parts.models,
    find(provider, name) {
      const dated = name.replace(COMPACT_DATE, '-$1-$2-$3');
      const search = (seller: string): CatalogHit | undefined => {
        const index = byProvider.get(seller);
        return index === undefined ? undefined : (findWithin(index, name) ?? findWithin(index, dated));
      };
      const own = search(provider);
      if (own !== undefined) return own;
      for (const resale of parts.fallbacks.get(provider) ?? []) {
        const hit = search(resale.provider);
        if (hit !== undefined) return { ...hit, model: resell(hit.model, resale) };
      }
      return undefined;
    },
  };
}

function resell(model: CatalogModel, { withoutTiers, surcharges }: Resale): CatalogModel {
  if (withoutTiers.length === 0 && surcharges === null) return model;
  return {
    ...model,
    surcharges: surcharges ?? model.surcharges,
    rows: () => model.rows().filter((row) => !withoutTiers.includes(row.serviceTier)),
  };
}

// OpenAI dates its releases `-2024-08-06`; some gateways write `-20240806`.
const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-:]|$)/;

interface ProviderIndex {
  readonly names: Map<string, CatalogModel>;
  readonly clauses: CatalogModel[];
}

function findWithin(index: ProviderIndex, name: string): CatalogHit | undefined {
  const listed = index.names.get(name);
  if (listed !== undefined) return { model: listed, method: listed.id.toLowerCase() === name ? 'exact' : 'alias' };
  let best: CatalogModel | undefined;
  let bestLength = 0;
  for (const model of index.clauses) {
    const length = model.match === null ? 0 : isMatch(model.match, name);
    if (length > bestLength) [best, bestLength] = [model, length];
  }
  return best === undefined ? undefined : { model: best, method: 'library' };
}
