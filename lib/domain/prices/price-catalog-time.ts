import { parseInstant as parseTime } from '../instant.ts';

/** A stretch of time, half open, in epoch milliseconds; `null` = open. */
export interface Period {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Whether a time lies in a period. */
export function isWithin(timeMs: number, period: Period): boolean {
  return (period.fromMs ?? Number.NEGATIVE_INFINITY) <= timeMs && timeMs < (period.toMs ?? Number.POSITIVE_INFINITY);
}

/**
 * Reads an RFC 3339 time, or a date (its first moment in UTC), as epoch milliseconds; digits beyond a millisecond
 * are cut. @returns undefined when the text is neither, or names a day that does not exist
 */
export function parseInstant(text: string): number | undefined {
  return parseTime(text.length === 10 ? `${text}T00:00:00Z` : text);
}
