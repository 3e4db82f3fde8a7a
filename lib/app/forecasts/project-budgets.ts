import { type DayRange, findWholePeriod } from '../../domain/budgets/periods/find-period.ts';
import { CALENDAR_MONTH } from '../../domain/budgets/periods/period-rule.ts';
import { LedgerError } from '../../domain/errors.ts';
import type { PublishPorts } from '../alerts/alert-ports.ts';
import type { BudgetStore } from '../budgets/budget-ports.ts';
import { HOUR_MS, type HourlyWatcher } from '../hourly/run-hourly.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { type BudgetSubject, listRunning, listSubjects, type RunningBudget } from './list-subjects.ts';
import { type ProjectionRun, projectMonth, projectSubject } from './make-projection.ts';
import type { ProjectionStore, StoredProjection } from './projection-ports.ts';
import { type ForecastInputPorts, readForecastInputs } from './read-forecast-inputs.ts';
import { tellForecasts } from './tell-forecasts.ts';

/** What projecting budgets takes. */
export interface ProjectBudgetsPorts extends PublishPorts, Omit<ForecastInputPorts, 'reader' | 'now'> {
  readonly reader: LedgerReader;
  readonly budgets: Pick<BudgetStore, 'list'>;
  readonly projections: ProjectionStore;
  /** Address of the API without a slash at the end, for links in alerts; null = not known. */
  readonly apiUrl: string | null;
}

/** What one projection of a tenant came to. */
export interface ProjectBudgetsReport {
  /** Budget totals projected in this hour, by this run or an earlier one. */
  readonly projected: number;
  /** Parts of budgets that were not projected, because others of the same budget use more. */
  readonly partsLeftOut: number;
  /** Alerts that this run itself claimed. */
  readonly claimed: number;
}

/** Some budgets of a tenant were not projected; running again within the hour does the rest. */
export class BudgetsNotProjectedError extends LedgerError {
  override readonly name = 'BudgetsNotProjectedError';
  readonly code = 'budgets/not-projected';
  readonly retryable = true;
}

/** Projects the budgets of every tenant, as {@link projectBudgets} does; a failure of one tenant stops no other. */
export function watchForecasts(ports: ProjectBudgetsPorts): HourlyWatcher {
  return {
    name: 'budgets',
    watch: async (tenants, deadlineMs) => {
      const causes: unknown[] = [];
      const counts = { tenants: 0, projected: 0, partsLeftOut: 0, claimed: 0 };
      for (const tenant of tenants) {
        try {
          const report = await projectBudgets(ports, tenant, deadlineMs);
          counts.tenants += 1;
          counts.projected += report.projected;
          counts.partsLeftOut += report.partsLeftOut;
          counts.claimed += report.claimed;
        } catch (cause) {
          causes.push(cause);
        }
      }
      if (causes.length > 0) throw gather(`${causes.length} of ${tenants.length} tenants`, causes);
      return counts;
    },
  };
}

/**
 * Projects a tenant's running month and every running total of its budgets to the end of their periods, once for each
 * hour of the clock, and tells of forecast thresholds. The rows of the tenant are read once. Several runs of one hour
 * store the same projections and send the same alerts once; the month is stored last and marks the hour as done.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws {@link BudgetsNotProjectedError} when something failed or time ran out, after all else was tried
 */
export async function projectBudgets(
  ports: ProjectBudgetsPorts,
  tenant: TenantConfig,
  deadlineMs: number,
): Promise<ProjectBudgetsReport> {
  const nowMs = ports.clock();
  const hour = Math.floor(nowMs / HOUR_MS);
  if (nowMs >= deadlineMs) throw new BudgetsNotProjectedError(`${tenant.tenant}: no time was left`);
  const stored = await ports.projections.list(tenant.tenant);
  const before = new Map(stored.map((projection) => [nameProjection(projection), projection]));
  if (stored.some((projection) => projection.budget === null && projection.hour >= hour))
    return { projected: stored.length - 1, partsLeftOut: 0, claimed: 0 };
  const budgets = (await ports.budgets.list(tenant.tenant)).filter(({ isRemoved }) => !isRemoved);
  const active = budgets.map(({ budget }) => budget).filter(({ paused }) => !paused);
  const today = findZone(tenant.timeZone).localDay(nowMs);
  const month = findWholePeriod(CALENDAR_MONTH, today);
  const running = listRunning(active, today);
  const days = spanDays([month, ...running.map(({ period }) => period)]);
  const inputs = await readForecastInputs({ ...ports, now: () => nowMs }, tenant, days);
  const run: ProjectionRun = { tenant, inputs, hour, nowMs };
  const result = await projectRunning(ports, run, running, before, deadlineMs);
  if (result.causes.length > 0) throw gather(`${tenant.tenant}: ${result.causes.length} budgets`, result.causes);
  const ofMonth = projectMonth(run, month.name, { fromDay: month.fromDay, toDay: month.toDay });
  await removeStale(ports, tenant, stored, [...result.kept, ofMonth]);
  await keep(ports, tenant, ofMonth, before.get(nameProjection(ofMonth)));
  return { projected: result.kept.length, partsLeftOut: result.partsLeftOut, claimed: result.claimed };
}

/** Failures that a message spells out; all of them are in its cause. */
const MAX_SHOWN_CAUSES = 5;

interface RunResult {
  readonly kept: readonly StoredProjection[];
  readonly partsLeftOut: number;
  readonly claimed: number;
  readonly causes: readonly unknown[];
}

async function projectRunning(
  ports: ProjectBudgetsPorts,
  run: ProjectionRun,
  running: readonly RunningBudget[],
  before: ReadonlyMap<string, StoredProjection>,
  deadlineMs: number,
): Promise<RunResult> {
  const kept: StoredProjection[] = [];
  const causes: unknown[] = [];
  let [partsLeftOut, claimed] = [0, 0];
  for (const each of running) {
    if (ports.clock() >= deadlineMs) {
      causes.push(new BudgetsNotProjectedError(`no time was left for budget ${each.budget.id} and those after it`));
      break;
    }
    try {
      const found = listSubjects(each, run.inputs.rows, run.tenant, run.inputs.today);
      const projections = await Promise.all(found.subjects.map((subject) => keepSubject(ports, run, subject, before)));
      kept.push(...projections);
      partsLeftOut += found.partsLeftOut;
      claimed += await tellForecasts(ports, run.tenant, each, projections, run.inputs.today);
    } catch (cause) {
      causes.push(cause);
    }
  }
  return { kept, partsLeftOut, claimed, causes };
}

async function keepSubject(
  ports: ProjectBudgetsPorts,
  run: ProjectionRun,
  subject: BudgetSubject,
  before: ReadonlyMap<string, StoredProjection>,
): Promise<StoredProjection> {
  const { budget, period, part } = subject;
  const known = before.get(nameProjection({ budget, period: period.name, part }));
  // What an earlier run of this hour stored stands, so that both say and tell the same.
  if (known && known.hour >= run.hour) return known;
  return keep(ports, run.tenant, projectSubject(run, subject, known), known);
}

/** Stores a projection, or finds the one that another run stored in this hour. */
async function keep(
  { projections }: ProjectBudgetsPorts,
  { tenant }: TenantConfig,
  next: StoredProjection,
  known: StoredProjection | undefined,
): Promise<StoredProjection> {
  if ((await projections.save(tenant, next, known?.hour)) === 'saved') return next;
  const name = nameProjection(next);
  const theirs = (await projections.list(tenant)).find((projection) => nameProjection(projection) === name);
  if (!theirs || theirs.hour < next.hour)
    throw new BudgetsNotProjectedError(`${tenant}: a projection is being changed by somebody else`);
  return theirs;
}

/**
 * Removes what is not projected any more: ended periods, old versions, budgets that are gone, parts that use little.
 * Nothing of it is newer than the budgets, because they were read after the projections.
 */
async function removeStale(
  { projections }: ProjectBudgetsPorts,
  { tenant }: TenantConfig,
  stored: readonly StoredProjection[],
  kept: readonly StoredProjection[],
): Promise<void> {
  const current = new Set(kept.map(nameProjection));
  for (const projection of stored) {
    if (!current.has(nameProjection(projection))) await projections.remove(tenant, projection);
  }
}

function nameProjection({
  budget,
  period,
  part,
}: Pick<StoredProjection, 'period' | 'part'> & {
  readonly budget: { readonly id: string; readonly version: number } | null;
}): string {
  return JSON.stringify(budget === null ? [period] : [budget.id, budget.version, period, part]);
}

function spanDays(ranges: readonly DayRange[]): DayRange {
  const fromDay = ranges.map((range) => range.fromDay).reduce((a, b) => (a < b ? a : b));
  const toDay = ranges.map((range) => range.toDay).reduce((a, b) => (a > b ? a : b));
  return { fromDay, toDay };
}

function gather(what: string, causes: readonly unknown[]): BudgetsNotProjectedError {
  const shown = causes.slice(0, MAX_SHOWN_CAUSES);
  const texts = shown.map((cause) => (cause instanceof Error ? cause.message : 'unknown'));
  return new BudgetsNotProjectedError(`${what} not projected: ${texts.join('; ')}`, {
    cause: new AggregateError(causes),
  });
}
