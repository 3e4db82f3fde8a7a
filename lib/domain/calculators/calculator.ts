import { type InputIssue, type Inputs, type Reading, readInputs, type ValuesOf } from '../inputs/inputs.ts';
import { CalculationError } from './calculation-error.ts';

/** A JSON value that a calculator answers; `null` says that it does not exist. */
export type ResultValue =
  | number
  | string
  | boolean
  | null
  | readonly ResultValue[]
  | { readonly [name: string]: ResultValue };

/** One calculator as data: what it takes and answers, under the names of its public contract, and where it is from. */
export interface Calculator {
  readonly name: string;
  /** What it is for, in one phrase. */
  readonly summary: string;
  readonly inputs: Inputs;
  /** What each field of the result is, with its unit. */
  readonly result: Readonly<Record<string, string>>;
  /** Where the formula is from. */
  readonly source: string;
  /**
   * @param field - way to the inputs, for the issues
   * @throws {@link CalculationError} `invalid_inputs` or `out_of_range`
   */
  readonly calculate: (inputs: unknown, field: string) => CalculatorAnswer;
}

/** The result of a calculator, and what it passed over. */
export interface CalculatorAnswer {
  readonly result: Readonly<Record<string, ResultValue>>;
  /** Ways to fields that were sent and that it does not know. */
  readonly ignored: readonly string[];
}

/** Joins what a calculator says of itself with what it does; `compute` gets inputs that are as they should be. */
export function defineCalculator<const Fields extends Inputs, Result extends string>(
  facts: Omit<Calculator, 'inputs' | 'result' | 'calculate'> & {
    readonly inputs: Fields;
    readonly result: Readonly<Record<Result, string>>;
  },
  compute: (inputs: ValuesOf<Fields>) => Readonly<Record<Result, ResultValue>>,
): Calculator {
  return {
    ...facts,
    calculate: (sent, field) => {
      const reading: Reading = { issues: [], ignored: [] };
      const inputs = readInputs(facts.inputs, sent, field, reading);
      if (inputs === undefined) throw new CalculationError('invalid_inputs', reading.issues);
      const result = computeAt(field, () => compute(inputs));
      const beyond = Object.entries(result).filter(([, value]) => !isFiniteAll(value as ResultValue));
      if (beyond.length > 0) {
        const names = beyond.map(([name]) => name).join(', ');
        const expected = `figures with which ${names} is within what a number holds`;
        throw new CalculationError('out_of_range', [{ field, expected }]);
      }
      return { result, ignored: reading.ignored };
    },
  };
}

/** A computation knows its inputs by their own names; the caller knows the way to them. */
function computeAt<Result>(field: string, compute: () => Result): Result {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof CalculationError)) throw error;
    const issues = error.issues.map((issue): InputIssue => ({ ...issue, field: `${field}.${issue.field}` }));
    throw new CalculationError(error.code, issues);
  }
}

// JSON would write infinity as null, which here means "does not exist".
function isFiniteAll(value: ResultValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFiniteAll);
}
