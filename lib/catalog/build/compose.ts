import type { Provider } from '@pydantic/genai-prices';
import type { OwnModel, OwnResale } from '../own-model.ts';
import type { SnapshotModel, SnapshotResale } from '../snapshot.ts';
import { convertProvider } from './library.ts';
import type { SnapshotContent } from './merge.ts';
import { layOwnModel } from './own.ts';
import { SourceList } from './periods.ts';
import { sharedTextPeriods } from './text-rates.ts';
import type { Source } from './timeline.ts';

/** What a snapshot is made of. */
export interface SnapshotParts {
  /** Name and release of the library, and the day on which its prices were taken over. */
  readonly library: string;
  readonly checkedOn: string;
  readonly providers: readonly Provider[];
  readonly ownModels: readonly OwnModel[];
  /** Library models that cost nothing although no price of theirs says so. */
  readonly freeModels: ReadonlyArray<readonly [provider: string, model: string]>;
  /** Library models, by provider, whose prices are another seller's. */
  readonly borrowedPrices: ReadonlyMap<string, RegExp>;
  /** Where a reseller's terms are not those of the vendor whose prices it takes over. */
  readonly resales: readonly OwnResale[];
}

// Azure serves DeepSeek's models at its own prices, which DeepSeek's day and night rates say nothing about.
const NO_FALLBACK = new Set(['deepseek']);

/**
 * Puts the library's data and our own rows together, ours winning. Models without any price are left out, but for
 * those of which we looked up the facts, and so are those whose every name an own row took.
 * @param issues - gets a sentence for every own row that extends a model the library does not list
 */
export function composeSnapshot(parts: SnapshotParts, issues: string[]): SnapshotContent {
  const { library, checkedOn, providers, ownModels, freeModels, borrowedPrices, resales } = parts;
  const sources = new SourceList([]);
  const models: Record<string, readonly SnapshotModel[]> = {};
  const fallbacks: Record<string, readonly SnapshotResale[]> = {};
  for (const id of new Set([...providers.map((it) => it.id), ...ownModels.map((it) => it.provider)])) {
    const provider = providers.find((it) => it.id === id);
    const isFree = (model: string): boolean => freeModels.some((it) => it[0] === id && it[1] === model);
    const isBorrowed = (model: SnapshotModel): boolean => borrowedPrices.get(id)?.test(model.id) ?? false;
    const converted = provider === undefined ? [] : convertProvider(provider, isFree);
    const ownSource: Source = { source: `${library} prices/providers/${id}.yml`, checkedOn };
    let listed = converted.filter((model) => !isBorrowed(model));
    for (const own of ownModels.filter((it) => it.provider === id)) {
      const laid = layOwnModel(listed, own, sources, ownSource);
      if (laid === undefined)
        issues.push(`own rows of ${id} ${own.model}: the library lists no ${own.replaces} to extend`);
      listed = laid ?? listed;
    }
    const sourceOf = (source: Source): number => sources.indexOf(source);
    const completed = listed.map((model) => {
      const shared = sharedTextPeriods(id, model, sourceOf);
      return shared.length === 0 ? model : { ...model, periods: [...model.periods, ...shared] };
    });
    models[id] = completed.filter(isWorthKeeping).sort((a, b) => (a.id < b.id ? -1 : 1));
    const others = (provider?.fallback_model_providers ?? []).filter((it) => !NO_FALLBACK.has(it));
    if (others.length > 0) fallbacks[id] = others.map((vendor) => resaleOf(resales, id, vendor, sources));
  }
  return { library, checkedOn, sources: sources.list(), fallbacks, models };
}

function resaleOf(
  resales: SnapshotParts['resales'],
  reseller: string,
  vendor: string,
  sources: SourceList,
): SnapshotResale {
  const terms = resales.find((it) => it.reseller === reseller && it.vendor === vendor);
  if (terms === undefined) return vendor;
  const source = sources.indexOf({ source: terms.source, checkedOn: terms.checkedOn });
  const surcharges = terms.surcharges.map((surcharge) => ({ ...surcharge, source }));
  return { provider: vendor, withoutTiers: terms.withoutTiers, surcharges };
}

function isWorthKeeping({ periods, facts, names, match }: SnapshotModel): boolean {
  const canBeFound = match !== undefined || names === undefined || names.length > 0;
  return canBeFound && (periods.length > 0 || facts?.source !== undefined);
}
