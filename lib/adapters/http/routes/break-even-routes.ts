import { z } from 'zod';
import {
  type BreakEvenAnswer,
  type BreakEvenRequest,
  queryBreakEven,
  type StillMeasuring,
} from '../../../app/break-even/query-break-even.ts';
import { type CallProfile, queryBreakEvenOfProfile } from '../../../app/break-even/query-break-even-profile.ts';
import { InvalidRequestError } from '../../../app/request-errors.ts';
import { MAX_WORKLOAD_DAYS } from '../../../app/workloads/read-workload.ts';
import { type BreakEvenPolicy, DEFAULT_BREAK_EVEN_POLICY } from '../../../domain/break-even/break-even-policy.ts';
import type { TargetComparison } from '../../../domain/break-even/compare-targets.ts';
import { formatUsd } from '../../../domain/money.ts';
import { CALL_KINDS } from '../../../domain/workload/workload.ts';
import { breakEvenRow, notOfferedRow, renderAssessment, renderNotOffered } from '../break-even-answer.ts';
import { renderCompleteness } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, dayText, decimalText, smallCount } from '../schemas.ts';

/** Most offers of an answer, and how many there are unless more are asked for. */
const MAX_ROWS = 50;
const DEFAULT_ROWS = 10;

/** Measuring begins no further day after so long, well before a request is given up. */
const MEASURE_MS = 12_000;

const MAX_USD = 1e9;

/** What parameters of a policy may be; a body has numbers where a query has text. */
function policyFields(number: () => z.ZodNumber | z.ZodCoercedNumber) {
  const share = () => number().min(0).max(1);
  const usdOf = (what: string) => number().min(0).max(MAX_USD).optional().describe(`USD: ${what}.`);
  return {
    rho: number().min(0.01).max(1).optional().describe('Load aimed at at the peak; 0.7.'),
    min_replicas: number().int().min(1).max(1_000).optional().describe('2.'),
    spare_replicas: number().int().min(0).max(100).optional().describe('Beside those that serve; 1 is N+1; 0.'),
    ops_base_usd: usdOf('operations a month; 500'),
    ops_per_replica_usd: usdOf('operations a month and replica; 200'),
    other_usd: usdOf('storage, load balancer, bandwidth, backups, monitoring a month; 140'),
    one_time_usd: usdOf('setting it up; 0'),
    reserved_discount: share().lt(1).optional().describe('Off the price on demand where a row has no reserved one.'),
    horizon_months: number().int().min(1).max(120).optional().describe('36.'),
    growth_monthly: number().min(-0.5).max(0.5).optional().describe('Growth of the volume a month; 0.'),
    output_cost_ratio: share().optional().describe('Part of the API bill that output costs; else estimated.'),
    life_years: number().min(0.5).max(20).optional().describe('Of bought machines whose row does not say it; 3.'),
    tariff_usd: usdOf('a kWh, where a row does not say it; 0.15'),
    quality_scale: z.string().min(1).max(150).optional().describe('Scale of q_min, as rows of quality have it.'),
    q_min: number()
      .min(0)
      .max(1e6)
      .optional()
      .describe("Score that a target must reach; with its scale. Without: 0.9 of today's model where both have one."),
    min_savings_ratio: share().optional().describe('What counts as a saving: share of the API bill; 0.2.'),
    min_savings_usd: usdOf('what counts as a saving a month; 500'),
  };
}

const choiceFields = {
  target_model: z.string().min(1).max(150).optional().describe('Only this model with open weights.'),
  hardware: z.string().min(1).max(150).optional().describe('Only this machine: the id of a row of hardware.'),
};

const breakEvenQuery = z.strictObject({
  from: dayText.optional().describe('First local day; without it 28 days before `to`.'),
  to: dayText.optional().describe('Local day behind the last; today without it.'),
  filter: z
    .union([z.string(), z.array(z.string()).max(50)])
    .optional()
    .describe('dimension=value; repeat it for more dimensions, all of which must hold.'),
  ...choiceFields,
  ...policyFields(() => z.coerce.number()),
  limit: z.coerce.number().int().min(1).max(MAX_ROWS).default(DEFAULT_ROWS),
});

const priceUsd = z.number().min(0).max(MAX_USD);

const profileBody = z.strictObject({
  requests_per_month: z.number().positive().max(1e12),
  input_tokens: z.number().min(0).max(1e9).describe('Of the mean call, cached ones included.'),
  cached_tokens: z.number().min(0).max(1e9).default(0),
  output_tokens: z.number().min(0).max(1e9),
  input_usd: priceUsd.optional().describe('Per 1M input tokens; with output_usd, or api_monthly_usd in their place.'),
  cached_usd: priceUsd.optional().describe('Per 1M cached tokens; input_usd without it.'),
  output_usd: priceUsd.optional(),
  api_monthly_usd: priceUsd.optional().describe('What the API charges for these calls.'),
  peak_factor: z.number().min(1).max(1e4).optional().describe('Peak over mean; 4.'),
  kind: z.enum(CALL_KINDS).default('chat'),
  model: z.string().min(1).max(150).optional().describe('The model that answers today, to compare its quality.'),
  ...choiceFields,
  policy: z.strictObject(policyFields(() => z.number())).default({}),
  limit: z.number().int().min(1).max(MAX_ROWS).default(DEFAULT_ROWS),
});

const comparisonFields = {
  rows: z
    .array(breakEvenRow)
    .describe('Best first: lowest best_monthly_usd, then lowest bill self-hosted over that of the API.'),
  rows_left_out: smallCount,
  below_quality: z
    .array(breakEvenRow)
    .describe('Not good enough, or with q_min without a score on its scale; best first.'),
  below_quality_left_out: smallCount,
  not_offered: z.array(notOfferedRow),
  reference_version: z.string(),
};

const recordedAnswer = z.strictObject({
  from: dayText,
  to: dayText,
  recorded_days: smallCount,
  contradictory_days: z.array(dayText).describe('Left out: their entries do not add up to the totals; audit them.'),
  history_days: smallCount,
  calls: smallCount,
  cost_usd: decimalText.describe('Recorded, of all calls asked for.'),
  volume_outlook: z
    .strictObject({ lo80_ratio: z.number(), hi80_ratio: z.number() })
    .nullable()
    .describe('Of the coming 30 days over the recorded ones; null: nothing can be forecast yet.'),
  ...comparisonFields,
  ...completenessFields,
});

const measuringAnswer = z.strictObject({
  status: z.literal('measuring'),
  from: dayText,
  to: dayText,
  days_done: smallCount,
  days_in_all: smallCount,
});

const profileAnswer = z.strictObject({ api_monthly_usd: z.number(), ...comparisonFields });

/** Routes that compare the API with self-hosting. */
export const breakEvenRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/break-even',
      summary: 'Recorded calls against self-hosting every model on every machine that fits, best first',
      description:
        `Over complete local days, at most ${MAX_WORKLOAD_DAYS}. Days are measured once; while some are not, the answer ` +
        'is 202 with how many are, and the same request goes on. Figures of models are JSON numbers.',
      query: breakEvenQuery,
      answers: {
        200: { description: 'The offers.', schema: recordedAnswer },
        202: { description: 'Days are still being measured: ask again.', schema: measuringAnswer },
      },
    },
    async ({ ports, tenant, query }) => {
      const { from, to, filter = [], target_model: targetModel, hardware: hardwareId, limit, ...policy } = query;
      const request: BreakEvenRequest = {
        ...{ from, to, targetModel, hardwareId },
        filters: typeof filter === 'string' ? [filter] : filter,
        policy: readPolicy(policy, ''),
      };
      const answer = await queryBreakEven(ports, tenant, request, ports.now() + MEASURE_MS);
      if (answer.status === 'measuring') return { status: 202, body: renderMeasuring(answer) };
      return { status: 200, body: renderRecorded(answer, limit) };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'POST',
      path: '/v1/break-even',
      summary: 'Typed calls against self-hosting every model on every machine that fits, best first',
      description: 'Nothing of the ledger is in the answer but the rows of the tenant. Unknown fields are refused.',
      body: profileBody,
      answers: { 200: { description: 'The offers.', schema: profileAnswer } },
    },
    async ({ ports, tenant, body }) => {
      const choice = { targetModel: body.target_model, hardwareId: body.hardware };
      const answer = await queryBreakEvenOfProfile(ports, tenant, readProfile(body), choice);
      const { comparison, apiMonthlyUsd, referenceVersion } = answer;
      const rendered = renderComparison(comparison, referenceVersion, body.limit);
      return { status: 200, body: { api_monthly_usd: apiMonthlyUsd, ...rendered } };
    },
  ),
];

type PolicyInput = Omit<
  z.output<typeof breakEvenQuery>,
  'from' | 'to' | 'filter' | 'target_model' | 'hardware' | 'limit'
>;

function readPolicy(input: PolicyInput, way: string): BreakEvenPolicy {
  const { quality_scale: scale, q_min: minScore } = input;
  if ((scale === undefined) !== (minScore === undefined)) {
    const field = `${way}${scale === undefined ? 'quality_scale' : 'q_min'}`;
    throw new InvalidRequestError([{ field, expected: 'both a scale and a score, or neither' }]);
  }
  const base = DEFAULT_BREAK_EVEN_POLICY;
  return {
    utilisationRatio: input.rho ?? base.utilisationRatio,
    minReplicas: input.min_replicas ?? base.minReplicas,
    spareReplicas: input.spare_replicas ?? base.spareReplicas,
    opsBaseUsd: input.ops_base_usd ?? base.opsBaseUsd,
    opsPerReplicaUsd: input.ops_per_replica_usd ?? base.opsPerReplicaUsd,
    otherUsd: input.other_usd ?? base.otherUsd,
    oneTimeUsd: input.one_time_usd ?? base.oneTimeUsd,
    peakFactor: base.peakFactor,
    reservedDiscountRatio: input.reserved_discount ?? base.reservedDiscountRatio,
    horizonMonths: input.horizon_months ?? base.horizonMonths,
    growthMonthlyRatio: input.growth_monthly ?? base.growthMonthlyRatio,
    outputCostRatio: input.output_cost_ratio ?? base.outputCostRatio,
    lifeYears: input.life_years ?? base.lifeYears,
    tariffUsd: input.tariff_usd ?? base.tariffUsd,
    quality: scale === undefined || minScore === undefined ? null : { scale, minScore },
    minSavingsRatio: input.min_savings_ratio ?? base.minSavingsRatio,
    minSavingsUsd: input.min_savings_usd ?? base.minSavingsUsd,
  };
}

function readProfile(body: z.output<typeof profileBody>): CallProfile {
  return {
    requestsPerMonth: body.requests_per_month,
    inputTokens: body.input_tokens,
    cachedTokens: body.cached_tokens,
    outputTokens: body.output_tokens,
    api: readApiPrice(body),
    peakFactor: body.peak_factor ?? null,
    kind: body.kind,
    model: body.model ?? null,
    policy: readPolicy(body.policy, 'policy.'),
  };
}

function readApiPrice(body: z.output<typeof profileBody>): CallProfile['api'] {
  const { input_usd: inputUsd, cached_usd: cachedUsd, output_usd: outputUsd, api_monthly_usd: monthlyUsd } = body;
  const isByToken = inputUsd !== undefined && outputUsd !== undefined;
  const isMixed = monthlyUsd !== undefined && [inputUsd, cachedUsd, outputUsd].some((price) => price !== undefined);
  if (isByToken && !isMixed) return { inputUsd, cachedUsd: cachedUsd ?? inputUsd, outputUsd };
  if (monthlyUsd !== undefined && !isMixed) return { monthlyUsd };
  const field = isMixed ? 'api_monthly_usd' : inputUsd === undefined ? 'input_usd' : 'output_usd';
  throw new InvalidRequestError([{ field, expected: 'either input_usd and output_usd, or api_monthly_usd' }]);
}

function renderMeasuring({ days, daysDone, daysInAll }: StillMeasuring): z.output<typeof measuringAnswer> {
  return { status: 'measuring', from: days.fromDay, to: days.toDay, days_done: daysDone, days_in_all: daysInAll };
}

function renderRecorded(answer: BreakEvenAnswer, limit: number): Record<keyof typeof recordedAnswer.shape, unknown> {
  return {
    from: answer.days.fromDay,
    to: answer.days.toDay,
    recorded_days: answer.recordedDays,
    contradictory_days: [...answer.contradictoryDays],
    history_days: answer.historyDays,
    calls: answer.calls,
    cost_usd: formatUsd(answer.costPicoUsd),
    volume_outlook: answer.outlook && {
      ...{ lo80_ratio: answer.outlook.lo80Ratio, hi80_ratio: answer.outlook.hi80Ratio },
    },
    ...renderComparison(answer.comparison, answer.referenceVersion, limit),
    ...renderCompleteness(answer.reasons, answer.asOfMs),
  };
}

function renderComparison(
  { ranked, belowQuality, notOffered }: TargetComparison,
  referenceVersion: string,
  limit: number,
): Record<keyof typeof comparisonFields, unknown> {
  return {
    rows: ranked.slice(0, limit).map(renderAssessment),
    rows_left_out: Math.max(0, ranked.length - limit),
    below_quality: belowQuality.slice(0, limit).map(renderAssessment),
    below_quality_left_out: Math.max(0, belowQuality.length - limit),
    not_offered: notOffered.map(renderNotOffered),
    reference_version: referenceVersion,
  };
}
