import { z } from 'zod';
import { findBestUsd } from '../../domain/break-even/compare-targets.ts';
import type { HostingOffer, NotOffered } from '../../domain/break-even/hosting-offer.ts';
import type {
  HybridCurve,
  MonthlyRange,
  QualityComparison,
  TargetAssessment,
} from '../../domain/break-even/target-assessment.ts';
import { TORNADO_PARAMETERS } from '../../domain/break-even/target-assessment.ts';
import { formatUsd } from '../../domain/money.ts';
import type { SourcedRow } from '../../domain/reference/reference-rows.ts';
import { decimalText, smallCount } from './schemas.ts';

const usd = z.number();
const figure = z.number().nullable();

const sourced = z.strictObject({
  id: z.string(),
  source: z.string(),
  as_of: z.string().nullable(),
  checked_on: z.string(),
  standing: z.string(),
});

const monthly = z.strictObject({
  usd,
  lo80_usd: figure.describe('Null: nothing was forecast.'),
  hi80_usd: figure,
});

const curve = z.strictObject({
  best_share_ratio: z.number(),
  best_usd: usd,
  curve: z.array(z.strictObject({ share_ratio: z.number(), usd })),
});

const scoreText = z.strictObject({ model: z.string(), score: z.number(), ...sourced.shape }).nullable();

/** One offer as answers have it. Every figure of a model is a JSON number; a month is 730 hours. */
export const breakEvenRow = z.strictObject({
  offer: z.string().describe('Names the row: model, precision, GPUs, engine, machine and how it is paid for.'),
  model: z.string(),
  precision: z.string().nullable(),
  gpus_per_replica: smallCount,
  gpu: z.string(),
  engine: z.string().nullable(),
  context_tokens: smallCount,
  purchase: z.enum(['on_demand', 'reserved', 'owned']),
  best_monthly_usd: usd.describe(
    'Lowest bill with this offer, calls that it cannot serve included: the order of rows.',
  ),
  api: monthly.describe('API bill of the calls that it can serve.'),
  self: monthly,
  hybrid: z.strictObject({ ...monthly.shape, mode: z.enum(['router', 'cascade']), share_ratio: z.number() }),
  rest_monthly_usd: usd.describe('API bill of the calls that it cannot serve; in none of the others.'),
  savings_usd: usd,
  savings_ratio: z.number(),
  probability: figure.describe('Of saving what the policy asks for; null: nothing was forecast.'),
  confidence: z.enum(['high', 'medium', 'low']),
  yearly: z.strictObject({ api_usd: usd, self_usd: usd, hybrid_usd: usd }),
  per_1000_requests: z.strictObject({ api_usd: usd, self_usd: usd, hybrid_usd: usd }),
  requests_per_month: usd,
  input_tokens_per_month: usd,
  output_tokens_per_month: usd,
  unpriced_calls: z.number(),
  unservable: z.array(z.strictObject({ reason: z.string(), calls: z.number(), cost_usd: decimalText })),
  service_time_s: z.number(),
  mean_busy_replicas: z.number(),
  peak_busy_replicas: z.number(),
  peak_measured: z.boolean(),
  replicas: smallCount,
  spare_replicas: smallCount,
  machines: smallCount,
  utilisation_ratio: z.number(),
  break_even_utilisation_ratio: figure,
  break_even: z.strictObject({
    first_requests: figure.describe('Calls a month at which it first pays; null: never.'),
    first_tokens: figure,
    stable_requests: figure.describe('Calls a month from which no further replica makes it lose again.'),
    stable_tokens: figure,
    full_replica_value_usd: usd,
    replica_usd: usd,
  }),
  reversing: z.strictObject({ below_requests: usd, below_usd_per_million_output: figure }).nullable(),
  payback_months: figure,
  one_time_usd: usd,
  horizon: z.array(z.strictObject({ api_decline_annual_ratio: z.number(), api_usd: usd, self_usd: usd })),
  hourly_fleet: z
    .strictObject({ min_replicas: smallCount, max_replicas: smallCount, mean_replicas: z.number(), monthly_usd: usd })
    .nullable(),
  spot_monthly_usd: figure.describe('Shown, never compared: spot machines may be taken away.'),
  router: curve,
  cascade: curve,
  quality_gate: z
    .enum(['pass', 'fail', 'unknown'])
    .describe("Whether q_min is reached; without it, 90 % of today's model on every scale that has both."),
  quality: z.array(
    z.strictObject({
      scale: z.string(),
      target: scoreText,
      current: scoreText,
      api_usd_per_point: figure,
      self_usd_per_point: figure,
    }),
  ),
  accepted: z
    .strictObject({ ratio: z.number(), api_usd_per_answer: usd, even_ratio: z.number() })
    .nullable()
    .describe('Cost of an accepted answer, and the acceptance at which self-hosting costs as much.'),
  tornado: z.array(
    z.strictObject({
      parameter: z.enum(TORNADO_PARAMETERS),
      ...{ low: z.number(), high: z.number(), savings_at_low_usd: usd, savings_at_high_usd: usd, swing_usd: usd },
    }),
  ),
  decided_by: z.array(z.enum(TORNADO_PARAMETERS)),
  assumed: z.array(z.string()),
  service_time_method: z.enum(['fitted', 'nearest']),
  fit_error_ratio: figure,
  hardware: sourced,
  machine_monthly_usd: usd,
  throughput: z.array(sourced),
  model_row: sourced,
});

/** What is not on offer, and why. */
export const notOfferedRow = z.strictObject({
  kind: z.enum(['model', 'target', 'hardware']),
  id: z.string(),
  reason: z.string(),
});

/** An offer for an answer. */
export function renderAssessment(row: TargetAssessment): z.output<typeof breakEvenRow> {
  return {
    ...renderOffer(row.offer),
    best_monthly_usd: findBestUsd(row),
    api: renderRange(row.api),
    self: renderRange(row.self),
    hybrid: { ...renderRange(row.hybrid), mode: row.hybrid.mode, share_ratio: row.hybrid.shareRatio },
    rest_monthly_usd: row.restMonthlyUsd,
    savings_usd: row.savingsUsd,
    savings_ratio: row.savingsRatio,
    probability: row.probability,
    confidence: row.confidence,
    yearly: renderBills(row, 12),
    per_1000_requests: renderBills(row, 1_000 / row.requestsPerMonth),
    requests_per_month: row.requestsPerMonth,
    input_tokens_per_month: row.inputTokensPerMonth,
    output_tokens_per_month: row.outputTokensPerMonth,
    unpriced_calls: row.unpricedCalls,
    unservable: row.unservable.map(({ reason, calls, costPicoUsd }) => ({
      ...{ reason, calls, cost_usd: formatUsd(costPicoUsd) },
    })),
    service_time_s: row.serviceTimeS,
    mean_busy_replicas: row.meanBusyReplicas,
    peak_busy_replicas: row.peakBusyReplicas,
    peak_measured: row.isPeakMeasured,
    replicas: row.replicas,
    spare_replicas: row.spareReplicas,
    machines: row.machines,
    utilisation_ratio: row.utilisationRatio,
    break_even_utilisation_ratio: row.breakEvenUtilisationRatio,
    ...renderCrossings(row),
    payback_months: row.paybackMonths,
    one_time_usd: row.oneTimeUsd,
    horizon: row.longRun.map((costs) => ({
      api_decline_annual_ratio: costs.apiDeclineAnnualRatio,
      ...{ api_usd: costs.apiUsd, self_usd: costs.selfUsd },
    })),
    hourly_fleet: row.hourlyFleet && {
      min_replicas: row.hourlyFleet.minReplicas,
      max_replicas: row.hourlyFleet.maxReplicas,
      mean_replicas: row.hourlyFleet.meanReplicas,
      monthly_usd: row.hourlyFleet.monthlyUsd,
    },
    spot_monthly_usd: row.spotMonthlyUsd,
    router: renderCurve(row.router),
    cascade: renderCurve(row.cascade),
    quality_gate: row.qualityGate,
    quality: row.quality.map(renderQuality),
    accepted: row.accepted && {
      ...{ ratio: row.accepted.ratio, api_usd_per_answer: row.accepted.apiUsd, even_ratio: row.accepted.evenRatio },
    },
    tornado: row.tornado.map(({ name, low, high, atLow, atHigh, swing }) => ({
      ...{ parameter: name, low, high, savings_at_low_usd: atLow, savings_at_high_usd: atHigh, swing_usd: swing },
    })),
    decided_by: [...row.decidedBy],
    assumed: [...row.assumed],
  };
}

/** What is not on offer, for an answer. */
export function renderNotOffered({ kind, id, reason }: NotOffered): z.output<typeof notOfferedRow> {
  return { kind, id, reason };
}

function renderOffer({ id, target, hardware, purchase, machine }: HostingOffer) {
  const { model, serviceTime } = target;
  return {
    offer: id,
    model: model.id,
    precision: target.precision,
    gpus_per_replica: target.gpusPerReplica,
    gpu: target.gpu,
    engine: target.engine,
    context_tokens: model.contextTokens,
    purchase,
    service_time_method: serviceTime.method,
    fit_error_ratio: serviceTime.meanErrorRatio,
    hardware: renderSource(hardware),
    machine_monthly_usd: machine.monthlyUsd,
    throughput: serviceTime.rows.map(renderSource),
    model_row: renderSource(model),
  };
}

function renderSource({ id, source, asOf, checkedOn, standing }: SourcedRow): z.output<typeof sourced> {
  return { id, source, as_of: asOf, checked_on: checkedOn, standing };
}

function renderRange({ usd: amount, lo80Usd, hi80Usd }: MonthlyRange): z.output<typeof monthly> {
  return { usd: amount, lo80_usd: lo80Usd, hi80_usd: hi80Usd };
}

function renderBills({ api, self, hybrid }: TargetAssessment, factor: number) {
  return { api_usd: api.usd * factor, self_usd: self.usd * factor, hybrid_usd: hybrid.usd * factor };
}

function renderCrossings(row: TargetAssessment) {
  const tokensPerRequest = (row.inputTokensPerMonth + row.outputTokensPerMonth) / row.requestsPerMonth;
  const { firstRequests, stableRequests, fullReplicaValueUsd, replicaUsd } = row.breakEven;
  return {
    break_even: {
      first_requests: firstRequests,
      first_tokens: firstRequests === null ? null : firstRequests * tokensPerRequest,
      stable_requests: stableRequests,
      stable_tokens: stableRequests === null ? null : stableRequests * tokensPerRequest,
      full_replica_value_usd: fullReplicaValueUsd,
      replica_usd: replicaUsd,
    },
    reversing: row.reversing && {
      below_requests: row.reversing.belowRequestsPerMonth,
      below_usd_per_million_output: row.reversing.belowUsdPerMillionOutput,
    },
  };
}

function renderCurve({ best, curve: bills }: HybridCurve): z.output<typeof curve> {
  return {
    best_share_ratio: best.shareRatio,
    best_usd: best.monthlyUsd,
    curve: bills.map(({ shareRatio, monthlyUsd }) => ({ share_ratio: shareRatio, usd: monthlyUsd })),
  };
}

function renderQuality({ scale, target, current, apiUsdPerPoint, selfUsdPerPoint }: QualityComparison) {
  const render = (row: QualityComparison['current']) =>
    row && { model: row.model, score: row.score, ...renderSource(row) };
  return {
    scale,
    target: render(target),
    current: render(current),
    api_usd_per_point: apiUsdPerPoint,
    self_usd_per_point: selfUsdPerPoint,
  };
}
