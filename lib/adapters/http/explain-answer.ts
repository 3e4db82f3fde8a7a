import { z } from 'zod';
import { formatDecimal } from '../../domain/decimal.ts';
import { toServiceTier } from '../../domain/prices/price-book-tiers.ts';
import type { CatalogRow, DailyWindow } from '../../domain/prices/price-catalog.ts';
import type { Explanation } from '../../domain/rating/explain.ts';
import type { ExplainedRate } from '../../domain/rating/explain-rows.ts';
import type { TierDecision } from '../../domain/rating/explain-tier.ts';
import {
  amountsSchema,
  coverSchema,
  creditSchema,
  eventSchema,
  priceStatus,
  renderAmounts,
  renderCover,
  renderCredit,
  renderEvent,
} from './entry-answer.ts';
import { renderTime, renderTimeOrNull, renderUsd, renderWhole } from './render.ts';
import { dayText, decimalText, picoText, smallCount, timeText, wholeNumber } from './schemas.ts';

const operator = z.enum(['>', '>=']);

const rowSchema = z.strictObject({
  service_tier: z.string(),
  rate_usd: decimalText,
  per: z.number(),
  tiers: z.array(z.strictObject({ over_tokens: wholeNumber, operator, rate_usd: decimalText })),
  minimum: decimalText.nullable(),
  effective_from: timeText.nullable(),
  effective_to: timeText.nullable(),
  windows: z.array(z.strictObject({ from: z.string(), to: z.string(), weekdays: z.array(smallCount).nullable() })),
  source: z.string(),
  checked_on: z.string(),
});

const sizeTierSchema = z.strictObject({
  size_tokens: wholeNumber.describe('The whole prompt, cached tokens counted.'),
  cached_tokens: wholeNumber,
  applied: z.string().nullable().describe('The tier whose rates the whole request has; null = base rates.'),
  thresholds: z.array(z.strictObject({ over_tokens: wholeNumber, operator, reached: z.boolean() })),
  decision: z.string(),
});

const correctionSchema = z.strictObject({
  number: smallCount,
  commit: smallCount,
  kind: z.enum(['reprice', 'void']),
  order: smallCount.describe('0 = the ledger itself.'),
  by: z.string(),
  reason: z.string(),
  at: timeText,
  before: amountsSchema.nullable(),
  after: amountsSchema.nullable().describe('null = void, it counts for nothing.'),
});

/** Why an entry counts for what it does. */
export const explanationSchema = z.strictObject({
  id: z.string(),
  day: dayText,
  commit: smallCount,
  event: eventSchema,
  status: priceStatus,
  is_void: z.boolean().describe('It counts for nothing any more; what follows is the rating that it had.'),
  credit: creditSchema.nullable(),
  model: z.strictObject({
    provider_sent: z.string().nullable(),
    model_sent: z.string(),
    provider: z.string().nullable(),
    model_id: z.string().nullable(),
    method: z.string().nullable(),
  }),
  capacity: coverSchema.nullable(),
  service_tier: z.strictObject({ sent: z.string().nullable(), rated_as: z.string() }),
  versions: z.strictObject({
    catalog: z.string().nullable(),
    catalog_found: z.boolean().nullable(),
    overrides: z.string().nullable(),
  }),
  size_tier: sizeTierSchema.nullable(),
  surcharge: z
    .strictObject({
      region: z.string(),
      factor: decimalText,
      source: z.string().nullable(),
      checked_on: z.string().nullable(),
    })
    .nullable(),
  rates: z.array(
    z.strictObject({
      unit: z.string(),
      rate_usd: decimalText,
      list_rate_usd: decimalText,
      per: z.number(),
      minimum: decimalText.nullable(),
      row: rowSchema.nullable().describe('The catalog row that the list rate comes from, before any surcharge.'),
      row_missing: z.enum(['catalog_not_kept', 'model_not_in_catalog', 'unit_not_in_catalog']).nullable(),
    }),
  ),
  usage: z.record(z.string(), z.union([wholeNumber, decimalText])).describe('Counts that do not overlap.'),
  unpriced_units: z.array(z.string()),
  minimum_billed: z.array(z.strictObject({ unit: z.string(), reported: decimalText, billed: decimalText })),
  reported_cost: z.strictObject({ reported_usd: decimalText, used: z.boolean(), why: z.string() }).nullable(),
  lines: z.array(
    z.strictObject({
      unit: z.string(),
      count: decimalText,
      rate_usd: decimalText,
      list_rate_usd: decimalText,
      per: z.number(),
      amount_usd: decimalText,
      list_amount_usd: decimalText,
    }),
  ),
  cost_usd: decimalText.nullable(),
  cost_pico_usd: picoText.nullable(),
  list_cost_usd: decimalText.nullable(),
  discount_usd: decimalText.nullable(),
  saved_usd: decimalText.nullable().describe('What a call answered from a response cache would have cost.'),
  rebuilt: z.strictObject({
    cost_usd: decimalText.nullable(),
    list_cost_usd: decimalText.nullable(),
    cost_difference_usd: decimalText.nullable(),
    list_cost_difference_usd: decimalText.nullable(),
    exact: z.boolean().describe('Lines and rebuilt amounts equal the entry to the picodollar.'),
  }),
  recorded: amountsSchema,
  corrections: z.array(correctionSchema),
});

/** Writes an explanation as {@link explanationSchema} says. */
export function renderExplanation(explanation: Explanation): Record<string, unknown> {
  const { entry } = explanation;
  const { event, rating } = entry;
  return {
    id: event.id,
    day: entry.day,
    commit: entry.commit,
    event: renderEvent(entry),
    status: rating.status,
    is_void: entry.isVoid,
    credit: renderCredit(entry),
    ...renderPricing(explanation),
    usage: renderUsage(explanation),
    unpriced_units: rating.unpricedUnits,
    minimum_billed: explanation.minimumBilled,
    reported_cost: explanation.reportedCost && {
      reported_usd: event.reported_cost_usd,
      used: explanation.reportedCost.isUsed,
      why: explanation.reportedCost.why,
    },
    lines: explanation.lines.map((line) => ({
      unit: line.unit,
      count: line.count,
      rate_usd: line.rate,
      list_rate_usd: line.listRate,
      per: line.per,
      amount_usd: renderUsd(line.amountPicoUsd),
      list_amount_usd: renderUsd(line.listAmountPicoUsd),
    })),
    cost_usd: renderUsd(rating.costPicoUsd),
    cost_pico_usd: rating.costPicoUsd?.toString() ?? null,
    list_cost_usd: renderUsd(rating.listCostPicoUsd),
    discount_usd: renderUsd(explanation.discountPicoUsd),
    saved_usd: renderUsd(rating.savedPicoUsd ?? null),
    rebuilt: renderRebuilt(explanation),
    recorded: renderAmounts(entry.recorded),
    corrections: renderCorrections(explanation),
  };
}

function renderPricing({ entry, tier, catalog, isCatalogFound }: Explanation): Record<string, unknown> {
  const { event, rating } = entry;
  const { price } = rating;
  return {
    model: {
      provider_sent: event.provider ?? null,
      model_sent: event.model,
      provider: price?.provider ?? null,
      model_id: price?.modelId ?? null,
      method: price?.method ?? null,
    },
    capacity: price && renderCover(price),
    service_tier: { sent: event.service_tier ?? null, rated_as: toServiceTier(event.service_tier) },
    versions: {
      catalog: price?.catalogVersion ?? null,
      catalog_found: isCatalogFound,
      overrides: price?.overrideVersion ?? null,
    },
    size_tier: tier && renderTier(tier, price?.tier ?? null),
    surcharge: price?.surcharge
      ? {
          ...price.surcharge,
          source: catalog.surcharge?.source ?? null,
          checked_on: catalog.surcharge?.checkedOn ?? null,
        }
      : null,
    rates: catalog.rates.map(renderRate),
  };
}

function renderTier(tier: TierDecision, applied: string | null): Record<string, unknown> {
  return {
    size_tokens: renderWhole(tier.sizeTokens),
    cached_tokens: renderWhole(tier.cachedTokens),
    applied,
    thresholds: tier.thresholds.map((threshold) => ({
      over_tokens: renderWhole(threshold.overTokens),
      operator: threshold.operator,
      reached: threshold.isReached,
    })),
    decision: tier.sentence,
  };
}

function renderRate({ rate, row, gap }: ExplainedRate): Record<string, unknown> {
  return {
    unit: rate.unit,
    rate_usd: rate.rate,
    list_rate_usd: rate.listRate,
    per: rate.per,
    minimum: rate.minimum ?? null,
    row: row && renderRow(row),
    row_missing: gap ?? null,
  };
}

function renderRow(row: CatalogRow): Record<string, unknown> {
  return {
    service_tier: row.serviceTier,
    rate_usd: row.rate,
    per: row.per,
    tiers: row.tiers.map(({ over, operator: sign, rate }) => ({
      over_tokens: renderWhole(over),
      operator: sign,
      rate_usd: rate,
    })),
    minimum: row.minimum,
    effective_from: renderTimeOrNull(row.fromMs),
    effective_to: renderTimeOrNull(row.toMs),
    windows: row.windows.map(renderWindow),
    source: row.source,
    checked_on: row.checkedOn,
  };
}

function renderWindow({ fromMinute, toMinute, weekdays }: DailyWindow): Record<string, unknown> {
  const timeOfDay = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return { from: timeOfDay(fromMinute), to: timeOfDay(toMinute), weekdays };
}

function renderUsage({ usage }: Explanation): Record<string, unknown> {
  const counts = Object.fromEntries([...usage.counts].map(([unit, count]) => [unit, renderWhole(count)]));
  return usage.audioSeconds === null ? counts : { ...counts, audio_seconds: formatDecimal(usage.audioSeconds) };
}

function renderRebuilt({ entry, rebuilt, isExact }: Explanation): Record<string, unknown> {
  const difference = (stored: bigint | null, anew: bigint | null): string | null =>
    stored === null || anew === null ? null : renderUsd(stored - anew);
  const { costPicoUsd, listCostPicoUsd } = entry.rating;
  return {
    cost_usd: renderUsd(rebuilt.costPicoUsd),
    list_cost_usd: renderUsd(rebuilt.listCostPicoUsd),
    cost_difference_usd: difference(costPicoUsd, rebuilt.costPicoUsd),
    list_cost_difference_usd: difference(listCostPicoUsd, rebuilt.listCostPicoUsd),
    exact: isExact,
  };
}

function renderCorrections({ corrections }: Explanation): readonly Record<string, unknown>[] {
  return corrections.map(({ correction, before, after }) => ({
    number: correction.number,
    commit: correction.commit,
    kind: correction.kind,
    order: correction.order,
    by: correction.by,
    reason: correction.reason,
    at: renderTime(correction.atMs),
    before: before && renderAmounts(before),
    after: after && renderAmounts(after),
  }));
}
