import { parseDecimal, powerOfTen } from '../decimal.ts';
import { parseUsd } from '../money.ts';
import type { Rating } from '../rating/rated-call.ts';
import type { Period } from './price-catalog-time.ts';

/** Whether a provider's own charge for a call counts as its cost, and how far it is believed. */
export interface ReportedCostRule extends Period {
  readonly use: boolean;
  /** Catalog provider ids; null = every provider. */
  readonly providers: readonly string[] | null;
  /** A charge further than this factor from the catalog's price, up or down, is not believed; decimal text. */
  readonly maxFactor: string;
  /** A larger charge for one call is not believed; USD as decimal text. */
  readonly maxUsd: string;
}

/** Bounds where the tenant gives none. */
export const REPORTED_COST_BOUNDS = { maxFactor: '10', maxUsd: '1000' } as const;

/**
 * Puts a provider's own charge in the place of a computed rating where it is believable: at least 0, at most
 * `maxUsd`, and within `maxFactor` of the list price where the catalog prices the call. Of a call that it prices in
 * part, only the lower bound is known. List cost stays the catalog's where it is known in full.
 *
 * @param reportedUsd - decimal text
 * @returns the rating with `reportedCost` saying what was done; out of bounds, the computed one stands
 */
export function applyReportedCost(computed: Rating, reportedUsd: string, rule: ReportedCostRule): Rating {
  const reported = parseUsd(reportedUsd);
  if (reported === undefined || !isBelievable(computed, reported, rule)) {
    return { ...computed, reportedCost: 'out_of_bounds' };
  }
  const isListKnown = computed.status === 'priced' && computed.listCostPicoUsd !== null;
  return {
    status: 'reported',
    costPicoUsd: reported,
    listCostPicoUsd: isListKnown ? computed.listCostPicoUsd : reported,
    price: computed.price,
    unpricedUnits: [],
    reportedCost: 'used',
  };
}

function isBelievable({ status, listCostPicoUsd }: Rating, reported: bigint, rule: ReportedCostRule): boolean {
  const maxUsd = parseUsd(rule.maxUsd) ?? 0n;
  if (reported < 0n || reported > maxUsd) return false;
  if (listCostPicoUsd === null) return true;
  // Nothing reported is further than any factor from a list price.
  const { digits, scale } = parseDecimal(rule.maxFactor) ?? { digits: 1n, scale: 0 };
  const unit = powerOfTen(scale);
  if (reported * digits < listCostPicoUsd * unit) return false;
  return status !== 'priced' || reported * unit <= listCostPicoUsd * digits;
}
