import { z } from 'zod';
import type { Reject } from '../../../app/ports.ts';
import { type LedgerStatus, readStatus } from '../../../app/status.ts';
import openApi from '../../../contracts/openapi.generated.json' with { type: 'json' };
import { readPage } from '../page.ts';
import { renderTime, renderTimeOrNull, renderWhole } from '../render.ts';
import { keyedRoute, publicRoute, type Route } from '../route.ts';
import { cursorText, smallCount, timeText, wholeNumber } from '../schemas.ts';

const rejectPage = z.strictObject({
  rejects: z.array(
    z.strictObject({
      reject_id: z.string(),
      reason: z.string(),
      field: z.string().nullable(),
      message: z.string(),
      received_at: timeText,
      message_id: z.string(),
      index: smallCount,
      fields: z.record(z.string(), z.unknown()),
    }),
  ),
  next: cursorText.optional(),
});

const statusAnswer = z.strictObject({
  tenant: z.string(),
  time_zone: z.string(),
  tag_dimensions: z.array(z.string()),
  commit: smallCount,
  last_commit_at: timeText.nullable(),
  queued: z.strictObject({ usage: smallCount, import: smallCount }),
  dead_letters: smallCount,
  rejects: smallCount,
  conflicts: smallCount,
  unpriced_calls: wholeNumber.describe('Without any price, of this month and of every month known to hold some.'),
  partially_priced_calls: wholeNumber,
  unknown_fields: z.record(z.string(), smallCount),
  sender_mode: z.enum(['trusted', 'mapped']),
});

/** Routes for whoever runs the ledger or trusts it with a bill. */
export const operationRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/rejects',
      summary: 'Messages and events that were not accepted, with the reason',
      query: z.strictObject({ cursor: cursorText.optional() }),
      answers: { 200: { description: 'A page of rejects.', schema: rejectPage } },
    },
    async ({ ports, tenant, query }) => {
      const { page, next } = await readPage(tenant, 'rejects', query.cursor, (position) =>
        ports.rejects.list(tenant.tenant, position),
      );
      return { status: 200, body: { rejects: page.rejects.map(renderReject), ...next } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/status',
      summary: 'How the ledger stands',
      description: 'Queues and dead letters are those of the whole ledger; everything else is of the tenant.',
      answers: { 200: { description: 'Counts and times.', schema: statusAnswer } },
    },
    async ({ ports, tenant }) => ({
      status: 200,
      body: renderStatus(await readStatus({ ...ports, pricingStates: ports.repricing.pricingStates }, tenant)),
    }),
  ),
  publicRoute(
    {
      method: 'GET',
      path: '/v1/health',
      summary: 'Whether the API answers',
      answers: { 200: { description: 'It does.', schema: z.strictObject({ status: z.literal('ok') }) } },
    },
    async () => ({ status: 200, body: { status: 'ok' } }),
  ),
  publicRoute(
    {
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This description',
      answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
    },
    async () => ({ status: 200, body: openApi }),
  ),
];

function renderReject(reject: Reject): Record<string, unknown> {
  return {
    reject_id: reject.rejectId,
    reason: reject.reason,
    field: reject.field,
    message: reject.message,
    received_at: renderTime(reject.receivedAtMs),
    message_id: reject.messageId,
    index: reject.index,
    fields: reject.fields,
  };
}

function renderStatus({ tenant, ...status }: LedgerStatus): Record<string, unknown> {
  return {
    tenant: tenant.tenant,
    time_zone: tenant.timeZone,
    tag_dimensions: tenant.tagDimensions,
    commit: status.commit,
    last_commit_at: renderTimeOrNull(status.lastCommitAtMs),
    queued: { usage: status.queued.usage, import: status.queued.import },
    dead_letters: status.deadLetters,
    rejects: status.rejects,
    conflicts: status.conflicts,
    unpriced_calls: renderWhole(status.calls.unpriced),
    partially_priced_calls: renderWhole(status.calls.partiallyPriced),
    unknown_fields: Object.fromEntries(status.unknownFields),
    sender_mode: status.senderMode,
  };
}
