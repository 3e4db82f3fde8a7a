import { fineTunedName, isFineTuned, routedNames, soleVendor, toProviderId } from './model-name.ts';
import type { Catalog, CatalogHit, CatalogModel, RegionSurcharge } from './price-catalog.ts';
import { isWithin, type Period } from './price-catalog-time.ts';

/** A call as far as its model's name may depend on it. */
export interface NamedCall {
  readonly provider: string | null;
  readonly model: string;
  readonly region: string | null;
  readonly timeMs: number;
}

/** A call's model as far as its name tells. `hit` is null when no catalog price may be applied to it. */
export interface ResolvedModel {
  /** The provider whose price applies; the one sent when given, else the one resolved, else null. */
  readonly provider: string | null;
  readonly hit: CatalogHit | null;
  /** The name as sent and with route prefixes taken off, lower case: what overrides may be written for. */
  readonly names: readonly string[];
  /** The factor on the model's rates for where the call was served; null = none. */
  readonly surcharge: { readonly region: string; readonly factor: string } | null;
  /** Dated facts that this resolution looked at: at another time it may come out otherwise. */
  readonly periods: readonly Period[];
}

/**
 * Finds the catalog model of a call. An explicit provider wins; a missing one is taken from a route prefix or, for
 * names that one vendor alone serves, from the name; otherwise nothing is guessed. A fine-tuned model is found by its
 * base among the provider's own fine-tuned models. A surcharge that names the call's region decides what its price is;
 * for other regions the catalog's word on whether prices vary by region does.
 */
export function resolveModel(catalog: Catalog, call: NamedCall): ResolvedModel {
  const provider = toProviderId(call.provider);
  const readings = routedNames(call.model, provider);
  const names = new Set(readings.map((reading) => reading.name));
  for (const { name } of readings) names.add(fineTunedName(name) ?? name);
  const region = call.region ?? readings.at(-1)?.region ?? null;
  for (const reading of readings) {
    const owner = reading.provider ?? soleVendor(reading.name);
    // A prefix not yet taken off may still say where the call went, so only the last reading may guess the vendor.
    if (owner === null || (reading.provider === null && reading !== readings.at(-1))) continue;
    const hit = findModel(catalog, owner, reading.name);
    if (hit === undefined) continue;
    const place = placeOf(owner, reading.name, region);
    const periods = hit.model.surcharges.filter((surcharge) => namesPlace(surcharge, place));
    const inForce = periods.findLast((surcharge) => isWithin(call.timeMs, surcharge));
    const isPriced = inForce !== undefined || isPricedInRegion(owner, hit.model, reading.name, region);
    return {
      provider: owner,
      hit: isPriced ? hit : null,
      names: [...names],
      surcharge: inForce === undefined ? null : { region: place, factor: inForce.factor },
      periods,
    };
  }
  const sent = provider ?? readings.at(-1)?.provider ?? null;
  return { provider: sent, hit: null, names: [...names], surcharge: null, periods: [] };
}

function findModel(catalog: Catalog, owner: string, name: string): CatalogHit | undefined {
  if (!isFineTuned(name)) return catalog.find(owner, name);
  const tuned = catalog.find(owner, fineTunedName(name) ?? name);
  // A seller who takes over other models' prices tunes and hosts at prices of his own.
  if (tuned?.model.provider !== owner || !isFineTuned(tuned.model.id.toLowerCase())) return undefined;
  return { model: tuned.model, method: 'fine_tuned' };
}

const INFERENCE_PROFILE = /(?:^|\/)(us-gov|us|eu|apac|jp|au|ca|in|sa|global)\.(?=[a-z])/;

/** Where a call was served, as surcharges name it: an inference profile says more than the region it was sent to. */
function placeOf(provider: string, name: string, sentRegion: string | null): string {
  const profile = provider === 'aws' ? INFERENCE_PROFILE.exec(name)?.[1] : undefined;
  return profile ?? sentRegion?.trim().toLowerCase() ?? '';
}

function namesPlace(surcharge: RegionSurcharge, place: string): boolean {
  if (place === '') return false;
  return surcharge.regions.some((region) =>
    region.endsWith('*') ? place.startsWith(region.slice(0, -1)) : region === place,
  );
}

/** Whether the model's rows hold for the place where the call was served; if in doubt they do not. */
function isPricedInRegion(provider: string, model: CatalogModel, name: string, sentRegion: string | null): boolean {
  const region = sentRegion?.trim().toLowerCase() ?? '';
  if (provider === 'aws') {
    const profile = INFERENCE_PROFILE.exec(name)?.[1];
    // The government regions have prices of their own, above those of every other region.
    if (profile === 'us-gov' || region.startsWith('us-gov')) return false;
    if (profile === 'global' || model.id.startsWith('global.')) return model.id.startsWith('global.');
    if (model.id.startsWith('regional.')) return true;
    // The other rows are those of the regions in the United States.
    if (profile !== undefined) return profile === 'us';
    return region === '' || /^us(?:-(?:east|west)-\d)?$/.test(region);
  }
  if (region === '' || region === 'global' || region === 'default') return true;
  return provider !== 'azure' && !model.variesByRegion;
}
