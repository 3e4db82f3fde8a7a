import type { Leaf } from '../../contracts/dimensions.ts';
import type { Measures } from '../../contracts/measures.ts';

/** What a forecast counts: known cost in picoUSD, input and output tokens, or calls. */
export type ForecastUnit = 'pico_usd' | 'tokens' | 'calls';

/** What one leaf used, with the sums that tell the mix of it. */
export interface UsedLine {
  readonly leaf: Leaf;
  readonly measures: Measures;
}

/**
 * What is known to make one day unlike another: prices by the book in force, and changes of use that somebody planned.
 * Days are local to the tenant, past or future.
 */
export interface Conditions {
  /**
   * What an amount of one day would have been on another one, for the same work. Where nothing between the two days is
   * known to change it, the very same amount.
   *
   * @param line - what the amount is of; its units are what prices are applied to
   * @param amount - in the unit, not negative
   */
  restate(line: UsedLine, amount: bigint, unit: ForecastUnit, fromDay: string, toDay: string): bigint;
}

/** Nothing is known to change. */
export const NO_CONDITIONS: Conditions = { restate: (_line, amount) => amount };
