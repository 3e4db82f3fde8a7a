import { z } from 'zod';
import type { AnomalyDecision } from '../../../app/anomalies/anomaly-ports.ts';
import { decideAnomaly } from '../../../app/anomalies/decide-anomaly.ts';
import { setAnomalies, showAnomalySettings } from '../../../app/anomalies/set-anomalies.ts';
import { renderTime, renderUsd } from '../render.ts';
import { type KeyedCall, keyedRoute, type Reply, type Route } from '../route.ts';
import { dayText, decimalText, timeText } from '../schemas.ts';

const MAX_NOTE_CHARACTERS = 500;

const note = z.string().min(1).max(MAX_NOTE_CHARACTERS).optional();

const confirmation = z.strictObject({
  one_off: z
    .boolean()
    .default(true)
    .describe('Whether what it cost too much is left out of what other days are judged and forecast by.'),
  note,
});

const dismissal = z.strictObject({ note });

const decisionAnswer = z.strictObject({
  id: z.string(),
  state: z.enum(['confirmed', 'dismissed']),
  dimension: z.string().nullable(),
  value: z.string().nullable(),
  masked_days: z
    .array(z.strictObject({ day: dayText, expected_usd: decimalText }))
    .describe('Days that count as what they should have cost; none where it is no one-off.'),
  note: z.string().nullable(),
  by: z.string(),
  at: timeText,
});

const settingsAnswer = z.strictObject({
  settings: z.record(z.string(), z.record(z.string(), z.union([z.boolean(), z.number(), z.string()]))),
});

/** Routes by which people say what they think of anomalies, and what is to be one. */
export const anomalyDecisionRoutes: readonly Route[] = [
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/anomalies/{id}/confirm',
      summary: 'Confirm an anomaly: a one-off is no measure for other days, and not forecast again',
      description: 'The id is that of an anomaly, or of an alert about one. The last decision about an id counts.',
      body: confirmation,
      answers: { 200: { description: 'The decision.', schema: decisionAnswer } },
    },
    (call) => decide(call, 'confirmed', call.body.one_off),
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/anomalies/{id}/dismiss',
      summary: 'Dismiss an anomaly: its days were ordinary, and count as they are',
      body: dismissal,
      answers: { 200: { description: 'The decision.', schema: decisionAnswer } },
    },
    (call) => decide(call, 'dismissed', false),
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/anomaly-settings',
      summary: 'What makes an anomaly, by detector',
      answers: { 200: { description: 'Every setting, defaults included.', schema: settingsAnswer } },
    },
    async ({ ports, tenant }) => ({ status: 200, body: { settings: await showAnomalySettings(ports, tenant) } }),
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'PUT',
      path: '/v1/anomaly-settings',
      summary: 'Change what makes an anomaly; what is left out takes its default again',
      body: z.record(z.string(), z.unknown()),
      answers: { 200: { description: 'Every setting as it is now.', schema: settingsAnswer } },
    },
    async ({ ports, tenant, key, body }) => ({
      status: 200,
      body: { settings: await setAnomalies(ports, tenant, body, key) },
    }),
  ),
];

async function decide(
  { ports, tenant, params, key, body }: KeyedCall<unknown, { readonly note?: string | undefined }>,
  state: AnomalyDecision['state'],
  isOneOff: boolean,
): Promise<Reply> {
  const verdict = { state, note: body.note ?? null, isOneOff };
  const decision = await decideAnomaly(ports, tenant, params['id'] ?? '', verdict, key);
  return { status: 200, body: renderDecision(decision) };
}

function renderDecision({ id, state, key, days, note: said, by, atMs }: AnomalyDecision): Record<string, unknown> {
  return {
    id,
    state,
    dimension: key?.dimension ?? null,
    value: key?.value ?? null,
    masked_days: days.map(({ day, expectedPicoUsd }) => ({ day, expected_usd: renderUsd(expectedPicoUsd) })),
    note: said,
    by,
    at: renderTime(atMs),
  };
}
