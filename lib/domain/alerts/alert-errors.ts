import { LedgerError } from '../errors.ts';

/** The alert was certainly not delivered: refused, throttled or never sent. */
export class AlertNotSentError extends LedgerError {
  override readonly name = 'AlertNotSentError';
  readonly code = 'alert/not-sent';
  readonly retryable = true;
}

/** The alert may have been delivered: no answer, or one that leaves it open. */
export class AlertOutcomeUnknownError extends LedgerError {
  override readonly name = 'AlertOutcomeUnknownError';
  readonly code = 'alert/outcome-unknown';
  readonly retryable = true;
}
