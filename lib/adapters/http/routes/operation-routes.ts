import { z } from 'zod';
import { type LedgerStatus, readStatus } from '../../../app/status.ts';
import openApi from '../../../contracts/openapi.generated.json' with { type: 'json' };
import { renderTimeOrNull, renderWhole } from '../render.ts';
import { keyedRoute, publicRoute, type Route } from '../route.ts';
import { smallCount, timeText, wholeNumber } from '../schemas.ts';

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
  };
}
