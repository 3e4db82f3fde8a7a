import { type Decimal, powerOfTen } from '../decimal.ts';
import { InvariantError } from '../errors.ts';
import type { UsageEvent } from '../events/usage-event.ts';
import { type DisjointUsage, inputSizeTokens, readEventUsage } from '../events/usage-shapes.ts';
import { plus, toPicoUsd } from '../money.ts';
import type { PriceBook, PriceQuery } from '../prices/price-book.ts';
import type { CoverFacts } from '../prices/price-book-capacities.ts';
import { type PriceLevel, RATE_STAND_INS, type UnitFactor } from '../prices/price-book-levels.ts';
import { applyReportedCost } from '../prices/price-book-reported-cost.ts';
import type { Rating } from './rated-call.ts';

/** A call as far as its price depends on it. */
export interface PricedCall {
  readonly provider?: string | null;
  readonly model: string;
  readonly timeMs: number;
  readonly usage: DisjointUsage;
  readonly serviceTier?: string | null;
  readonly region?: string | null;
  /** The provider's own charge in USD, decimal text. */
  readonly reportedCostUsd?: string | null;
  /** By what capacities choose the calls that they cover; absent = none covers it. */
  readonly facts?: CoverFacts;
}

const UNPRICED: Rating = Object.freeze({
  status: 'unpriced',
  costPicoUsd: null,
  listCostPicoUsd: null,
  price: null,
  unpricedUnits: Object.freeze([]),
});

/**
 * Rates one call at the price in force when it was made. Exact: the sum over its units is a fraction of picoUSD,
 * rounded once, half-even. Units without a rate are named and never counted as zero; a known model without usage
 * costs nothing. A provider's own charge takes the place of the sum where the book has a rule for it and it is within
 * the rule's bounds. A call that a capacity covers costs nothing, whatever is charged or reported for it.
 */
export function rateUsage(book: PriceBook, call: PricedCall): Rating {
  const level = levelOf(book, call);
  const computed = level === null ? UNPRICED : rateAtLevel(level, call.usage);
  if (level?.price.capacity) return computed;
  const reported = call.reportedCostUsd ?? null;
  const rule = reported === null ? null : book.reportedCostRule(toQuery(call));
  return reported === null || rule === null ? computed : applyReportedCost(computed, reported, rule);
}

/**
 * Rates a validated event. A call answered from a response cache costs nothing, at list price too;
 * {@link rateSaved} says what it would have cost.
 * @throws {@link InvariantError} when the usage is impossible, which validation rules out
 */
export function rateEvent(book: PriceBook, event: UsageEvent): Rating {
  const call = toCall(event);
  if (event.response_cache_hit !== true) return rateUsage(book, call);
  const price = levelOf(book, call)?.price ?? null;
  return { status: 'priced', costPicoUsd: 0n, listCostPicoUsd: 0n, price, unpricedUnits: [] };
}

/** What a response-cache hit saved, in picoUSD after overrides: 0 for other events, null where the call has no price. */
export function rateSaved(book: PriceBook, event: UsageEvent): bigint | null {
  return event.response_cache_hit === true ? rateUsage(book, toCall(event)).costPicoUsd : 0n;
}

function toCall(event: UsageEvent): PricedCall {
  const reading = readEventUsage(event.usage);
  if (!reading.ok) throw new InvariantError(`event ${event.id} holds impossible usage: ${reading.issues.join('; ')}`);
  return {
    provider: event.provider ?? null,
    model: event.model,
    timeMs: event.timeMs,
    usage: reading.usage,
    serviceTier: event.service_tier ?? null,
    region: event.region ?? null,
    reportedCostUsd: event.reported_cost_usd ?? null,
    facts: event,
  };
}

function levelOf(book: PriceBook, call: PricedCall): PriceLevel | null {
  return book.resolve(toQuery(call))?.level(inputSizeTokens(call.usage)) ?? null;
}

function toQuery(call: PricedCall): PriceQuery {
  return {
    provider: call.provider ?? null,
    model: call.model,
    timeMs: call.timeMs,
    serviceTier: call.serviceTier ?? null,
    region: call.region ?? null,
    facts: call.facts,
  };
}

function rateAtLevel(level: PriceLevel, usage: DisjointUsage): Rating {
  let net = 0n;
  let list = 0n;
  let pricedUnits = 0;
  const unpricedUnits: string[] = [];
  const inDecimals: Array<{ factor: UnitFactor; count: Decimal }> = [];
  for (const [unit, count] of usage.counts) {
    const factor = factorFor(level, unit);
    if (factor !== undefined) {
      pricedUnits += 1;
      if (factor.minimum === null) {
        net += factor.net * count;
        list += factor.list * count;
      } else {
        inDecimals.push({ factor, count: billedCount({ digits: count, scale: 0 }, factor) });
      }
    } else if (unit !== 'requests') {
      // How many requests were made is a plain fact about a call; only some vendors charge for it.
      unpricedUnits.push(unit);
    }
  }
  // A vendor that charges by the request charges for this one too, at a rate that its number decides.
  if (level.factors.has('requests') && !usage.counts.has('requests') && pricedUnits > 0) unpricedUnits.push('requests');
  if (usage.audioSeconds !== null) {
    const factor = level.factors.get('audio_seconds');
    if (factor === undefined) unpricedUnits.push('audio_seconds');
    else inDecimals.push({ factor, count: billedCount(usage.audioSeconds, factor) });
  }
  const { price, denominator } = level;
  if (pricedUnits + inDecimals.length === 0 && unpricedUnits.length > 0) {
    // That a capacity covers it is known, and so is its cost; what it would have cost otherwise is not.
    if (price.capacity) {
      return { status: 'partially_priced', costPicoUsd: 0n, listCostPicoUsd: null, price, unpricedUnits };
    }
    return { status: 'unpriced_unit', costPicoUsd: null, listCostPicoUsd: null, price, unpricedUnits };
  }
  const total = (whole: bigint, side: 'net' | 'list'): bigint =>
    toPicoUsd(
      inDecimals.reduce(
        (sum, { factor, count: { digits, scale } }) =>
          plus(sum, { numerator: factor[side] * digits, denominator: denominator * powerOfTen(scale) }),
        { numerator: whole, denominator },
      ),
    );
  return {
    status: unpricedUnits.length === 0 ? 'priced' : 'partially_priced',
    costPicoUsd: total(net, 'net'),
    listCostPicoUsd: total(list, 'list'),
    price,
    unpricedUnits,
  };
}

function factorFor(level: PriceLevel, unit: string): UnitFactor | undefined {
  const own = level.factors.get(unit);
  if (own !== undefined) return own;
  const standIn = RATE_STAND_INS.get(unit);
  return standIn === undefined ? undefined : level.factors.get(standIn);
}

/** A count as billed: some vendors bill a smallest count of a unit, such as ten seconds of audio. */
export function billedCount(count: Decimal, { minimum }: Pick<UnitFactor, 'minimum'>): Decimal {
  if (minimum === null) return count;
  const isSmaller = count.digits * powerOfTen(minimum.scale) < minimum.digits * powerOfTen(count.scale);
  return isSmaller ? minimum : count;
}
