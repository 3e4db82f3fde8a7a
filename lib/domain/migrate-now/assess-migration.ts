import {
  computeFleetMonthlyUsd,
  computeReplicaCapacityRequests,
  HOURS_PER_MONTH,
  sizeFleetReplicas,
} from '../break-even/self-host-fleet.ts';
import { findLastCrossingRequests, findSteppedBreakEven, type SteppedBills } from '../break-even/stepped-break-even.ts';
import { computePaybackMonths } from '../calculators/savings.ts';
import { invariant } from '../errors.ts';
import type { GatesOutcome, MigrateDay } from './migrate-state.ts';
import type { MigrationProfile, TypedGate } from './migration-profile.ts';
import { computeThreeYearCosts, type ThreeYearCosts } from './three-year-costs.ts';

/** What the ledger holds of a profile's scope over the trailing window that ends with `day`. */
export interface MigrationMeasures {
  /** The local day that is assessed, the window's last, `2026-01-29`. */
  readonly day: string;
  /** Whether that whole day was recorded. */
  readonly complete: boolean;
  /** Complete days recorded up to and including `day`. */
  readonly historyDays: number;
  /** Complete days the sums below cover: 1 to 28. */
  readonly windowDays: number;
  readonly calls: bigint;
  /** Calls without a full price; the API cost leaves out what they lack. */
  readonly unpricedCalls: bigint;
  readonly costPicoUsd: bigint;
  /** Whole prompts, cached part included. */
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
}

/**
 * One day's comparison of a recorded workload with one self-hosted target. `apiMonthlyPicoUsd` is ledger money scaled
 * to a month; every figure in USD as a number is the output of a model.
 */
export interface MigrationAssessment {
  readonly profile: MigrationProfile;
  readonly measures: MigrationMeasures;
  readonly apiMonthlyPicoUsd: bigint;
  readonly requestsPerMonth: number;
  readonly meanInputTokens: number;
  readonly meanOutputTokens: number;
  readonly replicas: number;
  readonly selfMonthlyUsd: number;
  readonly savingsUsd: number;
  readonly savingsRatio: number;
  readonly paybackMonths: number | null;
  /** Calls a month from which self-hosting first pays; `null` = never, or no calls to judge by. */
  readonly firstRequests: number | null;
  /** Calls a month from which it keeps paying; `null` = never. */
  readonly stableRequests: number | null;
  /** Where it pays now: the volume below which it would no longer; else `null`. */
  readonly reversingRequests: number | null;
  readonly threeYears: readonly ThreeYearCosts[];
  readonly gates: Readonly<Record<TypedGate | 'privacy' | 'data', GatesOutcome>>;
  /** Set apart from the saving: privacy demands or forbids the move whatever it costs. */
  readonly mandate: 'migrate_required' | 'never' | null;
  /** What the state machine takes in. */
  readonly migrateDay: MigrateDay;
  /** Names of the inputs that nobody measured. */
  readonly assumedInputs: readonly string[];
}

/** Share of calls that must carry a full price before the comparison counts. */
const MIN_PRICED_RATIO = 0.95;

/**
 * Compares one day's trailing workload with the profile's fleet. A month is 730 hours. Unpriced calls count as load but
 * not as API cost, which understates the saving. The service time is that of the mean call.
 *
 * @throws {@link InvariantError} when the window has no day or more unpriced calls than calls
 * @see METHODS of the project, sections 5.2 and 6
 */
export function assessMigration(profile: MigrationProfile, measures: MigrationMeasures): MigrationAssessment {
  invariant(measures.windowDays > 0, 'the window holds no complete day');
  invariant(measures.unpricedCalls <= measures.calls, 'more unpriced calls than calls');
  const calls = Number(measures.calls);
  const apiMonthlyPicoUsd = scaleToMonthPicoUsd(measures.costPicoUsd, measures.windowDays);
  const apiMonthlyUsd = Number(apiMonthlyPicoUsd) / 1e12;
  const requestsPerMonth = (calls * HOURS_PER_MONTH) / (24 * measures.windowDays);
  const meanInputTokens = calls === 0 ? 0 : Number(measures.inputTokens) / calls;
  const meanOutputTokens = calls === 0 ? 0 : Number(measures.outputTokens) / calls;
  const capacityRequests = computeReplicaCapacityRequests({
    serviceTime: profile.serviceTime,
    inputTokens: meanInputTokens,
    outputTokens: meanOutputTokens,
    utilisationRatio: profile.utilisationRatio,
    peakFactor: profile.peakFactor,
    hoursPerMonth: HOURS_PER_MONTH,
  });
  const replicas = sizeFleetReplicas(profile.fleet, capacityRequests, requestsPerMonth);
  const selfMonthlyUsd = computeFleetMonthlyUsd(profile.fleet, replicas);
  const savingsUsd = apiMonthlyUsd - selfMonthlyUsd;
  const savingsRatio = apiMonthlyUsd > 0 ? savingsUsd / apiMonthlyUsd : 0;
  const paybackMonths = computePaybackMonths(profile.oneTimeUsd, apiMonthlyUsd, selfMonthlyUsd);
  const gates = judgeGates(profile, measures);
  return {
    profile,
    measures,
    apiMonthlyPicoUsd,
    requestsPerMonth,
    meanInputTokens,
    meanOutputTokens,
    replicas,
    selfMonthlyUsd,
    savingsUsd,
    savingsRatio,
    paybackMonths,
    ...findCrossings(profile, { apiMonthlyUsd, requestsPerMonth, capacityRequests, replicas, savingsUsd }),
    threeYears: computeThreeYearCosts(profile.oneTimeUsd, apiMonthlyUsd, selfMonthlyUsd),
    gates,
    mandate: profile.privacy === 'mandatory' ? 'migrate_required' : profile.privacy === 'forbidden' ? 'never' : null,
    migrateDay: {
      historyDays: measures.historyDays,
      savingsRatio,
      savingsUsd,
      probability: profile.savingsProbability,
      paybackMonths,
      gates: combineGates(Object.values(gates)),
      complete: measures.complete,
    },
    assumedInputs: listAssumedInputs(profile),
  };
}

/** The window's cost as a month of 730 hours, rounded half to even at the picodollar. */
function scaleToMonthPicoUsd(costPicoUsd: bigint, windowDays: number): bigint {
  const hours = 24n * BigInt(windowDays);
  const product = costPicoUsd * BigInt(HOURS_PER_MONTH);
  const floor = product / hours - (product % hours < 0n ? 1n : 0n);
  const twiceRest = 2n * (product - floor * hours);
  return twiceRest > hours || (twiceRest === hours && floor % 2n !== 0n) ? floor + 1n : floor;
}

interface Volume {
  readonly apiMonthlyUsd: number;
  readonly requestsPerMonth: number;
  readonly capacityRequests: number;
  readonly replicas: number;
  readonly savingsUsd: number;
}

function findCrossings(
  profile: MigrationProfile,
  volume: Volume,
): Pick<MigrationAssessment, 'firstRequests' | 'stableRequests' | 'reversingRequests'> {
  // Without calls, or with calls of no length, there is neither a price per call nor a capacity.
  if (volume.requestsPerMonth === 0 || !Number.isFinite(volume.capacityRequests)) {
    return { firstRequests: null, stableRequests: null, reversingRequests: null };
  }
  const bills: SteppedBills = {
    apiUnitUsd: volume.apiMonthlyUsd / volume.requestsPerMonth,
    apiFixedUsd: 0,
    fleet: profile.fleet,
    capacityRequests: volume.capacityRequests,
  };
  const { firstRequests, stableRequests } = findSteppedBreakEven(bills);
  const reversingRequests = volume.savingsUsd > 0 ? findLastCrossingRequests(bills, volume.replicas) : null;
  return { firstRequests, stableRequests, reversingRequests };
}

function judgeGates(profile: MigrationProfile, measures: MigrationMeasures): MigrationAssessment['gates'] {
  const priced = Number(measures.calls - measures.unpricedCalls) >= MIN_PRICED_RATIO * Number(measures.calls);
  const privacy = { allowed: 'pass', mandatory: 'pass', forbidden: 'fail', unknown: 'unknown' } as const;
  return {
    privacy: privacy[profile.privacy],
    ...profile.gates,
    // Too short a history is not known to be enough; it blocks, but it cannot withdraw what longer history said.
    data: !priced ? 'fail' : measures.historyDays >= profile.policy.minHistoryDays ? 'pass' : 'unknown',
  };
}

function combineGates(gates: readonly GatesOutcome[]): GatesOutcome {
  if (gates.includes('fail')) return 'fail';
  return gates.includes('unknown') ? 'unknown' : 'pass';
}

function listAssumedInputs(profile: MigrationProfile): readonly string[] {
  const typed = [
    'savings_probability',
    'gates',
    'service time of the mean call (a, b, c)',
    'peak_factor',
    'rho',
    'min_replicas',
    'replica and operations prices',
    'one_time_usd',
  ];
  return typed.map((input) => (profile.defaulted.includes(input) ? `${input} (default)` : input));
}
