import { LedgerError } from '../domain/errors.ts';

/** One thing that is wrong with a request: where, and what would have been right. */
export interface RequestIssue {
  /** Name of the parameter or path of the field, e.g. `from` or `overrides[0].rates`. */
  readonly field: string;
  readonly expected: string;
}

/** The request cannot be answered as asked; the caller must change it. */
export class InvalidRequestError extends LedgerError {
  override readonly name = 'InvalidRequestError';
  readonly code = 'request/invalid';
  readonly retryable = false;
  readonly issues: readonly RequestIssue[];
  constructor(issues: readonly RequestIssue[], options?: ErrorOptions) {
    super(issues.map(({ field, expected }) => `${field}: expected ${expected}`).join('; '), options);
    this.issues = issues;
  }
}

/** The request asks for something that this tenant does not have. */
export class NotFoundError extends LedgerError {
  override readonly name = 'NotFoundError';
  readonly code = 'request/not-found';
  readonly retryable = false;
}

/** Somebody else changed the same thing at the same moment; asking again is safe. */
export class ChangedMeanwhileError extends LedgerError {
  override readonly name = 'ChangedMeanwhileError';
  readonly code = 'request/changed-meanwhile';
  readonly retryable = true;
}

/** The caller is known and may not do this. */
export class NotAllowedError extends LedgerError {
  override readonly name = 'NotAllowedError';
  readonly code = 'request/not-allowed';
  readonly retryable = false;
}

/** It does not fit what the ledger holds; asking again as it is cannot help. */
export class ConflictError extends LedgerError {
  override readonly name = 'ConflictError';
  readonly code = 'request/conflict';
  readonly retryable = false;
}

/** An issue written as one text, `overrides[0].per: expected a whole number`, by field. */
export function toRequestIssue(text: string): RequestIssue {
  const [field = '', ...rest] = text.split(': ');
  return rest.length === 0
    ? { field: '', expected: text }
    : { field, expected: rest.join(': ').replace(/^expected /, '') };
}
