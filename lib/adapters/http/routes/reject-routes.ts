import { z } from 'zod';
import type { Credential } from '../../../app/access/access-ports.ts';
import type { TenantConfig } from '../../../app/ports.ts';
import { foreseeRedrive, REDRIVE_PROSPECTS, readChanges } from '../../../app/rejects/redrive-plan.ts';
import { type RedriveSelection, redriveRejects } from '../../../app/rejects/redrive-rejects.ts';
import { type KeptReject, NO_TENANT, REJECT_STATES, type RejectState } from '../../../app/rejects/reject-ports.ts';
import { InvalidRequestError, NotFoundError } from '../../../app/request-errors.ts';
import { isOfOrganisation } from '../../../contracts/roles.ts';
import { parseInstant } from '../../../domain/instant.ts';
import { HttpError } from '../http-errors.ts';
import { readPage } from '../page.ts';
import { renderTime, renderTimeOrNull } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { cursorText, smallCount, timeText } from '../schemas.ts';

/** Rejects of one redrive by id; a bulk goes through pages of as many. */
const MAX_IDS = 100;

const reject = z.strictObject({
  reject_id: z.string(),
  reason: z.string(),
  field: z.string().nullable(),
  message: z.string(),
  received_at: timeText,
  message_id: z.string(),
  index: smallCount,
  fields: z.record(z.string(), z.unknown()),
  state: z.enum(REJECT_STATES),
  redrives: smallCount,
  redriven_at: timeText.nullable(),
  settled_at: timeText.nullable(),
  accepted_as: z.enum(['recorded', 'duplicate', 'conflict']).nullable(),
  first_reason: z.string(),
  redrive: z
    .enum(REDRIVE_PROSPECTS)
    .describe(
      'Whether it can be redriven: only `possible` can. `not_restorable`: too large to be kept as it was sent.',
    ),
  restorable_until: timeText.nullable().describe('null: nothing could be kept that redrive would need.'),
});

const rejectPage = z.strictObject({ rejects: z.array(reject), next: cursorText.optional() });

const histogram = z.strictObject({
  total: smallCount,
  counts: z.array(z.strictObject({ reason: z.string(), field: z.string().nullable(), count: smallCount })),
});

const rawAnswer = z.strictObject({ reject_id: z.string(), text: z.string(), cut: z.boolean(), expires_at: timeText });

const sinceText = z
  .string()
  .refine((text) => readSince(text) !== undefined, { error: 'a time such as 2026-01-29T18:00:00Z, or a day' });

const unassignedFlag = z.enum(['true', 'false']).optional();

const filterQuery = z.strictObject({
  reason: z.string().min(1).max(64).optional(),
  since: sinceText.optional(),
  state: z.enum([...REJECT_STATES, 'all']).optional(),
  unassigned: unassignedFlag,
  cursor: cursorText.optional(),
});

const redriveBody = z.strictObject({
  ids: z.array(z.string().min(1).max(256)).min(1).max(MAX_IDS).optional(),
  reason: z.string().min(1).max(64).optional(),
  since: sinceText.optional(),
  all: z.literal(true).optional(),
  set: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  dry_run: z.boolean().optional(),
  unassigned: z.boolean().optional(),
  cursor: cursorText.optional(),
});

const redriveAnswer = z.strictObject({
  dry_run: z.boolean(),
  results: z.array(z.strictObject({ reject_id: z.string(), outcome: z.string(), detail: z.string().nullable() })),
  next: cursorText.optional(),
});

/** States that are shown unless others are asked for: what is accepted needs nobody any more. */
const STANDING: readonly RejectState[] = ['open', 'redriven', 'refused_again'];

/** Routes for what was not accepted. */
export const rejectRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/rejects',
      summary: 'Messages and events that were not accepted, with the reason',
      description:
        'In order of arrival, without those accepted since unless `state` asks for them. A page may be short and have a next one. `unassigned`: those of senders without a tenant (keys of the organisation).',
      query: filterQuery,
      answers: { 200: { description: 'A page of rejects.', schema: rejectPage } },
    },
    async ({ ports, tenant, key, query: { reason, since, state, unassigned, cursor } }) => {
      const home = homeOf(tenant, key, unassigned === 'true');
      const sinceMs = readSince(since);
      const filter = {
        ...(reason === undefined ? {} : { reason }),
        ...(sinceMs === undefined ? {} : { sinceMs }),
        states: state === 'all' ? REJECT_STATES : state === undefined ? STANDING : [state],
      };
      const { page, next } = await readPage(tenant, listOf(home), cursor, (position) =>
        ports.rejects.list(home, position, filter),
      );
      return { status: 200, body: { rejects: page.rejects.map((one) => renderReject(one, ports.now())), ...next } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/rejects/histogram',
      summary: 'How many rejects stand, by reason and field',
      query: z.strictObject({ unassigned: unassignedFlag }),
      answers: { 200: { description: 'Counts, most first.', schema: histogram } },
    },
    async ({ ports, tenant, key, query }) => {
      const counts = await ports.rejects.histogram(homeOf(tenant, key, query.unassigned === 'true'));
      const total = counts.reduce((sum, { count }) => sum + count, 0);
      return { status: 200, body: { total, counts } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/rejects/redrive',
      summary: 'Send rejects through their queue again',
      description:
        'Name `ids`, or go through those of a `reason`, `since` a time, or `all`, page by page until `next` is absent. Safe to repeat and to interrupt: an event counts once. What became of each is in its `state` a little later. With `dry_run` nothing is sent.',
      body: redriveBody,
      answers: { 200: { description: 'What became of each of this page.', schema: redriveAnswer } },
    },
    async ({ ports, tenant, key, body }) => {
      const home = homeOf(tenant, key, body.unassigned === true);
      const isDryRun = body.dry_run === true;
      const changes = readChanges(body.set ?? {});
      if (changes.has('id') && body.ids?.length !== 1) {
        // Under one id only the first would count, and the others would be given up as conflicts with it.
        throw new InvalidRequestError([{ field: 'set.id', expected: 'one reject in ids: an id is counted once' }]);
      }
      const { page, next } = await readPage(tenant, listOf(home), body.cursor, (cursor) =>
        redriveRejects(ports, {
          home,
          selection: selectRejects(body, cursor),
          changes,
          isDryRun,
          by: { tenant: tenant.tenant, keyId: key.keyId },
        }),
      );
      const results = page.results.map(({ rejectId, outcome, detail }) => ({ reject_id: rejectId, outcome, detail }));
      return { status: 200, body: { dry_run: isDryRun, results, ...next } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'GET',
      path: '/v1/rejects/{id}/raw',
      summary: 'The text of what holds no event that can be read',
      description:
        'For 14 days, of up to 64 KiB; of a message that is no JSON its first 64 KiB. An item of a list stands in a list of its own. No other reject has its text kept.',
      query: z.strictObject({ unassigned: unassignedFlag }),
      answers: { 200: { description: 'The text as it arrived.', schema: rawAnswer } },
    },
    async ({ ports, tenant, key, params, query }) => {
      const home = homeOf(tenant, key, query.unassigned === 'true');
      const rejectId = params['id'] ?? '';
      const parcel = await ports.rejects.findParcel(home, rejectId, ports.now());
      if (!parcel?.raw) {
        throw new NotFoundError(
          'There is no text: it expired after 14 days, was too large, or an event could be read out of it.',
        );
      }
      const { text, isCut } = parcel.raw;
      return {
        status: 200,
        body: { reject_id: rejectId, text, cut: isCut, expires_at: renderTime(parcel.expiresAtMs) },
      };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/rejects/{id}',
      summary: 'One reject and how far it got',
      query: z.strictObject({ unassigned: unassignedFlag }),
      answers: { 200: { description: 'The reject.', schema: reject } },
    },
    async ({ ports, tenant, key, params, query }) => {
      const found = await ports.rejects.find(homeOf(tenant, key, query.unassigned === 'true'), params['id'] ?? '');
      if (!found) throw new NotFoundError('There is no such reject.');
      return { status: 200, body: renderReject(found, ports.now()) };
    },
  ),
];

/** Where the rejects in question are kept. What belongs to no tenant is for those who may act for all of them. */
function homeOf({ tenant }: TenantConfig, { role }: Credential, isUnassigned: boolean): string {
  if (!isUnassigned) return tenant;
  if (isOfOrganisation(role)) return NO_TENANT;
  throw new HttpError(403, 'key/forbidden', `Rejects without a tenant need a key of the organisation, not ${role}.`);
}

function listOf(home: string): string {
  return home === NO_TENANT ? 'rejects without tenant' : 'rejects';
}

function selectRejects(body: z.output<typeof redriveBody>, cursor: string | undefined): RedriveSelection {
  const { ids, reason, since, all } = body;
  const isFiltered = reason !== undefined || since !== undefined || all !== undefined;
  if ((ids !== undefined) === isFiltered || (ids !== undefined && cursor !== undefined)) {
    throw new InvalidRequestError([{ field: 'body', expected: 'either ids, or reason, since or all' }]);
  }
  if (ids) return { ids };
  const sinceMs = readSince(since);
  const filter = { ...(reason === undefined ? {} : { reason }), ...(sinceMs === undefined ? {} : { sinceMs }) };
  return cursor === undefined ? { filter } : { filter, cursor };
}

/** A day is its first moment in UTC. */
function readSince(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
}

function renderReject(one: KeptReject, nowMs: number): Record<string, unknown> {
  return {
    reject_id: one.rejectId,
    reason: one.reason,
    field: one.field,
    message: one.message,
    received_at: renderTime(one.receivedAtMs),
    message_id: one.messageId,
    index: one.index,
    fields: one.fields,
    state: one.state,
    redrives: one.redrives,
    redriven_at: renderTimeOrNull(one.redrivenAtMs),
    settled_at: renderTimeOrNull(one.settledAtMs),
    accepted_as: one.acceptedAs,
    first_reason: one.firstReason,
    redrive: foreseeRedrive(one, nowMs),
    restorable_until: renderTimeOrNull(one.restorableUntilMs),
  };
}
