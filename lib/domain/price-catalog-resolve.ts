import { isFineTuned, routedNames, soleVendor, toProviderId } from './model-name.ts';
import type { Catalog, CatalogHit, CatalogModel } from './price-catalog.ts';

/** A call's model as far as its name tells. `hit` is null when no catalog price may be applied to it. */
export interface ResolvedModel {
  /** The provider whose price applies; the one sent when given, else the one resolved, else null. */
  readonly provider: string | null;
  readonly hit: CatalogHit | null;
  /** The name as sent and with route prefixes taken off, lower case: what overrides may be written for. */
  readonly names: readonly string[];
}

/**
 * Finds the catalog model of a call. An explicit provider wins; a missing one is taken from a route prefix or, for
 * names that one vendor alone serves, from the name; otherwise nothing is guessed.
 */
export function resolveModel(
  catalog: Catalog,
  call: { readonly provider: string | null; readonly model: string; readonly region: string | null },
): ResolvedModel {
  const provider = toProviderId(call.provider);
  const readings = routedNames(call.model, provider);
  const names = readings.map((reading) => reading.name);
  if (names.some(isFineTuned)) return { provider, hit: null, names };
  const region = call.region ?? readings.at(-1)?.region ?? null;
  for (const reading of readings) {
    const owner = reading.provider ?? soleVendor(reading.name);
    // A prefix not yet taken off may still say where the call went, so only the last reading may guess the vendor.
    if (owner === null || (reading.provider === null && reading !== readings.at(-1))) continue;
    const hit = catalog.find(owner, reading.name);
    if (hit === undefined) continue;
    return { provider: owner, hit: isPricedInRegion(owner, hit.model, reading.name, region) ? hit : null, names };
  }
  return { provider: provider ?? readings.at(-1)?.provider ?? null, hit: null, names };
}

const INFERENCE_PROFILE = /(?:^|\/)(us-gov|us|eu|apac|jp|au|ca|in|sa|global)\.(?=[a-z])/;

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
