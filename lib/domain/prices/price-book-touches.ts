import { routedNames, toProviderId } from './model-name.ts';
import type { PriceBook, PriceQuery } from './price-book.ts';
import { type CapacityCover, matchesCover } from './price-book-capacities.ts';
import type { OverrideFile } from './price-book-file.ts';
import { appliesTo } from './price-book-overrides.ts';
import { toServiceTier } from './price-book-tiers.ts';
import type { ResolvedModel } from './price-catalog-resolve.ts';
import { isWithin } from './price-catalog-time.ts';

/** A call as far as a change of overrides can be about it. */
export interface TouchedCall extends PriceQuery {
  /** What the provider said the call cost; absent = it said nothing. */
  readonly reportedCostUsd?: string;
}

/**
 * Whether putting a file of overrides in force, or taking it away, could alter the price of a call: by a price of its
 * model and tier, by a name that the call uses, because the call tells its provider's own charge, or because a capacity
 * covers it or did.
 *
 * @param book - the tenant's, which knows the tenant's own names; it holds the file already or did
 */
export function touches(
  file: OverrideFile,
  call: TouchedCall,
  book: Pick<PriceBook, 'modelOf' | 'capacities'>,
): boolean {
  const resolved = book.modelOf(call);
  const tier = toServiceTier(call.serviceTier);
  return (
    file.overrides.some((override) => isWithin(call.timeMs, override) && appliesTo(override, resolved, tier)) ||
    touchesByName(file, call) ||
    touchesByReport(file, call, resolved) ||
    (file.capacity !== null && touchesByCover(file.capacity, call, resolved, book.capacities))
  );
}

/** A version takes the place of earlier ones from its beginning on, so that it is about what those covered too. */
function touchesByCover(
  { name, fromMs }: CapacityCover,
  { timeMs, facts = {} }: TouchedCall,
  { provider }: ResolvedModel,
  capacities: readonly CapacityCover[],
): boolean {
  const call = { timeMs, facts, findProvider: () => provider };
  return timeMs >= fromMs && capacities.some((version) => version.name === name && matchesCover(version, call));
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
