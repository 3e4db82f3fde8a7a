import { createHash } from 'node:crypto';
import { type AlertFilter, findFilterFault } from '../../contracts/alert-filter.ts';
import type { AdminRecords, Credential } from '../access/access-ports.ts';
import type { Clock } from '../ports.ts';
import { ConflictError, InvalidRequestError, NotFoundError } from '../request-errors.ts';
import type {
  AlertSubscriber,
  AlertSubscription,
  SubscribeOutcome,
  SubscriptionProtocol,
  SubscriptionState,
  SubscriptionStore,
} from './subscription-ports.ts';

/** What managing subscriptions takes. */
export interface SubscriptionPorts {
  readonly subscriptions: SubscriptionStore;
  readonly subscriber: AlertSubscriber;
  readonly adminRecords: Pick<AdminRecords, 'append'>;
  readonly clock: Clock;
}

/** What a tenant wants to subscribe. */
export interface SubscriptionRequest {
  readonly protocol: SubscriptionProtocol;
  readonly endpoint: string;
  readonly filter: AlertFilter;
}

/** Subscriptions that one tenant may make; the topic takes 200 filters of all tenants together. */
export const MAX_SUBSCRIPTIONS = 40;

const FORMS: Readonly<Record<SubscriptionProtocol, readonly [RegExp, string]>> = {
  email: [/^[^\s@]{1,64}@[^\s@]{1,255}$/, 'an address such as team@example.com'],
  https: [/^https:\/\/[^\s/]\S{0,1000}$/, 'a URL that begins with https://'],
  sqs: [/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}$/, 'the ARN of a standard queue'],
};

/**
 * Subscribes an endpoint to alerts of the tenant and of no other: whatever the filter says, the tenant is pinned beside
 * it. The same request twice changes nothing.
 *
 * @throws {@link InvalidRequestError} naming the field at fault
 * @throws {@link ConflictError} when the endpoint hears with another filter already, or there are too many
 */
export async function subscribeToAlerts(
  ports: SubscriptionPorts,
  { tenant, key }: { readonly tenant: string; readonly key: Credential },
  request: SubscriptionRequest,
): Promise<{ readonly subscription: AlertSubscription; readonly isNew: boolean }> {
  checkRequest(request);
  const { protocol, endpoint, filter } = request;
  const id = nameSubscription(protocol, endpoint);
  const existing = await ports.subscriptions.list(tenant);
  const known = existing.find((subscription) => subscription.id === id);
  if (!known && existing.length >= MAX_SUBSCRIPTIONS) {
    throw new ConflictError(`A tenant has at most ${MAX_SUBSCRIPTIONS} subscriptions.`);
  }
  // While nobody has confirmed it the service may take another filter for the same endpoint without a word.
  if (known && !isSameFilter(known.filter, filter) && (await ports.subscriber.state(known.name)) !== 'gone') {
    throw new ConflictError('This endpoint hears with another filter; end that subscription first.');
  }
  const name = readName(await ports.subscriber.subscribe(protocol, endpoint, { ...filter, tenant: [tenant] }));
  if (known?.name === name) return { subscription: known, isNew: false };
  const atMs = ports.clock();
  const subscription = { id, protocol, endpoint, filter, name, createdAtMs: atMs, by: key.keyId };
  await ports.subscriptions.put(tenant, subscription);
  const detail = { id, protocol, endpoint, filter };
  await ports.adminRecords.append(tenant, { atMs, keyId: key.keyId, action: 'alert.subscribed', detail });
  return { subscription, isNew: true };
}

/** The tenant's subscriptions, oldest first, with what the notification service says of each. */
export async function listSubscriptions(
  { subscriptions, subscriber }: SubscriptionPorts,
  tenant: string,
): Promise<readonly (AlertSubscription & { readonly state: SubscriptionState })[]> {
  const made = await subscriptions.list(tenant);
  return Promise.all(
    made.map(async (subscription) => ({ ...subscription, state: await subscriber.state(subscription.name) })),
  );
}

/**
 * Ends a subscription of the tenant.
 * @throws {@link NotFoundError} when the tenant has none of this id
 * @throws {@link ConflictError} while nobody has confirmed it, as it cannot be ended then
 */
export async function unsubscribeFromAlerts(
  ports: SubscriptionPorts,
  { tenant, key }: { readonly tenant: string; readonly key: Credential },
  id: string,
): Promise<void> {
  const subscription = (await ports.subscriptions.list(tenant)).find((one) => one.id === id);
  if (!subscription) throw new NotFoundError('There is no subscription of this id.');
  if ((await ports.subscriber.unsubscribe(subscription.name)) === 'pending') {
    throw new ConflictError(
      'Nobody has confirmed this subscription, so it hears nothing; it ends by itself within 48 hours.',
    );
  }
  await ports.subscriptions.remove(tenant, id);
  const { protocol, endpoint } = subscription;
  const detail = { id, protocol, endpoint };
  await ports.adminRecords.append(tenant, {
    atMs: ports.clock(),
    keyId: key.keyId,
    action: 'alert.unsubscribed',
    detail,
  });
}

function checkRequest({ protocol, endpoint, filter }: SubscriptionRequest): void {
  const [form, expected] = FORMS[protocol];
  if (!form.test(endpoint)) throw new InvalidRequestError([{ field: 'endpoint', expected }]);
  const fault = findFilterFault(filter);
  if (!fault) return;
  const field = fault.name === '' ? 'filter' : `filter.${fault.name}`;
  throw new InvalidRequestError([{ field, expected: fault.expected }]);
}

function isSameFilter(a: AlertFilter, b: AlertFilter): boolean {
  const essence = (filter: AlertFilter): string =>
    JSON.stringify(Object.entries(filter).sort(([x], [y]) => (x < y ? -1 : 1)));
  return essence(a) === essence(b);
}

function readName(outcome: SubscribeOutcome): string {
  switch (outcome.status) {
    case 'subscribed':
      return outcome.name;
    case 'taken':
      throw new ConflictError('The topic knows this endpoint with another filter; end that subscription first.');
    case 'full':
      throw new ConflictError('The topic takes no more filters; end subscriptions, or ask for a higher quota.');
    case 'refused':
      throw new InvalidRequestError([{ field: 'endpoint', expected: `one that is taken (${outcome.reason})` }]);
  }
}

/** Id of a subscription: the same for the same endpoint, so that a request repeated after a crash finds what it made. */
export function nameSubscription(protocol: SubscriptionProtocol, endpoint: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([protocol, endpoint]))
    .digest('hex');
  return `sub_${digest.slice(0, 16)}`;
}
