import { z } from 'zod';
import type { OrderRequest, OrderStanding } from '../../../app/corrections/correction-ports.ts';
import { type DeltaRow, type PreviewPage, previewReprice } from '../../../app/corrections/preview-reprice.ts';
import { checkWindow, type RepriceRequest, requestReprice } from '../../../app/corrections/request-reprice.ts';
import { findOrder, runOrder } from '../../../app/corrections/run-order.ts';
import { voidEntry } from '../../../app/corrections/void-entry.ts';
import { NotFoundError } from '../../../app/request-errors.ts';
import { listIncompleteReasons, listOrderReasons } from '../../../app/spend/query-completeness.ts';
import { findZone } from '../../../app/zones.ts';
import { addDays } from '../../../domain/local-time.ts';
import { formatUsd } from '../../../domain/money.ts';
import { readPage } from '../page.ts';
import { renderCompleteness, renderTime } from '../render.ts';
import { type KeyedCall, keyedRoute, type Reply, type Route } from '../route.ts';
import { completenessFields, cursorText, dayText, decimalText, smallCount, timeText } from '../schemas.ts';

/** How long one request carries an order on, in milliseconds: well within what a gateway waits for. */
const RUN_MS = 10_000;

const windowFields = {
  from: z.string().describe('Local day, month, or RFC 3339 time; included.'),
  to: z.string().describe('The same; excluded.'),
  model: z.string().optional().describe('Model as sent by the calls; all of them where left out.'),
  catalog_version: z.string().optional().describe('Another catalog than the one in force.'),
};

const reasonText = z.string().describe('Why, in up to 500 bytes; kept for ever.');

const orderInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('void'), id: z.string(), reason: reasonText }),
  z.strictObject({ kind: z.literal('reprice'), ...windowFields, reason: reasonText }),
]);

const orderSchema = z.strictObject({
  number: smallCount,
  kind: z.enum(['void', 'reprice', 'override']),
  id: z.string().nullable().describe('Of the entry that is voided.'),
  from: timeText.nullable(),
  to: timeText.nullable(),
  model: z.string().nullable(),
  catalog_version: z.string().nullable(),
  override: z.strictObject({ scope: z.enum(['tenant', 'global']), number: smallCount }).nullable(),
  by: z.string(),
  reason: z.string(),
  created_at: timeText,
  up_to_commit: smallCount.describe('Entries of later commits are left alone.'),
  first_day: dayText.nullable(),
  last_day: dayText.nullable(),
  state: z.enum(['running', 'done']),
  progress_ratio: z.number().min(0).max(1).describe('How much of the entries of its days was looked through.'),
  examined: smallCount,
  corrected: smallCount,
  cost_difference_usd: decimalText,
  list_cost_difference_usd: decimalText,
});

const orderAnswer = orderSchema.extend(completenessFields);

const outcomeSchema = z.strictObject({
  outcome: z.enum(['voided', 'already_void', 'ordered', 'nothing_to_do']),
  order: orderSchema.nullable(),
  ...completenessFields,
});

const deltaSchema = z.strictObject({
  tenant: z.string(),
  model: z.string(),
  day: dayText,
  entries: smallCount,
  newly_priced: smallCount,
  cost_before_usd: decimalText,
  cost_after_usd: decimalText,
  list_cost_before_usd: decimalText,
  list_cost_after_usd: decimalText,
  difference_usd: decimalText,
});

const previewSchema = z.strictObject({
  rows: z.array(deltaSchema),
  examined: smallCount,
  ...completenessFields,
  next: cursorText.optional(),
});

const orderPage = z.strictObject({
  orders: z.array(orderSchema),
  ...completenessFields,
  next: cursorText.optional(),
});

/** Routes that correct recorded entries by new ones: voids and repricing. */
export const correctionRoutes: readonly Route[] = [
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/corrections/preview',
      summary: 'Show what repricing a window would change',
      description:
        'Changes nothing. Begin without a cursor, go on with `next` until it is absent, and add up rows of one model and day.',
      body: z.strictObject({ ...windowFields, cursor: cursorText.optional() }),
      answers: { 200: { description: 'The difference in a part of the window.', schema: previewSchema } },
    },
    async ({ ports, tenant, body: { cursor, ...window } }) => {
      const request = toRequest(window);
      const { fromMs, toMs } = await checkWindow(ports.repricing, tenant, request);
      const zone = findZone(tenant.timeZone);
      const days = { fromDay: zone.localDay(fromMs), toDay: addDays(zone.localDay(toMs - 1), 1) };
      const freshness = await ports.readFreshness(tenant, days);
      const list = `corrections/preview ${JSON.stringify(window)}`;
      const { page, next } = await readPage(tenant, list, cursor, (position) =>
        previewReprice(ports.repricing, tenant, request, position),
      );
      const reasons = listIncompleteReasons(freshness, page.lackingPrice, toMs > ports.now());
      const completeness = renderCompleteness(reasons, freshness.asOfMs);
      return { status: 200, body: { ...renderPreview(tenant.tenant, page), ...completeness, ...next } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/corrections',
      summary: 'Void an entry, or order the repricing of a window',
      description:
        'A void is carried out at once and is final. A repricing is an order: `run` carries it out, and so does the ledger by itself.',
      body: orderInput,
      answers: {
        200: { description: 'The entry is void, or there was nothing to do.', schema: outcomeSchema },
        202: { description: 'The order, which is not done yet.', schema: outcomeSchema },
      },
    },
    placeOrder,
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/corrections',
      summary: 'Orders of correction, newest first',
      query: z.strictObject({ cursor: cursorText.optional() }),
      answers: { 200: { description: 'A page of orders.', schema: orderPage } },
    },
    async ({ ports, tenant, query }) => {
      const { asOfMs } = await ports.readFreshness(tenant);
      const { page, next } = await readPage(tenant, 'corrections', query.cursor, (position) =>
        ports.repricing.orders.list(tenant.tenant, position),
      );
      const completeness = renderOrderCompleteness(page.orders, asOfMs);
      return { status: 200, body: { orders: page.orders.map(renderStanding), ...completeness, ...next } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/corrections/{number}/run',
      summary: 'Carry an order on for some seconds',
      description: 'Ask again until the state is `done`. Several may carry out one order at once.',
      answers: { 200: { description: 'Where the order stands now.', schema: orderAnswer } },
    },
    async ({ ports, tenant, params }) => {
      const { asOfMs } = await ports.readFreshness(tenant);
      const standing = await runOrder(ports.repricing, tenant, readNumber(params), ports.now() + RUN_MS);
      return { status: 200, body: { ...renderStanding(standing), ...renderOrderCompleteness([standing], asOfMs) } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/corrections/{number}',
      summary: 'One order of correction and where it stands',
      answers: { 200: { description: 'The order.', schema: orderAnswer } },
    },
    async ({ ports, tenant, params }) => {
      const { asOfMs } = await ports.readFreshness(tenant);
      const standing = await findOrder(ports.repricing, tenant, readNumber(params));
      return { status: 200, body: { ...renderStanding(standing), ...renderOrderCompleteness([standing], asOfMs) } };
    },
  ),
];

async function placeOrder({
  ports,
  tenant,
  key,
  body,
}: KeyedCall<unknown, z.output<typeof orderInput>>): Promise<Reply> {
  const { asOfMs } = await ports.readFreshness(tenant);
  if (body.kind === 'void') {
    const { outcome, standing } = await voidEntry(ports.repricing, tenant, key.keyId, body, ports.now() + RUN_MS);
    return toReply(outcome, standing, asOfMs);
  }
  const order = await requestReprice(ports.repricing, tenant, key.keyId, { ...toRequest(body), reason: body.reason });
  if (order === null) return toReply('nothing_to_do', null, asOfMs);
  return toReply('ordered', await findOrder(ports.repricing, tenant, order.number), asOfMs);
}

function toReply(
  outcome: z.output<typeof outcomeSchema>['outcome'],
  standing: OrderStanding | null,
  asOfMs: number,
): Reply {
  const order = standing && renderStanding(standing);
  const completeness = renderOrderCompleteness(standing ? [standing] : [], asOfMs);
  return { status: outcome === 'ordered' ? 202 : 200, body: { outcome, order, ...completeness } };
}

/** What an order has changed is exact at any moment, and all of it only when it is done. */
function renderOrderCompleteness(
  orders: readonly OrderStanding[],
  asOfMs: number,
): ReturnType<typeof renderCompleteness> {
  const running = orders.filter(({ progress }) => progress.state === 'running').length;
  return renderCompleteness(listOrderReasons(running), asOfMs);
}

function toRequest(window: {
  readonly from: string;
  readonly to: string;
  readonly model?: string | undefined;
  readonly catalog_version?: string | undefined;
}): RepriceRequest {
  const { from, to, model, catalog_version: catalogVersion } = window;
  return { from, to, model, catalogVersion };
}

function readNumber(params: Readonly<Record<string, string>>): number {
  const text = params['number'] ?? '';
  if (!/^\d{1,10}$/.test(text)) throw new NotFoundError('Orders of correction are numbered from 1.');
  return Number(text);
}

function renderPreview(tenant: string, { rows, examined }: PreviewPage): Record<string, unknown> {
  return { rows: rows.map((row) => renderDelta(tenant, row)), examined };
}

function renderDelta(tenant: string, row: DeltaRow): z.output<typeof deltaSchema> {
  return {
    tenant,
    model: row.model,
    day: row.day,
    entries: row.entries,
    newly_priced: row.newlyPriced,
    cost_before_usd: formatUsd(row.costBefore),
    cost_after_usd: formatUsd(row.costAfter),
    list_cost_before_usd: formatUsd(row.listBefore),
    list_cost_after_usd: formatUsd(row.listAfter),
    difference_usd: formatUsd(row.costAfter - row.costBefore),
  };
}

function renderStanding({ order, progress, sums }: OrderStanding): z.output<typeof orderSchema> {
  return {
    number: order.number,
    ...renderRequest(order.request),
    by: order.by,
    reason: order.reason,
    created_at: renderTime(order.createdAtMs),
    up_to_commit: order.upToCommit,
    first_day: order.days?.first ?? null,
    last_day: order.days?.last ?? null,
    state: progress.state,
    progress_ratio: progress.ratio,
    examined: progress.examined,
    corrected: sums.corrected,
    cost_difference_usd: formatUsd(sums.costPicoUsd),
    list_cost_difference_usd: formatUsd(sums.listCostPicoUsd),
  };
}

type RequestFields = 'kind' | 'id' | 'from' | 'to' | 'model' | 'catalog_version' | 'override';

function renderRequest(request: OrderRequest): Pick<z.output<typeof orderSchema>, RequestFields> {
  const none = { id: null, from: null, to: null, model: null, catalog_version: null, override: null };
  if (request.kind === 'void') return { ...none, kind: 'void', id: request.id };
  if (request.kind === 'override') {
    return { ...none, kind: 'override', override: { scope: request.scope, number: request.change } };
  }
  const { fromMs, toMs, model, catalogVersion } = request;
  return {
    ...none,
    kind: 'reprice',
    from: renderTime(fromMs),
    to: renderTime(toMs),
    model,
    catalog_version: catalogVersion,
  };
}
