import { createHash } from 'node:crypto';
import { describeBack, renderMigrateBackAlert } from '../../domain/alerts/alert-migrate-back-message.ts';
import { addDemand, type Demand, NO_DEMAND, selectCovered, toDemand } from '../../domain/capacity/day-demand.ts';
import type { DailyAmount } from '../../domain/forecast/forecast.ts';
import { addDays } from '../../domain/local-time.ts';
import { assessBack, type BackAssessment } from '../../domain/migrate-now/assess-back.ts';
import type { MigratePolicy } from '../../domain/migrate-now/migrate-state.ts';
import { advanceMigration, NEW_MIGRATION_SUBJECT } from '../../domain/migrate-now/migration-subject.ts';
import { projectOutlook } from '../../domain/migrate-now/project-outlook.ts';
import type { HeldAlert, MigrationStore, PublishPorts } from '../alerts/alert-ports.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import { drawLease, type PublishOutcome, publishHeld } from '../alerts/publish-alerts.ts';
import type { CapacityPorts, CapacityStore } from '../capacity/capacity-ports.ts';
import { readCapacities, type TenantCapacities } from '../capacity/read-capacities.ts';
import type { LedgerReader, RollupRow, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { listWindow, WINDOW_DAYS } from './assess-break-even-days.ts';

/** What assessing the way back takes. */
export interface BackPorts extends PublishPorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly migrations: MigrationStore;
  readonly overrideChanges: CapacityPorts['overrideChanges'];
  readonly capacities: Pick<CapacityStore, 'list'>;
}

/** An alert or notice that a day brought. */
export interface SentBack {
  readonly alertId: string;
  readonly day: string;
  readonly outcome: PublishOutcome;
}

/** Days that the first look at a deployment goes back; its windows reach further. */
const MAX_CATCH_UP_DAYS = 35;

/**
 * Takes in the accrued days of every self-hosted deployment and sends one alert when it has not paid for days running, and
 * one notice when it does again. A day that is not accrued yet is left for the next run.
 *
 * @returns how many days were taken in, and what was sent
 */
export async function assessBackMoves(
  ports: BackPorts,
  tenant: TenantConfig,
  policy: MigratePolicy,
  repeatDays: number,
): Promise<{ readonly days: number; readonly alerts: readonly SentBack[] }> {
  const capacities = await readCapacities(ports, tenant);
  const hosted = listDeployments(capacities);
  if (hosted.length === 0) return { days: 0, alerts: [] };
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const range = {
    fromDay: addDays(today, -(MAX_CATCH_UP_DAYS + Math.max(WINDOW_DAYS, policy.minHistoryDays))),
    toDay: today,
  };
  const { rows } = await ports.reader.rollups(tenant.tenant, { granularity: 'day', ...range });
  let days = 0;
  const alerts: SentBack[] = [];
  for (const name of hosted) {
    const accrued = await ports.capacities.list(tenant.tenant, name, { from: range.fromDay, to: range.toDay });
    const costs = new Map(
      accrued.flatMap(({ day, costPicoUsd, version }) => (version === null ? [] : [[day, costPicoUsd]])),
    );
    const history: BackHistory = { costs, calls: sumCalls(tenant, capacities, name, rows) };
    days += await takeInDays(ports, { tenant, name, history, policy, repeatDays, today }, alerts);
  }
  return { days, alerts };
}

/** The tenant's capacities that the way back is assessed of: those it hosts itself. */
export function listDeployments({ versions }: TenantCapacities): readonly string[] {
  return [...versions].flatMap(([name, own]) => (own.at(-1)?.capacity.kind === 'self_hosted' ? [name] : []));
}

/** Key under which the way back from a deployment is kept. */
export function nameBackKey(capacity: string): string {
  return createHash('sha256').update(`back ${capacity}`).digest('hex').slice(0, 32);
}

interface BackHistory {
  /** Accrued cost by day. */
  readonly costs: ReadonlyMap<string, bigint>;
  readonly calls: ReadonlyMap<string, Demand>;
}

interface BackRun {
  readonly tenant: TenantConfig;
  readonly name: string;
  readonly history: BackHistory;
  readonly policy: MigratePolicy;
  readonly repeatDays: number;
  readonly today: string;
}

async function takeInDays(ports: BackPorts, run: BackRun, alerts: SentBack[]): Promise<number> {
  const { tenant, name, history, policy, repeatDays, today } = run;
  const key = nameBackKey(name);
  let subject = (await ports.migrations.standing(tenant.tenant, key))?.subject ?? NEW_MIGRATION_SUBJECT;
  const oldest = addDays(today, -MAX_CATCH_UP_DAYS);
  const accruedDays = [...history.costs.keys()].sort();
  const days = accruedDays.filter((day) => day >= oldest && day > (subject.lastDay ?? ''));
  for (const day of days) {
    const assessment = assessDay(run, accruedDays, day);
    const step = advanceMigration(subject, day, assessment.migrateDay, policy, repeatDays);
    const alert = step.message === null ? undefined : writeAlert(ports, tenant, assessment, key, step.message);
    const move = { fromDay: subject.lastDay, subject: step.subject, assessment: describeBack(assessment) };
    const moved = await ports.migrations.advance(tenant.tenant, key, alert ? { ...move, alert } : move);
    // Somebody else takes these days in; whatever they bring is sent by them.
    if (moved === 'behind') return days.indexOf(day);
    subject = step.subject;
    if (alert) alerts.push({ alertId: alert.held.alertId, day, outcome: await publishHeld(ports, alert.held) });
  }
  return days.length;
}

function assessDay({ name, history, policy }: BackRun, accruedDays: readonly string[], day: string): BackAssessment {
  const { historyDays, windowDays } = listWindow(accruedDays, day);
  const demand = windowDays.map((each) => history.calls.get(each) ?? NO_DEMAND).reduce(addDemand, NO_DEMAND);
  const measures = {
    ...{ capacity: name, day, historyDays: historyDays.length, windowDays: windowDays.length },
    costPicoUsd: windowDays.reduce((sum, each) => sum + (history.costs.get(each) ?? 0n), 0n),
    ...{ listPicoUsd: demand.listPicoUsd, calls: demand.calls, callsWithoutList: demand.callsWithoutList },
  };
  const series = historyDays.map((each): DailyAmount => {
    return [each, Math.max(0, Number(history.calls.get(each)?.listPicoUsd ?? 0n) / 1e12)];
  });
  const outlook = projectOutlook(series, day, Number(demand.listPicoUsd) / 1e12 / windowDays.length);
  return assessBack(measures, outlook, policy);
}

function sumCalls(
  tenant: TenantConfig,
  { covers }: TenantCapacities,
  name: string,
  rows: readonly RollupRow[],
): ReadonlyMap<string, Demand> {
  const zone = findZone(tenant.timeZone);
  const byDay = Map.groupBy(rows, ({ period }) => period);
  return new Map(
    [...byDay].map(([day, own]) => {
      const covered = selectCovered(own, covers, name, zone.dayStartMs(day));
      return [day, covered.map(({ measures }) => toDemand(measures)).reduce(addDemand, NO_DEMAND)];
    }),
  );
}

function writeAlert(
  ports: BackPorts,
  tenant: TenantConfig,
  assessment: BackAssessment,
  key: string,
  message: 'alert' | 'notice',
): { readonly claim: string; readonly held: HeldAlert } {
  const claim = `migrate_back#${key}#${assessment.measures.day}#${message}`;
  const alertId = nameAlert(tenant.tenant, claim);
  const nowMs = ports.clock();
  const rendered = renderMigrateBackAlert(assessment, {
    ...{ message, alertId, tenant: tenant.tenant, timeZone: tenant.timeZone },
    asOf: new Date(nowMs).toISOString(),
    showCommand: `tokenledger capacities report ${assessment.measures.capacity}`,
    silenceHint: `tokenledger alerts snooze ${alertId} --hours 720`,
  });
  const lease = drawLease(ports);
  return { claim, held: { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease, message: rendered } };
}
