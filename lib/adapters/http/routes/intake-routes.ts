import { z } from 'zod';
import type { Role } from '../../../app/access/access-ports.ts';
import {
  type EntryStatus,
  findEntryStatuses,
  findMessageStatuses,
  MAX_STATUS_IDS,
} from '../../../app/recording/entry-status.ts';
import {
  packMessage,
  type SubmitOutcome,
  submitEvents,
  UnreadableBodyError,
} from '../../../app/recording/submit-events.ts';
import { eventsOfSpans } from '../../../app/recording/submit-traces.ts';
import { parseJson } from '../../../app/recording/unpack-message.ts';
import { InvalidRequestError } from '../../../app/request-errors.ts';
import { MAX_ID_BYTES } from '../../../contracts/limits.ts';
import { REJECT_REASONS } from '../../../contracts/reject-reasons.ts';
import { isRawObject } from '../../../domain/field-reading.ts';
import type { Span } from '../../../domain/spans/span.ts';
import { otlpEncodingOf } from '../../otlp/otlp-encoding.ts';
import { decodeText } from '../decode-text.ts';
import { MAX_TRACES_BYTES, MAX_TRACES_DEPTH, MAX_TRACES_PARTS, readParsedTraces, readTraces } from '../read-traces.ts';
import { toRequestIssues } from '../request-issues.ts';
import { type KeyedCall, keyedRoute, type Route } from '../route.ts';
import { smallCount } from '../schemas.ts';

const submitAnswer = z.strictObject({
  accepted: smallCount,
  events: z
    .array(
      z.strictObject({
        index: smallCount,
        id: z
          .string()
          .nullable()
          .describe('The id that the ledger uses; null for a GPU sample, or where none can be read.'),
        status: z.enum(['accepted', 'rejected']),
      }),
    )
    .optional()
    .describe('Every event in the order sent; with `detail=ids`.'),
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

const submitQuery = z.strictObject({ detail: z.literal('ids').optional() });

const idList = z.strictObject({ ids: z.array(z.string().min(1).max(MAX_ID_BYTES)).min(1).max(MAX_STATUS_IDS) });

const statusAnswer = z.strictObject({
  entries: z.array(
    z.strictObject({
      index: smallCount
        .optional()
        .describe('Place in the message that was asked about, or among the calls of its spans.'),
      id: z.string().nullable(),
      status: z.enum(['recorded', 'conflict', 'rejected', 'unknown']),
      commit: smallCount.nullable(),
      void: z.literal(true).optional().describe('It was voided since: it stays known and counts for nothing.'),
      reason: z.string().optional().describe('Why it was rejected.'),
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
        'Asked with ids, or with any body that POST /v1/events or POST /v1/traces takes, of up to 1,000 events or calls: then each of its events is answered under the id that the ledger uses. What still waits in a queue is `unknown`. `conflict`: recorded, and sent again with other content.',
      takesEvents: true,
      takesSpans: true,
      alsoTakes: idList,
      answers: { 200: { description: 'One status per id or event, in the order asked.', schema: statusAnswer } },
    },
    async (call) => ({ status: 200, body: { entries: await findStatuses(call) } }),
  ),
];

async function findStatuses({
  ports,
  tenant: { tenant },
  headers,
  readBytes,
}: KeyedCall<unknown, unknown>): Promise<readonly EntryStatus[]> {
  const findOfSpans = (spans: readonly Span[]) => {
    const events = eventsOfSpans(spans);
    return events.length === 0 ? [] : findMessageStatuses(ports, tenant, packMessage(JSON.stringify(events)));
  };
  if (otlpEncodingOf(headers['content-type']) === 'protobuf') {
    return findOfSpans(readTraces('protobuf', readBytes(MAX_TRACES_BYTES)));
  }
  const text = decodeText(readBytes(MAX_TRACES_BYTES));
  const parsed = parseJson(text, null, MAX_TRACES_DEPTH, MAX_TRACES_PARTS);
  if ('reason' in parsed) throw new UnreadableBodyError(parsed);
  const { value } = parsed;
  if (isRawObject(value) && !Object.hasOwn(value, 'usage')) {
    if (Object.hasOwn(value, 'resourceSpans')) return findOfSpans(readParsedTraces(value));
    if (Object.hasOwn(value, 'ids')) return findEntryStatuses(ports, tenant, readIds(value));
  }
  return findMessageStatuses(ports, tenant, packMessage(text));
}

function readIds(value: unknown): readonly string[] {
  const result = idList.safeParse(value);
  if (result.success) return result.data.ids;
  throw new InvalidRequestError(toRequestIssues(result.error, 'body'));
}

function submitRoute(queue: 'usage' | 'import', access: readonly Role[], path: string, summary: string): Route {
  return keyedRoute(
    access,
    {
      method: 'POST',
      path,
      summary,
      description:
        'One event, an array, {"events":[...]}, CloudEvents 1.0 or a gzip envelope; up to 1,000 events. The body may be sent with Content-Encoding: gzip; its content type does not matter. `detail=ids` adds every event with the id that the ledger uses. Refused events are answered here and not kept.',
      query: submitQuery,
      takesEvents: true,
      answers: { 202: { description: 'What became of each event: accepted or rejected.', schema: submitAnswer } },
    },
    async ({ ports, tenant, bodyText, query }) => ({
      status: 202,
      body: renderOutcome(await submitEvents(ports, tenant.tenant, queue, bodyText), query.detail === 'ids'),
    }),
  );
}

function renderOutcome(
  { accepted, acceptedItems, refused, unknownFields }: SubmitOutcome,
  withIds: boolean,
): Record<string, unknown> {
  const events = [
    ...acceptedItems.map((item) => ({ ...item, status: 'accepted' })),
    ...refused.map(({ index, id }) => ({ index, id, status: 'rejected' })),
  ];
  return {
    accepted,
    ...(withIds ? { events: events.sort((a, b) => a.index - b.index) } : {}),
    rejected: refused.map(({ index, id, reason, field, message }) => ({ index, id, reason, field, message })),
    unknown_fields: Object.fromEntries(unknownFields),
  };
}
