import {
  type AlertSubscription,
  SUBSCRIPTION_PROTOCOLS,
  type SubscriptionStore,
} from '../../app/alerts/subscription-ports.ts';
import type { AlertFilter } from '../../contracts/alert-filter.ts';
import { keys } from '../../contracts/table-keys.ts';
import { invariant } from '../../domain/errors.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Item, Table } from './table.ts';

/** Subscriptions in the table: `SUBSCRIPTION#tenant`, id. */
export class TableSubscriptionStore implements SubscriptionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<readonly AlertSubscription[]> {
    const items = await this.#table.query({ pk: keys.subscriptions(tenant) });
    return items.map(toSubscription).sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  async put(tenant: string, subscription: AlertSubscription): Promise<void> {
    const { id, protocol, endpoint, filter, name, createdAtMs, by } = subscription;
    await this.#table.put({
      pk: keys.subscriptions(tenant),
      sk: id,
      ...{ protocol, endpoint, name, by },
      filter: JSON.stringify(filter),
      createdAtMs: BigInt(createdAtMs),
    });
  }

  async remove(tenant: string, id: string): Promise<void> {
    await this.#table.delete({ pk: keys.subscriptions(tenant), sk: id });
  }
}

function toSubscription(item: Item): AlertSubscription {
  const stored = textAttribute(item, 'protocol');
  const protocol = SUBSCRIPTION_PROTOCOLS.find((known) => known === stored);
  invariant(protocol, `subscription ${item.sk} has the unknown protocol ${stored}`);
  return {
    id: item.sk,
    protocol,
    endpoint: textAttribute(item, 'endpoint'),
    filter: JSON.parse(textAttribute(item, 'filter')) as AlertFilter,
    name: textAttribute(item, 'name'),
    createdAtMs: numberAttribute(item, 'createdAtMs'),
    by: textAttribute(item, 'by'),
  };
}
