import type { UsageEvent } from '../events/usage-event.ts';
import { rowsOfTier, unitPrices } from '../prices/price-book-rows.ts';
import { toServiceTier } from '../prices/price-book-tiers.ts';
import type { Catalog, CatalogModel, CatalogRow, RegionSurcharge } from '../prices/price-catalog.ts';
import { isWithin } from '../prices/price-catalog-time.ts';
import type { AppliedPrice, AppliedRate } from './rated-call.ts';

/**
 * Why a rate has no catalog row to show. `catalog_not_kept`: the catalog of the entry's version is not at hand;
 * `model_not_in_catalog`, `unit_not_in_catalog`: the rate is the tenant's own.
 */
export type RowGap = 'catalog_not_kept' | 'model_not_in_catalog' | 'unit_not_in_catalog';

/** One rate of an entry with the catalog row that its list rate comes from. */
export interface ExplainedRate {
  readonly rate: AppliedRate;
  readonly row: CatalogRow | null;
  /** Present where there is no row. */
  readonly gap?: RowGap;
}

/** What the catalog says of an entry's price. */
export interface ExplainedRows {
  readonly rates: readonly ExplainedRate[];
  /** Rows of the model in force for the call; undefined where the catalog or the model is not known. */
  readonly rows: readonly CatalogRow[] | undefined;
  /** Where the surcharge in the rates comes from; null = there is none, or it is not at hand. */
  readonly surcharge: RegionSurcharge | null;
}

/**
 * Looks up where the rates of an entry come from.
 *
 * @param catalog - the catalog of the entry's version; undefined when it is not at hand
 */
export function findRows(catalog: Catalog | undefined, event: UsageEvent, price: AppliedPrice): ExplainedRows {
  const model = catalog && findModel(catalog, price);
  if (!model) {
    const gap = catalog ? 'model_not_in_catalog' : 'catalog_not_kept';
    return { rates: price.rates.map((rate) => ({ rate, row: null, gap })), rows: undefined, surcharge: null };
  }
  // A row alone makes a price exactly when it is in force, its dates and daily windows considered.
  // A model that stands in for the call's own is looked up at its default tier.
  const tier = price.capacity?.list ? null : event.service_tier;
  const ofTier = rowsOfTier(model.rows(), toServiceTier(tier));
  const rows = ofTier.filter((row) => unitPrices([row], event.timeMs, '1').size > 0);
  const rates = price.rates.map((rate): ExplainedRate => {
    const row = rows.findLast(({ unit }) => unit === rate.unit);
    return row ? { rate, row } : { rate, row: null, gap: 'unit_not_in_catalog' };
  });
  return { rates, rows, surcharge: findSurcharge(model, event, price) };
}

/** The model by its id: the provider's own, or the one that the provider resells. */
function findModel(catalog: Catalog, price: AppliedPrice): CatalogModel | undefined {
  const { provider, modelId } = price.capacity?.list ?? price;
  let own: CatalogModel | undefined;
  for (const model of catalog.models()) if (model.provider === provider && model.id === modelId) own ??= model;
  const resold = provider === null ? undefined : catalog.find(provider, modelId.toLowerCase())?.model;
  return own ?? (resold?.id === modelId ? resold : undefined);
}

function findSurcharge(model: CatalogModel, event: UsageEvent, { surcharge }: AppliedPrice): RegionSurcharge | null {
  if (!surcharge) return null;
  const isIt = ({ factor, regions, ...period }: RegionSurcharge): boolean =>
    factor === surcharge.factor &&
    isWithin(event.timeMs, period) &&
    regions.some((name) =>
      name.endsWith('*') ? surcharge.region.startsWith(name.slice(0, -1)) : name === surcharge.region,
    );
  return model.surcharges.findLast(isIt) ?? null;
}
