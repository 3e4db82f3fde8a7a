import { z } from 'zod';
import type { DayAgain } from '../../app/capacity/accrue-again.ts';
import { isAlive, type StoredVersion } from '../../app/capacity/read-capacities.ts';
import type { UseReport } from '../../app/capacity/report-use.ts';
import type { DaySplit } from '../../domain/capacity/accrued-day.ts';
import { CAPACITY_KINDS, type Capacity, PRICE_PERIODS } from '../../domain/capacity/capacity.ts';
import type { UseFigures } from '../../domain/capacity/use-figures.ts';
import { BILLION, UTILISATION_BASES, type Utilisation } from '../../domain/capacity/utilisation.ts';
import { formatUsd } from '../../domain/money.ts';
import { renderTime, renderUsd, renderWhole } from './render.ts';
import { completenessFields, dayText, decimalText, smallCount, timeText, wholeNumber } from './schemas.ts';

const listModel = z.strictObject({ provider: z.string(), model: z.string() });

/** A version of a capacity as requests bring it; what it says is checked when it is stored. */
export const capacityInput = z
  .looseObject({
    kind: z.string().describe(`One of ${CAPACITY_KINDS.join(', ')}.`),
    from: z.string().describe('First local day.'),
    to: z.string().nullable().optional().describe('The local day after the last one; null or left out: open.'),
    price_usd: z.string().describe('What it costs for each hour, local day or local month, used or not.'),
    per: z.string().describe(`One of ${PRICE_PERIODS.join(', ')}.`),
    covers: z.record(z.string(), z.string()).describe('What covered calls have, such as {"deployment":"h100"}.'),
    list_price_of: listModel.nullable().optional().describe('Whose price is their list price; left out: their own.'),
    serves_tokens: z.number().nullable().optional().describe('Tokens in and out that it can serve.'),
    serves_per: z.string().nullable().optional().describe('second or month.'),
    gpus: z.number().nullable().optional(),
  })
  .describe('A capacity with a fixed price.');

const capacityFields = {
  kind: z.enum(CAPACITY_KINDS),
  price_usd: decimalText,
  per: z.enum(PRICE_PERIODS),
  covers: z.record(z.string(), z.string()),
  list_price_of: listModel.nullable(),
  serves_tokens: z.number().nullable(),
  serves_per: z.enum(['second', 'month']).nullable(),
  gpus: smallCount.nullable(),
};

const nameFields = {
  name: z.string(),
  versions: z
    .array(
      z.strictObject({
        version: smallCount,
        from: dayText,
        to: dayText.nullable(),
        ...capacityFields,
        stored_at: timeText,
        stored_by: z.string(),
      }),
    )
    .describe('In the order stored; each stands in the place of those before it from its first day on.'),
  ended: z.boolean().describe('It is not there today, and will not be.'),
};

/** A capacity with every version of it. */
export const capacityAnswer = z.strictObject(nameFields);

/** What came of storing a version. */
export const capacityOutcome = z.strictObject({
  outcome: z.enum(['stored', 'unchanged']),
  ...nameFields,
  orders: z
    .array(smallCount)
    .describe("The tenant's open orders of correction, those that this change brought about among them."),
  outdated_days: z
    .array(dayText)
    .describe('Days accrued by another version than the one in force on them now; they stay until accrued again.'),
});

const utilisationSchema = z.strictObject({
  basis: z.enum(UTILISATION_BASES),
  ratio: z.number().nullable().describe('Null: not known; then all cost is that of whoever called.'),
  sampled_hours: smallCount.describe('Hours of the day with GPU samples, where that is what it is known by.'),
});

const figureFields = {
  cost_usd: decimalText,
  used_usd: decimalText,
  unused_usd: decimalText,
  calls: wholeNumber,
  tokens: wholeNumber.describe('In and out together.'),
  list_cost_usd: decimalText.describe('Of the calls whose list price is known.'),
  calls_without_list_price: wholeNumber,
  cost_per_million_tokens_allocated_usd: decimalText
    .nullable()
    .describe('All cost over all tokens; of an app, in proportion to what it used.'),
  cost_per_million_tokens_used_usd: decimalText.nullable().describe('The used part of the cost over all tokens.'),
  saved_usd: decimalText
    .nullable()
    .describe(
      'List cost less cost; below zero, the calls would have been cheaper one by one. Null: list cost unknown.',
    ),
  saved_ratio: z.number().nullable().describe('Of the list cost.'),
};

/** What is not booked for a day that is not accrued yet: unknown, and no zero. */
const dayFigureFields = {
  ...figureFields,
  cost_usd: decimalText.nullable().describe('Null: the day is not accrued yet, and total and apps leave it out.'),
  used_usd: decimalText.nullable(),
  unused_usd: decimalText.nullable(),
};

/** How a capacity was used. */
export const useAnswer = z.strictObject({
  name: z.string(),
  from: dayText,
  to: dayText,
  ...capacityFields,
  total: z.strictObject({ ...figureFields, utilisation_ratio: z.number().nullable() }),
  apps: z.array(z.strictObject({ app: z.string().nullable(), ...figureFields })),
  days: z.array(
    z.strictObject({
      day: dayText,
      ...dayFigureFields,
      utilisation: utilisationSchema.nullable().describe('Null: the day is not accrued yet.'),
      outdated: z.boolean().describe('Accrued by another version than the one in force on it now.'),
    }),
  ),
  days_not_accrued: smallCount,
  ...completenessFields,
  commit: smallCount,
});

const splitSchema = z.strictObject({
  cost_usd: decimalText,
  unused_usd: decimalText,
  utilisation: utilisationSchema,
  shares: z.array(
    z.strictObject({
      app: z.string().nullable(),
      environment: z.string().nullable(),
      team: z.string().nullable(),
      feature: z.string().nullable(),
      cost_usd: decimalText,
    }),
  ),
});

/** Days accrued again. */
export const againAnswer = z.strictObject({
  name: z.string(),
  dry_run: z.boolean(),
  cost_difference_usd: decimalText,
  days: z.array(
    z.strictObject({
      day: dayText,
      outcome: z
        .enum(['unchanged', 'would_change', 'booked', 'open'])
        .describe('`open`: time ran out; the next hourly run does the rest.'),
      before: splitSchema,
      after: splitSchema,
    }),
  ),
  ...completenessFields,
});

/** Writes a capacity as {@link capacityAnswer} says. @param versions - of one capacity, one at least */
export function renderCapacity(versions: readonly StoredVersion[], today: string): Record<string, unknown> {
  return {
    name: versions[0]?.capacity.name,
    versions: versions.map(({ number, capacity, storedAtMs, keyId }) => ({
      version: number,
      ...renderDefinition(capacity),
      stored_at: renderTime(storedAtMs),
      stored_by: keyId,
    })),
    ended: !isAlive(versions, today),
  };
}

/** Writes a report as {@link useAnswer} says, but for its completeness. */
export function renderUse(
  { capacity, total, utilisationRatio, apps, days }: UseReport,
  { from, to }: { readonly from: string; readonly to: string },
): Record<string, unknown> {
  const { from: _from, to: _to, ...definition } = renderDefinition(capacity);
  return {
    name: capacity.name,
    ...definition,
    from,
    to,
    total: { ...renderFigures(total), utilisation_ratio: utilisationRatio },
    apps: apps.map(({ app, ...figures }) => ({ app, ...renderFigures(figures) })),
    days: days.map(({ day, utilisation, isOutdated, ...figures }) => ({
      day,
      ...renderFigures(figures),
      ...(utilisation === null ? NOT_BOOKED : {}),
      utilisation: utilisation && renderUtilisation(utilisation),
      outdated: isOutdated,
    })),
    days_not_accrued: days.filter(({ utilisation }) => utilisation === null).length,
  };
}

/** Writes days as {@link againAnswer} says, but for its completeness. */
export function renderAgain(name: string, isDryRun: boolean, days: readonly DayAgain[]): Record<string, unknown> {
  const difference = days.reduce((sum, { before, after }) => sum + after.costPicoUsd - before.costPicoUsd, 0n);
  return {
    name,
    dry_run: isDryRun,
    cost_difference_usd: formatUsd(difference),
    days: days.map(({ day, outcome, before, after }) => ({
      day,
      outcome,
      before: renderSplit(before),
      after: renderSplit(after),
    })),
  };
}

function renderDefinition({ kind, from, to, price, covers, list, serves, gpus }: Capacity): Record<string, unknown> {
  return {
    kind,
    from,
    to,
    price_usd: formatUsd(price.picoUsd),
    per: price.per,
    covers,
    list_price_of: list,
    serves_tokens: serves?.tokens ?? null,
    serves_per: serves?.per ?? null,
    gpus,
  };
}

const NOT_BOOKED = {
  cost_usd: null,
  used_usd: null,
  unused_usd: null,
  cost_per_million_tokens_allocated_usd: null,
  cost_per_million_tokens_used_usd: null,
  saved_usd: null,
  saved_ratio: null,
};

function renderFigures(figures: UseFigures): Record<string, unknown> {
  const { usedPicoUsd, unusedPicoUsd, demand, savedPicoUsd } = figures;
  const isRatio = savedPicoUsd !== null && demand.listPicoUsd > 0n;
  return {
    cost_usd: formatUsd(usedPicoUsd + unusedPicoUsd),
    used_usd: formatUsd(usedPicoUsd),
    unused_usd: formatUsd(unusedPicoUsd),
    calls: renderWhole(demand.calls),
    tokens: renderWhole(demand.tokens),
    list_cost_usd: formatUsd(demand.listPicoUsd),
    calls_without_list_price: renderWhole(demand.callsWithoutList),
    cost_per_million_tokens_allocated_usd: renderUsd(figures.allocatedPerMillionPicoUsd),
    cost_per_million_tokens_used_usd: renderUsd(figures.usedPerMillionPicoUsd),
    saved_usd: renderUsd(savedPicoUsd),
    saved_ratio: isRatio ? Number(savedPicoUsd) / Number(demand.listPicoUsd) : null,
  };
}

function renderUtilisation({ basis, billionths, sampledHours }: Utilisation): Record<string, unknown> {
  return { basis, ratio: billionths === null ? null : billionths / BILLION, sampled_hours: sampledHours };
}

function renderSplit({ costPicoUsd, unusedPicoUsd, utilisation, shares }: DaySplit): Record<string, unknown> {
  return {
    cost_usd: formatUsd(costPicoUsd),
    unused_usd: formatUsd(unusedPicoUsd),
    utilisation: renderUtilisation(utilisation),
    shares: shares.map(({ caller, picoUsd }) => ({ ...caller, cost_usd: formatUsd(picoUsd) })),
  };
}
