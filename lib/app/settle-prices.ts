import { type FollowPorts, followLog } from './follow-log.ts';
import { orderRepricing } from './order-repricing.ts';
import type { TenantConfig } from './ports.ts';
import { type PassMemory, priceUnpriced } from './price-unpriced.ts';
import { runOrder } from './run-order.ts';

/** What settling takes beside repricing. */
export interface SettlePorts extends FollowPorts {
  /** What a warm function remembers of passes that time ran out for. */
  readonly passes: PassMemory;
}

/** What settling a tenant's prices came to. */
export interface SettleReport {
  /** The log was followed up to this commit. */
  readonly followedTo: number;
  /** Entries that the ledger corrected of its own accord; those of orders are in their sums. */
  readonly corrected: number;
  /** Orders that are left to the next time. */
  readonly openOrders: number;
}

/**
 * Brings a tenant's prices to what they should be by now: calls that were rated with an outdated book, calls without a
 * price, orders of correction that nobody finished. May run at any time and several times at once; what time runs out
 * for, the next time does.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 */
export async function settlePrices(
  ports: SettlePorts,
  tenant: TenantConfig,
  deadlineMs: number,
): Promise<SettleReport> {
  await ports.catalogs.keep();
  const { state, corrected } = await followLog(ports, tenant, deadlineMs);
  const open = await orderRepricing(ports, tenant);
  const priced = await priceUnpriced(ports, tenant, state, ports.passes, deadlineMs);
  let openOrders = open.length;
  for (const number of open) {
    const { progress } = await runOrder(ports, tenant, number, deadlineMs);
    if (progress.state === 'done') openOrders -= 1;
  }
  return { followedTo: state.followedTo, corrected: corrected + (priced ?? 0), openOrders };
}
