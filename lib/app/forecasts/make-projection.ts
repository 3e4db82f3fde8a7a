import { amountAtPercent, countHoursRunning } from '../../domain/budgets/forecast-thresholds.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { countDaysLeft } from '../../domain/budgets/periods/period-instants.ts';
import type { TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { BudgetSubject } from './list-subjects.ts';
import { type ForecastInputs, projectScope } from './project-scope.ts';
import type { StoredProjection } from './projection-ports.ts';

/** When and over what the projections of one run are made. */
export interface ProjectionRun {
  readonly tenant: TenantConfig;
  readonly inputs: ForecastInputs & { readonly head: number };
  /** Whole hours since 1970. */
  readonly hour: number;
  readonly nowMs: number;
}

/**
 * The projection of one budget total for this hour.
 *
 * @param before - what is stored of it, from an earlier hour
 */
export function projectSubject(
  run: ProjectionRun,
  { budget, period, part, amount }: BudgetSubject,
  before: StoredProjection | undefined,
): StoredProjection {
  const { unit } = budget.amount;
  const levels = budget.forecastThresholdsPercent.map((percent) => amountAtPercent(amount, percent));
  const { spent, projection, exceed } = projectScope({
    ...run.inputs,
    tenant: run.tenant,
    scope: budget.scope,
    ...(budget.each === null ? {} : { part: { dimension: budget.each, value: part } }),
    unit,
    days: { fromDay: period.fromDay, toDay: period.toDay },
    levels: [amount, ...levels],
  });
  const [ofAmount, ...ofLevels] = exceed;
  const odds = budget.forecastThresholdsPercent.map((thresholdPercent, index) => ({
    thresholdPercent,
    probability: ofLevels[index]?.probability ?? null,
  }));
  const zone = findZone(run.tenant.timeZone);
  const daysLeft = 1 + countDaysLeft(zone, period, run.inputs.today);
  const now = { hour: run.hour, state: projection.state, daysLeft };
  return {
    budget: { id: budget.id, name: budget.name, version: budget.version },
    period: period.name,
    days: { fromDay: period.fromDay, toDay: period.toDay },
    part,
    unit,
    amount,
    spent,
    commit: run.inputs.head,
    hour: run.hour,
    projectedAtMs: run.nowMs,
    projection: { ...projection, pExceed: ofAmount?.probability ?? null },
    runOutDay: ofAmount?.runOutDay ?? null,
    standings: countHoursRunning(odds, now, before),
  };
}

/** The projection of the tenant's whole spend in a month, for this hour. */
export function projectMonth(run: ProjectionRun, period: string, days: DayRange): StoredProjection {
  const unit = 'pico_usd';
  const { spent, projection } = projectScope({ ...run.inputs, tenant: run.tenant, scope: {}, unit, days, levels: [] });
  return {
    budget: null,
    period,
    days,
    part: '',
    unit,
    amount: null,
    spent,
    commit: run.inputs.head,
    hour: run.hour,
    projectedAtMs: run.nowMs,
    projection,
    runOutDay: null,
    standings: [],
  };
}
