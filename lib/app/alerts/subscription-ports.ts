import type { AlertFilter } from '../../contracts/alert-filter.ts';

/** Ways in which tenants subscribe by themselves. */
export const SUBSCRIPTION_PROTOCOLS = ['email', 'https', 'sqs'] as const;

/** One of {@link SUBSCRIPTION_PROTOCOLS}. */
export type SubscriptionProtocol = (typeof SUBSCRIPTION_PROTOCOLS)[number];

/** A subscription that a tenant made. */
export interface AlertSubscription {
  /** `sub_` and 16 hex digits, the same for the same endpoint. */
  readonly id: string;
  readonly protocol: SubscriptionProtocol;
  readonly endpoint: string;
  /** What it hears of the tenant's alerts; empty: all. */
  readonly filter: AlertFilter;
  /** Its name at the notification service. */
  readonly name: string;
  readonly createdAtMs: number;
  /** Credential that made it, as admin records name it. */
  readonly by: string;
}

/** The subscriptions of each tenant. */
export interface SubscriptionStore {
  /** All of them, oldest first. */
  list(tenant: string): Promise<readonly AlertSubscription[]>;
  put(tenant: string, subscription: AlertSubscription): Promise<void>;
  remove(tenant: string, id: string): Promise<void>;
}

/**
 * How asking for a subscription ended. `taken`: the endpoint is subscribed already, with another filter; `refused`: the
 * service does not take this endpoint; `full`: it takes no more filters.
 */
export type SubscribeOutcome =
  | { readonly status: 'subscribed'; readonly name: string }
  | { readonly status: 'taken' | 'full' }
  | { readonly status: 'refused'; readonly reason: string };

/** Whether a subscription delivers: not before its owner has confirmed it, and not after somebody has ended it. */
export type SubscriptionState = 'confirmed' | 'pending' | 'gone';

/** The notification service, as far as subscriptions of the one alert topic go. Its methods throw when it fails. */
export interface AlertSubscriber {
  /** Subscribes an endpoint; asking for the same again answers the same. */
  subscribe(protocol: SubscriptionProtocol, endpoint: string, filter: AlertFilter): Promise<SubscribeOutcome>;
  /** @returns `pending` when it cannot be ended because nobody has confirmed it; it then ends by itself */
  unsubscribe(name: string): Promise<'ended' | 'pending'>;
  state(name: string): Promise<SubscriptionState>;
}
