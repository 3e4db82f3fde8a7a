import { z } from 'zod';
import { querySpend, type SpendAnswer } from '../../../app/spend/query-spend.ts';
import type { MeasureSums } from '../../../app/spend/query-spend-fold.ts';
import { GRANULARITIES, type Granularity } from '../../../app/spend/query-spend-plan.ts';
import { renderCompleteness } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, cursorText, smallCount } from '../schemas.ts';
import { renderMeasures, SPEND_COLUMNS } from '../spend-columns.ts';

/** A Lambda function answers at most 6 MB; a row is about 1.5 KB. */
const MAX_ROWS = 2_000;
const DEFAULT_ROWS = 1_000;

const boundaryText = z.string().min(1).max(64);

/** Which calls a question is about. */
export const callsAsked = {
  from: boundaryText.optional().describe('First local day (2026-01-29), month (2026-01) or whole UTC hour; included.'),
  to: boundaryText.optional().describe('End, in the same forms; excluded.'),
  filter: z
    .union([z.string(), z.array(z.string()).max(50)])
    .optional()
    .describe('dimension=value; repeat it for more. Values of one dimension are alternatives, dimensions all hold.'),
};

/** Dimensions to group by. */
export const groupByText = z.string().max(512);

const spendQuery = z.strictObject({
  ...callsAsked,
  granularity: z.enum(GRANULARITIES).default('month'),
  group_by: groupByText.optional().describe('Up to three dimensions, separated by commas.'),
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

/** Routes that answer how much was spent. */
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
