import { z } from 'zod';
import type { AnomalyDecision } from '../../../app/anomalies/anomaly-ports.ts';
import type { DayDoubt } from '../../../app/anomalies/day-doubts.ts';
import { MAX_ANOMALY_VALUES } from '../../../app/anomalies/find-day-anomalies.ts';
import { MAX_ANOMALY_DAYS, type NamedAnomaly, queryAnomalies } from '../../../app/anomalies/query-anomalies.ts';
import { findZone } from '../../../app/zones.ts';
import type { Bounds, Zone } from '../../../domain/local-time.ts';
import { renderCompleteness, renderTime, renderUsd } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, dayText, decimalText, smallCount, timeText } from '../schemas.ts';

const anomalyQuery = z.strictObject({
  from: dayText.optional().describe('First local day; included. Thirty days before the end where it is left out.'),
  to: dayText
    .optional()
    .describe(`End; excluded, at most ${MAX_ANOMALY_DAYS} days after the first. Today where it is left out or later.`),
});

const periodFields = {
  from_day: dayText.describe('First local day; included.'),
  to_day: dayText.describe('Local day behind the last one.'),
};

const contributorSchema = z.strictObject({
  dimension: z.string(),
  value: z.string(),
  actual_usd: decimalText,
  expected_usd: decimalText.describe('Its share of what was expected of all, by the 28 days before.'),
  share_ratio: z.number().describe('Its part of the excess.'),
});

const findingSchema = z.strictObject({
  detector: z.enum(['daily_spike', 'drop', 'level_shift', 'first_use']),
  ...periodFields,
  actual_usd: decimalText,
  expected_usd: decimalText.describe('An estimate.'),
  excess_usd: decimalText.describe('Actual less expected; below zero for a drop.'),
  ratio: z.number().nullable().describe('Actual over expected; null where nothing was expected.'),
  limit_ratio: z.number().nullable().describe('The ratio beyond which the last day is an anomaly.'),
  z: z.number().nullable().describe('Distance of the last day from what was expected, in standard deviations.'),
  contributors: z.array(contributorSchema).describe('The top cause first; at most three values of each dimension.'),
});

const decidedFields = {
  note: z.string().nullable(),
  by: z.string().describe('Credential of who decided.'),
  at: timeText,
};

const doubtSchema = z.strictObject({
  day: dayText,
  reason: z.enum(['missing_calls', 'source_silent', 'unproved']),
  dimension: z.string().nullable().describe('Null: calls of anybody may be missing.'),
  value: z.string().nullable(),
});

const anomalyAnswer = z.strictObject({
  ...periodFields,
  anomalies: z.array(
    z.strictObject({
      id: z.string().describe('By which it is confirmed or dismissed.'),
      state: z.enum(['open', 'confirmed', 'dismissed']),
      decided: z.strictObject(decidedFields).nullable(),
      one_off_usd: decimalText.describe('What a confirmed one-off cost beyond what it should have; 0 for others.'),
      dimension: z.string().nullable().describe('Null: all spend of the tenant.'),
      value: z.string().nullable(),
      ...periodFields,
      findings: z.array(findingSchema).min(1).describe('Findings of one key that begin on the same day.'),
    }),
  ),
  history_days: smallCount.describe('Days that the last one could be judged by; below 14 nothing is.'),
  values: smallCount,
  values_left_out: smallCount,
  one_off_usd: decimalText.describe(
    'Confirmed one-offs of these days, each call once; they are no measure for others.',
  ),
  incomplete_days: z
    .array(doubtSchema)
    .describe('Days that calls are or may be missing of: low spend on them is no drop, and they teach nothing.'),
  ...completenessFields,
});

/** Routes that answer what is out of the ordinary. */
export const anomalyRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/anomalies',
      summary: 'Days on which spend was out of the ordinary, with their causes',
      description:
        'Looks at complete local days, at all spend and at each of the ' +
        `${MAX_ANOMALY_VALUES} values of dimensions that cost most; values_left_out counts the others.`,
      query: anomalyQuery,
      answers: { 200: { description: 'The anomalies, those that began last first.', schema: anomalyAnswer } },
    },
    async ({ ports, tenant, query }) => {
      const zone = findZone(tenant.timeZone);
      const answer = await queryAnomalies(ports, tenant, query);
      return {
        status: 200,
        body: {
          from_day: answer.fromDay,
          to_day: answer.toDay,
          anomalies: answer.anomalies.map((anomaly) => renderAnomaly(zone, anomaly)),
          history_days: answer.historyDays,
          values: answer.values,
          values_left_out: answer.valuesLeftOut,
          one_off_usd: renderUsd(answer.oneOffPicoUsd),
          incomplete_days: answer.doubts.map(renderDoubt),
          ...renderCompleteness(answer.reasons, answer.asOfMs),
        },
      };
    },
  ),
];

function renderDoubt({ day, reason, key }: DayDoubt): Record<string, unknown> {
  return { day, reason, dimension: key?.dimension ?? null, value: key?.value ?? null };
}

function renderAnomaly(zone: Zone, anomaly: NamedAnomaly): Record<string, unknown> {
  const { id, key, period, findings, decision, oneOffPicoUsd } = anomaly;
  return {
    id,
    state: decision?.state ?? 'open',
    decided: decision ? renderDecided(decision) : null,
    one_off_usd: renderUsd(oneOffPicoUsd),
    dimension: key?.dimension ?? null,
    value: key?.value ?? null,
    ...renderDays(zone, period),
    findings: findings.map(({ detector, period: own, evidence }) => ({
      detector,
      ...renderDays(zone, own),
      actual_usd: renderUsd(evidence.actualPicoUsd),
      expected_usd: renderUsd(evidence.expectedPicoUsd),
      excess_usd: renderUsd(evidence.excessPicoUsd),
      ratio: evidence.ratio,
      limit_ratio: evidence.limitRatio,
      z: evidence.z,
      contributors: evidence.contributors.map((one) => ({
        dimension: one.dimension,
        value: one.value,
        actual_usd: renderUsd(one.actualPicoUsd),
        expected_usd: renderUsd(one.expectedPicoUsd),
        share_ratio: one.shareRatio,
      })),
    })),
  };
}

function renderDays(zone: Zone, { startMs, endMs }: Bounds): Record<string, string> {
  return { from_day: zone.localDay(startMs), to_day: zone.localDay(endMs) };
}

function renderDecided({ note, by, atMs }: AnomalyDecision): Record<string, unknown> {
  return { note, by, at: renderTime(atMs) };
}
