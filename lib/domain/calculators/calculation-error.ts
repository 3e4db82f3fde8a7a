import { LedgerError } from '../errors.ts';
import type { InputIssue } from '../inputs/inputs.ts';

/**
 * A calculation cannot be answered. Codes: `unknown_function`; `invalid_inputs`, which names every field that is
 * missing or wrong; `out_of_range`, where a result is beyond what a number holds.
 */
export class CalculationError extends LedgerError {
  override readonly name = 'CalculationError';
  readonly code: 'unknown_function' | 'invalid_inputs' | 'out_of_range';
  readonly retryable = false;
  readonly issues: readonly InputIssue[];
  constructor(code: CalculationError['code'], issues: readonly InputIssue[]) {
    super(issues.map(({ field, expected }) => `${field}: expected ${expected}`).join('; '));
    this.code = code;
    this.issues = issues;
  }
}

/** @throws {@link CalculationError} `invalid_inputs`, for what only several inputs together show to be wrong */
export function refuseInput(field: string, expected: string): never {
  throw new CalculationError('invalid_inputs', [{ field, expected }]);
}
