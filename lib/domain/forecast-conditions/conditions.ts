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
  const planned = changes.map(({ day, scope, factor }) => ({
    day,
    matches: createLeafMatcher(scope, tagDimensions),
    factor: { numerator: factor.digits, denominator: powerOfTen(factor.scale) },
  }));
  return {
    restate(line, amount, unit, fromDay, toDay) {
      if (amount < 0n || fromDay === toDay) return amount;
      const repriced = unit === 'pico_usd' ? prices.restate(line, amount, fromDay, toDay) : amount;
      if (planned.length === 0 || repriced === 0n) return repriced;
      const [first, last] = fromDay < toDay ? [fromDay, toDay] : [toDay, fromDay];
      const between = planned.filter(({ day, matches }) => first < day && day <= last && matches(line.leaf));
      if (between.length === 0) return repriced;
      const factor = multiply(between.map((change) => change.factor));
      const ratio = fromDay < toDay ? factor : invert(factor);
      return toPicoUsd({ numerator: repriced * ratio.numerator, denominator: ratio.denominator });
    },
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
