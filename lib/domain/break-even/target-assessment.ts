import type { TornadoBar } from '../calculators/tornado.ts';
import type { QualityRow } from '../reference/reference-rows.ts';
import type { HostingOffer } from './hosting-offer.ts';
import type { SteppedBreakEven } from './stepped-break-even.ts';

/** What decides the saving, as the tornado takes it to its low and high. */
export const TORNADO_PARAMETERS = [
  'volume',
  'api_price',
  'output_length',
  'gpu_price',
  'utilisation',
  'peak',
  'ops_base',
  'reserved_discount',
] as const;

/** One of {@link TORNADO_PARAMETERS}. */
export type TornadoParameter = (typeof TORNADO_PARAMETERS)[number];

/** A monthly figure with the range that the forecast of the volume gives it; the range is null without a forecast. */
export interface MonthlyRange {
  readonly usd: number;
  readonly lo80Usd: number | null;
  readonly hi80Usd: number | null;
}

/** Part of the calls on own machines and the rest on the API, in USD a month. */
export interface HybridBill {
  /** Share of the calls that own machines answer, 0 to 1. */
  readonly shareRatio: number;
  readonly monthlyUsd: number;
}

/**
 * A hybrid over the shares 0, 0.1 .. 1. A share is one of each size of call alike, so load, peak and API cost fall with it
 * evenly. At a share of 0 there are no own machines. `router`: calls are told apart before. `cascade`: own machines try
 * every call, and the API answers again what they did not.
 */
export interface HybridCurve {
  readonly curve: readonly HybridBill[];
  /** The cheapest; of equal ones the smallest share. */
  readonly best: HybridBill;
}

/** A fleet that follows the recorded hours between its least and its most, billed by the hour. */
export interface HourlyFleet {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly meanReplicas: number;
  readonly monthlyUsd: number;
}

/** Both bills over the horizon, the fleet re-sized each month, under one assumed fall of API prices. */
export interface LongRunCosts {
  /** Share by which API prices fall at each year's end. */
  readonly apiDeclineAnnualRatio: number;
  readonly apiUsd: number;
  /** With set-up and bought machines, less what these bring in the end. */
  readonly selfUsd: number;
}

/** Calls that a target cannot serve; they stay on the API and out of the saving. */
export interface UnservableCalls {
  readonly reason: string;
  readonly calls: number;
  /** Recorded, not scaled to a month. */
  readonly costPicoUsd: bigint;
}

/** Whether a target is good enough; `unknown` without a score to tell by. */
export type QualityGate = 'pass' | 'fail' | 'unknown';

/** Scores of the target and of the model that most is spent on today, on one scale. */
export interface QualityComparison {
  readonly scale: string;
  readonly target: QualityRow;
  /** Null = that model has no score on this scale. */
  readonly current: QualityRow | null;
  /** Annual cost over score, only where the target reaches the score asked for. */
  readonly apiUsdPerPoint: number | null;
  readonly selfUsdPerPoint: number | null;
}

/** What a saving may be relied on for. */
export type Confidence = 'high' | 'medium' | 'low';

/**
 * One offer against the API for the calls that it can serve. Every USD figure as a number is the output of a model, a month
 * is 730 hours, and unservable calls are in none of them but `restMonthlyUsd`.
 */
export interface TargetAssessment {
  readonly offer: HostingOffer;
  readonly requestsPerMonth: number;
  readonly inputTokensPerMonth: number;
  readonly outputTokensPerMonth: number;
  /** Of the servable calls, without a full price: load whose API cost is not known, which understates the saving. */
  readonly unpricedCalls: number;
  readonly unservable: readonly UnservableCalls[];
  /** API bill of the unservable calls, which is paid whatever is decided. */
  readonly restMonthlyUsd: number;
  /** Replicas busy: on average and at the 99th percentile of minutes. */
  readonly meanBusyReplicas: number;
  readonly peakBusyReplicas: number;
  readonly isPeakMeasured: boolean;
  /** Mean seconds of a replica that a call takes. */
  readonly serviceTimeS: number;
  /** Serving replicas, those beside them, and the machines that hold both. */
  readonly replicas: number;
  readonly spareReplicas: number;
  readonly machines: number;
  /** Share of the serving replicas' time that the recorded calls take. */
  readonly utilisationRatio: number;
  /** Share at which the fleet costs what the API would; null = none up to all of it. */
  readonly breakEvenUtilisationRatio: number | null;
  readonly api: MonthlyRange;
  readonly self: MonthlyRange;
  /** The better hybrid's best share. */
  readonly hybrid: MonthlyRange & { readonly mode: 'router' | 'cascade'; readonly shareRatio: number };
  readonly router: HybridCurve;
  readonly cascade: HybridCurve;
  readonly hourlyFleet: HourlyFleet | null;
  /** The fleet on spot machines: shown, never compared. */
  readonly spotMonthlyUsd: number | null;
  /** API less self-hosting. */
  readonly savingsUsd: number;
  /** Share of the API bill; 0 where that is 0. */
  readonly savingsRatio: number;
  readonly breakEven: SteppedBreakEven;
  /** Where it pays now: what would reverse it; null where it does not pay. */
  readonly reversing: {
    readonly belowRequestsPerMonth: number;
    /** All API cost of a call, input included, over its output tokens: USD per 1M. */
    readonly belowUsdPerMillionOutput: number | null;
  } | null;
  /** Months until set-up and bought machines are earned back; null = never. */
  readonly paybackMonths: number | null;
  /** Set-up and bought machines. */
  readonly oneTimeUsd: number;
  /** API prices as they are first, then falling by 20 and 50 % a year. */
  readonly longRun: readonly LongRunCosts[];
  readonly quality: readonly QualityComparison[];
  /** Whether the score asked for is reached, or without one nearly that of today's model. */
  readonly qualityGate: QualityGate;
  /** USD for each accepted answer, where the ledger has qualities; and the acceptance at which self-hosting costs as much. */
  readonly accepted: { readonly ratio: number; readonly apiUsd: number; readonly evenRatio: number } | null;
  /** Swings of the monthly saving, largest first. */
  readonly tornado: readonly TornadoBar<TornadoParameter>[];
  /** The three that swing most. */
  readonly decidedBy: readonly TornadoParameter[];
  /** Share of forecast volumes with which it saves enough; null without a forecast. */
  readonly probability: number | null;
  readonly confidence: Confidence;
  /** What nobody measured, a phrase each. */
  readonly assumed: readonly string[];
}
