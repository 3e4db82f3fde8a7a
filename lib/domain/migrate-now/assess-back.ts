import { HOURS_PER_MONTH } from '../break-even/self-host-fleet.ts';
import type { VolumeOutlook } from '../break-even/volume-outlook.ts';
import { type Blocker, findBlockers } from './find-blockers.ts';
import type { Gates } from './judge-gates.ts';
import type { GatesOutcome, MigrateDay, MigratePolicy } from './migrate-state.ts';

/** What a self-hosted deployment cost over the days behind one, and what its calls would have cost at list price. */
export interface BackMeasures {
  /** Name of the capacity. */
  readonly capacity: string;
  /** The last day, `2026-01-29`. */
  readonly day: string;
  /** Days that were accrued, up to and including this one. */
  readonly historyDays: number;
  /** Accrued days that the sums cover: 1 to 28. */
  readonly windowDays: number;
  /** Accrued, used or not. */
  readonly costPicoUsd: bigint;
  /** Of the calls it served, as far as their list price is known. */
  readonly listPicoUsd: bigint;
  readonly calls: bigint;
  readonly callsWithoutList: bigint;
}

/** One day of the way back: whether the calls would cost less on the API. Figures in USD are model outputs. */
export interface BackAssessment {
  readonly measures: BackMeasures;
  /** The deployment and its calls at list price, for a month of 730 hours. */
  readonly selfMonthlyUsd: number;
  readonly apiMonthlyUsd: number;
  readonly migrateDay: MigrateDay;
  readonly blockers: readonly Blocker[];
}

/** Share of the calls whose list price must be known. */
const MIN_LISTED_RATIO = 0.95;

/**
 * Compares a deployment's accrued cost with its calls at list price: the same bounds as for moving there, in the other
 * direction. Its cost is fixed, so only the calls are forecast. Calls without a list price would cost more than is known:
 * then nothing is said.
 */
export function assessBack(
  measures: BackMeasures,
  outlook: VolumeOutlook | null,
  policy: MigratePolicy,
): BackAssessment {
  const { historyDays, calls, callsWithoutList } = measures;
  const perMonth = HOURS_PER_MONTH / (24 * measures.windowDays);
  const selfMonthlyUsd = (Number(measures.costPicoUsd) / 1e12) * perMonth;
  const apiMonthlyUsd = (Number(measures.listPicoUsd) / 1e12) * perMonth;
  const savingsUsd = selfMonthlyUsd - apiMonthlyUsd;
  const isListed = Number(calls - callsWithoutList) >= MIN_LISTED_RATIO * Number(calls);
  const data: GatesOutcome = isListed ? 'pass' : 'unknown';
  const migrateDay: MigrateDay = {
    historyDays,
    savingsUsd,
    savingsRatio: selfMonthlyUsd > 0 ? savingsUsd / selfMonthlyUsd : 0,
    probability: findShare(outlook, selfMonthlyUsd, apiMonthlyUsd, policy),
    paybackMonths: savingsUsd > 0 ? 0 : null,
    gates: data,
    complete: true,
  };
  const open = { privacy: 'pass', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' } as const;
  const gates: Gates = { ...open, data };
  return { measures, selfMonthlyUsd, apiMonthlyUsd, migrateDay, blockers: findBlockers(migrateDay, gates, policy) };
}

/** Share of the forecast volumes with which the way back stays worth it; without calls it is certain. */
function findShare(
  outlook: VolumeOutlook | null,
  selfUsd: number,
  apiUsd: number,
  { offSavingsRatio, offSavingsUsd }: MigratePolicy,
): number {
  const neededUsd = Math.max(offSavingsRatio * selfUsd, offSavingsUsd);
  const ratios = outlook?.ratios ?? [1];
  return ratios.filter((ratio) => selfUsd - apiUsd * ratio >= neededUsd).length / ratios.length;
}
