import type { AssessmentContext } from '../../domain/break-even/assess-target.ts';
import type { BreakEvenPolicy } from '../../domain/break-even/break-even-policy.ts';
import {
  compareTargets,
  findMeanLengths,
  listWindowTokens,
  type TargetComparison,
} from '../../domain/break-even/compare-targets.ts';
import { spreadOutlook } from '../../domain/break-even/spread-outlook.ts';
import { measureTargetDemand } from '../../domain/break-even/target-demand.ts';
import type { VolumeOutlook } from '../../domain/break-even/volume-outlook.ts';
import { createLeafMatcher, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { isCalendarDate } from '../../domain/budgets/periods/calendar-date.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { addDays } from '../../domain/local-time.ts';
import { summarisePerformance } from '../../domain/performance/summarise-performance.ts';
import { findOpenModel } from '../../domain/reference/find-reference.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import type { Workload } from '../../domain/workload/workload.ts';
import { projectLeaves } from '../forecasts/project-scope.ts';
import { type ForecastInputPorts, readForecastInputs } from '../forecasts/read-forecast-inputs.ts';
import type { TenantConfig } from '../ports.ts';
import { type OwnRowPorts, readReference } from '../reference/own-rows.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import {
  countLackingPrice,
  type FreshnessReader,
  type IncompleteReason,
  listIncompleteReasons,
} from '../spend/query-completeness.ts';
import { readWorkload, type WorkloadPorts } from '../workloads/read-workload.ts';
import { findZone } from '../zones.ts';
import { readScopeFilter } from './read-scope-filter.ts';

/** What comparing a recorded workload takes. */
export interface BreakEvenPorts extends WorkloadPorts, Omit<ForecastInputPorts, 'reader'> {
  readonly reader: WorkloadPorts['reader'] & ForecastInputPorts['reader'];
  readonly ownRows: OwnRowPorts['ownRows'];
  readonly readFreshness: FreshnessReader;
}

/** Which of the offers are asked about; what is left out does not matter. */
export interface OfferChoice {
  /** A model with open weights, in any spelling. */
  readonly targetModel?: string | undefined;
  /** Id of a row of hardware. */
  readonly hardwareId?: string | undefined;
}

/** A question about a recorded workload, not yet checked. */
export interface BreakEvenRequest extends OfferChoice {
  /** First local day, included; 28 days before `to` when absent. */
  readonly from?: string | undefined;
  /** Local day behind the last; today when absent. */
  readonly to?: string | undefined;
  /** `dimension=value` each, all of which must hold. */
  readonly filters: readonly string[];
  readonly policy: BreakEvenPolicy;
}

/** Some days are not measured yet: the same question goes on with them. */
export interface StillMeasuring {
  readonly status: 'measuring';
  readonly days: DayRange;
  readonly daysDone: number;
  readonly daysInAll: number;
}

/** Every offer against what was recorded. */
export interface BreakEvenAnswer {
  readonly status: 'compared';
  readonly days: DayRange;
  /** Complete days in it that were recorded; what is asked is scaled to a month from these. */
  readonly recordedDays: number;
  /** Days whose entries do not add up to the totals, and which are left out. */
  readonly contradictoryDays: readonly string[];
  readonly calls: number;
  readonly costPicoUsd: bigint;
  readonly comparison: TargetComparison;
  /** How far the volume of the coming 30 days was seen; null = it was not. */
  readonly outlook: VolumeOutlook | null;
  readonly historyDays: number;
  /** Of the rows of the release. */
  readonly referenceVersion: string;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/** Days of the window where none are named. */
const WINDOW_DAYS = 28;

/** Days before today at which a window begins at the most: the spend from there up to now is read as well. */
const MAX_DAYS_BACK = 731;

/** A month is forecast as so many days. */
const OUTLOOK_DAYS = 30;

/**
 * Compares the calls that were recorded over complete local days with self-hosting every model on every machine of the
 * reference that can serve some of them. Days are measured once and kept.
 *
 * @param deadlineMs - epoch milliseconds after which no further day is begun to be measured
 * @throws {@link InvalidRequestError} naming every parameter at fault
 */
export async function queryBreakEven(
  ports: BreakEvenPorts,
  tenant: TenantConfig,
  request: BreakEvenRequest,
  deadlineMs: number,
): Promise<BreakEvenAnswer | StillMeasuring> {
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const { scope, days } = readQuestion(tenant, request, today);
  const { reference } = await readReference(ports, tenant.tenant);
  refuseUnknown(reference, request);
  const freshness = await ports.readFreshness(tenant, days);
  const recorded = await readWorkload(
    ports,
    tenant,
    {
      scope,
      firstDay: days.fromDay,
      lastDay: addDays(days.toDay, -1),
      boundsTokens: listWindowTokens(reference),
    },
    deadlineMs,
  );
  const { workload, missing, contradictory } = recorded;
  if (missing.length > 0) {
    const daysDone = workload.days.length + contradictory.length;
    return { status: 'measuring', days, daysDone, daysInAll: daysDone + missing.length };
  }
  const totals = sumWorkload(workload);
  const seen = await lookAhead(ports, tenant, { scope, days, today, workload, costPicoUsd: totals.costPicoUsd });
  const context: AssessmentContext = {
    policy: request.policy,
    reference,
    outlook: seen.outlook,
    historyDays: seen.historyDays,
    acceptedRatio: seen.acceptedRatio,
  };
  const comparison = compareTargets({
    reference,
    context,
    lengths: findMeanLengths(workload),
    measure: (target) => measureTargetDemand(workload, target),
    targetModel: request.targetModel,
    hardwareId: request.hardwareId,
  });
  return {
    status: 'compared',
    days,
    recordedDays: workload.days.length,
    contradictoryDays: contradictory,
    ...totals,
    comparison,
    outlook: seen.outlook,
    historyDays: seen.historyDays,
    referenceVersion: reference.version,
    reasons: listIncompleteReasons(freshness, seen.lackingPrice, days.toDay > today),
    asOfMs: freshness.asOfMs,
  };
}

/** @throws {@link InvalidRequestError} when the reference has no such model or machine */
export function refuseUnknown(reference: Reference, { targetModel, hardwareId }: OfferChoice): void {
  const issues: RequestIssue[] = [];
  if (targetModel !== undefined && findOpenModel(reference, targetModel) === undefined)
    issues.push({
      field: 'target_model',
      expected: 'a model of the reference with open weights (catalog list models)',
    });
  if (hardwareId !== undefined && !reference.hardware.some(({ id }) => id === hardwareId))
    issues.push({ field: 'hardware', expected: 'the id of a row of hardware (catalog list hardware)' });
  if (issues.length > 0) throw new InvalidRequestError(issues);
}

function readQuestion(
  tenant: TenantConfig,
  request: BreakEvenRequest,
  today: string,
): { readonly scope: ScopeFilter; readonly days: DayRange } {
  const issues: RequestIssue[] = [];
  const scope = readScopeFilter(tenant, request.filters, issues);
  const toDay = readDay('to', request.to, issues) ?? today;
  const fromDay = readDay('from', request.from, issues) ?? addDays(toDay, -WINDOW_DAYS);
  if (issues.length === 0 && fromDay >= toDay) issues.push({ field: 'from', expected: 'a day before `to`' });
  if (fromDay < addDays(today, -MAX_DAYS_BACK))
    issues.push({ field: 'from', expected: `at most ${MAX_DAYS_BACK} days before today` });
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return { scope, days: { fromDay, toDay } };
}

function readDay(field: string, text: string | undefined, issues: RequestIssue[]): string | undefined {
  if (text === undefined || isCalendarDate(text)) return text;
  issues.push({ field, expected: 'a local day such as 2026-01-29' });
  return undefined;
}

function sumWorkload({ days }: Workload): Pick<BreakEvenAnswer, 'calls' | 'costPicoUsd'> {
  const loads = days.flatMap(({ classes }) => classes.flatMap(({ models }) => models));
  return {
    calls: loads.reduce((sum, { calls }) => sum + calls, 0),
    costPicoUsd: loads.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n),
  };
}

interface LookAhead {
  readonly scope: ScopeFilter;
  readonly days: DayRange;
  readonly today: string;
  readonly workload: Workload;
  readonly costPicoUsd: bigint;
}

/** Where the spend of the scope is going in the coming days, beside what its totals say of the window. */
async function lookAhead(
  ports: BreakEvenPorts,
  tenant: TenantConfig,
  { scope, days, today, workload, costPicoUsd }: LookAhead,
): Promise<{
  readonly outlook: VolumeOutlook | null;
  readonly historyDays: number;
  readonly acceptedRatio: number | null;
  readonly lackingPrice: ReturnType<typeof countLackingPrice>;
}> {
  const matches = createLeafMatcher(scope, tenant.tagDimensions);
  const coming = { fromDay: today, toDay: addDays(today, OUTLOOK_DAYS) };
  // What is paid for already, used or not, is no part of the bill that a target would take away.
  const { fixedCosts: _, ...inputs } = await readForecastInputs(ports, tenant, {
    fromDay: days.fromDay < today ? days.fromDay : today,
    toDay: coming.toDay,
  });
  const { projection, history } = projectLeaves({ ...inputs, unit: 'pico_usd', days: coming, levels: [] }, matches);
  const recordedUsd = (Number(costPicoUsd) / 1e12 / Math.max(1, workload.days.length)) * OUTLOOK_DAYS;
  const rows = [...inputs.rows, ...inputs.oneOffs].filter(
    ({ period, leaf }) => period >= days.fromDay && period < days.toDay && matches(leaf),
  );
  const ofCalls = rows.flatMap(({ measures }) => ((measures.calls ?? 0n) > 0n ? [{ measures, histograms: {} }] : []));
  return {
    outlook: spreadOutlook(projection, recordedUsd),
    historyDays: history.days,
    acceptedRatio: summarisePerformance(ofCalls).meanQuality,
    lackingPrice: countLackingPrice(rows),
  };
}
