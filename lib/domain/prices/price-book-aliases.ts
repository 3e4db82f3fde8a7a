import { routedNames, toProviderId } from './model-name.ts';
import type { Catalog } from './price-catalog.ts';
import { type NamedCall, type ResolvedModel, resolveModel } from './price-catalog-resolve.ts';
import { isWithin, type Period } from './price-catalog-time.ts';

/** A name that a tenant gave to a model of a provider: a deployment, a role, a route of its gateway. */
export interface ModelAlias extends Period {
  /** Lower case. */
  readonly name: string;
  /** A catalog provider id. */
  readonly provider: string;
  /** As a call would name it, lower case; never another alias. */
  readonly model: string;
}

/**
 * Finds the model of a call by the tenant's own names first, then by the catalog's. Of several aliases of a name in
 * force the last one stored counts. A call that names another provider means that provider's model where the catalog
 * knows one of this name. Overrides may be written for the alias as well as for the model it stands for.
 */
export function resolveCall(catalog: Catalog, aliases: readonly ModelAlias[], call: NamedCall): ResolvedModel {
  const direct = resolveModel(catalog, call);
  if (aliases.length === 0) return direct;
  const sent = toProviderId(call.provider);
  const named = aliases.filter((alias) => routedNames(call.model, sent).some(({ name }) => name === alias.name));
  if (named.length === 0) return direct;
  const inForce = named.filter((alias) => isWithin(call.timeMs, alias));
  const alias = inForce.findLast(({ provider }) => provider === sent) ?? inForce.at(-1);
  const isOthers = sent !== null && alias?.provider !== sent && direct.hit !== null;
  if (alias === undefined || isOthers) return { ...direct, periods: [...direct.periods, ...named] };
  const target = resolveModel(catalog, { ...call, provider: alias.provider, model: alias.model });
  return {
    ...target,
    hit: target.hit === null ? null : { model: target.hit.model, method: 'tenant_alias' },
    names: [...new Set([...direct.names, ...target.names])],
    periods: [...target.periods, ...named],
  };
}
