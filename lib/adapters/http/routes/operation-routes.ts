import { z } from 'zod';
import type { SourceSummary } from '../../../app/sources/query-sources.ts';
import { type LedgerStatus, readStatus } from '../../../app/status.ts';
import openApi from '../../../contracts/openapi.generated.json' with { type: 'json' };
import { renderTime, renderTimeOrNull, renderWhole } from '../render.ts';
import { keyedRoute, publicRoute, type Route } from '../route.ts';
import { dayText, smallCount, timeText, wholeNumber } from '../schemas.ts';

const sourceFields = {
  last_event_at: timeText.nullable().describe('Latest time of its calls, as of the last sweep.'),
  last_recorded_at: timeText.nullable(),
  calls: z
    .array(z.strictObject({ day: dayText, calls: wholeNumber }))
    .describe('Of the seven local days before today and of today, oldest first.'),
  unpriced_ratio: z.number().min(0).max(1).nullable().describe('Share of these calls without a full price.'),
  missing_dimensions: z
    .record(z.string(), z.number().min(0).max(1))
    .describe('Share of these calls that does not name the dimension, where any does not.'),
  emitter_versions: z.array(z.strictObject({ version: z.string(), last_seen_at: timeText })),
  silent_since: timeText.nullable().describe('When its last call was recorded, if it has fallen silent.'),
};

const appStatus = z.strictObject({
  app: z.string().nullable(),
  ...sourceFields,
  unknown_fields: z.record(z.string(), smallCount),
  missing_calls: smallCount.describe('Of these days: numbered by its emitters and never recorded.'),
});

const accountStatus = z.strictObject({ billing_account: z.string(), ...sourceFields });

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
  missing_calls: smallCount.describe('Of every emitter, in the seven local days before today and today.'),
  sources_followed_to: smallCount.describe('The commit up to which it is known who sent what.'),
  apps: z.array(appStatus).describe('Those with the most calls first.'),
  more_apps: smallCount,
  billing_accounts: z.array(accountStatus).describe('Those with the most calls first.'),
  more_billing_accounts: smallCount,
});

/** Routes for whoever runs the ledger or trusts it with a bill. */
export const operationRoutes: readonly Route[] = [
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
    missing_calls: status.sources.missingCalls,
    sources_followed_to: status.sources.followedTo,
    apps: status.sources.apps.map((summary) => ({
      app: summary.name,
      ...renderSource(summary),
      unknown_fields: Object.fromEntries(summary.unknownFields),
      missing_calls: summary.missingCalls,
    })),
    more_apps: status.sources.moreApps,
    billing_accounts: status.sources.billingAccounts.map((summary) => ({
      billing_account: summary.name,
      ...renderSource(summary),
    })),
    more_billing_accounts: status.sources.moreBillingAccounts,
  };
}

function renderSource(summary: SourceSummary): Record<string, unknown> {
  return {
    last_event_at: renderTimeOrNull(summary.lastEventMs),
    last_recorded_at: renderTimeOrNull(summary.lastArrivalMs),
    calls: summary.calls.map(({ day, calls }) => ({ day, calls: renderWhole(calls) })),
    unpriced_ratio: summary.unpricedRatio,
    missing_dimensions: Object.fromEntries(summary.missingDimensions),
    emitter_versions: summary.versions.map(({ version, lastSeenMs }) => ({
      version,
      last_seen_at: renderTime(lastSeenMs),
    })),
    silent_since: renderTimeOrNull(summary.silentSinceMs),
  };
}
