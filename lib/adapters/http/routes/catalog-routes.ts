import { z } from 'zod';
import { giveDueOrders, orderRepricing } from '../../../app/corrections/order-repricing.ts';
import { EVERY_TENANT } from '../../../app/corrections/repricing-ports.ts';
import {
  mayChangeEveryTenant,
  type OverrideHistory,
  type OverrideState,
  readOverrides,
  storeOverrides,
  withdrawOverrides,
} from '../../../app/prices/manage-overrides.ts';
import { type ShownModel, showModel } from '../../../app/prices/show-model.ts';
import { InvalidRequestError, NotFoundError } from '../../../app/request-errors.ts';
import { parseInstant } from '../../../domain/prices/price-catalog-time.ts';
import { HttpError } from '../http-errors.ts';
import { readPage } from '../page.ts';
import { renderTime, renderTimeOrNull } from '../render.ts';
import { type KeyedCall, keyedRoute, type Reply, type Route } from '../route.ts';
import { cursorText, decimalText, smallCount, timeText } from '../schemas.ts';

/** Ordering for other tenants stops after this long; the sweep orders for the rest within a minute. */
const ORDERING_MS = 10_000;

const scopeText = z
  .enum(['tenant', 'global'])
  .default('tenant')
  .describe('`global` is for every tenant: for an org-admin, or the admin of the only tenant.');

const looseObjects = z.array(z.looseObject({}));

const overrideFile = z.strictObject({
  overrides: z
    .array(z.looseObject({ model: z.string() }))
    .max(5_000)
    .optional(),
  aliases: z
    .array(z.looseObject({ name: z.string() }))
    .max(5_000)
    .optional(),
  reported_cost: z.looseObject({ use: z.boolean() }).optional(),
});

const stateFields = {
  version: z.string().nullable(),
  stored_at: timeText.nullable(),
  writers_current_at: timeText
    .nullable()
    .describe('From this time on every writer rates with this version; events sent after it are priced by it.'),
};

const changeSchema = z.strictObject({
  scope: z.enum(['tenant', 'global']),
  number: smallCount,
  version: z.string(),
  stored_at: timeText,
  key_id: z.string(),
  state: z.enum(['scheduled', 'in_effect', 'ended', 'withdrawn']),
  withdraws: smallCount.nullable().describe('Number of the change that this one takes back.'),
  overrides: looseObjects,
  aliases: looseObjects,
  reported_cost: z.looseObject({}).nullable(),
  capacity: z.string().nullable().describe('Name of the capacity with a fixed price that a version was stored of.'),
});

const overrideList = z.strictObject({
  overrides: looseObjects.describe("The tenant's own of this page, but for those withdrawn."),
  changes: z.array(changeSchema).describe('Those of every tenant first, then the tenant; oldest first.'),
  ...stateFields,
  next: cursorText.optional(),
});

const changeFields = {
  number: smallCount.describe('Of the last change of this scope.'),
  ...stateFields,
  orders: z
    .array(smallCount)
    .describe("The tenant's open orders of correction, those that this change brought about among them."),
};

const overrideOutcome = z.strictObject({ outcome: z.enum(['stored', 'unchanged']), ...changeFields });

const withdrawalOutcome = z.strictObject({ outcome: z.enum(['withdrawn', 'unchanged']), ...changeFields });

const periodFields = { effective_from: timeText.nullable(), effective_to: timeText.nullable() };

const sourceFields = { source: z.string(), checked_on: z.string() };

const sheetSchema = z.strictObject({
  provider: z.string(),
  model: z.string(),
  method: z.string(),
  names: z.array(z.string()),
  catalog_version: z.string(),
  varies_by_region: z.boolean(),
  facts: z
    .strictObject({
      kind: z.string().nullable(),
      context_tokens: smallCount.nullable(),
      max_output_tokens: smallCount.nullable(),
      input_modalities: z.array(z.string()).nullable(),
      output_modalities: z.array(z.string()).nullable(),
      ...sourceFields,
    })
    .nullable(),
  surcharges: z.array(
    z.strictObject({ regions: z.array(z.string()), factor: decimalText, ...periodFields, ...sourceFields }),
  ),
  rows: z.array(
    z.strictObject({
      unit: z.string(),
      service_tier: z.string(),
      rate_usd: decimalText,
      per: smallCount,
      tiers: z.array(z.strictObject({ over: smallCount, operator: z.enum(['>', '>=']), rate_usd: decimalText })),
      windows: z.array(z.strictObject({ from: z.string(), to: z.string(), weekdays: z.array(smallCount).nullable() })),
      minimum: decimalText.nullable(),
      ...periodFields,
      ...sourceFields,
    }),
  ),
});

const modelAnswer = z.strictObject({
  catalog: sheetSchema.nullable().describe('Null for a model that only overrides know.'),
  at: timeText,
  override_version: z.string().nullable(),
  prices: z
    .array(
      z.strictObject({
        service_tier: z.string(),
        size_tier: z.string().nullable(),
        model_id: z.string(),
        method: z.string(),
        rates: z.array(
          z.strictObject({ unit: z.string(), rate_usd: decimalText, list_rate_usd: decimalText, per: smallCount }),
        ),
      }),
    )
    .describe(
      "What the tenant's calls cost at this time, overrides laid over the catalog; list rates are the catalog's.",
    ),
});

/** Routes of prices: the catalog's models, and the overrides of a tenant or of every tenant. */
export const catalogRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/catalog/overrides',
      summary: 'Price overrides and names, change by change, and where each stands',
      query: z.strictObject({ cursor: cursorText.optional() }),
      answers: { 200: { description: 'A page of changes, and the version of the tenant.', schema: overrideList } },
    },
    async ({ ports, tenant, query }) => {
      const { page, next } = await readPage(tenant, 'overrides', query.cursor, (position) =>
        readOverrides(ports, tenant.tenant, position),
      );
      return { status: 200, body: { ...renderHistory(page), ...next } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/catalog/overrides',
      summary: 'Add price overrides, names of models or the use of reported costs behind those there are',
      description:
        'Later overrides win. Calls recorded before, in a period that the file speaks of, are repriced by an order of correction. The same file twice in a row changes nothing.',
      query: z.strictObject({ scope: scopeText }),
      body: overrideFile,
      answers: { 200: { description: 'The version in force and when every writer has it.', schema: overrideOutcome } },
    },
    async (call) => {
      const scope = await findScope(call);
      const { outcome, ...state } = await storeOverrides(call.ports, scope, call.key.keyId, call.body);
      return renderChange(call, outcome, state);
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/catalog/overrides/{number}',
      summary: 'Withdraw a change of overrides before it takes effect',
      description: 'A change that took effect, if in part, is not withdrawn: store an override that ends it.',
      query: z.strictObject({ scope: scopeText }),
      answers: { 200: { description: 'It will not take effect.', schema: withdrawalOutcome } },
    },
    async (call) => {
      const scope = await findScope(call);
      const number = readNumber(call.params);
      const withdrawal = await withdrawOverrides(call.ports, scope, call.key.keyId, number);
      if (withdrawal.outcome === 'in_effect') {
        const since = renderTime(withdrawal.sinceMs);
        const detail = `Change ${number} is in effect since ${since}; store an override that ends it.`;
        throw new HttpError(409, 'overrides/in-effect', detail);
      }
      const { outcome, ...state } = withdrawal;
      return renderChange(call, outcome, state);
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/catalog/models/{provider}/{model}',
      summary: 'What is known of a model and what it costs',
      description: 'Prices of all times with their sources, and what overrides make of those in force at one time.',
      query: z.strictObject({ at: z.string().optional().describe('RFC 3339 time or date; now where left out.') }),
      answers: { 200: { description: 'The model.', schema: modelAnswer } },
    },
    async ({ ports, tenant, params, query }) => {
      const atMs = query.at === undefined ? ports.now() : parseInstant(query.at);
      if (atMs === undefined) throw new InvalidRequestError([{ field: 'at', expected: 'a date or an RFC 3339 time' }]);
      const named = { provider: params['provider'] ?? '', model: params['model'] ?? '', atMs };
      const priceBooks = ports.repricing.catalogs.inForce;
      return { status: 200, body: renderModel(await showModel({ priceBooks }, tenant.tenant, named), atMs) };
    },
  ),
];

type ScopedCall = Pick<
  KeyedCall<{ readonly scope: 'tenant' | 'global' }, unknown>,
  'ports' | 'tenant' | 'key' | 'query'
>;

async function findScope({ ports, tenant, key, query }: ScopedCall): Promise<string> {
  if (query.scope === 'tenant') return tenant.tenant;
  if (await mayChangeEveryTenant(ports.tenants, key)) return EVERY_TENANT;
  const detail = `What holds for every tenant is changed with a key of role org-admin, not ${key.role}.`;
  throw new HttpError(403, 'key/forbidden', detail);
}

function readNumber(params: Readonly<Record<string, string>>): number {
  const text = params['number'] ?? '';
  if (!/^\d{1,10}$/.test(text)) throw new NotFoundError('Changes of overrides are numbered from 1.');
  return Number(text);
}

/** Answers a change, after ordering what it makes necessary: also for a repeat, whose first try may have stopped here. */
async function renderChange(call: ScopedCall, outcome: string, state: OverrideState): Promise<Reply> {
  const orders = await orderRepricing(call.ports.repricing, call.tenant);
  if (call.query.scope === 'global') await orderForOthers(call);
  return { status: 200, body: { outcome, number: state.number, ...renderState(state), orders } };
}

async function orderForOthers({ ports, tenant }: ScopedCall): Promise<void> {
  const deadlineMs = ports.now() + ORDERING_MS;
  for (const other of await ports.tenants.list()) {
    if (ports.now() >= deadlineMs) return;
    if (other.tenant !== tenant.tenant) await giveDueOrders(ports.repricing, other, deadlineMs);
  }
}

function renderHistory({ overrides, changes, next: _next, ...state }: OverrideHistory): Record<string, unknown> {
  const rendered = changes.map(({ scope, number, version, state: standing, withdraws, file, ...stored }) => ({
    scope,
    number,
    version,
    stored_at: renderTime(stored.storedAtMs),
    key_id: stored.keyId,
    state: standing,
    withdraws,
    overrides: file.overrides ?? [],
    aliases: file.aliases ?? [],
    reported_cost: file.reported_cost ?? null,
    capacity: file.capacity?.cover.name ?? null,
  }));
  return { overrides, changes: rendered, ...renderState(state) };
}

function renderState(state: OverrideState): Record<string, unknown> {
  return {
    version: state.version,
    stored_at: renderTimeOrNull(state.storedAtMs),
    writers_current_at: renderTimeOrNull(state.writersCurrentAtMs),
  };
}

function renderModel({ sheet, overrideVersion, prices }: ShownModel, atMs: number): Record<string, unknown> {
  return {
    catalog: sheet,
    at: renderTime(atMs),
    override_version: overrideVersion,
    prices: prices.map(({ serviceTier, price }) => ({
      service_tier: serviceTier,
      size_tier: price.tier,
      model_id: price.modelId,
      method: price.method,
      rates: price.rates.map(({ unit, rate, listRate, per }) => ({
        unit,
        rate_usd: rate,
        list_rate_usd: listRate,
        per,
      })),
    })),
  };
}
