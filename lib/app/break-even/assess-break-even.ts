import { createHash } from 'node:crypto';
import { renderMigrationAlert } from '../../domain/alerts/alert-migration-message.ts';
import { LedgerError } from '../../domain/errors.ts';
import { assessMigration, type MigrationAssessment } from '../../domain/migrate-now/assess-migration.ts';
import { type MigrationProfile, nameMigrationSubject } from '../../domain/migrate-now/migration-profile.ts';
import {
  advanceMigration,
  type MigrationSubject,
  NEW_MIGRATION_SUBJECT,
} from '../../domain/migrate-now/migration-subject.ts';
import { parseMigrationProfile } from '../../domain/migrate-now/parse-migration-profile.ts';
import type { HeldAlert, MigrationStore, PublishPorts } from '../alerts/alert-ports.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import { drawLease, type PublishOutcome, publishHeld } from '../alerts/publish-alerts.ts';
import type { LedgerReader, TenantConfig, Tenants } from '../ports.ts';
import { findZone } from '../zones.ts';
import { type DaySums, measureWindow, readRecordedDays } from './assess-break-even-days.ts';

/** What assessing takes. */
export interface AssessPorts extends PublishPorts {
  readonly reader: LedgerReader;
  readonly migrations: MigrationStore;
}

/** What one assessment of a tenant did. */
export interface AssessReport {
  readonly profiles: number;
  /** Days taken in, over all profiles. */
  readonly days: number;
  readonly alerts: readonly { readonly alertId: string; readonly day: string; readonly outcome: PublishOutcome }[];
}

/** Some tenants could not be assessed; the next run goes on where each profile stands. */
export class AssessmentIncompleteError extends LedgerError {
  override readonly name = 'AssessmentIncompleteError';
  readonly code = 'assessment/incomplete';
  readonly retryable = true;
}

/** Restarts of one profile because another run moved it on meanwhile. */
const MAX_RESTARTS = 5;

/**
 * Assesses every tenant up to yesterday.
 *
 * @throws {@link AssessmentIncompleteError} after all other tenants were assessed
 */
export async function assessAllTenants(
  ports: AssessPorts & { readonly tenants: Tenants },
): Promise<readonly AssessReport[]> {
  const reports: AssessReport[] = [];
  const faults: unknown[] = [];
  for (const tenant of await ports.tenants.list()) {
    const report = await assessBreakEven(ports, tenant).catch((cause: unknown) => void faults.push(cause));
    if (report) reports.push(report);
  }
  if (faults.length > 0)
    throw new AssessmentIncompleteError(`${faults.length} tenants not assessed`, { cause: new AggregateError(faults) });
  return reports;
}

/**
 * Takes in, for each migration profile of a tenant, every complete local day that it has not seen, oldest first, and
 * sends what the state machine says: one alert when it begins to pay for good, one notice when that ends. Days far in
 * the past are told of with their own date. Safe to run twice at once: each day is taken in by one of the runs.
 */
export async function assessBreakEven(ports: AssessPorts, tenant: TenantConfig): Promise<AssessReport> {
  const stored = await ports.migrations.listProfiles(tenant.tenant);
  if (stored.length === 0) return { profiles: 0, days: 0, alerts: [] };
  const profiles = stored.map(({ source }) => parseMigrationProfile(source));
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const { completeDays, sums } = await readRecordedDays(ports.reader, tenant, profiles, today);
  let days = 0;
  const alerts: AssessReport['alerts'][number][] = [];
  for (const [index, profile] of profiles.entries()) {
    const done = await assessProfile(ports, tenant, profile, { completeDays, sums: sums[index] ?? new Map() });
    days += done.days;
    alerts.push(...done.alerts);
  }
  return { profiles: profiles.length, days, alerts };
}

interface ProfileHistory {
  readonly completeDays: readonly string[];
  readonly sums: ReadonlyMap<string, DaySums>;
}

async function assessProfile(
  ports: AssessPorts,
  tenant: TenantConfig,
  profile: MigrationProfile,
  history: ProfileHistory,
): Promise<Omit<AssessReport, 'profiles'>> {
  const alerts: AssessReport['alerts'][number][] = [];
  for (let restart = 0; restart < MAX_RESTARTS; restart++) {
    const before = await ports.migrations.subject(tenant.tenant, subjectKey(profile));
    const days = history.completeDays.filter((day) => day > (before?.lastDay ?? ''));
    const result = await takeInDays(ports, tenant, profile, history, before, days, alerts);
    if (result === 'advanced') return { days: days.length, alerts };
  }
  throw new AssessmentIncompleteError(`profile ${profile.name} of ${tenant.tenant} is being moved on by somebody else`);
}

async function takeInDays(
  ports: AssessPorts,
  tenant: TenantConfig,
  profile: MigrationProfile,
  history: ProfileHistory,
  before: MigrationSubject | undefined,
  days: readonly string[],
  alerts: AssessReport['alerts'][number][],
): Promise<'advanced' | 'behind'> {
  const key = subjectKey(profile);
  let subject = before ?? NEW_MIGRATION_SUBJECT;
  let storedDay = before?.lastDay ?? null;
  for (const day of days) {
    const assessment = assessMigration(profile, measureWindow(history.completeDays, history.sums, day));
    const step = advanceMigration(subject, day, assessment.migrateDay, profile.policy, profile.repeatDays);
    subject = step.subject;
    if (step.message === null) continue;
    const alert = writeAlert(ports, tenant, assessment, step.message);
    const result = await ports.migrations.advance(tenant.tenant, key, { fromDay: storedDay, subject, alert });
    if (result === 'behind') return 'behind';
    storedDay = day;
    alerts.push({ alertId: alert.held.alertId, day, outcome: await publishHeld(ports, alert.held) });
  }
  if (subject.lastDay === storedDay) return 'advanced';
  return ports.migrations.advance(tenant.tenant, key, { fromDay: storedDay, subject });
}

function writeAlert(
  ports: AssessPorts,
  tenant: TenantConfig,
  assessment: MigrationAssessment,
  message: 'alert' | 'notice',
): { readonly claim: string; readonly held: HeldAlert } {
  const claim = `migrate#${subjectKey(assessment.profile)}#${assessment.measures.day}#${message}`;
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
      `${assessment.profile.repeatDays} days; to end it, store the profile with "gates": {"timeline": "fail"} ` +
      '(tokenledger migrate set FILE)',
  });
  const lease = drawLease(ports);
  const held = { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease, message: rendered };
  return { claim, held };
}

/** A digest, because names may be longer than a key of the table. */
function subjectKey(profile: MigrationProfile): string {
  return createHash('sha256').update(nameMigrationSubject(profile)).digest('hex').slice(0, 32);
}
