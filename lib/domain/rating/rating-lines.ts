import { type Decimal, formatDecimal, parseDecimal, powerOfTen } from '../decimal.ts';
import type { DisjointUsage } from '../events/usage-shapes.ts';
import { type Fraction, floorPicoUsd, formatUsd, PICO_USD_SCALE } from '../money.ts';
import { RATE_STAND_INS } from '../prices/price-book-levels.ts';
import type { AppliedRate, Rating } from './rated-call.ts';
import { billedCount } from './rating.ts';

/** One unit's part in an entry's amounts. */
export interface RatedLine {
  /** A usage unit, or `reported_cost` for the provider's own charge. */
  readonly unit: string;
  /** Plain decimal text, as billed; only seconds and smallest billed counts can be fractional. */
  readonly count: string;
  /** USD per `per` units, exact decimal text: after overrides, and at list price. */
  readonly rate: string;
  readonly listRate: string;
  readonly per: number;
  readonly amountPicoUsd: bigint;
  readonly listAmountPicoUsd: bigint;
}

/**
 * Explains a rating line by line. The lines sum to its cost and to its list cost to the picodollar: each is rounded
 * down and the rest goes to the lines with the largest remainders, earlier lines first. Reasoning without a rate of its
 * own is part of the output line. A provider's own charge is one line. A call that costs nothing although it used
 * something, as one answered from a response cache, has no lines.
 */
export function linesOf(rating: Rating, usage: DisjointUsage): readonly RatedLine[] {
  const { price, costPicoUsd, listCostPicoUsd } = rating;
  if (costPicoUsd === null) return [];
  if (rating.status === 'reported') return [reportedLine(costPicoUsd, listCostPicoUsd ?? costPicoUsd)];
  if (price === null) return [];
  const counts = countsByRate(price.rates, usage);
  const amounts = shareOut(
    costPicoUsd,
    counts.map(({ rate, count }) => amountOf(rate.rate, rate.per, count)),
  );
  const listAmounts = shareOut(
    listCostPicoUsd ?? costPicoUsd,
    counts.map(({ rate, count }) => amountOf(rate.listRate, rate.per, count)),
  );
  if (amounts === undefined || listAmounts === undefined) return [];
  return counts.map(({ unit, rate, count }, index) => ({
    unit,
    count: formatDecimal(count),
    rate: rate.rate,
    listRate: rate.listRate,
    per: rate.per,
    amountPicoUsd: amounts[index] ?? 0n,
    listAmountPicoUsd: listAmounts[index] ?? 0n,
  }));
}

function reportedLine(costPicoUsd: bigint, listCostPicoUsd: bigint): RatedLine {
  return {
    unit: 'reported_cost',
    count: '1',
    rate: formatUsd(costPicoUsd),
    listRate: formatUsd(listCostPicoUsd),
    per: 1,
    amountPicoUsd: costPicoUsd,
    listAmountPicoUsd: listCostPicoUsd,
  };
}

/** Splits a rounded total over the exact parts that it is made of; undefined when it is not made of them. */
function shareOut(totalPicoUsd: bigint, parts: readonly Fraction[]): readonly bigint[] | undefined {
  const shares = parts.map(floorPicoUsd);
  const missing = totalPicoUsd - shares.reduce((sum, share) => sum + share, 0n);
  if (missing < 0n || missing > BigInt(parts.length)) return undefined;
  const byRemainder = parts
    .map(({ numerator, denominator }, index) => ({
      index,
      remainder: numerator - (shares[index] ?? 0n) * denominator,
      denominator,
    }))
    .sort((a, b) => {
      const difference = b.remainder * a.denominator - a.remainder * b.denominator;
      return difference === 0n ? a.index - b.index : Number(difference > 0n) * 2 - 1;
    });
  for (const { index } of byRemainder.slice(0, Number(missing))) shares[index] = (shares[index] ?? 0n) + 1n;
  return shares;
}

interface CountAtRate {
  readonly unit: string;
  readonly rate: AppliedRate;
  readonly count: Decimal;
}

function countsByRate(rates: readonly AppliedRate[], usage: DisjointUsage): readonly CountAtRate[] {
  const found: CountAtRate[] = [];
  const bill = (unit: string, rate: AppliedRate, count: Decimal): void => {
    const minimum = rate.minimum === undefined ? null : (parseDecimal(rate.minimum) ?? null);
    found.push({ unit, rate, count: billedCount(count, { minimum }) });
  };
  for (const [unit, digits] of usage.counts) {
    const own = rates.find((rate) => rate.unit === unit);
    const rate = own ?? rates.find((it) => it.unit === RATE_STAND_INS.get(unit));
    if (rate === undefined) continue;
    const shown = own === undefined && unit === 'reasoning_tokens' ? 'output_tokens' : unit;
    const index = found.findIndex((it) => it.unit === shown);
    const before = found[index];
    if (before === undefined || rate.minimum !== undefined) bill(shown, rate, { digits, scale: 0 });
    else found[index] = { ...before, count: { digits: before.count.digits + digits, scale: 0 } };
  }
  const audio = rates.find((rate) => rate.unit === 'audio_seconds');
  if (audio !== undefined && usage.audioSeconds !== null) bill('audio_seconds', audio, usage.audioSeconds);
  return found;
}

function amountOf(rate: string, per: number, count: Decimal): Fraction {
  const price = parseDecimal(rate) ?? { digits: 0n, scale: 0 };
  return {
    numerator: price.digits * count.digits * powerOfTen(PICO_USD_SCALE),
    denominator: powerOfTen(price.scale + count.scale) * BigInt(per),
  };
}
