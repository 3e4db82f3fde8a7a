import { z } from 'zod';
import type { AlertRecord } from '../../../app/alerts/alert-ports.ts';
import { readPage } from '../page.ts';
import { renderTime, renderTimeOrNull } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { cursorText, smallCount, timeText } from '../schemas.ts';

const alertPage = z.strictObject({
  alerts: z.array(
    z.strictObject({
      alert_id: z.string(),
      kind: z.string(),
      severity: z.string(),
      subject: z.string(),
      data: z.record(z.string(), z.unknown()),
      state: z.enum(['claimed', 'published']),
      claimed_at: timeText,
      published_at: timeText.nullable(),
      attempts: smallCount,
      last_error: z.string().nullable(),
    }),
  ),
  next: cursorText.optional(),
});

/** Routes of alerts. */
export const alertRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/alerts',
      summary: 'Alerts, newest first, with how far they got',
      query: z.strictObject({ cursor: cursorText.optional() }),
      answers: { 200: { description: 'A page of alerts.', schema: alertPage } },
    },
    async ({ ports, tenant, query }) => {
      const { page, next } = await readPage(tenant, 'alerts', query.cursor, (position) =>
        ports.alerts.list(tenant.tenant, position),
      );
      return { status: 200, body: { alerts: page.alerts.map(renderAlert), ...next } };
    },
  ),
];

function renderAlert(alert: AlertRecord): Record<string, unknown> {
  return {
    alert_id: alert.alertId,
    kind: alert.kind,
    severity: alert.severity,
    subject: alert.subject,
    data: alert.data,
    state: alert.publishedAtMs === null ? 'claimed' : 'published',
    claimed_at: renderTime(alert.claimedAtMs),
    published_at: renderTimeOrNull(alert.publishedAtMs),
    attempts: alert.attempts,
    last_error: alert.lastError,
  };
}
