import { isRawObject } from '../field-reading.ts';
import { showValue } from '../shown-value.ts';
import { CalculationError } from './calculation-error.ts';
import type { Calculator, CalculatorAnswer } from './calculator.ts';
import { ADVICE_CALCULATORS } from './table/advice-calculators.ts';
import { API_CALCULATORS } from './table/api-calculators.ts';
import { BREAK_EVEN_CALCULATORS } from './table/break-even-calculators.ts';
import { COMPARISON_CALCULATORS } from './table/comparison-calculators.ts';
import { HOSTING_CALCULATORS } from './table/hosting-calculators.ts';
import { MIGRATE_NOW_CALCULATOR } from './table/migrate-now-calculator.ts';
import { SAVING_CALCULATORS } from './table/saving-calculators.ts';

/** Every calculator there is, by the name under which it is asked for, in the order of the page that lists them. */
export const CALCULATORS: ReadonlyMap<string, Calculator> = new Map(
  [
    ...API_CALCULATORS,
    ...HOSTING_CALCULATORS,
    ...COMPARISON_CALCULATORS,
    ...BREAK_EVEN_CALCULATORS,
    MIGRATE_NOW_CALCULATOR,
    ...SAVING_CALCULATORS,
    ...ADVICE_CALCULATORS,
  ].map((calculator) => [calculator.name, calculator]),
);

/**
 * Answers one request, `{"fn", "inputs"}`; its other fields are the caller's own.
 *
 * @param way - what stands before the fields in messages: `''`, or `[3].` in a list
 * @throws {@link CalculationError} when there is no such function, an input is missing or wrong, or a result is beyond
 *   what a number holds
 */
export function answerCalculation(request: unknown, way = ''): CalculatorAnswer & { readonly fn: string } {
  const asked = isRawObject(request) ? request : {};
  const { fn, inputs } = asked;
  const calculator = typeof fn === 'string' ? CALCULATORS.get(fn) : undefined;
  if (calculator !== undefined) return { fn: calculator.name, ...calculator.calculate(inputs, `${way}inputs`) };
  const got = fn === undefined ? 'but it is missing' : `not ${showValue(fn)}`;
  throw new CalculationError(typeof fn === 'string' ? 'unknown_function' : 'invalid_inputs', [
    { field: `${way}fn`, expected: `one of ${[...CALCULATORS.keys()].join(', ')}, ${got}` },
  ]);
}
