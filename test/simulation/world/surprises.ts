/** Codes of errors that tell a caller what it did wrong, or that others were quicker. */
const EXPECTED_CODES = new Set(['request/not-found', 'request/changed-meanwhile', 'queue/unavailable']);

/**
 * What is surprising about an error, in words: a defect of the code, or a refusal that nothing called for. Errors that
 * say that trying again helps, and those made of such, are none; undefined then.
 */
export function explainSurprise(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return `threw ${String(cause)}`;
  if (cause instanceof AggregateError) {
    // The one error that stands for several is as surprising as the worst of them.
    return firstSurprise(cause.errors);
  }
  const { code, retryable } = cause as Error & { readonly code?: unknown; readonly retryable?: unknown };
  const inner = cause.cause === undefined ? undefined : explainSurprise(cause.cause);
  if (inner !== undefined) return inner;
  if (retryable === true || EXPECTED_CODES.has(String(code))) return undefined;
  return cause.stack ?? cause.message;
}

function firstSurprise(causes: readonly unknown[]): string | undefined {
  for (const cause of causes) {
    const surprise = explainSurprise(cause);
    if (surprise !== undefined) return surprise;
  }
  return undefined;
}
