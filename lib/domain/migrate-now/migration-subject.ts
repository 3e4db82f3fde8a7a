import { invariant } from '../errors.ts';
import { parseDayNumber } from '../forecast/day-number.ts';
import {
  INITIAL_MIGRATE_STATE,
  type MigrateDay,
  type MigratePolicy,
  type MigrateState,
  nextMigrateState,
} from './migrate-state.ts';

/** Days after an alert in which the same subject does not alert again. */
export const DEFAULT_REPEAT_DAYS = 30;

/** A workload, target and hardware that is assessed day by day. Plain data: stored after each day, read before the next. */
export interface MigrationSubject {
  readonly state: MigrateState;
  /** The last day taken in, `2026-01-29`; `null` before the first. */
  readonly lastDay: string | null;
  /** The day of the last alert; `null` when there was none. */
  readonly lastAlertDay: string | null;
  /** Whether the standing `migrate_now` has been told; only what was told is withdrawn. */
  readonly told: boolean;
}

/** A subject nothing is known of yet. */
export const NEW_MIGRATION_SUBJECT: MigrationSubject = {
  state: INITIAL_MIGRATE_STATE,
  lastDay: null,
  lastAlertDay: null,
  told: false,
};

/** The subject after a day, and what is to be sent because of it. */
export interface MigrationStep {
  readonly subject: MigrationSubject;
  /** `alert`: it pays to migrate; `notice`: what the alert said no longer holds. */
  readonly message: 'alert' | 'notice' | null;
}

const MISSING_DAY: MigrateDay = {
  historyDays: 0,
  savingsRatio: 0,
  savingsUsd: 0,
  probability: 0,
  paybackMonths: null,
  gates: 'unknown',
  complete: false,
};

/**
 * Takes in one day. A day at or before the last one changes nothing, so a catch-up may start anywhere; days left out
 * in between count as incomplete. One alert when `migrate_now` begins, one notice when a told one ends; within
 * `repeatDays` of an alert the next one waits and is sent later if it still stands.
 *
 * @param day - local day, `2026-01-29`
 * @throws {@link InvariantError} when `day` is not a calendar day
 */
export function advanceMigration(
  subject: MigrationSubject,
  day: string,
  measured: MigrateDay,
  policy: MigratePolicy,
  repeatDays: number = DEFAULT_REPEAT_DAYS,
): MigrationStep {
  const skippedDays = daysBetween(subject.lastDay ?? day, day) - (subject.lastDay === null ? 0 : 1);
  if (skippedDays < 0) return { subject, message: null };
  let bridged = subject.state;
  // Past the bridge every further missing day leaves the same state, so the loop need not be longer.
  for (let missing = 0; missing < Math.min(skippedDays, policy.maxMissingDays + 1); missing++) {
    bridged = nextMigrateState(bridged, MISSING_DAY, policy);
  }
  const state = nextMigrateState(bridged, measured, policy);
  const kept = { state, lastDay: day, lastAlertDay: subject.lastAlertDay, told: subject.told };
  if (state.verdict !== 'migrate_now') {
    return { subject: { ...kept, told: false }, message: subject.told ? 'notice' : null };
  }
  const silent = subject.lastAlertDay !== null && daysBetween(subject.lastAlertDay, day) < repeatDays;
  // An alert that waited goes out on a day whose own figures support it, not on an incomplete or a failing one.
  const supported = measured.complete && state.failingDays === 0;
  if (subject.told || silent || !supported) return { subject: kept, message: null };
  return { subject: { ...kept, told: true, lastAlertDay: day }, message: 'alert' };
}

function daysBetween(earlier: string, later: string): number {
  const from = parseDayNumber(earlier);
  const to = parseDayNumber(later);
  invariant(from !== undefined && to !== undefined, `not calendar days: ${earlier}, ${later}`);
  return to - from;
}
