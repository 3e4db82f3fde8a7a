/** When to try again after attempts that failed. */
export interface Pacing {
  /** Mean wait after the first failure is half of it; doubled by every further one. */
  readonly baseMs: number;
  /** Longest wait between two attempts, and where it begins when the key or address is not accepted. */
  readonly capMs: number;
}

/** The ledger may ask for patience, but not for days: the buffer would run over. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * How long to wait before the next attempt: any time up to a bound that doubles ("full jitter"), so that many emitters
 * that lost the ledger at one moment do not return at one moment.
 *
 * @param failures - attempts in a row that failed, from 1
 * @param random - from 0 (included) to 1 (excluded)
 * @param retryAfterMs - the least wait that the other end asked for; what is no time counts as 0
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function chooseDelayMs({ baseMs, capMs }: Pacing, failures: number, random: number, retryAfterMs = 0): number {
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30));
  const leastMs = retryAfterMs > 0 ? Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) : 0;
  return leastMs + random * bound;
}
