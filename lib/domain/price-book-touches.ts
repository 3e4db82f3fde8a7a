import { routedNames, toProviderId } from './model-name.ts';
import type { PriceBook, PriceQuery } from './price-book.ts';
import { resolveCall } from './price-book-aliases.ts';
import type { OverrideFile } from './price-book-file.ts';
import { appliesTo, type Override } from './price-book-overrides.ts';
import { toServiceTier } from './price-book-tiers.ts';
import type { Catalog } from './price-catalog.ts';
import type { ResolvedModel } from './price-catalog-resolve.ts';
import { isWithin } from './price-catalog-time.ts';

/** A call as far as a change of overrides can be about it. */
export interface TouchedCall extends PriceQuery {
  /** What the provider said the call cost; absent = it said nothing. */
  readonly reportedCostUsd?: string;
}

/**
 * Whether putting a file of overrides in force, or taking it away, could alter the price of a call: by a price of its
 * model and tier, by a name that the call uses, or because the call tells its provider's own charge.
 *
 * @param known - the tenant's book, which knows the tenant's own names; with a catalog alone, a name that the catalog
 *   does not have could be any model's, and every price that is in force then could be about it
 */
export function touches(file: OverrideFile, call: TouchedCall, known: Pick<PriceBook, 'modelOf'> | Catalog): boolean {
  const isBook = 'modelOf' in known;
  const resolved = isBook ? known.modelOf(call) : resolveCall(known, [], call);
  const couldBeAnything = !isBook && resolved.hit === null;
  return (
    file.overrides.some((override) => touchesByPrice(override, call, resolved, couldBeAnything)) ||
    touchesByName(file, call) ||
    touchesByReport(file, call, resolved)
  );
}

function touchesByPrice(
  override: Override,
  call: TouchedCall,
  resolved: ResolvedModel,
  couldBeAnything: boolean,
): boolean {
  if (!isWithin(call.timeMs, override)) return false;
  const tier = toServiceTier(call.serviceTier);
  if (couldBeAnything) return override.serviceTier === '*' || override.serviceTier === tier;
  return appliesTo(override, resolved, tier);
}

function touchesByName({ aliases }: OverrideFile, call: TouchedCall): boolean {
  const inForce = aliases.filter((alias) => isWithin(call.timeMs, alias));
  if (inForce.length === 0) return false;
  const readings = routedNames(call.model, toProviderId(call.provider));
  return readings.some(({ name }) => inForce.some((alias) => alias.name === name));
}

function touchesByReport(
  { reportedCost: rule }: OverrideFile,
  { reportedCostUsd, timeMs }: TouchedCall,
  { provider }: ResolvedModel,
): boolean {
  if (rule === null || reportedCostUsd === undefined || !isWithin(timeMs, rule)) return false;
  return rule.providers === null || provider === null || rule.providers.includes(provider);
}
