import type { Bounds } from '../local-time.ts';

/** What a local day cost. */
export interface DailySpend {
  /** Local day, `2026-01-29`. */
  readonly day: string;
  /** Not below zero. */
  readonly costPicoUsd: bigint;
}

/** Which calls an anomaly is about: those with one value of one dimension (null = not sent); null = all of a tenant. */
export type AnomalyKey = { readonly dimension: string; readonly value: string | null } | null;

/** What found it; each detector is described in docs/anomalies.md under its id. */
export type AnomalyDetector =
  /** A1: a day far above what it should have cost. */
  | 'daily_spike'
  /** A2: minutes far above what they should have cost. */
  | 'burn_rate'
  /** A3: days far below. */
  | 'drop'
  /** A4: spend moved to another level and stayed there. */
  | 'level_shift'
  /** A5: first use of something that costs a lot at once. */
  | 'first_use'
  /** A5: the price of a unit of a model is another one. */
  | 'price_change'
  /** A5: calls of a model that has no price. */
  | 'unknown_price'
  /** A6: one call far above the others of its model. */
  | 'call_outlier';

/** A value of a dimension with its part in an anomaly. */
export interface Contributor {
  readonly dimension: string;
  /** Null = not sent. */
  readonly value: string | null;
  readonly actualPicoUsd: bigint;
  readonly expectedPicoUsd: bigint;
  /** Part of the difference between actual and expected; above 1 where others went the other way. */
  readonly shareRatio: number;
}

/** What speaks for a finding. Expected amounts are estimates in whole picoUSD; the actual one is ledger money. */
export interface AnomalyEvidence {
  readonly actualPicoUsd: bigint;
  /** Null where there is nothing to expect. */
  readonly expectedPicoUsd: bigint | null;
  /** Actual less expected, exactly; below zero for a drop. */
  readonly excessPicoUsd: bigint;
  /** Actual over expected; null where nothing was expected. */
  readonly ratio: number | null;
  /** The ratio from which it is an anomaly; null where no ratio decides. */
  readonly limitRatio: number | null;
  /** Distance in standard deviations of what is ordinary; null where no distance decides, or nothing was spent. */
  readonly z: number | null;
  /** Largest part first; empty where nobody looked. */
  readonly contributors: readonly Contributor[];
}

/** One thing that a detector found. */
export interface Finding {
  readonly detector: AnomalyDetector;
  readonly key: AnomalyKey;
  /** When it happened, by the time of the calls. */
  readonly period: Bounds;
  readonly evidence: AnomalyEvidence;
  /** Whether somebody is to be told; else it is only shown. */
  readonly isTold: boolean;
}

/** Text that names a key among those of its tenant. */
export function nameAnomalyKey(key: AnomalyKey): string {
  return JSON.stringify(key ? [key.dimension, key.value] : []);
}

/** Evidence of an amount beside what was expected. */
export function compareAmounts(
  actualPicoUsd: bigint,
  expectedPicoUsd: bigint,
  about: Pick<AnomalyEvidence, 'limitRatio' | 'z'>,
): AnomalyEvidence {
  const ratio = expectedPicoUsd === 0n ? null : Number(actualPicoUsd) / Number(expectedPicoUsd);
  return {
    actualPicoUsd,
    expectedPicoUsd,
    excessPicoUsd: actualPicoUsd - expectedPicoUsd,
    ratio,
    ...about,
    contributors: [],
  };
}
