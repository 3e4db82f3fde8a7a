import type { Budget } from '../../domain/budgets/budget.ts';
import {
  type BudgetInPeriod,
  canCountTwice,
  listLines,
  type ReportLine,
  type ReportTotal,
  sumLines,
} from '../../domain/budgets/budget-report.ts';
import { createFoldRule, foldSpend, type SpendLine } from '../../domain/budgets/budget-total.ts';
import type { AmountUnit } from '../../domain/budgets/periods/amount-plan.ts';
import { isCalendarDate } from '../../domain/budgets/periods/calendar-date.ts';
import {
  type BudgetPeriod,
  type DayRange,
  findBudgetPeriod,
  findWholePeriod,
  readBudgetPeriod,
} from '../../domain/budgets/periods/find-period.ts';
import { addDays } from '../../domain/local-time.ts';
import type { ProjectionStore, StoredProjection } from '../forecasts/projection-ports.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import {
  countLackingPrice,
  type FreshnessReader,
  type IncompleteReason,
  listIncompleteReasons,
  type UnpricedCounts,
} from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import { chooseRows, readLinesAt } from './evaluate-budgets-totals.ts';
import { type BudgetPorts, listBudgets } from './manage-budgets.ts';

/** What a report of budgets takes. */
export interface ReportPorts extends BudgetPorts {
  readonly projections: Pick<ProjectionStore, 'list'>;
  readonly readFreshness: FreshnessReader;
}

/** Which budgets in which of their periods. */
export interface ReportQuestion {
  /** `current`, `previous`, or the name of a period such as `2026-01`, `2026-Q1` or `week-2026-01-05`. */
  readonly period: string;
  /** Only the budgets of this owner. */
  readonly owner?: string | undefined;
}

/** One budget in its period, with its lines. */
export interface BudgetReport extends BudgetInPeriod<Budget> {
  readonly lines: readonly ReportLine[];
  /** Names of other budgets of the tenant that may count the same calls, whoever answers for them. */
  readonly overlapsWith: readonly string[];
  /** Calls of the budget that the actual amount leaves out in whole or part. */
  readonly calls: UnpricedCounts;
}

/** Budgets of one owner (null = nobody is named), by name, and what they come to. */
export interface OwnerReport {
  readonly owner: string | null;
  readonly budgets: readonly BudgetReport[];
  readonly total: ReportTotal;
  /** Whether two of these budgets may count the same call. */
  readonly isOverlapping: boolean;
}

/** Budgets of one unit, by owner. */
export interface UnitReport {
  readonly unit: AmountUnit;
  /** By name; the one for which nobody is named is the last. */
  readonly owners: readonly OwnerReport[];
  readonly total: ReportTotal;
  readonly isOverlapping: boolean;
}

/** Budget against actual and forecast, all at one commit. */
export interface BudgetsReport {
  readonly units: Readonly<Record<AmountUnit, UnitReport>>;
  /** Budgets that are left out because they are paused, or have no such period or are not in force in it. */
  readonly paused: number;
  readonly notInForce: number;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
  readonly commit: number;
}

/** Lines for parts in one report, and for the parts of one budget: an answer has at most 6 MB, a line about 600 bytes. */
const MAX_LINES = 4_000;
const MAX_PARTS = 50;

/** A projection is made every hour; one that is older than this was missed at least twice. */
const MAX_PROJECTION_AGE_MS = 3 * 3_600_000;

/**
 * Holds budgets against what was used and where they are going. Paused budgets are left out.
 *
 * @throws {@link InvalidRequestError} when the period is none
 */
export async function reportBudgets(
  ports: ReportPorts,
  tenant: TenantConfig,
  question: ReportQuestion,
): Promise<BudgetsReport> {
  checkPeriod(question.period);
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const all = await listBudgets(ports, tenant);
  const active = all.filter(({ paused }) => !paused);
  const inForce = active.flatMap((budget) => {
    const period = choosePeriod(budget, question.period, today);
    return period === undefined ? [] : [{ budget, period, isOpen: today < period.toDay }];
  });
  const asked = inForce.filter(({ budget }) => question.owner === undefined || budget.owner === question.owner);
  const freshness = await ports.readFreshness(tenant, spanOf(asked, today));
  const commit = await ports.reader.head(tenant.tenant);
  const stored = await ports.projections.list(tenant.tenant);
  const projections = new Map(stored.map((each) => [nameProjection(each.budget, each.period, each.part), each]));
  const readLines = createLineReader(ports.reader, tenant.tenant, commit);
  const mostParts = shareLines(asked);
  const reports = await Promise.all(
    asked.map(async (each): Promise<BudgetReport> => {
      const { spent, calls } = sumPeriod(tenant, each, await readLines(each.period));
      const forecastOf = (part: string) => findForecast(projections, each, part, ports.clock());
      const overlapsWith = inForce.filter((other) => other !== each && canCountTwice(each, other));
      return {
        ...each,
        lines: listLines(each, spent, mostParts, forecastOf),
        overlapsWith: overlapsWith.map(({ budget }) => budget.name),
        calls,
      };
    }),
  );
  return {
    units: { pico_usd: groupByOwner('pico_usd', reports), tokens: groupByOwner('tokens', reports) },
    paused: all.length - active.length,
    notInForce: active.length - inForce.length,
    reasons: listIncompleteReasons(
      freshness,
      addCounts(reports),
      reports.some(({ isOpen }) => isOpen),
    ),
    asOfMs: freshness.asOfMs,
    commit,
  };
}

function checkPeriod(period: string): void {
  if (period === 'current' || period === 'previous' || /^\d{4}(-Q[1-4])?$/.test(period)) return;
  const day = /^\d{4}-\d\d$/.test(period) ? `${period}-01` : period.replace(/^(week|month|quarter|year)-/, '');
  if (isCalendarDate(day)) return;
  const expected = 'current, previous, or the name of a period such as 2026-01, 2026-Q1, 2026 or week-2026-01-05';
  throw new InvalidRequestError([{ field: 'period', expected }]);
}

function choosePeriod({ schedule }: Budget, asked: string, today: string): BudgetPeriod | undefined {
  if (asked === 'current') return findBudgetPeriod(schedule, today);
  if (asked !== 'previous') return readBudgetPeriod(schedule, asked);
  // The one before today's, also for a budget that ended with it.
  return findBudgetPeriod(schedule, addDays(findWholePeriod(schedule.rule, today).fromDay, -1));
}

/** The days that any of the periods has; today when there is none. */
function spanOf(reports: readonly BudgetInPeriod[], today: string): DayRange {
  const [fromDay = today] = reports.map(({ period }) => period.fromDay).sort();
  const toDay = reports
    .map(({ period }) => period.toDay)
    .sort()
    .at(-1);
  return { fromDay, toDay: toDay ?? addDays(today, 1) };
}

function shareLines(reports: readonly BudgetInPeriod[]): number {
  const withParts = reports.filter(({ budget }) => budget.each !== null).length;
  return Math.min(MAX_PARTS, Math.max(1, Math.floor(MAX_LINES / Math.max(1, withParts))));
}

/** Reads the days of a period once, however many budgets have it. */
function createLineReader(
  reader: LedgerReader,
  tenant: string,
  commit: number,
): (days: DayRange) => Promise<readonly SpendLine[]> {
  const reads = new Map<string, Promise<readonly SpendLine[]>>();
  return ({ fromDay, toDay }) => {
    const key = `${fromDay} ${toDay}`;
    const granularity = chooseRows({ fromDay, toDay });
    const read = reads.get(key) ?? readLinesAt(reader, tenant, { granularity, fromDay, toDay }, commit);
    reads.set(key, read);
    return read;
  };
}

function sumPeriod(
  tenant: TenantConfig,
  { budget, period }: BudgetInPeriod<Budget>,
  lines: readonly SpendLine[],
): { spent: ReadonlyMap<string, bigint>; calls: UnpricedCounts } {
  const rule = createFoldRule(budget, tenant.tagDimensions);
  const spent = new Map<string, bigint>();
  foldSpend({ rule, spent: new Map([[period.name, spent]]), missing: new Set(), hasFallen: false }, lines);
  return { spent, calls: countLackingPrice(lines.filter(({ leaf }) => rule.partOf(leaf) !== undefined)) };
}

function findForecast(
  projections: ReadonlyMap<string, StoredProjection>,
  { budget, period, isOpen }: BudgetInPeriod<Budget>,
  part: string,
  nowMs: number,
): ReportLine['forecast'] {
  if (!isOpen) return 'period_over';
  const found = projections.get(nameProjection(budget, period.name, part));
  if (found === undefined) return 'not_projected';
  const { projection, projectedAtMs } = found;
  if (projectedAtMs < nowMs - MAX_PROJECTION_AGE_MS) return 'out_of_date';
  const { point, lo80, hi80, state } = projection;
  return point === null || lo80 === null || hi80 === null ? 'no_data' : { point, lo80, hi80, state, projectedAtMs };
}

function nameProjection(budget: StoredProjection['budget'], period: string, part: string): string {
  return JSON.stringify([budget?.id, budget?.version, period, part]);
}

function groupByOwner(unit: AmountUnit, all: readonly BudgetReport[]): UnitReport {
  const reports = all.filter(({ budget }) => budget.amount.unit === unit);
  const groups = Map.groupBy(reports, ({ budget }) => budget.owner);
  const named = [...groups.keys()].filter((owner) => owner !== null).sort();
  const owners = groups.has(null) ? [...named, null] : named;
  return {
    unit,
    owners: owners.map((owner) => {
      const budgets = groups.get(owner) ?? [];
      return { owner, budgets, total: sumLines(unit, budgets), isOverlapping: isAnyTwice(budgets) };
    }),
    total: sumLines(unit, reports),
    isOverlapping: isAnyTwice(reports),
  };
}

function isAnyTwice(reports: readonly BudgetReport[]): boolean {
  const names = new Set(reports.map(({ budget }) => budget.name));
  return reports.some(({ overlapsWith }) => overlapsWith.some((name) => names.has(name)));
}

/** As the totals do, it counts a call for every budget that it is missing in. */
function addCounts(reports: readonly BudgetReport[]): UnpricedCounts {
  return reports.reduce<UnpricedCounts>(
    (sum, { calls }) => ({
      unpriced: sum.unpriced + calls.unpriced,
      partiallyPriced: sum.partiallyPriced + calls.partiallyPriced,
    }),
    { unpriced: 0n, partiallyPriced: 0n },
  );
}
