import type {
  AlertSubscriber,
  SubscribeOutcome,
  SubscriptionProtocol,
} from '../../lib/app/alerts/subscription-ports.ts';
import type { AlertFilter } from '../../lib/contracts/alert-filter.ts';

/** Subscriptions as the notification service keeps them: an endpoint once for all tenants. */
export class FakeSubscriber implements AlertSubscriber {
  /** Filters by protocol and endpoint. */
  readonly subscriptions = new Map<string, AlertFilter>();
  readonly confirmed = new Set<string>();

  async subscribe(protocol: SubscriptionProtocol, endpoint: string, filter: AlertFilter): Promise<SubscribeOutcome> {
    const name = `arn:topic:${protocol}:${endpoint}`;
    const existing = this.subscriptions.get(name);
    if (existing && write(existing) !== write(filter)) return { status: 'taken' };
    if (endpoint.endsWith('.invalid')) return { status: 'refused', reason: 'Invalid parameter: Endpoint' };
    this.subscriptions.set(name, filter);
    if (protocol === 'sqs') this.confirmed.add(name);
    return { status: 'subscribed', name };
  }

  async unsubscribe(name: string) {
    if (this.subscriptions.has(name) && !this.confirmed.has(name)) return 'pending' as const;
    this.subscriptions.delete(name);
    return 'ended' as const;
  }

  async state(name: string) {
    if (!this.subscriptions.has(name)) return 'gone' as const;
    return this.confirmed.has(name) ? ('confirmed' as const) : ('pending' as const);
  }
}

function write(filter: AlertFilter): string {
  return JSON.stringify(Object.entries(filter).sort());
}
