import { type Decimal, formatDecimal, parseDecimal, powerOfTen } from './decimal.ts';
import { type Fraction, floorPicoUsd, PICO_USD_SCALE } from './money.ts';
import type { AppliedRate, Rating } from './rated-call.ts';
import { billedSeconds, RATE_STAND_INS } from './rating.ts';
import type { DisjointUsage } from './usage-shapes.ts';

/** One unit's part in an entry's amount. */
export interface RatedLine {
  readonly unit: string;
  /** Plain decimal text; only seconds can be fractional. */
  readonly count: string;
  /** USD per `per` units, exact decimal text. */
  readonly rate: string;
  readonly per: number;
  readonly amountPicoUsd: bigint;
}

/**
 * Explains a rating line by line. The lines sum to its cost to the picodollar: each is rounded down and the rest goes
 * to the lines with the largest remainders, earlier lines first. Reasoning without a rate of its own is part of the
 * output line.
 */
export function linesOf(rating: Rating, usage: DisjointUsage): readonly RatedLine[] {
  const { price, costPicoUsd } = rating;
  if (price === null || costPicoUsd === null) return [];
  const exact = countsByRate(price.rates, usage).map(({ unit, rate, count }) => {
    const amount = amountOf(rate, count);
    const amountPicoUsd = floorPicoUsd(amount);
    const line = { unit, count: formatDecimal(count), rate: rate.rate, per: rate.per };
    return {
      line,
      amountPicoUsd,
      remainder: amount.numerator - amountPicoUsd * amount.denominator,
      of: amount.denominator,
    };
  });
  let missing = costPicoUsd - exact.reduce((sum, { amountPicoUsd }) => sum + amountPicoUsd, 0n);
  const byRemainder = exact
    .map((_, index) => index)
    .sort((a, b) => {
      const [left, right] = [exact[a], exact[b]];
      if (left === undefined || right === undefined) return 0;
      const difference = right.remainder * left.of - left.remainder * right.of;
      return difference === 0n ? a - b : Number(difference > 0n) * 2 - 1;
    });
  const raised = new Set<number>();
  for (const index of byRemainder) {
    if (missing <= 0n) break;
    raised.add(index);
    missing -= 1n;
  }
  return exact.map(({ line, amountPicoUsd }, index) => ({
    ...line,
    amountPicoUsd: amountPicoUsd + (raised.has(index) ? 1n : 0n),
  }));
}

interface CountAtRate {
  readonly unit: string;
  readonly rate: AppliedRate;
  readonly count: Decimal;
}

function countsByRate(rates: readonly AppliedRate[], usage: DisjointUsage): readonly CountAtRate[] {
  const found: CountAtRate[] = [];
  for (const [unit, digits] of usage.counts) {
    const own = rates.find((rate) => rate.unit === unit);
    const rate = own ?? rates.find((it) => it.unit === RATE_STAND_INS.get(unit));
    if (rate === undefined) continue;
    const shown = own === undefined && unit === 'reasoning_tokens' ? 'output_tokens' : unit;
    const index = found.findIndex((it) => it.unit === shown);
    const before = found[index]?.count.digits ?? 0n;
    const line = { unit: shown, rate, count: { digits: before + digits, scale: 0 } };
    if (index < 0) found.push(line);
    else found[index] = line;
  }
  const audio = rates.find((rate) => rate.unit === 'audio_seconds');
  if (audio !== undefined && usage.audioSeconds !== null) {
    const minimum = parseDecimal(audio.minimum ?? '0') ?? null;
    found.push({ unit: 'audio_seconds', rate: audio, count: billedSeconds(usage.audioSeconds, { minimum }) });
  }
  return found;
}

function amountOf(rate: AppliedRate, count: Decimal): Fraction {
  const price = parseDecimal(rate.rate) ?? { digits: 0n, scale: 0 };
  return {
    numerator: price.digits * count.digits * powerOfTen(PICO_USD_SCALE),
    denominator: powerOfTen(price.scale + count.scale) * BigInt(rate.per),
  };
}
