import { computeReplicaRentUsd, type Market } from '../../domain/advice/market.ts';
import type { AdviceProfile } from '../../domain/advice/profile-fields.ts';
import { listWindowTokens } from '../../domain/break-even/compare-targets.ts';
import type { ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { addDays } from '../../domain/local-time.ts';
import { PICO_USD_SCALE } from '../../domain/money.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import type { Demand } from '../../domain/workload/demand.ts';
import { measureDemand } from '../../domain/workload/measure-demand.ts';
import { type PerformancePorts, queryPerformance } from '../performance/query-performance.ts';
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

/** A profile of what was measured: calls and the bill of a month, mean lengths, cached part, peak, latency, dearest model. */
export async function readRecordedProfile(
  ports: RecordedProfilePorts,
  tenant: TenantConfig,
  filters: readonly string[],
  { days, firstRecordedDay: from, recordedDays, demand }: MeasuredWorkload,
): Promise<RecordedProfile> {
  const request = { from, to: days.toDay, groupBy: [], filters };
  const { total, reasons, asOfMs } = await queryPerformance(ports, tenant, request);
  const { calls, inputTokens, outputTokens, costPicoUsd } = demand.servable;
  if (calls === 0) return { profile: {}, reasons, asOfMs };
  const months = recordedDays / DAYS_PER_MONTH;
  const apiTtftMs = total.ttft?.percentiles.find(({ percent }) => percent === 50)?.belowMs ?? null;
  const model = demand.models[0]?.model ?? null;
  return {
    profile: {
      requests_per_month: calls / months,
      input_tokens_per_request: inputTokens / calls,
      output_tokens_per_request: outputTokens / calls,
      cached_input_ratio: total.promptCacheRatio ?? 0,
      peak_factor: demand.peakFactor,
      current_monthly_usd: Number(costPicoUsd) / Number(PICO_USD_SCALE) / months,
      ...(apiTtftMs === null ? {} : { api_ttft_ms: apiTtftMs }),
      ...(model === null ? {} : { api_model: model }),
    },
    reasons,
    asOfMs,
  };
}
