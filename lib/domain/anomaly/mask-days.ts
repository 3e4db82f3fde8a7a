import type { DailySpend } from './finding.ts';

/** What a confirmed anomaly cost beyond what its day should have: told as a one-off, and not projected. */
export type OneOff = DailySpend;

/** A series as a forecast is to see it. */
export interface MaskedDays {
  /** Every day, confirmed ones at what they should have cost where they cost more. */
  readonly days: readonly DailySpend[];
  /** What was taken off, by day; days and one-offs together are the days as they were, exactly. */
  readonly oneOffs: readonly OneOff[];
}

/**
 * Takes confirmed anomalies out of a series, so that a runaway of one day is not expected every day. Days that cost less
 * than expected stay as they are.
 *
 * @param expectedPicoUsd - what confirmed days should have cost, by day, not below zero; days that are absent stay
 */
export function maskDays(days: readonly DailySpend[], expectedPicoUsd: ReadonlyMap<string, bigint>): MaskedDays {
  const oneOffs: OneOff[] = [];
  const masked = days.map(({ day, costPicoUsd }): DailySpend => {
    const expected = expectedPicoUsd.get(day);
    if (expected === undefined || expected >= costPicoUsd) return { day, costPicoUsd };
    oneOffs.push({ day, costPicoUsd: costPicoUsd - expected });
    return { day, costPicoUsd: expected };
  });
  return { days: masked, oneOffs };
}
