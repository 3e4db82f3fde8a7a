import { z } from 'zod';
import { CREDIT_ALLOCATIONS } from '../../domain/corrections/credit.ts';
import type { LedgerEntry } from '../../domain/events/entry.ts';
import type { AppliedPrice, Rating } from '../../domain/rating/rated-call.ts';
import { renderTime, renderUsd } from './render.ts';
import { dayText, decimalText, picoText, smallCount, timeText } from './schemas.ts';

/** How far a call could be priced. */
export const priceStatus = z.enum(['priced', 'reported', 'partially_priced', 'unpriced', 'unpriced_unit']);

/** The surcharge that is in the rates because of where a call was served. */
export const surchargeSchema = z.strictObject({ region: z.string(), factor: decimalText });

/** The capacity with a fixed price that covers a call. */
export const coverSchema = z
  .strictObject({
    name: z.string(),
    list_price_of: z
      .strictObject({ provider: z.string(), model_id: z.string() })
      .nullable()
      .describe("The model whose price is the list price; null: the call's own."),
  })
  .describe('The capacity with a fixed price that covers the call, which therefore costs nothing by itself.');

const priceSchema = z.strictObject({
  catalog_version: z.string(),
  override_version: z.string().nullable(),
  provider: z.string().nullable(),
  model_id: z.string(),
  method: z.string(),
  tier: z.string().nullable(),
  surcharge: surchargeSchema.nullable(),
  capacity: coverSchema.nullable(),
  rates: z.array(
    z.strictObject({
      unit: z.string(),
      rate_usd: z.string(),
      list_rate_usd: z.string(),
      per: z.number(),
      minimum: decimalText.nullable().describe('Smallest billed count of a call that uses the unit.'),
    }),
  ),
});

/** Status and amounts of a rating. */
export const amountsSchema = z.strictObject({
  status: priceStatus,
  cost_usd: decimalText.nullable(),
  list_cost_usd: decimalText.nullable(),
});

/** Names the capacity that a price is of; null where there is none. */
export function renderCover({ capacity }: AppliedPrice): Record<string, unknown> | null {
  if (!capacity) return null;
  const { name, list } = capacity;
  return { name, list_price_of: list ? { provider: list.provider, model_id: list.modelId } : null };
}

/** What makes an entry a credit. */
export const creditSchema = z.strictObject({
  reason: z.string(),
  from: dayText,
  to: dayText,
  allocation: z.enum(CREDIT_ALLOCATIONS),
});

/** The event of an entry, as recorded. */
export const eventSchema = z.looseObject({
  id: z.string(),
  time: timeText,
  model: z.string(),
  usage: z.record(z.string(), z.number()),
});

/** One entry of the ledger. */
export const entrySchema = z.strictObject({
  id: z.string(),
  event: eventSchema,
  rating: z.strictObject({
    status: priceStatus,
    cost_usd: decimalText.nullable(),
    cost_pico_usd: picoText.nullable(),
    list_cost_usd: decimalText.nullable(),
    unpriced_units: z.array(z.string()),
    price: priceSchema.nullable(),
  }),
  is_void: z.boolean().describe('It counts for nothing any more; `rating` is what it had.'),
  corrections: smallCount.describe('How many there were since it was recorded.'),
  recorded: amountsSchema.nullable().describe('What it was recorded with, where that is not what it counts for now.'),
  credit: creditSchema.nullable().describe('Present where it is no call: a credit, or a share of a capacity.'),
  day: dayText,
  commit: smallCount,
});

/** Writes an entry as {@link entrySchema} says. */
export function renderEntry(entry: LedgerEntry): Record<string, unknown> {
  const { rating, recorded, isVoid } = entry;
  const isAsRecorded =
    !isVoid &&
    rating.status === recorded.status &&
    rating.costPicoUsd === recorded.costPicoUsd &&
    rating.listCostPicoUsd === recorded.listCostPicoUsd;
  return {
    id: entry.event.id,
    event: renderEvent(entry),
    rating: {
      status: rating.status,
      cost_usd: renderUsd(rating.costPicoUsd),
      cost_pico_usd: rating.costPicoUsd?.toString() ?? null,
      list_cost_usd: renderUsd(rating.listCostPicoUsd),
      unpriced_units: rating.unpricedUnits,
      price: rating.price && renderPrice(rating.price),
    },
    is_void: isVoid,
    corrections: entry.corrections.length,
    recorded: isAsRecorded ? null : renderAmounts(recorded),
    credit: renderCredit(entry),
    day: entry.day,
    commit: entry.commit,
  };
}

/** Writes the event of an entry. */
export function renderEvent({ event: { timeMs, id, ...fields } }: LedgerEntry): Record<string, unknown> {
  return { id, time: renderTime(timeMs), ...fields };
}

/** Writes status and amounts of a rating. */
export function renderAmounts(rating: Rating): Record<string, unknown> {
  return {
    status: rating.status,
    cost_usd: renderUsd(rating.costPicoUsd),
    list_cost_usd: renderUsd(rating.listCostPicoUsd),
  };
}

/** Writes what makes an entry a credit; null for calls. */
export function renderCredit({ credit }: LedgerEntry): Record<string, unknown> | null {
  if (!credit) return null;
  const { reason, fromDay, toDay, allocation } = credit;
  return { reason, from: fromDay, to: toDay, allocation };
}

function renderPrice(price: AppliedPrice): Record<string, unknown> {
  return {
    catalog_version: price.catalogVersion,
    override_version: price.overrideVersion,
    provider: price.provider,
    model_id: price.modelId,
    method: price.method,
    tier: price.tier,
    surcharge: price.surcharge ?? null,
    capacity: renderCover(price),
    rates: price.rates.map(({ unit, rate, listRate, per, minimum = null }) => ({
      unit,
      rate_usd: rate,
      list_rate_usd: listRate,
      per,
      minimum,
    })),
  };
}
