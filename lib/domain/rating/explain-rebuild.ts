import { type Decimal, parseDecimal, powerOfTen } from '../decimal.ts';
import type { LedgerEntry } from '../events/entry.ts';
import type { DisjointUsage } from '../events/usage-shapes.ts';
import { type Fraction, PICO_USD_SCALE, parseUsd, plus, toPicoUsd } from '../money.ts';
import { RATE_STAND_INS } from '../prices/price-book-levels.ts';
import type { AppliedRate } from './rated-call.ts';
import { billedCount } from './rating.ts';

/** Amounts in picoUSD; `null` = not known. */
export interface RebuiltAmounts {
  readonly costPicoUsd: bigint | null;
  readonly listCostPicoUsd: bigint | null;
  /** Units without a rate among those held with the entry, in the order of the usage. */
  readonly unpricedUnits: readonly string[];
}

/**
 * Computes an entry's amounts anew from nothing but its event and the rates held with it: no catalog, no price book.
 * What was decided for the call as a whole is taken as it stands: that it was answered from a response cache, that the
 * provider's own charge counts, that a capacity covers it, that it is a credit.
 */
export function rebuildAmounts(
  { event, rating, credit }: Pick<LedgerEntry, 'event' | 'rating' | 'credit'>,
  usage: DisjointUsage,
): RebuiltAmounts {
  if (credit) return { costPicoUsd: rating.costPicoUsd, listCostPicoUsd: 0n, unpricedUnits: [] };
  const computed = rating.price === null ? UNKNOWN : addUp(rating.price.rates, usage);
  if (rating.status === 'reported') {
    const costPicoUsd = parseUsd(event.reported_cost_usd ?? '') ?? null;
    const isListKnown = computed.listCostPicoUsd !== null && computed.unpricedUnits.length === 0;
    return { costPicoUsd, listCostPicoUsd: isListKnown ? computed.listCostPicoUsd : costPicoUsd, unpricedUnits: [] };
  }
  if (event.response_cache_hit === true) return { costPicoUsd: 0n, listCostPicoUsd: 0n, unpricedUnits: [] };
  return rating.price?.capacity ? { ...computed, costPicoUsd: 0n } : computed;
}

const UNKNOWN: RebuiltAmounts = { costPicoUsd: null, listCostPicoUsd: null, unpricedUnits: [] };

const ZERO: Fraction = { numerator: 0n, denominator: 1n };

function addUp(rates: readonly AppliedRate[], usage: DisjointUsage): RebuiltAmounts {
  const rateOf = (unit: string): AppliedRate | undefined =>
    rates.find((rate) => rate.unit === unit) ?? rates.find((rate) => rate.unit === RATE_STAND_INS.get(unit));
  const unpricedUnits: string[] = [];
  let [net, list, priced] = [ZERO, ZERO, 0];
  const bill = (unit: string, count: Decimal): void => {
    const rate = rateOf(unit);
    if (rate === undefined) {
      if (unit !== 'requests') unpricedUnits.push(unit);
      return;
    }
    const minimum = rate.minimum === undefined ? null : (parseDecimal(rate.minimum) ?? null);
    const billed = billedCount(count, { minimum });
    priced += 1;
    net = plus(net, amountOf(rate.rate, rate.per, billed));
    list = plus(list, amountOf(rate.listRate, rate.per, billed));
  };
  for (const [unit, digits] of usage.counts) bill(unit, { digits, scale: 0 });
  // Where requests have a rate, a call that does not count its requests is short of that part.
  if (rateOf('requests') && !usage.counts.has('requests') && priced > 0) unpricedUnits.push('requests');
  if (usage.audioSeconds !== null) bill('audio_seconds', usage.audioSeconds);
  if (priced === 0 && unpricedUnits.length > 0) return { ...UNKNOWN, unpricedUnits };
  return { costPicoUsd: toPicoUsd(net), listCostPicoUsd: toPicoUsd(list), unpricedUnits };
}

function amountOf(rate: string, per: number, count: Decimal): Fraction {
  const price = parseDecimal(rate) ?? { digits: 0n, scale: 0 };
  return {
    numerator: price.digits * count.digits * powerOfTen(PICO_USD_SCALE),
    denominator: powerOfTen(price.scale + count.scale) * BigInt(per),
  };
}
