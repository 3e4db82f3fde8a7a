import { z } from 'zod';
import {
  listSubscriptions,
  subscribeToAlerts,
  unsubscribeFromAlerts,
} from '../../../app/alerts/manage-subscriptions.ts';
import { type AlertSubscription, SUBSCRIPTION_PROTOCOLS } from '../../../app/alerts/subscription-ports.ts';
import type { ApiPorts } from '../api-ports.ts';
import { renderTime } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { timeText } from '../schemas.ts';

const filterMap = z
  .record(z.string(), z.array(z.string()))
  .describe('Values by attribute; an alert is heard that has one of the values of each.');

const subscriptionFields = {
  id: z.string(),
  protocol: z.enum(SUBSCRIPTION_PROTOCOLS),
  endpoint: z.string(),
  filter: filterMap,
  created_at: timeText,
  created_by: z.string(),
};

const subscriptionInput = z.strictObject({
  protocol: z.enum(SUBSCRIPTION_PROTOCOLS),
  endpoint: z.string().describe('An address, a URL https://..., or the ARN of a queue that lets the topic send.'),
  filter: filterMap.optional(),
});

const madeSubscription = z.strictObject({
  ...subscriptionFields,
  needs_confirmation: z.boolean().describe('Its owner confirms by following the link in the first message.'),
});

const subscriptionList = z.strictObject({
  subscriptions: z.array(
    z.strictObject({
      ...subscriptionFields,
      state: z
        .enum(['confirmed', 'pending', 'gone'])
        .describe('pending: it hears nothing before its owner confirms it; gone: somebody ended it elsewhere.'),
    }),
  ),
});

/** Routes of the tenant's subscriptions to its alerts. */
export const subscriptionRoutes: readonly Route[] = [
  keyedRoute(
    ['admin'],
    {
      method: 'GET',
      path: '/v1/subscriptions',
      summary: 'Who hears of alerts of the tenant',
      description: 'What was subscribed here; subscriptions that the stack was deployed with are not in it.',
      answers: { 200: { description: 'Every subscription, oldest first.', schema: subscriptionList } },
    },
    async ({ ports, tenant }) => {
      const made = await listSubscriptions(subscriptionPorts(ports), tenant.tenant);
      const subscriptions = made.map((one) => ({ ...renderSubscription(one), state: one.state }));
      return { status: 200, body: { subscriptions } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/subscriptions',
      summary: 'Subscribe an address, a URL or a queue to alerts of the tenant',
      description: 'It hears this tenant only, whatever the filter says. The same twice changes nothing.',
      body: subscriptionInput,
      answers: {
        200: { description: 'The subscription as it was.', schema: madeSubscription },
        201: { description: 'The new subscription.', schema: madeSubscription },
      },
    },
    async ({ ports, tenant, key, body }) => {
      const request = { protocol: body.protocol, endpoint: body.endpoint, filter: body.filter ?? {} };
      const carer = { tenant: tenant.tenant, key };
      const { subscription, isNew } = await subscribeToAlerts(subscriptionPorts(ports), carer, request);
      return {
        status: isNew ? 201 : 200,
        body: { ...renderSubscription(subscription), needs_confirmation: subscription.protocol !== 'sqs' },
      };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/subscriptions/{id}',
      summary: 'End a subscription of the tenant',
      answers: { 204: { description: 'It is gone.' } },
    },
    async ({ ports, tenant, key, params }) => {
      await unsubscribeFromAlerts(subscriptionPorts(ports), { tenant: tenant.tenant, key }, params['id'] ?? '');
      return { status: 204 };
    },
  ),
];

function subscriptionPorts(ports: ApiPorts): Parameters<typeof subscribeToAlerts>[0] {
  const { subscriptions, subscriber, adminRecords, now } = ports;
  return { subscriptions, subscriber, adminRecords, clock: now };
}

function renderSubscription({ id, protocol, endpoint, filter, createdAtMs, by }: AlertSubscription) {
  return { id, protocol, endpoint, filter, created_at: renderTime(createdAtMs), created_by: by };
}
