import { z } from 'zod';
import { NotFoundError } from '../../../app/request-errors.ts';
import type { LedgerEntry } from '../../../domain/entry.ts';
import type { AppliedPrice } from '../../../domain/rated-call.ts';
import { readPage } from '../page.ts';
import { renderTime, renderUsd } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { cursorText, dayText, decimalText, picoText, smallCount, timeText } from '../schemas.ts';

const priceSchema = z.strictObject({
  catalog_version: z.string(),
  override_version: z.string().nullable(),
  provider: z.string().nullable(),
  model_id: z.string(),
  method: z.string(),
  tier: z.string().nullable(),
  rates: z.array(
    z.strictObject({ unit: z.string(), rate_usd: z.string(), list_rate_usd: z.string(), per: z.number() }),
  ),
});

const entrySchema = z.strictObject({
  id: z.string(),
  event: z.looseObject({ id: z.string(), time: timeText, model: z.string(), usage: z.record(z.string(), z.number()) }),
  rating: z.strictObject({
    status: z.enum(['priced', 'reported', 'partially_priced', 'unpriced', 'unpriced_unit']),
    cost_usd: decimalText.nullable(),
    cost_pico_usd: picoText.nullable(),
    list_cost_usd: decimalText.nullable(),
    unpriced_units: z.array(z.string()),
    price: priceSchema.nullable(),
  }),
  day: dayText,
  commit: smallCount,
});

const dayQuery = z.strictObject({
  day: dayText.describe('Local day of the tenant.'),
  cursor: cursorText.optional(),
});

const entryPage = z.strictObject({ entries: z.array(entrySchema), next: cursorText.optional() });

/** Routes that show single entries of the ledger. */
export const entryRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/entries',
      summary: 'Entries of one local day, in the order recorded',
      query: dayQuery,
      answers: { 200: { description: 'A page of entries.', schema: entryPage } },
    },
    async ({ ports, tenant, query }) => {
      const { day, cursor } = query;
      const { page, next } = await readPage(tenant, `entries ${day}`, cursor, (position) =>
        ports.reader.entriesOfDay(tenant.tenant, day, position),
      );
      return { status: 200, body: { entries: page.entries.map(renderEntry), ...next } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/entries/{id}',
      summary: 'One entry by the id of its event',
      answers: { 200: { description: 'The entry as recorded.', schema: entrySchema } },
    },
    async ({ ports, tenant, params }) => {
      const [found] = await ports.reader.findEntries(tenant.tenant, [params['id'] ?? '']);
      if (found?.status !== 'recorded') throw new NotFoundError('The ledger holds no entry with this id.');
      return { status: 200, body: renderEntry(found.entry) };
    },
  ),
];

function renderEntry({ event, rating, day, commit }: LedgerEntry): Record<string, unknown> {
  const { timeMs, id, ...fields } = event;
  return {
    id,
    event: { id, time: renderTime(timeMs), ...fields },
    rating: {
      status: rating.status,
      cost_usd: renderUsd(rating.costPicoUsd),
      cost_pico_usd: rating.costPicoUsd?.toString() ?? null,
      list_cost_usd: renderUsd(rating.listCostPicoUsd),
      unpriced_units: rating.unpricedUnits,
      price: rating.price && renderPrice(rating.price),
    },
    day,
    commit,
  };
}

function renderPrice(price: AppliedPrice): Record<string, unknown> {
  return {
    catalog_version: price.catalogVersion,
    override_version: price.overrideVersion,
    provider: price.provider,
    model_id: price.modelId,
    method: price.method,
    tier: price.tier,
    rates: price.rates.map(({ unit, rate, listRate, per }) => ({
      unit,
      rate_usd: rate,
      list_rate_usd: listRate,
      per,
    })),
  };
}
