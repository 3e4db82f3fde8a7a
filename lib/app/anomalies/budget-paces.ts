import { expectBetween } from '../../domain/anomaly/detect-surge.ts';
import { type ConcernedBudget, compareAmounts, type Finding, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import { type HourBaseline, toClockMs } from '../../domain/anomaly/hour-baseline.ts';
import { projectRunOut } from '../../domain/anomaly/run-out.ts';
import { fromStatisticalUsd, toStatisticalUsd } from '../../domain/anomaly/statistics.ts';
import { amountOf, type Budget } from '../../domain/budgets/budget.ts';
import { createFoldRule } from '../../domain/budgets/budget-total.ts';
import { type BudgetPeriod, findBudgetPeriod } from '../../domain/budgets/periods/find-period.ts';
import { isOfNoCalls } from '../../domain/corrections/credit.ts';
import { parseDayNumber } from '../../domain/forecast/day-number.ts';
import { addDays } from '../../domain/local-time.ts';
import type { BudgetStore } from '../budgets/budget-ports.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { createKeyMatcher } from './anomaly-days.ts';
import type { LeafMinute } from './recent-calls.ts';
import type { Baselines } from './surge-baselines.ts';

/** What looking at budgets beside the last minutes takes. */
export interface BudgetPacePorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly budgets: Pick<BudgetStore, 'list' | 'totals'>;
}

/** The last hour of a tenant, with what is known of its hours. */
export interface RecentHour {
  readonly minutes: readonly LeafMinute[];
  readonly baselines: Baselines;
  /** End of the last complete minute, epoch milliseconds. */
  readonly endMs: number;
}

/** A budget of money that is in force, with its running period. */
export interface RunningBudget {
  readonly budget: Budget;
  readonly period: BudgetPeriod;
}

/** A day is not told of that is heading for less than this above its share, picoUSD. */
const MIN_EXCESS_PICO_USD = 5_000_000_000_000n;

/** Where the last hour, kept up all day, is below this part of the limit, nobody looks further. */
const SCREEN_RATIO = 0.5;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const HOURS_OF_DAY = 24;

/** The budgets in USD that are in force on the running day of the tenant. */
export async function listRunningBudgets(
  budgets: Pick<BudgetStore, 'list'>,
  { tenant, timeZone }: TenantConfig,
  nowMs: number,
): Promise<readonly RunningBudget[]> {
  const today = findZone(timeZone).localDay(nowMs);
  return (await budgets.list(tenant)).flatMap(({ budget, isRemoved }) => {
    if (isRemoved || budget.paused || budget.amount.unit !== 'pico_usd') return [];
    const period = findBudgetPeriod(budget.schedule, today);
    return period ? [{ budget, period }] : [];
  });
}

/**
 * Finds the budgets whose running day is heading for far more than its share (A2): what was spent today and, for the
 * rest, what its hours usually cost times how far the last hour is from that. Where nothing is usual, the last hour goes
 * on; and the rest is never taken to be more than both that and the usual.
 *
 * @param ratio - of the projected day over the share of the budget that falls on a day
 */
export async function findBudgetPaces(
  ports: BudgetPacePorts,
  tenant: TenantConfig,
  running: readonly RunningBudget[],
  { minutes, baselines, endMs }: RecentHour,
  ratio: number,
): Promise<readonly Finding[]> {
  const zone = findZone(tenant.timeZone);
  const today = zone.localDay(endMs);
  const dayEndMs = zone.dayStartMs(addDays(today, 1));
  const rest = { fromMs: toClockMs(zone, endMs), hours: (dayEndMs - endMs) / HOUR_MS };
  const fast = running.flatMap(({ budget, period }) => {
    const share = amountOf(budget, period) / BigInt(countDays(period));
    return [...sumByPart(tenant, budget, minutes)]
      .filter(([, hour]) => Number(hour) * HOURS_OF_DAY >= SCREEN_RATIO * ratio * Number(share))
      .map(([part, hour]) => ({ budget, period, part, hour, share }));
  });
  if (fast.length === 0) return [];
  const query = { granularity: 'day', fromDay: today, toDay: addDays(today, 1) } as const;
  const rows = (await ports.reader.rollups(tenant.tenant, query)).rows.filter((row) => !isOfNoCalls(row));
  const findings: Finding[] = [];
  for (const { budget, period, part, hour, share } of fast) {
    const baseline = baselineOf(budget, part, baselines);
    if (!baseline || baseline.historyDays < 2) continue;
    const { partOf } = createFoldRule(budget, tenant.tagDimensions);
    const spent = rows
      .filter(({ leaf }) => partOf(leaf) === part)
      .reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n);
    const projected = spent + projectRest(baseline, hour, rest);
    if (Number(projected) <= ratio * Number(share) || projected - share < MIN_EXCESS_PICO_USD) continue;
    const concerned = await describeBudget(ports, tenant, { budget, period }, part, hour, 60);
    if (!concerned) continue;
    findings.push({
      detector: 'budget_pace',
      key: null,
      period: { startMs: zone.dayStartMs(today), endMs },
      evidence: {
        ...compareAmounts(spent, share, { limitRatio: ratio, z: null }),
        budget: { ...concerned, projectedDayPicoUsd: projected },
      },
      isTold: true,
    });
  }
  return findings;
}

/**
 * The budget that will be gone first of those that a surge is part of: half of the surge at least counts for it.
 * @returns undefined where there is none, or none whose standing is known
 */
export async function findConcernedBudget(
  ports: BudgetPacePorts,
  tenant: TenantConfig,
  running: readonly RunningBudget[],
  minutes: readonly LeafMinute[],
  { key, period: { startMs, endMs } }: Finding,
): Promise<ConcernedBudget | undefined> {
  const isOf = createKeyMatcher(tenant.tagDimensions);
  const window = minutes.filter(({ minuteMs }) => minuteMs >= startMs && minuteMs < endMs);
  const surge = window.filter(({ leaf }) => isOf(leaf, key));
  const whole = surge.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
  const found: ConcernedBudget[] = [];
  for (const one of running) {
    const all = sumByPart(tenant, one.budget, window);
    for (const [part, costPicoUsd] of sumByPart(tenant, one.budget, surge)) {
      if (2n * costPicoUsd < whole) continue;
      const count = (endMs - startMs) / MINUTE_MS;
      const concerned = await describeBudget(ports, tenant, one, part, all.get(part) ?? 0n, count);
      if (concerned) found.push(concerned);
    }
  }
  const minutesOf = ({ minutesLeft }: ConcernedBudget): number => minutesLeft ?? Number.MAX_SAFE_INTEGER;
  return found.toSorted((a, b) => minutesOf(a) - minutesOf(b))[0];
}

async function describeBudget(
  { budgets }: BudgetPacePorts,
  { tenant }: TenantConfig,
  { budget, period }: RunningBudget,
  part: string,
  spentPicoUsd: bigint,
  minutes: number,
): Promise<ConcernedBudget | undefined> {
  // The sweep has brought totals up to date a moment ago.
  const totals = await budgets.totals(tenant, budget);
  const spent = totals?.spent.get(period.name);
  if (!spent) return undefined;
  const remainingPicoUsd = amountOf(budget, period) - (spent.get(part) ?? 0n);
  const { minutesLeft } = projectRunOut(remainingPicoUsd, spentPicoUsd, minutes);
  return { name: budget.name, part, remainingPicoUsd, minutesLeft };
}

function sumByPart(
  { tagDimensions }: TenantConfig,
  budget: Budget,
  minutes: readonly LeafMinute[],
): ReadonlyMap<string, bigint> {
  const { partOf } = createFoldRule(budget, tagDimensions);
  const sums = new Map<string, bigint>();
  for (const { leaf, costPicoUsd } of minutes) {
    const part = partOf(leaf);
    if (part !== undefined) sums.set(part, (sums.get(part) ?? 0n) + costPicoUsd);
  }
  return sums;
}

/** Hours are learned of the calls of a budget, and of values, but not of values within a budget. */
function baselineOf({ name, each, scope }: Budget, part: string, baselines: Baselines): HourBaseline | undefined {
  if (each === null) return baselines.others.get(name);
  return Object.keys(scope).length > 0
    ? undefined
    : baselines.values.get(nameAnomalyKey({ dimension: each, value: part }));
}

function projectRest(
  baseline: HourBaseline,
  hourPicoUsd: bigint,
  { fromMs, hours }: { readonly fromMs: number; readonly hours: number },
): bigint {
  const hourUsd = toStatisticalUsd(hourPicoUsd);
  const usualHourUsd = expectBetween(baseline, fromMs - HOUR_MS, fromMs);
  const usualRestUsd = expectBetween(baseline, fromMs, fromMs + hours * HOUR_MS);
  if (usualHourUsd <= 0) return fromStatisticalUsd(hourUsd * hours);
  return fromStatisticalUsd(Math.min((usualRestUsd * hourUsd) / usualHourUsd, Math.max(hourUsd * hours, usualRestUsd)));
}

function countDays({ fromDay, toDay }: BudgetPeriod): number {
  return Math.max(1, (parseDayNumber(toDay) ?? 0) - (parseDayNumber(fromDay) ?? 0));
}
