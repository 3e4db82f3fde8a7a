/**
 * Base of every error the ledger raises on purpose. The code is stable and machine-readable; `retryable` tells
 * whether the same call may succeed later without anyone changing its input.
 */
export abstract class LedgerError extends Error {
  abstract readonly code: string;
  abstract readonly retryable: boolean;
}

/** A fact the program relies on did not hold: a defect, never bad input. */
export class InvariantError extends LedgerError {
  override readonly name = 'InvariantError';
  readonly code = 'invariant';
  readonly retryable = false;
}

/** @throws {@link InvariantError} when the condition does not hold */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
