import { LedgerError } from '../../domain/errors.ts';

/** The request failed for a reason that only HTTP has: no key, wrong method, unreadable body. */
export class HttpError extends LedgerError {
  override readonly name = 'HttpError';
  readonly code: string;
  readonly retryable = false;
  readonly status: number;
  /** Headers that belong to the status, e.g. `allow`. */
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
