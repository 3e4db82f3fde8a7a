import { z } from 'zod';
import { forecastPeriod, type PeriodForecast } from '../../../app/forecasts/query-forecast.ts';
import { querySpend, type SpendAnswer } from '../../../app/spend/query-spend.ts';
import type { MeasureSums } from '../../../app/spend/query-spend-fold.ts';
import { GRANULARITIES, type Granularity } from '../../../app/spend/query-spend-plan.ts';
import { renderCompleteness, renderUsd } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, cursorText, dayText, decimalText, smallCount } from '../schemas.ts';
import { renderMeasures, SPEND_COLUMNS } from '../spend-columns.ts';

/** A Lambda function answers at most 6 MB; a row is about 1.5 KB. */
const MAX_ROWS = 2_000;
const DEFAULT_ROWS = 1_000;

const boundaryText = z.string().min(1).max(64);

const spendQuery = z.strictObject({
  from: boundaryText.optional().describe('First local day (2026-01-29), month (2026-01) or whole UTC hour; included.'),
  to: boundaryText.optional().describe('End, in the same forms; excluded.'),
  granularity: z.enum(GRANULARITIES).default('month'),
  group_by: z.string().max(512).optional().describe('Up to three dimensions, separated by commas.'),
  filter: z
    .union([z.string(), z.array(z.string()).max(50)])
    .optional()
    .describe('dimension=value; repeat it for more. Values of one dimension are alternatives, dimensions all hold.'),
  limit: z.coerce.number().int().min(1).max(MAX_ROWS).default(DEFAULT_ROWS),
  cursor: cursorText.optional(),
});

const measureFields = Object.fromEntries(SPEND_COLUMNS.map(({ name, schema }) => [name, schema]));

const spendAnswer = z.strictObject({
  rows: z.array(z.object({ period: z.string(), ...measureFields }).catchall(z.string().nullable())),
  total: z.strictObject(measureFields),
  ...completenessFields,
  commit: smallCount,
  next: cursorText.optional(),
});

const forecastQuery = z.strictObject({
  budget: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Name of a budget: its scope and period are projected, with the probability of exceeding it.'),
});

const forecastNumber = z.number().nullable();

const forecastAnswer = z.strictObject({
  period: z.string(),
  last_complete_day: dayText,
  month_to_date_usd: decimalText,
  point_usd: forecastNumber,
  lo50_usd: forecastNumber,
  hi50_usd: forecastNumber,
  lo80_usd: forecastNumber,
  hi80_usd: forecastNumber,
  lo95_usd: forecastNumber,
  hi95_usd: forecastNumber,
  p_exceed: forecastNumber,
  state: z.enum(['no_data', 'idle', 'learning', 'provisional', 'ready', 'degraded']),
  method: z.string(),
  history_days: smallCount,
  budget: z.string().nullable(),
  budget_usd: decimalText.nullable(),
  run_out_date: dayText.nullable(),
  ...completenessFields,
});

/** Routes that answer how much was and will be spent. */
export const spendRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/spend',
      summary: 'Spend by period and up to three dimensions',
      description: 'Sums are exact at one commit. `total` covers every row of the question, not only this page.',
      query: spendQuery,
      answers: {
        200: { description: 'The rows, sorted by period, then by each dimension.', schema: spendAnswer },
        304: { description: 'Nothing changed since the answer whose ETag was sent in If-None-Match.' },
      },
    },
    async ({ ports, tenant, query, headers }) => {
      const answer = await querySpend(ports, tenant, toSpendRequest(query), {
        limit: query.limit,
        cursor: query.cursor,
        knownTag: /^(?:W\/)?"(.+)"$/.exec(headers['if-none-match'] ?? '')?.[1],
      });
      const etag = { etag: `W/"${answer.tag}"`, 'cache-control': 'private, no-cache' };
      if (answer.status === 'unchanged') return { status: 304, headers: etag };
      return { status: 200, headers: etag, body: renderSpend(answer) };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/forecast',
      summary: 'Where the running month is going',
      description:
        'Projected amounts are estimates and therefore JSON numbers; only month_to_date_usd is ledger money. ' +
        'With a budget, month_to_date_usd is that of its scope and period.',
      query: forecastQuery,
      answers: { 200: { description: 'The projection of the whole tenant, or of a budget.', schema: forecastAnswer } },
    },
    async ({ ports, tenant, query }) => ({
      status: 200,
      body: renderForecast(await forecastPeriod(ports, tenant, query.budget)),
    }),
  ),
];

function toSpendRequest(query: {
  from?: string | undefined;
  to?: string | undefined;
  granularity: Granularity;
  group_by?: string | undefined;
  filter?: string | string[] | undefined;
}): Parameters<typeof querySpend>[2] {
  const { from, to, granularity, group_by: groupBy, filter = [] } = query;
  return {
    from,
    to,
    granularity,
    groupBy: groupBy ? groupBy.split(',') : [],
    filters: typeof filter === 'string' ? [filter] : filter,
  };
}

function renderSpend(answer: SpendAnswer): Record<string, unknown> {
  return {
    rows: answer.rows.map(({ period, values, sums }) => {
      const row: Record<string, unknown> = { period };
      for (const [index, name] of answer.columns.entries()) row[name] = values[index] ?? null;
      renderMeasures(row, sums);
      return row;
    }),
    total: renderTotal(answer.total),
    ...renderCompleteness(answer.reasons, answer.asOfMs),
    commit: answer.commit,
    ...(answer.next === undefined ? {} : { next: answer.next }),
  };
}

function renderTotal(sums: MeasureSums): Record<string, unknown> {
  const total: Record<string, unknown> = {};
  renderMeasures(total, sums);
  return total;
}

function renderForecast({ projection, budget, ...forecast }: PeriodForecast): Record<string, unknown> {
  return {
    period: forecast.period,
    last_complete_day: forecast.lastCompleteDay,
    month_to_date_usd: renderUsd(forecast.periodToDatePicoUsd),
    point_usd: projection.point,
    lo50_usd: projection.lo50,
    hi50_usd: projection.hi50,
    lo80_usd: projection.lo80,
    hi80_usd: projection.hi80,
    lo95_usd: projection.lo95,
    hi95_usd: projection.hi95,
    p_exceed: projection.pExceed,
    state: projection.state,
    method: projection.method,
    history_days: projection.historyDays,
    budget: budget?.name ?? null,
    budget_usd: budget === null ? null : renderUsd(budget.amountPicoUsd),
    run_out_date: budget?.runOutDay ?? null,
    ...renderCompleteness(forecast.reasons, forecast.asOfMs),
  };
}
