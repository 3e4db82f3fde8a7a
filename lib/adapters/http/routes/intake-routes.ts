import { z } from 'zod';
import type { Role } from '../../../app/access-ports.ts';
import { findEntryStatuses, MAX_STATUS_IDS } from '../../../app/entry-status.ts';
import { type SubmitOutcome, submitEvents } from '../../../app/submit-events.ts';
import { MAX_ID_BYTES } from '../../../contracts/limits.ts';
import { REJECT_REASONS } from '../../../contracts/reject-reasons.ts';
import { keyedRoute, type Route } from '../route.ts';
import { smallCount } from '../schemas.ts';

const submitAnswer = z.strictObject({
  accepted: smallCount,
  rejected: z.array(
    z.strictObject({
      index: smallCount,
      id: z.string().nullable(),
      reason: z.string().meta({ enum: Object.keys(REJECT_REASONS) }),
      field: z.string().nullable(),
      message: z.string(),
    }),
  ),
  unknown_fields: z.record(z.string(), smallCount),
});

const idList = z.strictObject({ ids: z.array(z.string().min(1).max(MAX_ID_BYTES)).min(1).max(MAX_STATUS_IDS) });

const statusAnswer = z.strictObject({
  entries: z.array(
    z.strictObject({
      id: z.string(),
      status: z.enum(['recorded', 'conflict', 'rejected', 'unknown']),
      commit: smallCount.nullable(),
      void: z.literal(true).optional().describe('It was voided since: it stays known and counts for nothing.'),
    }),
  ),
});

/** Routes that take usage in and tell what became of it. */
export const intakeRoutes: readonly Route[] = [
  submitRoute('usage', ['emitter', 'admin'], '/v1/events', 'Send usage events'),
  submitRoute('import', ['admin'], '/v1/imports', 'Send older history (events from 2015 on)'),
  keyedRoute(
    ['emitter', 'reader', 'admin'],
    {
      method: 'POST',
      path: '/v1/entries/status',
      summary: 'Tell which ids the ledger holds',
      description:
        'An id that still waits in a queue is `unknown`. `conflict`: recorded, and sent again with other content.',
      body: idList,
      answers: { 200: { description: 'One status per id, in the order asked.', schema: statusAnswer } },
    },
    async ({ ports, tenant, body }) => ({
      status: 200,
      body: { entries: await findEntryStatuses(ports, tenant.tenant, body.ids) },
    }),
  ),
];

function submitRoute(queue: 'usage' | 'import', access: readonly Role[], path: string, summary: string): Route {
  return keyedRoute(
    access,
    {
      method: 'POST',
      path,
      summary,
      description:
        'One event, an array, {"events":[...]}, CloudEvents 1.0 or a gzip envelope; up to 1,000 events. The body may be sent with Content-Encoding: gzip. Refused events are answered here and not kept.',
      takesEvents: true,
      answers: { 202: { description: 'What became of each event: accepted or rejected.', schema: submitAnswer } },
    },
    async ({ ports, tenant, bodyText }) => ({
      status: 202,
      body: renderOutcome(await submitEvents(ports, tenant.tenant, queue, bodyText)),
    }),
  );
}

function renderOutcome({ accepted, refused, unknownFields }: SubmitOutcome): Record<string, unknown> {
  return {
    accepted,
    rejected: refused.map(({ index, id, reason, field, message }) => ({ index, id, reason, field, message })),
    unknown_fields: Object.fromEntries(unknownFields),
  };
}
