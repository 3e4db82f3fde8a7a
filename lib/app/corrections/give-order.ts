import type { TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError } from '../request-errors.ts';
import type { Order } from './correction-ports.ts';
import type { RepricingPorts } from './repricing-ports.ts';

const MAX_ATTEMPTS = 10;

/** An order before it has its number. */
export type OrderDraft = Omit<Order, 'number' | 'createdAtMs'>;

/**
 * Gives a tenant's next order, together with the record of who gave it.
 *
 * @param findGiven - looks for the same order among those given already; as a number is given once, whoever finds none
 *   and then gets the next number knows that there is none
 * @throws {@link ChangedMeanwhileError} when others kept taking the next number
 */
export async function giveOrder(
  ports: Pick<RepricingPorts, 'orders' | 'now'>,
  tenant: TenantConfig,
  draft: OrderDraft,
  findGiven: () => Promise<Order | undefined> = async () => undefined,
): Promise<Order> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const number = (await ports.orders.last(tenant.tenant)) + 1;
    const given = await findGiven();
    if (given) return given;
    const order: Order = { number, ...draft, createdAtMs: ports.now() };
    const { kind, ...about } = draft.request;
    const outcome = await ports.orders.create(tenant.tenant, order, {
      atMs: order.createdAtMs,
      keyId: order.by,
      action: 'correction.ordered',
      detail: { number, kind, ...about, reason: order.reason },
    });
    if (outcome === 'created') return order;
  }
  throw new ChangedMeanwhileError(`${MAX_ATTEMPTS} numbers in a row went to other orders of ${tenant.tenant}`);
}
