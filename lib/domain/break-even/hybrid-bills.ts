import { billFleetUsd, type FleetCase } from './fleet-bill.ts';
import type { HybridBill, HybridCurve } from './target-assessment.ts';

const STEPS = 10;

/** Ways to share calls between own machines and the API, see {@link HybridCurve}. */
export type HybridMode = 'router' | 'cascade';

/** Bills of a hybrid over all shares. @see METHODS of the project, section 5.2 (7) */
export function computeHybridCurve(fleet: FleetCase, mode: HybridMode): HybridCurve {
  const curve = Array.from({ length: STEPS + 1 }, (_, step): HybridBill => {
    const shareRatio = step / STEPS;
    return { shareRatio, monthlyUsd: billHybridUsd(fleet, mode, shareRatio, 1) };
  });
  const [none, ...others] = curve as [HybridBill, ...HybridBill[]];
  return { curve, best: others.reduce((best, bill) => (bill.monthlyUsd < best.monthlyUsd ? bill : best), none) };
}

/** The bill of one share at a multiple of the recorded volume. */
export function billHybridUsd(fleet: FleetCase, mode: HybridMode, shareRatio: number, volumeRatio: number): number {
  const apiUsd = fleet.apiUsd * volumeRatio;
  // Nobody keeps machines that answer nothing.
  if (shareRatio === 0) return apiUsd;
  const ownVolumeRatio = mode === 'router' ? shareRatio * volumeRatio : volumeRatio;
  return billFleetUsd(fleet, ownVolumeRatio) + (1 - shareRatio) * apiUsd;
}
