import { createHash } from 'node:crypto';
import { renderMigrationAlert } from '../../domain/alerts/alert-migration-message.ts';
import { LedgerError } from '../../domain/errors.ts';
import { addDays } from '../../domain/local-time.ts';
import type { MigrationAssessment } from '../../domain/migrate-now/assess-migration.ts';
import { describeMigration } from '../../domain/migrate-now/describe-migration.ts';
import { type MigrationProfile, nameMigrationSubject } from '../../domain/migrate-now/migration-profile.ts';
import {
  advanceMigration,
  type MigrationSubject,
  NEW_MIGRATION_SUBJECT,
} from '../../domain/migrate-now/migration-subject.ts';
import {
  InvalidMigrationProfileError,
  parseMigrationProfile,
  SHARED_PROFILE,
} from '../../domain/migrate-now/parse-migration-profile.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import type { HeldAlert, MigrationStore, PublishPorts, StoredProfile } from '../alerts/alert-ports.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import { drawLease, type PublishOutcome, publishHeld } from '../alerts/publish-alerts.ts';
import type { TenantConfig, Tenants } from '../ports.ts';
import { type OwnRowPorts, readReference } from '../reference/own-rows.ts';
import type { WorkloadPorts } from '../workloads/read-workload.ts';
import { findZone } from '../zones.ts';
import { assessBackMoves, type BackPorts } from './assess-back-capacities.ts';
import { readRecordedDays } from './assess-break-even-days.ts';
import { findProfileIssues, findShared } from './assess-break-even-profiles.ts';
import { type ProfileAssessor, type ProfileHistory, prepareAssessor } from './assess-migration-profile.ts';

/** What assessing takes. */
export interface AssessPorts extends PublishPorts, WorkloadPorts, BackPorts {
  readonly reader: WorkloadPorts['reader'];
  readonly migrations: MigrationStore;
  readonly ownRows: OwnRowPorts['ownRows'];
}

/** What one assessment of a tenant did. */
export interface AssessReport {
  readonly profiles: number;
  /** Days taken in, over all profiles. */
  readonly days: number;
  /** Profiles of which days are left for the next run, because their calls are not measured yet. */
  readonly unfinished: readonly string[];
  readonly alerts: readonly { readonly alertId: string; readonly day: string; readonly outcome: PublishOutcome }[];
}

/** Something could not be assessed; the next run goes on where each profile stands. */
export class AssessmentIncompleteError extends LedgerError {
  override readonly name = 'AssessmentIncompleteError';
  readonly code = 'assessment/incomplete';
  readonly retryable = true;
}

/** Restarts of one profile because another run moved it on meanwhile. */
const MAX_RESTARTS = 5;

/** A new profile is assessed from so many days back on; the windows of these days reach 27 days further. */
export const MAX_CATCH_UP_DAYS = 35;

/**
 * Assesses every tenant up to yesterday.
 *
 * @param deadlineMs - epoch milliseconds after which no further day is measured; what is left is for the next run
 * @throws {@link AssessmentIncompleteError} after all other tenants were assessed
 */
export async function assessAllTenants(
  ports: AssessPorts & { readonly tenants: Tenants },
  deadlineMs: number,
): Promise<readonly AssessReport[]> {
  const reports: AssessReport[] = [];
  const faults: unknown[] = [];
  for (const tenant of await ports.tenants.list()) {
    const report = await assessBreakEven(ports, tenant, deadlineMs).catch((cause: unknown) => void faults.push(cause));
    if (report) reports.push(report);
  }
  if (faults.length > 0)
    throw new AssessmentIncompleteError(`${faults.length} tenants not assessed`, { cause: new AggregateError(faults) });
  return reports;
}

/**
 * Takes in, for each migration profile of a tenant, every complete local day that it has not seen, oldest first and at
 * most {@link MAX_CATCH_UP_DAYS} back, and sends what the state machine says: one alert when it begins to pay for good,
 * one notice when that ends; first the same for deployments that may no longer pay. Safe to run twice at once: each day
 * is taken in by one of the runs.
 *
 * @throws {@link AssessmentIncompleteError} after everything else of the tenant was assessed
 */
export async function assessBreakEven(
  ports: AssessPorts,
  tenant: TenantConfig,
  deadlineMs: number,
): Promise<AssessReport> {
  const faults: unknown[] = [];
  const setAside = (cause: unknown) => void faults.push(cause);
  const stored = await ports.migrations.listProfiles(tenant.tenant);
  const { policy, repeatDays } = readShared(stored);
  const back = (await assessBackMoves(ports, tenant, policy, repeatDays).catch(setAside)) ?? { days: 0, alerts: [] };
  const profiles = readProfiles(stored, setAside).filter(({ migratedOn }) => migratedOn === null);
  const forth = await assessProfiles(ports, tenant, profiles, deadlineMs, setAside);
  if (faults.length > 0) {
    const cause = new AggregateError(faults);
    throw new AssessmentIncompleteError(`${faults.length} subjects of ${tenant.tenant} not assessed`, { cause });
  }
  return { ...forth, days: back.days + forth.days, alerts: [...back.alerts, ...forth.alerts] };
}

async function assessProfiles(
  ports: AssessPorts,
  tenant: TenantConfig,
  profiles: readonly MigrationProfile[],
  deadlineMs: number,
  setAside: (cause: unknown) => void,
): Promise<AssessReport> {
  if (profiles.length === 0) return { profiles: 0, days: 0, unfinished: [], alerts: [] };
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const { completeDays, sums } = await readRecordedDays(ports.reader, tenant, profiles, today);
  const { reference } = await readReference(ports, tenant.tenant);
  let days = 0;
  const unfinished: string[] = [];
  const alerts: SentAlerts = [];
  for (const [index, profile] of profiles.entries()) {
    const history = { completeDays, sums: sums[index] ?? new Map() };
    const run: ProfileRun = { ports, tenant, profile, history, reference, today, deadlineMs };
    const done = await assessProfile(run, alerts).catch(setAside);
    days += done?.days ?? 0;
    if (!done?.isFinished) unfinished.push(profile.name);
  }
  return { profiles: profiles.length, days, unfinished, alerts };
}

/** The profiles of a tenant with what they share filled in; one that cannot be read is set aside. */
function readProfiles(
  stored: readonly StoredProfile[],
  setAside: (cause: unknown) => void,
): readonly MigrationProfile[] {
  const shared = findShared(stored);
  return stored.flatMap(({ name, source }) => {
    if (name === SHARED_PROFILE) return [];
    const issues = findProfileIssues(source, shared).map((issue) => `${name}: ${issue}`);
    if (issues.length === 0) return [parseMigrationProfile(source, shared)];
    setAside(new InvalidMigrationProfileError(issues));
    return [];
  });
}

/** The bounds that deployments are judged by, too: those that a tenant's profiles share. */
function readShared(stored: readonly StoredProfile[]): MigrationProfile {
  return parseMigrationProfile({ name: SHARED_PROFILE, target_model: 'any', hardware: 'any' }, findShared(stored));
}

interface ProfileRun {
  readonly ports: AssessPorts;
  readonly tenant: TenantConfig;
  readonly profile: MigrationProfile;
  readonly history: ProfileHistory;
  readonly reference: Reference;
  readonly today: string;
  readonly deadlineMs: number;
}

type SentAlerts = AssessReport['alerts'][number][];

async function assessProfile(
  run: ProfileRun,
  alerts: SentAlerts,
): Promise<{ readonly days: number; readonly isFinished: boolean }> {
  const { ports, tenant, profile, history, reference, deadlineMs } = run;
  const oldest = addDays(run.today, -MAX_CATCH_UP_DAYS);
  for (let restart = 0; restart < MAX_RESTARTS; restart++) {
    const before = (await ports.migrations.standing(tenant.tenant, nameSubjectKey(profile)))?.subject;
    const days = history.completeDays.filter((day) => day >= oldest && day > (before?.lastDay ?? ''));
    if (days.length === 0) return { days: 0, isFinished: true };
    const assessor = await prepareAssessor(ports, tenant, profile, history, { days, reference, deadlineMs });
    const result = await takeInDays(run, assessor, before, days, alerts);
    if (result !== 'behind') return { days: result, isFinished: result === days.length };
  }
  throw new AssessmentIncompleteError(`profile ${profile.name} of ${tenant.tenant} is being moved on by somebody else`);
}

async function takeInDays(
  { ports, tenant, profile }: ProfileRun,
  assessor: ProfileAssessor,
  before: MigrationSubject | undefined,
  days: readonly string[],
  alerts: SentAlerts,
): Promise<number | 'behind'> {
  const key = nameSubjectKey(profile);
  let subject = before ?? NEW_MIGRATION_SUBJECT;
  let storedDay = before?.lastDay ?? null;
  let latest: MigrationAssessment | undefined;
  let taken = 0;
  for (const day of days) {
    const assessment = assessor.assess(day);
    if (assessment === null) break;
    const step = advanceMigration(subject, day, assessment.migrateDay, profile.policy, profile.repeatDays);
    subject = step.subject;
    latest = assessment;
    taken += 1;
    if (step.message === null) continue;
    const alert = writeAlert(ports, tenant, assessment, step.message);
    const move = { fromDay: storedDay, subject, assessment: describeMigration(assessment), alert };
    if ((await ports.migrations.advance(tenant.tenant, key, move)) === 'behind') return 'behind';
    storedDay = day;
    alerts.push({ alertId: alert.held.alertId, day, outcome: await publishHeld(ports, alert.held) });
  }
  if (latest === undefined || subject.lastDay === storedDay) return taken;
  const move = { fromDay: storedDay, subject, assessment: describeMigration(latest) };
  return (await ports.migrations.advance(tenant.tenant, key, move)) === 'behind' ? 'behind' : taken;
}

function writeAlert(
  ports: AssessPorts,
  tenant: TenantConfig,
  assessment: MigrationAssessment,
  message: 'alert' | 'notice',
): { readonly claim: string; readonly held: HeldAlert } {
  const claim = `migrate#${nameSubjectKey(assessment.profile)}#${assessment.measures.day}#${message}`;
  const alertId = nameAlert(tenant.tenant, claim);
  const nowMs = ports.clock();
  const rendered = renderMigrationAlert(assessment, {
    message,
    alertId,
    tenant: tenant.tenant,
    timeZone: tenant.timeZone,
    asOf: new Date(nowMs).toISOString(),
    showCommand: `tokenledger alerts show ${alertId}`,
    silenceHint:
      `tokenledger alerts snooze ${alertId} --hours 720; no second alert for this target comes within ` +
      `${assessment.profile.repeatDays} days; when the workload has moved, tokenledger migrate mark NAME ends it`,
  });
  const lease = drawLease(ports);
  const held = { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease, message: rendered };
  return { claim, held };
}

/** Key under which a subject is kept: a digest, because names may be longer than a key of the table. */
export function nameSubjectKey(profile: MigrationProfile): string {
  return createHash('sha256').update(nameMigrationSubject(profile)).digest('hex').slice(0, 32);
}
