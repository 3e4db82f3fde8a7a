import { z } from 'zod';
import { accrueAgain, MAX_DAYS_AGAIN } from '../../../app/capacity/accrue-again.ts';
import { findOutdatedDays } from '../../../app/capacity/find-outdated-days.ts';
import { type CapacityOutcome, endCapacity, putCapacity } from '../../../app/capacity/manage-capacities.ts';
import { readCapacities, versionsOf } from '../../../app/capacity/read-capacities.ts';
import { MAX_REPORT_DAYS, reportUse } from '../../../app/capacity/report-use.ts';
import { orderRepricing } from '../../../app/corrections/order-repricing.ts';
import { findZone } from '../../../app/zones.ts';
import { addDays } from '../../../domain/local-time.ts';
import {
  againAnswer,
  capacityAnswer,
  capacityInput,
  capacityOutcome,
  renderAgain,
  renderCapacity,
  renderUse,
  useAnswer,
} from '../capacity-answers.ts';
import { renderCompleteness } from '../render.ts';
import { type KeyedCall, keyedRoute, type Reply, type Route } from '../route.ts';
import { dayText } from '../schemas.ts';

/** How long one request goes on with booking days, in milliseconds: well within what a gateway waits for. */
const BOOKING_MS = 15_000;

/** Routes of capacities with a fixed price: what they are, and what they did. */
export const capacityRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/capacities',
      summary: 'Capacities with a fixed price, and every version of each',
      answers: {
        200: { description: 'All of them, by name.', schema: z.strictObject({ capacities: z.array(capacityAnswer) }) },
      },
    },
    async ({ ports, tenant }) => {
      const { versions } = await readCapacities(ports, tenant);
      const today = findZone(tenant.timeZone).localDay(ports.now());
      const sorted = [...versions.values()].sort((a, b) =>
        (a[0]?.capacity.name ?? '') < (b[0]?.capacity.name ?? '') ? -1 : 1,
      );
      return { status: 200, body: { capacities: sorted.map((own) => renderCapacity(own, today)) } };
    },
  ),
  // Before the capacity itself, whose name would take the rest of the path.
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/capacities/{name}/use',
      summary: 'What a capacity cost, how much of it was used, and by whom',
      description: `At most ${MAX_REPORT_DAYS} days; the running month where nothing is said. Costs are those of the ledger's entries; calls that came after their day was split count as calls and change no split.`,
      query: z.strictObject({ from: dayText.optional(), to: dayText.optional() }),
      answers: { 200: { description: 'Cost, use and saving, by day and app.', schema: useAnswer } },
    },
    async ({ ports, tenant, params, query }) => {
      const today = findZone(tenant.timeZone).localDay(ports.now());
      const asked = { from: query.from ?? `${today.slice(0, 7)}-01`, to: query.to ?? addDays(today, 1) };
      const report = await reportUse(ports, tenant, params['name'] ?? '', asked);
      const { reasons, asOfMs, commit } = report;
      return { status: 200, body: { ...renderUse(report, asked), ...renderCompleteness(reasons, asOfMs), commit } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/capacities/{name}',
      summary: 'One capacity with a fixed price, and every version of it',
      answers: { 200: { description: 'The capacity.', schema: capacityAnswer } },
    },
    async ({ ports, tenant, params }) => {
      const own = versionsOf(await readCapacities(ports, tenant), params['name'] ?? '');
      return { status: 200, body: renderCapacity(own, findZone(tenant.timeZone).localDay(ports.now())) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'PUT',
      path: '/v1/capacities/{name}',
      summary: 'Store a version of a capacity with a fixed price',
      description:
        'From its first day on it stands in the place of the versions before. Calls that it covers cost nothing and keep their list cost; those recorded before are repriced by an order of correction. Days that were accrued stay as they are until they are accrued again. The same version twice in a row changes nothing.',
      body: capacityInput,
      answers: { 200: { description: 'The capacity, and what follows.', schema: capacityOutcome } },
    },
    async (call) => {
      const { ports, tenant, key, params, body } = call;
      return renderOutcome(call, await putCapacity(ports, tenant, key.keyId, params['name'] ?? '', body));
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/capacities/{name}',
      summary: 'End a capacity with a fixed price',
      description:
        'It covers no call from a local day on, tomorrow unless said otherwise; what it was before stays as it was. Calls recorded for later days are repriced by an order of correction.',
      query: z.strictObject({ from: dayText.optional().describe('First day on which it is there no more.') }),
      answers: { 200: { description: 'The capacity, and what follows.', schema: capacityOutcome } },
    },
    async (call) => {
      const { ports, tenant, key, params, query } = call;
      return renderOutcome(call, await endCapacity(ports, tenant, key.keyId, params['name'] ?? '', query.from));
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/capacities/{name}/accruals',
      summary: 'Accrue days of a capacity again, by its versions and calls as they are now',
      description: `At most ${MAX_DAYS_AGAIN} days that are over. Where a day comes to something else, its entries are made void and new ones recorded. A dry run, which it is unless said otherwise, changes nothing.`,
      body: z.strictObject({
        from: dayText,
        to: dayText,
        reason: z.string().describe('Why, in up to 500 bytes; kept for ever.'),
        dry_run: z.boolean().default(true),
      }),
      answers: { 200: { description: 'Each day as it was and as it is.', schema: againAnswer } },
    },
    async ({ ports, tenant, key, params, body }) => {
      const name = params['name'] ?? '';
      const { dry_run: isDryRun, ...asked } = body;
      const deadlineMs = ports.now() + BOOKING_MS;
      const { asOfMs } = await ports.readFreshness(tenant);
      const days = await accrueAgain(ports, tenant, key.keyId, name, { ...asked, isDryRun }, deadlineMs);
      return { status: 200, body: { ...renderAgain(name, isDryRun, days), ...renderCompleteness([], asOfMs) } };
    },
  ),
];

/** Answers a change, after ordering what it makes necessary: also for a repeat, whose first try may have stopped here. */
async function renderOutcome(
  { ports, tenant }: Pick<KeyedCall<unknown, unknown>, 'ports' | 'tenant'>,
  { outcome, versions }: CapacityOutcome,
): Promise<Reply> {
  const orders = await orderRepricing(ports.repricing, tenant);
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const outdated = await findOutdatedDays(ports, tenant, versions);
  return {
    status: 200,
    body: { outcome, ...renderCapacity(versions, today), orders, outdated_days: outdated },
  };
}
