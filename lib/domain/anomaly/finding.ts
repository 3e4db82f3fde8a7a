import type { Bounds } from '../local-time.ts';

/** What a local day cost. */
export interface DailySpend {
  /** Local day, `2026-01-29`. */
  readonly day: string;
  /** Not below zero. */
  readonly costPicoUsd: bigint;
  /** Calls of it are known or feared to be missing: it may be too high all the same, but never too low, and teaches nothing. */
  readonly isPartial?: boolean;
  /** What is learned from it where that is not what it cost: a part of it was confirmed to be a one-off. */
  readonly regularPicoUsd?: bigint;
}

/** Which calls an anomaly is about: those with one value of one dimension (null = not sent); null = all of a tenant. */
export type AnomalyKey = { readonly dimension: string; readonly value: string | null } | null;

/** What found it; each detector is described in docs/anomalies.md under its id. */
export type AnomalyDetector =
  /** A1: a day far above what it should have cost. */
  | 'daily_spike'
  /** A2: minutes far above what they should have cost. */
  | 'burn_rate'
  /** A2: a day that is heading for far more than the share of a budget that falls on it. */
  | 'budget_pace'
  /** A3: days far below. */
  | 'drop'
  /** A4: spend moved to another level and stayed there. */
  | 'level_shift'
  /** A5: first use of something that costs a lot at once. */
  | 'first_use'
  /** A5: the price of a unit of a model is another one. */
  | 'price_change'
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
  /** Of a changed price: every unit of it that changed. */
  readonly prices?: readonly UnitPrice[];
  /** Of outlying calls: the one that cost most, and how many there were with it. */
  readonly calls?: { readonly id: string; readonly count: number };
  /** Of minutes or a day that a budget is concerned by. */
  readonly budget?: ConcernedBudget;
}

/** What a unit of a model costs, before and now, as decimal text of USD per the same block of units. */
export interface UnitPrice {
  readonly model: string;
  readonly unit: string;
  readonly beforeUsd: string;
  readonly nowUsd: string;
}

/** A budget whose calls are part of an anomaly. */
export interface ConcernedBudget {
  readonly name: string;
  /** Empty where the budget has one part only. */
  readonly part: string;
  /** Of the running period, less what was spent in it; below zero when it is overdrawn. */
  readonly remainingPicoUsd: bigint;
  /** When it is gone at the pace of the last minutes; null = nothing is being spent. */
  readonly minutesLeft: number | null;
  /** What the running day is heading for, an estimate; only where that is what was found. */
  readonly projectedDayPicoUsd?: bigint;
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
