import type { IncompleteReason } from '../../app/spend/query-completeness.ts';
import { formatDecimal } from '../../domain/decimal.ts';
import { formatUsd } from '../../domain/money.ts';

/** A time as answers write it. */
export function renderTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** A time that may be unknown. */
export function renderTimeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : renderTime(timeMs);
}

/** A whole number: exact as a JSON number up to 2^53-1, as text above. */
export function renderWhole(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/**
 * A sum kept in a fixed fraction (micro, nano): a JSON number as long as the sum itself is at most 2^53-1, so that the
 * number reads back exactly; decimal text above.
 */
export function renderScaled(value: bigint, scaleDigits: number): number | string {
  const text = formatDecimal({ digits: value, scale: scaleDigits });
  return Number.isSafeInteger(Number(value)) ? Number(text) : text;
}

/** An amount that may be unknown, in USD. */
export function renderUsd(picoUsd: bigint | null): string | null {
  return picoUsd === null ? null : formatUsd(picoUsd);
}

/** What every answer about money says of its own completeness. */
export function renderCompleteness(
  reasons: readonly IncompleteReason[],
  asOfMs: number,
): { complete: boolean; incomplete_reasons: { reason: string; count: number | string }[]; as_of: string } {
  return {
    complete: reasons.length === 0,
    incomplete_reasons: reasons.map(({ reason, count }) => ({ reason, count: renderWhole(count) })),
    as_of: renderTime(asOfMs),
  };
}
