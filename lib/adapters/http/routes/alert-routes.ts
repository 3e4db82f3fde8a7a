import { z } from 'zod';
import type { AlertRecord } from '../../../app/alerts/alert-ports.ts';
import { ALERT_STATES, findAlert, listAlerts, stateOfAlert } from '../../../app/alerts/list-alerts.ts';
import { sendTestAlert } from '../../../app/alerts/send-test-alert.ts';
import { acknowledgeAlert, MAX_SNOOZE_HOURS, snoozeAlert, unsnoozeAlert } from '../../../app/alerts/snooze-alerts.ts';
import { InvalidRequestError } from '../../../app/request-errors.ts';
import alertSchema from '../../../contracts/alert.schema.json' with { type: 'json' };
import { ALERT_KINDS } from '../../../domain/alerts/alert.ts';
import { parseInstant } from '../../../domain/instant.ts';
import type { ApiPorts } from '../api-ports.ts';
import { readPage } from '../page.ts';
import { renderTime, renderTimeOrNull } from '../render.ts';
import { keyedRoute, publicRoute, type Route } from '../route.ts';
import { cursorText, smallCount, timeText } from '../schemas.ts';

const SEVERITIES = ['info', 'warning', 'critical'] as const;
const HOUR_MS = 3_600_000;
const MAX_NOTE_LENGTH = 1_000;

const alertAnswer = z.strictObject({
  alert_id: z.string(),
  kind: z.enum(ALERT_KINDS),
  severity: z.enum(SEVERITIES),
  subject: z.string(),
  about: z.array(z.string()).describe('What a snooze of it silences.'),
  data: z.record(z.string(), z.unknown()),
  state: z.enum(ALERT_STATES).describe('published: every channel has accepted it.'),
  claimed_at: timeText,
  published_at: timeText.nullable(),
  deliveries: z
    .array(z.strictObject({ channel: z.enum(['topic', 'chat']), accepted_at: timeText }))
    .describe('Channels that have accepted it.'),
  attempts: smallCount,
  last_error: z.string().nullable(),
  snoozed_until: timeText.nullable(),
  acknowledged: z.strictObject({ at: timeText, by: z.string(), note: z.string().nullable() }).nullable(),
});

const alertPage = z.strictObject({ alerts: z.array(alertAnswer), next: cursorText.optional() });

const alertQuery = z.strictObject({
  kind: z.enum(ALERT_KINDS).optional(),
  severity: z.enum(SEVERITIES).optional(),
  about: z.string().min(1).optional().describe('One of the things it is about, such as budget:support.'),
  state: z.enum(ALERT_STATES).optional(),
  cursor: cursorText.optional(),
});

const snoozeInput = z
  .strictObject({
    hours: z.number().min(1).max(MAX_SNOOZE_HOURS).optional(),
    until: z.string().optional().describe('RFC 3339 time within the next 30 days.'),
    whole_budget: z.boolean().optional().describe('Of an alert about one part of a budget: silence all of its parts.'),
  })
  .describe('Either hours or until.');

const testInput = z.strictObject({
  attributes: z
    .record(z.string(), z.string())
    .optional()
    .describe('Attributes that subscribers filter by, to reach those who do.'),
});

const testAnswer = z.strictObject({
  alert_id: z.string(),
  outcome: z.enum(['published', 'unrecorded', 'failed', 'unknown', 'late', 'snoozed']),
});

/** Routes of alerts, and what people say of them. */
export const alertRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/alerts',
      summary: 'Alerts, newest first, with how far they got',
      query: alertQuery,
      answers: { 200: { description: 'A page of alerts.', schema: alertPage } },
    },
    async ({ ports, tenant, query }) => {
      const { page, next } = await readPage(tenant, 'alerts', query.cursor, (cursor) =>
        listAlerts({ alerts: ports.alerts, clock: ports.now }, tenant.tenant, { ...query, cursor }),
      );
      return { status: 200, body: { alerts: page.alerts.map((alert) => renderAlert(ports, alert)), ...next } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/alerts/{id}',
      summary: 'One alert with how far it got',
      answers: { 200: { description: 'The alert.', schema: alertAnswer } },
    },
    async ({ ports, tenant, params }) => ({
      status: 200,
      body: renderAlert(ports, await findAlert(ports.alerts, tenant.tenant, params['id'] ?? '')),
    }),
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/alerts/{id}/acknowledge',
      summary: 'Say that somebody has seen an alert',
      description: 'The first one stands; saying it again changes nothing. What is sent is not changed by it.',
      body: z.strictObject({ note: z.string().max(MAX_NOTE_LENGTH).optional() }),
      answers: { 200: { description: 'The alert.', schema: alertAnswer } },
    },
    async ({ ports, tenant, key, params, body }) => {
      const carer = { tenant: tenant.tenant, key };
      const alert = await acknowledgeAlert(carePorts(ports), carer, params['id'] ?? '', body.note ?? null);
      return { status: 200, body: renderAlert(ports, alert) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/alerts/{id}/snooze',
      summary: 'Let alerts about the same things wait',
      description:
        'Every alert about them waits, resolved and critical ones too, and is sent when the snooze ends. Saying it again moves the end.',
      body: snoozeInput,
      answers: {
        200: {
          description: 'What is snoozed, and until when.',
          schema: z.strictObject({ about: z.array(z.string()), snoozed_until: timeText }),
        },
      },
    },
    async ({ ports, tenant, key, params, body }) => {
      const untilMs = readEnd(body, ports.now());
      const carer = { tenant: tenant.tenant, key };
      const about = await snoozeAlert(carePorts(ports), carer, params['id'] ?? '', untilMs, body.whole_budget);
      return { status: 200, body: { about, snoozed_until: renderTime(untilMs) } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/alerts/{id}/snooze',
      summary: 'End the snooze of what an alert is about',
      description: 'What waited is sent within a minute.',
      answers: {
        200: {
          description: 'The things that were snoozed; none where nothing was.',
          schema: z.strictObject({ ended: z.array(z.string()) }),
        },
      },
    },
    async ({ ports, tenant, key, params }) => {
      const ended = await unsnoozeAlert(carePorts(ports), { tenant: tenant.tenant, key }, params['id'] ?? '');
      return { status: 200, body: { ended } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/alerts/test',
      summary: 'Send a test message to subscribers',
      description: 'On the way that every alert takes. It says that nothing has happened.',
      body: testInput,
      answers: { 200: { description: 'How the sending ended.', schema: testAnswer } },
    },
    async ({ ports, tenant, key, body }) => {
      const attributes = body.attributes ?? {};
      const { alertId, outcome } = await sendTestAlert(ports.testAlerts, tenant.tenant, key.keyId, attributes);
      const detail = { alert_id: alertId, attributes, outcome };
      const record = { atMs: ports.now(), keyId: key.keyId, action: 'alert.tested', detail };
      await ports.adminRecords.append(tenant.tenant, record);
      return { status: 200, body: { alert_id: alertId, outcome } };
    },
  ),
  publicRoute(
    {
      method: 'GET',
      path: '/v1/schemas/alert',
      summary: 'The JSON Schema of what programs receive',
      answers: { 200: { description: 'JSON Schema 2020-12.', schema: z.looseObject({ $id: z.string() }) } },
    },
    async () => ({ status: 200, body: alertSchema }),
  ),
];

function carePorts({ alerts, adminRecords, now }: ApiPorts): Parameters<typeof acknowledgeAlert>[0] {
  return { alerts, adminRecords, clock: now };
}

function readEnd(
  { hours, until }: { readonly hours?: number | undefined; readonly until?: string | undefined },
  nowMs: number,
): number {
  if ((hours === undefined) === (until === undefined)) {
    throw new InvalidRequestError([{ field: 'hours', expected: 'either hours or until' }]);
  }
  if (hours !== undefined) return nowMs + Math.round(hours * HOUR_MS);
  const instant = parseInstant(until ?? '');
  if (instant === undefined) throw new InvalidRequestError([{ field: 'until', expected: 'an RFC 3339 time' }]);
  return instant;
}

function renderAlert({ now }: ApiPorts, alert: AlertRecord): Record<string, unknown> {
  const { acknowledged } = alert;
  return {
    alert_id: alert.alertId,
    kind: alert.kind,
    severity: alert.severity,
    subject: alert.subject,
    about: alert.about,
    data: alert.data,
    state: stateOfAlert(alert, now()),
    claimed_at: renderTime(alert.claimedAtMs),
    published_at: renderTimeOrNull(alert.publishedAtMs),
    deliveries: Object.entries(alert.deliveries).map(([channel, atMs]) => ({ channel, accepted_at: renderTime(atMs) })),
    attempts: alert.attempts,
    last_error: alert.lastError,
    snoozed_until: renderTimeOrNull(alert.publishedAtMs === null ? alert.snoozedUntilMs : null),
    acknowledged: acknowledged && { at: renderTime(acknowledged.atMs), by: acknowledged.by, note: acknowledged.note },
  };
}
