/** Where a migration subject stands: no case, a case being watched, or a case that has been made. */
export type MigrateVerdict = 'stay' | 'watch' | 'migrate_now';

/** The gates together. `unknown` blocks entering `migrate_now` but withdraws nothing. */
export type GatesOutcome = 'pass' | 'fail' | 'unknown';

/** What is known of one subject on one complete local day. USD figures are model outputs, not ledger money. */
export interface MigrateDay {
  /** Complete recorded days up to and including this one. */
  readonly historyDays: number;
  /** Saving as a share of the API bill; negative when self-hosting costs more. */
  readonly savingsRatio: number;
  /** Saving a month. */
  readonly savingsUsd: number;
  /** Probability, 0 to 1, that the saving holds. */
  readonly probability: number;
  /** Months until the one-time cost is earned back; `null` = never. */
  readonly paybackMonths: number | null;
  readonly gates: GatesOutcome;
  /** Whether the whole day was recorded; the figures of an incomplete day are not looked at. */
  readonly complete: boolean;
}

/** The thresholds of the state machine: an upper band to enter, a lower one to leave, and days running for both. */
export interface MigratePolicy {
  readonly onSavingsRatio: number;
  readonly onSavingsUsd: number;
  readonly onProbability: number;
  readonly onDays: number;
  readonly offSavingsRatio: number;
  readonly offSavingsUsd: number;
  readonly offProbability: number;
  readonly offDays: number;
  readonly maxPaybackMonths: number;
  readonly minHistoryDays: number;
  /** Incomplete days in a row that are bridged. */
  readonly maxMissingDays: number;
}

/** Policy that alerts least often in vain. @see METHODS of the project, section 6: measured on 365 series */
export const DEFAULT_MIGRATE_POLICY: MigratePolicy = {
  onSavingsRatio: 0.2,
  onSavingsUsd: 500,
  onProbability: 0.8,
  onDays: 7,
  offSavingsRatio: 0.1,
  offSavingsUsd: 250,
  offProbability: 0.5,
  offDays: 7,
  maxPaybackMonths: 12,
  minHistoryDays: 28,
  maxMissingDays: 3,
};

/** The machine after a day: its verdict and how many days in a row speak for a change. Plain data, to be stored. */
export interface MigrateState {
  readonly verdict: MigrateVerdict;
  readonly qualifyingDays: number;
  readonly failingDays: number;
  readonly missingDays: number;
}

/** Before the first day. */
export const INITIAL_MIGRATE_STATE: MigrateState = {
  verdict: 'stay',
  qualifyingDays: 0,
  failingDays: 0,
  missingDays: 0,
};

/**
 * The state after one more day. `stay` becomes `watch` on a qualifying day and `migrate_now` after `onDays` of them in
 * a row; `migrate_now` ends after `offDays` failing days in a row, or at once when a gate fails. Between the two bands
 * nothing changes, so noise around one line cannot make it flap.
 *
 * @see METHODS of the project, section 6
 */
export function nextMigrateState(state: MigrateState, day: MigrateDay, policy: MigratePolicy): MigrateState {
  if (!day.complete) return bridgeMissingDay(state, policy);
  return state.verdict === 'migrate_now' ? whileMigrating(state, day, policy) : whileWaiting(state, day, policy);
}

/** The state after each day, oldest first, starting from `state`. */
export function foldMigrateStates(
  state: MigrateState,
  days: readonly MigrateDay[],
  policy: MigratePolicy,
): readonly MigrateState[] {
  const states: MigrateState[] = [];
  let last = state;
  for (const day of days) {
    last = nextMigrateState(last, day, policy);
    states.push(last);
  }
  return states;
}

function bridgeMissingDay(state: MigrateState, policy: MigratePolicy): MigrateState {
  const missingDays = state.missingDays + 1;
  if (missingDays <= policy.maxMissingDays) return { ...state, missingDays };
  const verdict = state.verdict === 'watch' ? 'stay' : state.verdict;
  return { verdict, qualifyingDays: 0, failingDays: 0, missingDays };
}

function whileWaiting(state: MigrateState, day: MigrateDay, policy: MigratePolicy): MigrateState {
  if (!qualifies(day, policy)) return INITIAL_MIGRATE_STATE;
  const qualifyingDays = state.qualifyingDays + 1;
  if (qualifyingDays >= policy.onDays) return { ...INITIAL_MIGRATE_STATE, verdict: 'migrate_now' };
  return { ...INITIAL_MIGRATE_STATE, verdict: 'watch', qualifyingDays };
}

function whileMigrating(state: MigrateState, day: MigrateDay, policy: MigratePolicy): MigrateState {
  if (day.gates === 'fail') return INITIAL_MIGRATE_STATE;
  const failingDays = fails(day, policy) ? state.failingDays + 1 : 0;
  if (failingDays >= policy.offDays) return INITIAL_MIGRATE_STATE;
  return { ...INITIAL_MIGRATE_STATE, verdict: 'migrate_now', failingDays };
}

function qualifies(day: MigrateDay, policy: MigratePolicy): boolean {
  return (
    day.gates === 'pass' &&
    day.historyDays >= policy.minHistoryDays &&
    day.savingsRatio >= policy.onSavingsRatio &&
    day.savingsUsd >= policy.onSavingsUsd &&
    day.probability >= policy.onProbability &&
    day.paybackMonths !== null &&
    day.paybackMonths <= policy.maxPaybackMonths
  );
}

function fails(day: MigrateDay, policy: MigratePolicy): boolean {
  return (
    day.savingsRatio < policy.offSavingsRatio ||
    day.savingsUsd < policy.offSavingsUsd ||
    day.probability < policy.offProbability
  );
}
