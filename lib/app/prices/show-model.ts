import type { PriceBook } from '../../domain/prices/price-book.ts';
import { type ModelSheet, toModelSheet } from '../../domain/prices/price-catalog-sheet.ts';
import type { AppliedPrice } from '../../domain/rating/rated-call.ts';
import type { PriceBooks } from '../ports.ts';
import { NotFoundError } from '../request-errors.ts';

/** A model as a tenant would be charged for it at one time. */
export interface ShownModel {
  /** What the catalog knows; null for a model that only the tenant's overrides know. */
  readonly sheet: ModelSheet | null;
  readonly overrideVersion: string | null;
  /** The prices in force, overrides laid over them: one for each service tier and size class. */
  readonly prices: readonly { readonly serviceTier: string; readonly price: AppliedPrice }[];
}

/**
 * Looks up a model with its prices of all times, and what overrides make of those in force at one time.
 * @throws {@link NotFoundError} when neither the catalog nor an override knows the model
 */
export async function showModel(
  ports: { readonly priceBooks: PriceBooks },
  tenant: string,
  call: { readonly provider: string; readonly model: string; readonly atMs: number },
): Promise<ShownModel> {
  const book = await ports.priceBooks.current(tenant);
  const query = { provider: call.provider, model: call.model, timeMs: call.atMs, region: null };
  const sheet = toModelSheet(book.catalog, book.modelOf({ ...query, serviceTier: null }), null) ?? null;
  const tiers = new Set(['default', ...(sheet?.rows ?? []).map(({ service_tier }) => service_tier)]);
  const prices = [...tiers].flatMap((serviceTier) => {
    const rows = (sheet?.rows ?? []).filter((row) => row.service_tier === serviceTier);
    const sizes = new Set([0, ...rows.flatMap((row) => row.tiers.map(({ over }) => over + 1))]);
    return levelsOf(book, { ...query, serviceTier }, [...sizes]).map((price) => ({ serviceTier, price }));
  });
  if (sheet === null && prices.length === 0) {
    throw new NotFoundError(`Neither the catalog nor an override knows ${call.model} of ${call.provider}.`);
  }
  return { sheet, overrideVersion: book.overrideVersion, prices };
}

function levelsOf(
  book: PriceBook,
  query: Parameters<PriceBook['resolve']>[0],
  sizes: readonly number[],
): readonly AppliedPrice[] {
  const resolved = book.resolve(query);
  return resolved === null ? [] : sizes.toSorted((a, b) => a - b).map((size) => resolved.level(BigInt(size)).price);
}
