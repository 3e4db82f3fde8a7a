import { assessTarget } from '../break-even/assess-target.ts';
import { compareAssessments, findMeanLengths } from '../break-even/compare-targets.ts';
import type { HostingOffer } from '../break-even/hosting-offer.ts';
import type { TargetAssessment } from '../break-even/target-assessment.ts';
import { measureTargetDemand, type TargetDemand } from '../break-even/target-demand.ts';
import type { VolumeOutlook } from '../break-even/volume-outlook.ts';
import type { Reference } from '../reference/reference-rows.ts';
import type { Demand } from '../workload/demand.ts';
import type { Workload } from '../workload/workload.ts';
import { type Blocker, findBlockers } from './find-blockers.ts';
import { findMigrationOffers, type OfferLack, UNBOUNDED_TOKENS } from './find-migration-offers.ts';
import { combineGates, type Gates, judgeGates } from './judge-gates.ts';
import type { MigrateDay } from './migrate-state.ts';
import type { MigrationProfile } from './migration-profile.ts';

/** What the ledger holds of a profile's scope over the trailing window that ends with `day`. */
export interface MigrationMeasures {
  /** The local day that is assessed, the window's last, `2026-01-29`. */
  readonly day: string;
  /** Whether that whole day was recorded. */
  readonly complete: boolean;
  /** Complete days recorded up to and including `day`. */
  readonly historyDays: number;
  /** Complete days the window covers: 1 to 28. */
  readonly windowDays: number;
  /** Calls of the scope in the window, those included that the target cannot serve. */
  readonly calls: bigint;
  /** Calls without a full price; the API cost leaves out what they lack. */
  readonly unpricedCalls: bigint;
}

/** One day of a profile: what was recorded, where it is going, and what is reckoned with. */
export interface MigrationCase {
  readonly measures: MigrationMeasures;
  /** The calls of the window; calls must be told apart at {@link listMigrationWindows}. */
  readonly workload: Workload;
  readonly reference: Reference;
  /** Where the bill is going; null = nothing was forecast. */
  readonly outlook: VolumeOutlook | null;
}

/** One day's comparison of a recorded workload with one self-hosted target. */
export interface MigrationAssessment {
  readonly profile: MigrationProfile;
  readonly measures: MigrationMeasures;
  /** The comparison of the calls that the target can serve; null where there is none, with the reason in `lack`. */
  readonly target: TargetAssessment | null;
  readonly lack: OfferLack | null;
  readonly gates: Gates;
  /** Set apart from the saving: privacy demands or forbids the move whatever it costs. */
  readonly mandate: 'migrate_required' | 'never' | null;
  /** What the state machine takes in. */
  readonly migrateDay: MigrateDay;
  /** Why the day does not qualify; none where it does. */
  readonly blockers: readonly Blocker[];
  /** What nobody measured, a phrase each. */
  readonly assumed: readonly string[];
}

/** Sizes at which calls must be told apart for a profile beside those of the reference. */
export function listMigrationWindows({ typed }: MigrationProfile): readonly number[] {
  return typed.contextTokens === null ? [] : [typed.contextTokens];
}

/**
 * Compares one day's trailing workload with the profile's target: real demand by the minute, only the calls that it can
 * serve, and the machine and service time of the reference where they are not typed.
 *
 * @see METHODS of the project, sections 5.2 and 6
 */
export function assessMigration(profile: MigrationProfile, today: MigrationCase): MigrationAssessment {
  const { measures } = today;
  const { target, lack } = assessBest(profile, today);
  const gates = judgeGates(profile, measures, target);
  const migrateDay: MigrateDay = {
    historyDays: measures.historyDays,
    savingsRatio: target?.savingsRatio ?? 0,
    savingsUsd: target?.savingsUsd ?? 0,
    probability: profile.typed.savingsProbability ?? target?.probability ?? 0,
    paybackMonths: target?.paybackMonths ?? null,
    gates: combineGates(gates),
    complete: measures.complete,
  };
  return {
    profile,
    measures,
    target,
    lack,
    gates,
    mandate: profile.privacy === 'mandatory' ? 'migrate_required' : profile.privacy === 'forbidden' ? 'never' : null,
    migrateDay,
    blockers: findBlockers(migrateDay, gates, profile.policy),
    assumed: [...listTyped(profile), ...(target ? listUnbounded(target) : []), ...(target?.assumed ?? [])],
  };
}

/** Of the ways to run the target on the machine, such as precisions, the one with the lowest bill. */
function assessBest(
  profile: MigrationProfile,
  { measures, workload, reference, outlook }: MigrationCase,
): Pick<MigrationAssessment, 'target' | 'lack'> {
  const { offers, lack } = findMigrationOffers(profile, reference, findMeanLengths(workload));
  const context = {
    policy: { ...profile.running, quality: profile.facts.quality },
    ...{ reference, outlook, historyDays: measures.historyDays, acceptedRatio: null },
  };
  const assessed = offers.flatMap((offer) => {
    const demand = measureOffer(profile, workload, offer);
    return demand.asRecorded.servable.calls > 0 ? [assessTarget(offer, demand, context)] : [];
  });
  const [best] = assessed.sort(compareAssessments);
  return best ? { target: best, lack: null } : { target: null, lack: lack ?? 'no_calls' };
}

function measureOffer({ typed }: MigrationProfile, workload: Workload, { target }: HostingOffer): TargetDemand {
  const demand = measureTargetDemand(workload, target);
  const { peakFactor } = typed;
  if (peakFactor === null) return demand;
  return {
    asRecorded: typePeak(demand.asRecorded, peakFactor),
    shorter: typePeak(demand.shorter, peakFactor),
    longer: typePeak(demand.longer, peakFactor),
  };
}

function typePeak(demand: Demand, peakFactor: number): Demand {
  return { ...demand, isPeakMeasured: false, peakFactor, peakBusyReplicas: demand.meanBusyReplicas * peakFactor };
}

function listTyped({ typed, gates, targetModel, hardware }: MigrationProfile): readonly string[] {
  return [
    ...(typed.savingsProbability === null ? [] : [`a probability of ${typed.savingsProbability}`]),
    ...(typed.serviceTime === null ? [] : [`service time of ${targetModel} (a, b, c)`]),
    ...(typed.replicaMonthlyUsd === null
      ? []
      : [`${typed.replicaMonthlyUsd} USD a month for a replica on ${hardware}`]),
    ...(typed.contextTokens === null ? [] : [`a context window of ${typed.contextTokens} tokens`]),
    ...Object.keys(gates).map((gate) => `gate ${gate} as answered`),
  ];
}

function listUnbounded({ offer }: TargetAssessment): readonly string[] {
  return offer.target.model.contextTokens === UNBOUNDED_TOKENS ? ['a context window that every call fits'] : [];
}
