import { HOURS_PER_MONTH } from '../break-even/self-host-fleet.ts';
import type { Demand } from './demand.ts';
import { addCalls } from './load-sums.ts';
import { computeServiceSeconds, createTotals, createUnservable, type DemandTarget } from './measure-demand.ts';

/** Peak over mean where nobody measured it. @see METHODS of the project, section 3 */
export const ASSUMED_PEAK_FACTOR = 4;

/** Calls of a month as somebody typed them: all of one kind and length. */
export interface TypedProfile {
  /** Not negative; need not be whole. */
  readonly requestsPerMonth: number;
  /** Of each call, cached part included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Peak over mean by the minute, 1 or more. @default {@link ASSUMED_PEAK_FACTOR} */
  readonly peakFactor?: number;
  /** What the month costs today; null = not known, the calls then count as unpriced. */
  readonly costPicoUsd: bigint | null;
  /** The model that answers today, where it is known. */
  readonly model?: string | null;
  readonly provider?: string | null;
  /** @default chat */
  readonly kind?: DemandTarget['kind'];
}

/** What typed calls ask of a target in a month of 730 hours, in the shape of what is measured. */
export function typedDemand(profile: TypedProfile, target: DemandTarget): Demand {
  const { requestsPerMonth, inputTokens, outputTokens, costPicoUsd, peakFactor = ASSUMED_PEAK_FACTOR } = profile;
  const totals = createTotals();
  addCalls(totals, requestsPerMonth, inputTokens, outputTokens);
  totals.costPicoUsd = costPicoUsd ?? 0n;
  totals.unpricedCalls = costPicoUsd === null ? requestsPerMonth : 0;
  const isOfKind = (profile.kind ?? 'chat') === target.kind;
  const isServable = isOfKind && inputTokens + outputTokens <= target.contextTokens;
  const servable = isServable ? totals : createTotals();
  const unservable = createUnservable();
  if (!isServable) unservable[isOfKind ? 'context' : 'kind'] = totals;
  const serviceSeconds = computeServiceSeconds(servable, target);
  const minutes = HOURS_PER_MONTH * 60;
  const meanBusyReplicas = serviceSeconds / (60 * minutes);
  return {
    isPeakMeasured: false,
    days: 0,
    minutes,
    servable,
    models: isServable ? [{ model: profile.model ?? null, provider: profile.provider ?? null, ...totals }] : [],
    unservable,
    serviceSeconds,
    meanServiceS: servable.calls === 0 ? 0 : serviceSeconds / servable.calls,
    meanBusyReplicas,
    peakBusyReplicas: meanBusyReplicas * peakFactor,
    peakFactor: meanBusyReplicas === 0 ? 1 : peakFactor,
    busyByMinute: new Float64Array(0),
    hours: [],
    weekHours: [],
  };
}
