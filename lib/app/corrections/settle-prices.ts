import { LedgerError } from '../../domain/errors.ts';
import { followLog } from '../follow-log.ts';
import type { TenantConfig } from '../ports.ts';
import { readPricingState } from '../prices/pricing-state.ts';
import { giveDueOrders } from './order-repricing.ts';
import { priceUnpriced } from './price-unpriced.ts';
import { runOrder } from './run-order.ts';
import { type TellPorts, tellUntold } from './tell-unpriced.ts';

/** What settling a tenant's prices came to. */
export interface SettleReport {
  /** The log was followed up to this commit. */
  readonly followedTo: number;
  /** Entries that the ledger corrected of its own accord; those of orders are in their sums. */
  readonly corrected: number;
  /** Orders that are left to the next time. */
  readonly openOrders: number;
}

/** A part of a tenant's prices could not be settled; everything else was, and the next time tries all of it again. */
export class PricesUnsettledError extends LedgerError {
  override readonly name = 'PricesUnsettledError';
  readonly code = 'prices/unsettled';
  readonly retryable = true;
}

/**
 * Brings a tenant's prices to what they should be by now: calls that were rated with an outdated book, calls without a
 * price, orders of correction that nobody finished. May run at any time and several times at once; what time runs out
 * for, the next time does.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws {@link PricesUnsettledError} after everything else was tried: one order that cannot be carried out holds up
 *   no other
 */
export async function settlePrices(ports: TellPorts, tenant: TenantConfig, deadlineMs: number): Promise<SettleReport> {
  const faults: unknown[] = [];
  const survive = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (cause) {
      faults.push(cause);
      return undefined;
    }
  };
  await survive(ports.catalogs.keep());
  // Orders first: whoever follows the log then knows which commits are an order's business.
  await survive(giveDueOrders(ports, tenant, deadlineMs));
  const { untold } = await readPricingState(ports, tenant.tenant);
  const followed = await survive(followLog(ports, tenant, deadlineMs));
  faults.push(...(followed?.faults ?? []));
  await survive(tellUntold(ports, tenant, untold, deadlineMs));
  const state = followed?.state ?? (await readPricingState(ports, tenant.tenant));
  const priced = await survive(priceUnpriced(ports, tenant, state, deadlineMs));
  const open = (await survive(ports.orders.open(tenant.tenant))) ?? [];
  let openOrders = open.length;
  for (const number of open) {
    const standing = await survive(runOrder(ports, tenant, number, deadlineMs));
    if (standing?.progress.state === 'done') openOrders -= 1;
  }
  if (faults.length > 0) throw unsettled(faults);
  return { followedTo: state.followedTo, corrected: (followed?.corrected ?? 0) + (priced ?? 0), openOrders };
}

function unsettled(faults: readonly unknown[]): PricesUnsettledError {
  const texts = faults.map((fault) => (fault instanceof Error ? fault.message : 'unknown'));
  return new PricesUnsettledError([...new Set(texts)].join('; '), { cause: new AggregateError(faults) });
}
