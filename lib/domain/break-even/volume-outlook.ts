import { computeSavingsProbability } from '../calculators/savings.ts';
import { isAtLeast } from '../quotient.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import { billFleetUsd, type FleetCase } from './fleet-bill.ts';
import type { Confidence } from './target-assessment.ts';

/** Where the volume is going, as multiples of the recorded one. */
export interface VolumeOutlook {
  /** Equally likely volumes of the coming month; at least one. */
  readonly ratios: readonly number[];
  /** Bounds of the middle 80 %. */
  readonly lo80Ratio: number;
  readonly hi80Ratio: number;
}

/**
 * Share of the volumes with which self-hosting, re-sized, saves what the policy asks for.
 * @see METHODS of the project, section 5.2 (14)
 */
export function computeProbability(fleet: FleetCase, policy: BreakEvenPolicy, { ratios }: VolumeOutlook): number {
  const { minSavingsRatio, minSavingsUsd } = policy;
  const shares = ratios.map((ratio) =>
    computeSavingsProbability([fleet.apiUsd * ratio], billFleetUsd(fleet, ratio), minSavingsRatio, minSavingsUsd),
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** What {@link judgeConfidence} looks at. */
export interface ConfidenceEvidence {
  readonly probability: number | null;
  /** Null = there was no fit. */
  readonly fitErrorRatio: number | null;
  readonly isPeakMeasured: boolean;
  /** Complete days recorded. */
  readonly historyDays: number;
}

const HIGH = { probability: 0.9, historyDays: 56, fitErrorRatio: 0.1 };
const MEDIUM = { probability: 0.8, historyDays: 28 };

/** How far a saving may be relied on. @see METHODS of the project, section 5.2 (2, 15) */
export function judgeConfidence({
  probability,
  fitErrorRatio,
  isPeakMeasured,
  historyDays,
}: ConfidenceEvidence): Confidence {
  if (probability === null || fitErrorRatio === null) return 'low';
  const isHigh = isPeakMeasured && historyDays >= HIGH.historyDays && fitErrorRatio < HIGH.fitErrorRatio;
  if (isHigh && isAtLeast(probability, HIGH.probability)) return 'high';
  return isAtLeast(probability, MEDIUM.probability) && historyDays >= MEDIUM.historyDays ? 'medium' : 'low';
}
