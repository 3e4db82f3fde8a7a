import { judgeBesideToday } from '../break-even/compare-quality.ts';
import type { TargetAssessment } from '../break-even/target-assessment.ts';
import { parseDayNumber } from '../forecast/day-number.ts';
import type { GatesOutcome } from './migrate-state.ts';
import type { MigrationProfile, TypedGate } from './migration-profile.ts';

/** What must hold beside the saving. */
export type Gate = TypedGate | 'privacy' | 'data';

/** What the recorded days say of the data gate. */
export interface GateEvidence {
  readonly day: string;
  readonly historyDays: number;
  readonly calls: bigint;
  readonly unpricedCalls: bigint;
}

/** Every gate with its outcome. */
export type Gates = Readonly<Record<Gate, GatesOutcome>>;

/** Share of calls that must carry a full price before the comparison counts. */
const MIN_PRICED_RATIO = 0.95;
/** An older evaluation was of another model or other calls. */
const EVALUATION_DAYS = 90;
const MIN_EXPERTISE = 2;
const MIN_LIFE_MONTHS = 6;
const LIFE_AFTER_PAYBACK_MONTHS = 3;

/**
 * Judges the gates: what the profile answers counts, the rest is computed where it can be. Unknown blocks an alert and
 * withdraws none.
 *
 * @param target - null where the target cannot be assessed
 * @see METHODS of the project, section 6
 */
export function judgeGates(profile: MigrationProfile, evidence: GateEvidence, target: TargetAssessment | null): Gates {
  const { gates, facts } = profile;
  const privacy = { allowed: 'pass', mandatory: 'pass', forbidden: 'fail', unknown: 'unknown' } as const;
  return {
    privacy: privacy[profile.privacy],
    quality: gates.quality ?? judgeQuality(profile, evidence.day, target),
    expertise: gates.expertise ?? judgeExpertise(facts),
    timeline: gates.timeline ?? judgeTimeline(facts.plannedLifeMonths, target?.paybackMonths ?? null),
    capacity: gates.capacity ?? judgeCapacity(target),
    data: judgeData(profile, evidence),
  };
}

/** All gates as one: a failed one decides, then one that is not known. */
export function combineGates(gates: Gates): GatesOutcome {
  return combineOutcomes(Object.values(gates));
}

function combineOutcomes(outcomes: readonly GatesOutcome[]): GatesOutcome {
  if (outcomes.includes('fail')) return 'fail';
  return outcomes.includes('unknown') ? 'unknown' : 'pass';
}

function judgeQuality({ facts }: MigrationProfile, day: string, target: TargetAssessment | null): GatesOutcome {
  const evaluated = parseDayNumber(facts.evaluationPassedOn ?? '');
  const now = parseDayNumber(day);
  if (evaluated !== undefined && now !== undefined && now - evaluated <= EVALUATION_DAYS) return 'pass';
  if (target === null) return 'unknown';
  // Where a score is asked for, the target's gate is of that score alone.
  return combineOutcomes([target.qualityGate, judgeBesideToday(target.quality)]);
}

function judgeExpertise({ expertiseLevel, isManaged }: MigrationProfile['facts']): GatesOutcome {
  if (isManaged) return 'pass';
  if (expertiseLevel === null) return 'unknown';
  return expertiseLevel >= MIN_EXPERTISE ? 'pass' : 'fail';
}

/** A payback that moves with the bill must not end at once what took a week to begin: too long a one is not known to do. */
function judgeTimeline(plannedLifeMonths: number | null, paybackMonths: number | null): GatesOutcome {
  if (plannedLifeMonths === null) return 'unknown';
  if (plannedLifeMonths < MIN_LIFE_MONTHS) return 'fail';
  const isLongEnough = paybackMonths !== null && plannedLifeMonths >= paybackMonths + LIFE_AFTER_PAYBACK_MONTHS;
  return isLongEnough ? 'pass' : 'unknown';
}

function judgeCapacity(target: TargetAssessment | null): GatesOutcome {
  if (target === null) return 'unknown';
  const isSized = target.offer.target.serviceTime.rows.length > 0;
  return isSized && target.isPeakMeasured ? 'pass' : 'unknown';
}

function judgeData({ policy }: MigrationProfile, { calls, unpricedCalls, historyDays }: GateEvidence): GatesOutcome {
  if (Number(calls - unpricedCalls) < MIN_PRICED_RATIO * Number(calls)) return 'fail';
  // Too short a history is not known to be enough; it blocks, but it cannot withdraw what longer history said.
  return historyDays >= policy.minHistoryDays ? 'pass' : 'unknown';
}
