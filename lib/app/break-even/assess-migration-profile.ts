import { listWindowTokens } from '../../domain/break-even/compare-targets.ts';
import type { DailyAmount } from '../../domain/forecast/forecast.ts';
import { addDays } from '../../domain/local-time.ts';
import {
  assessMigration,
  listMigrationWindows,
  type MigrationAssessment,
} from '../../domain/migrate-now/assess-migration.ts';
import type { MigrationProfile } from '../../domain/migrate-now/migration-profile.ts';
import { projectOutlook } from '../../domain/migrate-now/project-outlook.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import type { Workload } from '../../domain/workload/workload.ts';
import { HISTORY_DAYS } from '../forecasts/read-forecast-inputs.ts';
import type { TenantConfig } from '../ports.ts';
import type { DaySums } from '../workloads/day-sums.ts';
import { readWorkload, type WorkloadPorts } from '../workloads/read-workload.ts';
import { listWindow, sumDays, WINDOW_DAYS } from './assess-break-even-days.ts';

/** The recorded history of one profile's scope. */
export interface ProfileHistory {
  /** Complete local days of the tenant, ascending. */
  readonly completeDays: readonly string[];
  /** What the scope recorded, by day. */
  readonly sums: ReadonlyMap<string, DaySums>;
}

/** What the days of one profile are assessed with. */
export interface ProfileAssessor {
  /** Assesses a complete day; null where its window is not measured yet. */
  readonly assess: (day: string) => MigrationAssessment | null;
}

/**
 * Measures the calls of a profile's scope over the windows of some days, as far as time allows, so that these days can be
 * assessed one after another.
 *
 * @param days - complete days to be assessed, ascending, at least one
 * @param deadlineMs - epoch milliseconds after which no further day is measured
 */
export async function prepareAssessor(
  ports: WorkloadPorts,
  tenant: TenantConfig,
  profile: MigrationProfile,
  history: ProfileHistory,
  { days, reference, deadlineMs }: { days: readonly string[]; reference: Reference; deadlineMs: number },
): Promise<ProfileAssessor> {
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const request = {
    scope: profile.scope,
    firstDay: addDays(first, 1 - WINDOW_DAYS),
    lastDay: last,
    boundsTokens: [...listWindowTokens(reference), ...listMigrationWindows(profile)],
  };
  const { workload, missing, contradictory } = await readWorkload(ports, tenant, request, deadlineMs);
  const open = new Set(missing);
  const unclear = new Set(contradictory);
  return {
    assess: (day) => {
      const { historyDays, windowDays } = listWindow(history.completeDays, day);
      if (windowDays.some((each) => open.has(each))) return null;
      const known = windowDays.filter((each) => !unclear.has(each));
      const { calls, unpricedCalls, costPicoUsd } = sumDays(history.sums, known);
      const meanUsd = toUsd(costPicoUsd) / Math.max(1, known.length);
      const outlook = known.length === 0 ? null : projectOutlook(listBills(history, historyDays), day, meanUsd);
      return assessMigration(profile, {
        measures: {
          ...{ day, calls, unpricedCalls, historyDays: historyDays.length, windowDays: known.length },
          // A day whose entries contradict its totals is none to be judged by.
          complete: !unclear.has(day),
        },
        ...{ workload: pickDays(workload, known), reference, outlook },
      });
    },
  };
}

/** The scope's bill of each complete day: what the forecast looks back on. Credits of a day do not make it negative. */
function listBills({ sums }: ProfileHistory, historyDays: readonly string[]): readonly DailyAmount[] {
  return historyDays.slice(-HISTORY_DAYS).map((day) => {
    return [day, Math.max(0, toUsd(sums.get(day)?.costPicoUsd ?? 0n))] as const;
  });
}

function pickDays({ days }: Workload, picked: readonly string[]): Workload {
  const wanted = new Set(picked);
  return { days: days.filter(({ day }) => wanted.has(day)) };
}

/** Ledger money as a model figure. */
function toUsd(picoUsd: bigint): number {
  return Number(picoUsd) / 1e12;
}
