import { type Measure, QUALITY_SCALE } from '../../contracts/measures.ts';
import { computeReplicaRentUsd, type Market } from '../../domain/advice/market.ts';
import type { AdviceProfile } from '../../domain/advice/profile-fields.ts';
import { listWindowTokens } from '../../domain/break-even/compare-targets.ts';
import type { ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { addDays } from '../../domain/local-time.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import type { Demand } from '../../domain/workload/demand.ts';
import { measureDemand } from '../../domain/workload/measure-demand.ts';
import { findCallKind, MEASUREMENT_APP } from '../../domain/workload/workload-call.ts';
import { type PerformanceGroup, type PerformancePorts, queryPerformance } from '../performance/query-performance.ts';
import type { TenantConfig } from '../ports.ts';
import type { IncompleteReason } from '../spend/query-completeness.ts';
import { readWorkload, type WorkloadPorts } from '../workloads/read-workload.ts';

/** What reading a profile from the ledger takes. */
export interface RecordedProfilePorts extends WorkloadPorts, Omit<PerformancePorts, 'reader'> {
  readonly reader: WorkloadPorts['reader'];
}

/** Days that a profile is read from. */
export const PROFILE_DAYS = 28;

const DAYS_PER_MONTH = 365 / 12;

/** Fewer calls with a quality say too little of how often a model is right. */
const MIN_JUDGED_CALLS = 30n;

/** Measured days of a scope. */
export interface MeasuredWorkload {
  readonly status: 'measured';
  readonly days: DayRange;
  /** The first day of it that was recorded; the ledger's own first day is none. */
  readonly firstRecordedDay: string;
  readonly recordedDays: number;
  readonly contradictoryDays: readonly string[];
  /** Chat calls with text only, whatever their length. */
  readonly demand: Demand;
}

/** Some days are not measured yet: asking again goes on with them. */
export interface MeasuringWorkload {
  readonly status: 'measuring';
  readonly days: DayRange;
  readonly daysDone: number;
  readonly daysInAll: number;
}

/** What the ledger knows of a workload, as a profile. */
export interface RecordedProfile {
  readonly profile: Partial<AdviceProfile>;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/** Days of measurement: those before today. */
export function listProfileDays(today: string): DayRange {
  return { fromDay: addDays(today, -PROFILE_DAYS), toDay: today };
}

/** Measures the days of a profile, as break-even does and from the same kept days. */
export async function measureProfileDays(
  ports: RecordedProfilePorts,
  tenant: TenantConfig,
  question: {
    readonly scope: ScopeFilter;
    readonly days: DayRange;
    readonly market: Market;
    readonly reference: Reference;
  },
  deadlineMs: number,
): Promise<MeasuredWorkload | MeasuringWorkload> {
  const { scope, days, market, reference } = question;
  const request = {
    scope,
    firstDay: days.fromDay,
    lastDay: addDays(days.toDay, -1),
    boundsTokens: listWindowTokens(reference),
  };
  const { workload, missing, contradictory } = await readWorkload(ports, tenant, request, deadlineMs);
  if (missing.length > 0) {
    const daysDone = workload.days.length + contradictory.length;
    return { status: 'measuring', days, daysDone, daysInAll: daysDone + missing.length };
  }
  const [cheapest] = market.own.toSorted((a, b) => computeReplicaRentUsd(a.hosting) - computeReplicaRentUsd(b.hosting));
  const demand = measureDemand(workload, {
    // Peaks are nearly the same whatever the machine: only the weight of long calls against short ones differs.
    serviceTime: cheapest?.hosting.target.serviceTime.fit ?? { inputTokenS: 1, outputTokenS: 1, contextTokenS: 0 },
    contextTokens: Number.POSITIVE_INFINITY,
    kind: 'chat',
  });
  return {
    status: 'measured',
    days,
    firstRecordedDay: workload.days[0]?.day ?? days.fromDay,
    recordedDays: workload.days.length,
    contradictoryDays: contradictory,
    demand,
  };
}

/**
 * A profile of what was measured: calls and the bill of a month, mean lengths, peak and dearest model from the demand; the
 * cached part, quality and latency from the totals of the same models, without the calls of measurements.
 */
export async function readRecordedProfile(
  ports: RecordedProfilePorts,
  tenant: TenantConfig,
  filters: readonly string[],
  { days, firstRecordedDay: from, recordedDays, demand }: MeasuredWorkload,
): Promise<RecordedProfile> {
  const request = { from, to: days.toDay, groupBy: ['app', 'operation', 'model'], filters };
  const { groups, reasons, asOfMs } = await queryPerformance(ports, tenant, request);
  const { calls, inputTokens, outputTokens, costPicoUsd } = demand.servable;
  if (calls === 0) return { profile: {}, reasons, asOfMs };
  const months = recordedDays / DAYS_PER_MONTH;
  const model = demand.models[0]?.model ?? null;
  return {
    profile: {
      requests_per_month: calls / months,
      input_tokens_per_request: inputTokens / calls,
      output_tokens_per_request: outputTokens / calls,
      peak_factor: demand.peakFactor,
      current_monthly_usd: Number(costPicoUsd) / 1e12 / months,
      ...summariseGroups(groups.filter((group) => isOfDemand(group, demand))),
      ...(model === null ? {} : { api_model: model }),
    },
    reasons,
    asOfMs,
  };
}

/** Whether a group is of calls of the demand, as far as its dimensions tell. */
function isOfDemand({ values: [app, operation, model] }: PerformanceGroup, { models }: Demand): boolean {
  const isChat = findCallKind({ operation: operation ?? '', usage: {} }, null) === 'chat';
  return isChat && app !== MEASUREMENT_APP && models.some((it) => it.model === model);
}

function summariseGroups(groups: readonly PerformanceGroup[]): Partial<AdviceProfile> {
  const sum = (measure: Measure): bigint =>
    groups.reduce((total, { figures }) => total + (figures.measures[measure] ?? 0n), 0n);
  const [inputTokens, judgedCalls] = [sum('input_tokens'), sum('quality_count')];
  const timed = groups.flatMap(({ figures }) => figures.ttft ?? []).sort((a, b) => Number(b.calls - a.calls));
  const apiTtftMs = timed[0]?.percentiles.find(({ percent }) => percent === 50)?.belowMs ?? null;
  return {
    cached_input_ratio: inputTokens === 0n ? 0 : Number(sum('cache_read_tokens')) / Number(inputTokens),
    ...(judgedCalls < MIN_JUDGED_CALLS
      ? {}
      : { base_accuracy_ratio: Number(sum('quality_sum')) / QUALITY_SCALE / Number(judgedCalls) }),
    ...(apiTtftMs === null ? {} : { api_ttft_ms: apiTtftMs }),
  };
}
