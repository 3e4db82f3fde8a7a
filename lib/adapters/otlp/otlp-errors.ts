import { LedgerError } from '../../domain/errors.ts';

/** A body is no OTLP request that can be read; sending it again cannot help. Nothing of it was taken. */
export class UnreadableTracesError extends LedgerError {
  override readonly name = 'UnreadableTracesError';
  readonly code: 'traces/unreadable' | 'traces/too-many-spans';
  readonly retryable = false;
  constructor(code: UnreadableTracesError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Most spans of one request. Exporters send 512 and collectors 8,192 unless told otherwise; without a bound, eight
 * megabytes of empty spans would be four million.
 */
export const MAX_REQUEST_SPANS = 20_000;

/** @throws {@link UnreadableTracesError} when there is one span too many */
export function checkSpanCount(count: number): void {
  if (count <= MAX_REQUEST_SPANS) return;
  throw new UnreadableTracesError('traces/too-many-spans', `A request has at most ${MAX_REQUEST_SPANS} spans.`);
}
