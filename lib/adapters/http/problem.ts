import { UnreadableBodyError } from '../../app/recording/submit-events.ts';
import {
  ChangedMeanwhileError,
  ConflictError,
  InvalidRequestError,
  NotAllowedError,
  NotFoundError,
  type RequestIssue,
  toRequestIssue,
} from '../../app/request-errors.ts';
import { InvalidBudgetError } from '../../domain/budgets/budget.ts';
import { CalculationError } from '../../domain/calculators/calculation-error.ts';
import { InvalidMigrationProfileError } from '../../domain/migrate-now/parse-migration-profile.ts';
import { HttpError } from './http-errors.ts';
import type { HttpResponse } from './http-types.ts';

/** The body of every answer that is not a success, RFC 9457. */
export interface Problem {
  /** Stable name of what went wrong, as a URN. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What is wrong by field; empty where no field is at fault. */
  readonly errors: readonly RequestIssue[];
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'A key is needed',
  403: 'The key does not allow this',
  404: 'There is no such thing',
  405: 'The method is not allowed here',
  409: 'It conflicts with what the ledger holds',
  413: 'The body is too large',
  415: 'The encoding of the body is not supported',
  500: 'The ledger failed',
  503: 'The ledger cannot answer right now',
};

/**
 * The one place where errors become HTTP. What is not known to be the caller's fault is a 500 that tells nothing of the
 * inside, or a 503 where asking again may help.
 */
export function toProblemResponse(error: unknown): HttpResponse {
  const { status, code, detail, errors = [], headers = {} } = classify(error);
  const problem: Problem = {
    type: `urn:tokenledger:problem:${code.replaceAll('/', ':')}`,
    title: TITLES[status] ?? 'The request failed',
    status,
    detail,
    errors,
  };
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: JSON.stringify(problem),
  };
}

interface Classified {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly RequestIssue[];
  readonly headers?: Readonly<Record<string, string>>;
}

function classify(error: unknown): Classified {
  if (error instanceof HttpError) {
    return { status: error.status, code: error.code, detail: error.message, headers: error.headers };
  }
  if (error instanceof InvalidRequestError || error instanceof InvalidBudgetError) {
    return { status: 400, code: error.code, detail: error.message, errors: error.issues };
  }
  if (error instanceof CalculationError) {
    return { status: 400, code: `estimate/${error.code}`, detail: error.message, errors: error.issues };
  }
  if (error instanceof InvalidMigrationProfileError) {
    return { status: 400, code: error.code, detail: error.message, errors: error.issues.map(toRequestIssue) };
  }
  if (error instanceof UnreadableBodyError) return classifyUnreadable(error);
  if (error instanceof NotFoundError) return { status: 404, code: error.code, detail: error.message };
  if (error instanceof NotAllowedError) return { status: 403, code: error.code, detail: error.message };
  if (error instanceof ConflictError) return { status: 409, code: error.code, detail: error.message };
  if (error instanceof ChangedMeanwhileError) return { status: 409, code: error.code, detail: error.message };
  if (isRetryable(error)) {
    const detail = 'The ledger is busy or out of reach; the same request may be sent again.';
    return { status: 503, code: 'unavailable', detail, headers: { 'retry-after': '1' } };
  }
  return { status: 500, code: 'internal', detail: 'The request failed inside the ledger; it was reported.' };
}

function classifyUnreadable({ reason, field, message }: UnreadableBodyError): Classified {
  const isTooLarge = reason === 'message_too_large' || reason === 'too_many_events';
  return {
    status: isTooLarge ? 413 : 400,
    code: `events/${reason}`,
    detail: message,
    errors: [{ field: field ?? 'body', expected: message }],
  };
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}
