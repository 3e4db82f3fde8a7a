import { z } from 'zod';
import type { PartForecast } from '../../../app/forecasts/forecast-parts.ts';
import { UNITS } from '../../../app/forecasts/forecast-subject.ts';
import { MAX_PROJECTED_PARTS } from '../../../app/forecasts/list-subjects.ts';
import { forecastPeriod, type PeriodForecast } from '../../../app/forecasts/query-forecast.ts';
import { type ForecastShare, MAX_SHARES } from '../../../app/forecasts/split-forecast.ts';
import type { UnpricedCounts } from '../../../app/spend/query-completeness.ts';
import type { ForecastUnit } from '../../../domain/forecast-conditions/conditions.ts';
import { formatUsd } from '../../../domain/money.ts';
import { renderCompleteness, renderWhole } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, dayText, decimalText, smallCount, wholeNumber } from '../schemas.ts';

const forecastQuery = z.strictObject({
  budget: z.string().min(1).max(128).optional().describe('Name of a budget: its own scope, period and unit.'),
  part: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Which value, for a budget with a total for each value; all without.'),
  filter: z
    .union([z.string(), z.array(z.string()).max(50)])
    .optional()
    .describe('dimension=value; repeat it for more. Values of one dimension are alternatives, dimensions all hold.'),
  period: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('day, week, month, quarter or year, or JSON with anchors: {"kind":"month","anchor_day":15}.'),
  unit: z.enum(['usd', 'tokens', 'calls']).optional().describe('What is counted; tokens are those in and out.'),
  group_by: z.string().min(1).max(128).optional().describe('One dimension to split the answer by.'),
});

const figure = z.number().nullable();

const unpricedFields = { unpriced_calls: wholeNumber, partially_priced_calls: wholeNumber };

const shareFields = { spent: decimalText, point: figure };

const forecastState = z.enum(['no_data', 'idle', 'learning', 'provisional', 'ready', 'degraded']);

const forecastPart = z.strictObject({
  part: z.string(),
  ...{ spent: decimalText, amount: decimalText, point: figure, lo80: figure, hi80: figure, p_exceed: figure },
  run_out_date: dayText.nullable(),
  state: forecastState,
});

const forecastAnswer = z.strictObject({
  period: z.string(),
  from: dayText,
  to: dayText.describe('The first day behind the period.'),
  last_complete_day: dayText,
  unit: z.enum(['usd', 'tokens', 'calls']),
  spent: decimalText.describe('Exact, today included, less credits.'),
  one_offs: decimalText.describe('How much of it confirmed anomalies brought beyond what was expected.'),
  point: figure,
  lo50: figure,
  hi50: figure,
  lo80: figure,
  hi80: figure,
  lo95: figure,
  hi95: figure,
  budget: z.string().nullable(),
  part: z.string().nullable(),
  amount: decimalText.nullable().describe('Of the budget, or its part, for this period.'),
  p_exceed: figure,
  run_out_date: dayText.nullable(),
  state: forecastState,
  method: z.string(),
  history_days: smallCount,
  history: z
    .strictObject({
      from: dayText.nullable(),
      missing_days: smallCount.describe('Days left out because a good part of their calls never arrived.'),
      ...unpricedFields,
    })
    .describe('What the forecast looked back on; its calls without a price are those before the period.'),
  groups: z
    .array(z.strictObject({ value: z.string().nullable(), ...shareFields }))
    .optional()
    .describe(`With group_by: at most ${MAX_SHARES} values, their points scaled to the total.`),
  other_groups: z
    .strictObject({ values: smallCount, ...shareFields })
    .nullable()
    .optional(),
  parts: z
    .array(forecastPart)
    .optional()
    .describe(
      `Of a budget with a total for each value, without part: at most ${MAX_PROJECTED_PARTS}, which use most, largest first.`,
    ),
  other_parts: smallCount.optional().describe('Parts that used anything and are not among them.'),
  ...completenessFields,
});

/** Routes that answer where a running period is going. */
export const forecastRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/forecast',
      summary: 'Where the running period of a budget or of any scope is going',
      description:
        'Without parameters: all spend of the running month. Projected amounts are estimates and therefore JSON ' +
        'numbers; only spent and amount are exact. Known changes of prices and planned changes are in it.',
      query: forecastQuery,
      answers: { 200: { description: 'The projection.', schema: forecastAnswer } },
    },
    async ({ ports, tenant, query }) => {
      const { filter = [], group_by: groupBy, ...about } = query;
      const request = { ...about, filters: typeof filter === 'string' ? [filter] : filter };
      return { status: 200, body: renderForecast(await forecastPeriod(ports, tenant, request, groupBy)) };
    },
  ),
];

function renderForecast({ period, unit, projection, budget, history, split, parts, ...rest }: PeriodForecast): unknown {
  const exact = (amount: bigint): string => (unit === 'pico_usd' ? formatUsd(amount) : amount.toString());
  const share = ({ spent, point }: ForecastShare) => ({ spent: exact(spent), point });
  return {
    period: period.name,
    from: period.fromDay,
    to: period.toDay,
    last_complete_day: rest.lastCompleteDay,
    unit: nameUnit(unit),
    spent: exact(rest.spent),
    one_offs: exact(rest.oneOffs),
    point: projection.point,
    lo50: projection.lo50,
    hi50: projection.hi50,
    lo80: projection.lo80,
    hi80: projection.hi80,
    lo95: projection.lo95,
    hi95: projection.hi95,
    budget: budget?.name ?? null,
    part: budget?.part ?? null,
    amount: budget?.amount == null ? null : exact(budget.amount),
    p_exceed: projection.pExceed,
    run_out_date: rest.runOutDay,
    state: projection.state,
    method: projection.method,
    history_days: history.days,
    history: { from: history.fromDay, missing_days: history.missingDays, ...renderUnpriced(rest.unpriced.history) },
    ...(split === null
      ? {}
      : {
          groups: split.shares.map(({ value, ...amounts }) => ({ value, ...share(amounts) })),
          other_groups: split.others && { values: split.others.values, ...share(split.others) },
        }),
    ...(parts === null
      ? {}
      : { parts: parts.shown.map((part) => renderPart(part, exact)), other_parts: parts.leftOut }),
    ...renderCompleteness(rest.reasons, rest.asOfMs),
  };
}

function renderPart(
  { part, spent, amount, runOutDay, projection: { point, lo80, hi80, pExceed, state } }: PartForecast,
  exact: (amount: bigint) => string,
): z.output<typeof forecastPart> {
  return {
    part,
    ...{ spent: exact(spent), amount: exact(amount), point, lo80, hi80, p_exceed: pExceed },
    run_out_date: runOutDay,
    state,
  };
}

function renderUnpriced({ unpriced, partiallyPriced }: UnpricedCounts): Record<keyof typeof unpricedFields, unknown> {
  return { unpriced_calls: renderWhole(unpriced), partially_priced_calls: renderWhole(partiallyPriced) };
}

function nameUnit(unit: ForecastUnit): string {
  return Object.entries(UNITS).find(([, known]) => known === unit)?.[0] ?? unit;
}
