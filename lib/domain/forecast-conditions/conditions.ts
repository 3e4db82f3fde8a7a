import type { Leaf } from '../../contracts/dimensions.ts';
import { createLeafMatcher } from '../budgets/budget-scope.ts';
import { powerOfTen } from '../decimal.ts';
import type { Fraction } from '../money.ts';
import { toPicoUsd } from '../money.ts';
import type { PlannedChange } from './planned-change.ts';
import type { PriceTimeline, UsedLine } from './price-timeline.ts';

/** What a forecast counts: known cost in picoUSD, input and output tokens, or calls. */
export type ForecastUnit = 'pico_usd' | 'tokens' | 'calls';

/**
 * What is known to make one day unlike another: prices by the book in force, and changes of use that somebody planned.
 * Days are local to the tenant, past or future.
 */
export interface Conditions {
  /**
   * What an amount of one day would have been on another one, for the same work. Where nothing between the two days is
   * known to change it, the very same amount; else rounded once, half-even.
   *
   * @param line - what the amount is of; its units are what prices are applied to
   * @param amount - in the unit; one below zero is left as it is
   */
  restate(line: UsedLine, amount: bigint, unit: ForecastUnit, fromDay: string, toDay: string): bigint;
}

/**
 * Conditions made of the prices of a book and of planned changes. A change multiplies what was there before it, so
 * several of one scope multiply each other.
 *
 * @param tagDimensions - the tags that the tenant keeps; a change of any other scope is about nothing
 */
export function createConditions(
  prices: PriceTimeline,
  changes: readonly PlannedChange[],
  tagDimensions: readonly string[],
): Conditions {
  const findFactor = createFactors(changes, tagDimensions);
  return {
    restate(line, amount, unit, fromDay, toDay) {
      if (amount < 0n || fromDay === toDay) return amount;
      const repriced = unit === 'pico_usd' ? prices.restate(line, amount, fromDay, toDay) : amount;
      if (repriced === 0n) return repriced;
      const [first, last] = fromDay < toDay ? [fromDay, toDay] : [toDay, fromDay];
      const factor = findFactor(line.leaf, first, last);
      if (factor === null) return repriced;
      const ratio = fromDay < toDay ? factor : invert(factor);
      return toPicoUsd({ numerator: repriced * ratio.numerator, denominator: ratio.denominator });
    },
  };
}

/**
 * What planned changes make of a leaf after a first day, until a last one; null where none of them is about it. Found
 * once for all leaves that the same changes are about.
 */
function createFactors(
  changes: readonly PlannedChange[],
  tagDimensions: readonly string[],
): (leaf: Leaf, first: string, last: string) => Fraction | null {
  if (changes.length === 0) return () => null;
  const planned = changes.map(({ day, scope, factor }) => ({
    day,
    matches: createLeafMatcher(scope, tagDimensions),
    factor: { numerator: factor.digits, denominator: powerOfTen(factor.scale) },
  }));
  const known = new Map<string, Map<string, Fraction | null>>();
  const knownByLeaf = new WeakMap<Leaf, Map<string, Fraction | null>>();
  const findKnown = (leaf: Leaf): Map<string, Fraction | null> => {
    const key = planned.map(({ matches }) => (matches(leaf) ? '1' : '0')).join('');
    const bySpan = known.get(key) ?? new Map<string, Fraction | null>();
    known.set(key, bySpan);
    knownByLeaf.set(leaf, bySpan);
    return bySpan;
  };
  return (leaf, first, last) => {
    const bySpan = knownByLeaf.get(leaf) ?? findKnown(leaf);
    const span = `${first}/${last}`;
    const found = bySpan.get(span);
    if (found !== undefined) return found;
    const between = planned.filter(({ day, matches }) => first < day && day <= last && matches(leaf));
    const factor = between.length === 0 ? null : multiply(between.map((change) => change.factor));
    bySpan.set(span, factor);
    return factor;
  };
}

function multiply(factors: readonly Fraction[]): Fraction {
  return factors.reduce((product, { numerator, denominator }) => ({
    numerator: product.numerator * numerator,
    denominator: product.denominator * denominator,
  }));
}

/** What a factor of 0 took away cannot be told from what is left of it. */
function invert({ numerator, denominator }: Fraction): Fraction {
  return numerator === 0n ? { numerator: 0n, denominator: 1n } : { numerator: denominator, denominator: numerator };
}
