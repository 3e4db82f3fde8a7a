import { z } from 'zod';
import { mayChangeEveryTenant } from '../../../app/prices/manage-overrides.ts';
import { redriveDeadLetters } from '../../../app/rejects/redrive-dead-letters.ts';
import { HttpError } from '../http-errors.ts';
import { keyedRoute, type Route } from '../route.ts';
import { smallCount } from '../schemas.ts';

/** Time that one request works on letters, milliseconds. */
const WORK_MS = 15_000;

const redriveAnswer = z.strictObject({
  sent_back: smallCount,
  kept_as_rejects: smallCount,
  postponed: smallCount,
  failed: smallCount,
});

/** Routes for messages that their queue gave up. */
export const deadLetterRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/dead-letters',
      summary: 'How many messages were given up',
      description: 'Of the whole ledger, as far as the queues say; the sweep sends them back every minute.',
      answers: { 200: { description: 'The count.', schema: z.strictObject({ dead_letters: smallCount }) } },
    },
    async ({ ports }) => ({ status: 200, body: { dead_letters: await ports.queues.deadLetters() } }),
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/dead-letters/redrive',
      summary: 'Send dead letters back now',
      description:
        'Of every tenant, so for an org-admin, or the admin of the only tenant. Also those that came back before and would have to wait. Up to 1,000 a request; what cannot be recorded becomes a reject. Each event counts once, whatever is sent back.',
      answers: { 200: { description: 'What became of them.', schema: redriveAnswer } },
    },
    async ({ ports, tenant, key }) => {
      if (!(await mayChangeEveryTenant(ports.tenants, key))) {
        const detail = `Dead letters are of every tenant; they are sent back with a key of role org-admin, not ${key.role}.`;
        throw new HttpError(403, 'key/forbidden', detail);
      }
      const report = await redriveDeadLetters(ports, ports.now() + WORK_MS, true);
      await ports.adminRecords.append(tenant.tenant, {
        atMs: ports.now(),
        keyId: key.keyId,
        action: 'dead_letters.redriven',
        detail: { sent_back: report.sentBack, kept_as_rejects: report.keptAsRejects },
      });
      return {
        status: 200,
        body: {
          sent_back: report.sentBack,
          kept_as_rejects: report.keptAsRejects,
          postponed: report.postponed,
          failed: report.failed,
        },
      };
    },
  ),
];
