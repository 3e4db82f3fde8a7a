import { z } from 'zod';
import { MAX_PERFORMANCE_ROWS, queryPerformance } from '../../../app/performance/query-performance.ts';
import { countLackingPrice } from '../../../app/spend/query-completeness.ts';
import {
  type CostFigures,
  PERCENTILES,
  type PerformanceFigures,
  type SpeedFigures,
  type TimeFigures,
} from '../../../domain/performance/summarise-performance.ts';
import { renderCompleteness, renderUsd, renderWhole } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, decimalText, smallCount, wholeNumber } from '../schemas.ts';
import { callsAsked, groupByText } from './spend-routes.ts';

const performanceQuery = z.strictObject({
  ...callsAsked,
  group_by: groupByText
    .default('model,app')
    .describe('Up to three dimensions, separated by commas; empty for all calls together.'),
});

const boundsSchema = z.strictObject({
  at_least_ms: z.number(),
  below_ms: z.number().nullable().describe('Null: without an upper bound.'),
});

const timesSchema = z
  .strictObject({
    calls: wholeNumber.describe('Calls that reported it.'),
    ...Object.fromEntries(PERCENTILES.map((percent) => [`p${percent}`, boundsSchema])),
  })
  .nullable()
  .describe('Between the bounds of the bucket that the percentile (nearest rank) lies in.');

const speedSchema = z
  .strictObject({
    calls: wholeNumber.describe('Calls that it is of: those of the sums in which every call reported its latency.'),
    at_least: z.number(),
    at_most: z.number().nullable().describe('Null: without an upper bound.'),
  })
  .nullable()
  .describe("Output tokens over the calls' own time, from the bounds of the latency buckets.");

const ratio = z.number().nullable();

const figureFields = {
  calls: wholeNumber,
  errors: wholeNumber,
  aborted: wholeNumber,
  availability_ratio: ratio.describe('Calls that ended neither in an error nor aborted, over all calls.'),
  response_cache_ratio: ratio.describe('Calls answered from a cache of responses, over all calls; null without a hit.'),
  prompt_cache_ratio: ratio.describe('Input tokens read from a prompt cache, over all; null where none is in use.'),
  input_tokens: wholeNumber,
  output_tokens: wholeNumber,
  latency: timesSchema,
  ttft: timesSchema,
  output_tokens_per_second: speedSchema,
  quality_mean: ratio.describe('Mean of the reported qualities, 0 to 1.'),
  quality_calls: wholeNumber.describe('Calls that reported a quality.'),
  cost_usd: decimalText.nullable().describe('Null: no call has a price. Credits are not in it.'),
  unpriced_calls: wholeNumber.describe('Calls without any price; the three quotients leave them out on both sides.'),
  cost_per_call_usd: decimalText.nullable(),
  cost_per_1000_calls_usd: decimalText.nullable(),
  cost_per_quality_point_usd: decimalText.nullable().describe('Cost of a call over mean quality.'),
};

const performanceAnswer = z.strictObject({
  rows: z.array(z.object(figureFields).catchall(z.string().nullable())),
  rows_left_out: smallCount.describe('Groups with fewer calls than those shown; total has their calls too.'),
  total: z.strictObject(figureFields),
  ...completenessFields,
  commit: smallCount,
});

/** Routes that answer how calls went. */
export const performanceRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/performance',
      summary: 'Latency, speed, availability, caches, quality and cost per call, by up to three dimensions',
      description:
        `At most 31 days; the running month where nothing is said. The ${MAX_PERFORMANCE_ROWS} groups with the most ` +
        'calls are shown. Sums are exact at one commit; times are known between the bounds of histogram buckets.',
      query: performanceQuery,
      answers: { 200: { description: 'The groups, those with the most calls first.', schema: performanceAnswer } },
    },
    async ({ ports, tenant, query: { from, to, group_by: groupBy, filter = [] } }) => {
      const answer = await queryPerformance(ports, tenant, {
        from,
        to,
        groupBy: groupBy === '' ? [] : groupBy.split(','),
        filters: typeof filter === 'string' ? [filter] : filter,
      });
      const rows = answer.groups.map(({ values, figures }) => ({
        ...Object.fromEntries(answer.columns.map((name, index) => [name, values[index] ?? null])),
        ...renderFigures(figures),
      }));
      return {
        status: 200,
        body: {
          rows,
          rows_left_out: answer.groupsLeftOut,
          total: renderFigures(answer.total),
          ...renderCompleteness(answer.reasons, answer.asOfMs),
          commit: answer.commit,
        },
      };
    },
  ),
];

function renderFigures(figures: PerformanceFigures): Record<string, unknown> {
  const { measures } = figures;
  return {
    calls: renderWhole(measures.calls ?? 0n),
    errors: renderWhole(measures.errors ?? 0n),
    aborted: renderWhole(measures.aborted ?? 0n),
    availability_ratio: figures.availabilityRatio,
    response_cache_ratio: figures.responseCacheRatio,
    prompt_cache_ratio: figures.promptCacheRatio,
    input_tokens: renderWhole(measures.input_tokens ?? 0n),
    output_tokens: renderWhole(measures.output_tokens ?? 0n),
    latency: renderTimes(figures.latency),
    ttft: renderTimes(figures.ttft),
    output_tokens_per_second: renderSpeed(figures.speed),
    quality_mean: figures.meanQuality,
    quality_calls: renderWhole(measures.quality_count ?? 0n),
    unpriced_calls: renderWhole(countLackingPrice([figures]).unpriced),
    ...renderCost(figures.cost),
  };
}

function renderTimes(times: TimeFigures | null): Record<string, unknown> | null {
  if (times === null) return null;
  const bounds = times.percentiles.map(({ percent, atLeastMs, belowMs }) => [
    `p${percent}`,
    { at_least_ms: atLeastMs, below_ms: belowMs },
  ]);
  return { calls: renderWhole(times.calls), ...Object.fromEntries(bounds) };
}

function renderSpeed(speed: SpeedFigures | null): Record<string, unknown> | null {
  return speed && { calls: renderWhole(speed.calls), at_least: speed.atLeast, at_most: speed.atMost };
}

function renderCost(cost: CostFigures | null): Record<string, string | null> {
  return {
    cost_usd: renderUsd(cost?.costPicoUsd ?? null),
    cost_per_call_usd: renderUsd(cost?.perCallPicoUsd ?? null),
    cost_per_1000_calls_usd: renderUsd(cost?.perThousandCallsPicoUsd ?? null),
    cost_per_quality_point_usd: renderUsd(cost?.perQualityPointPicoUsd ?? null),
  };
}
