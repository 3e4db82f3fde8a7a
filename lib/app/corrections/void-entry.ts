import type { LedgerEntry } from '../../domain/events/entry.ts';
import type { TenantConfig } from '../ports.ts';
import { NotFoundError } from '../request-errors.ts';
import type { OrderStanding } from './correction-ports.ts';
import { giveOrder } from './give-order.ts';
import type { RepricingPorts } from './repricing-ports.ts';
import { checkReason } from './request-reprice.ts';
import { runOrder } from './run-order.ts';

/** What became of a wish to void an entry. */
export interface VoidOutcome {
  /** `ordered`: it is as good as void, but time ran out; the sweep does the rest. */
  readonly outcome: 'voided' | 'already_void' | 'ordered';
  /** Null where the entry was void before anything was ordered. */
  readonly standing: OrderStanding | null;
}

/**
 * Takes an entry out of every sum, for ever. Its id stays known, so sending the call again does not bring it back.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws {@link NotFoundError} when the ledger holds no entry of this id
 * @throws {@link InvalidRequestError} when the reason is empty or too long
 */
export async function voidEntry(
  ports: RepricingPorts,
  tenant: TenantConfig,
  keyId: string,
  request: { readonly id: string; readonly reason: string },
  deadlineMs: number,
): Promise<VoidOutcome> {
  const reason = checkReason(request.reason);
  const { isVoid, day } = await findEntry(ports, tenant, request.id);
  if (isVoid) return { outcome: 'already_void', standing: null };
  const order = await giveOrder(ports, tenant, {
    request: { kind: 'void', id: request.id },
    by: keyId,
    reason,
    upToCommit: await ports.reader.head(tenant.tenant),
    days: { first: day, last: day },
  });
  const standing = await runOrder(ports, tenant, order.number, deadlineMs);
  const entry = await findEntry(ports, tenant, request.id);
  if (!entry.isVoid) return { outcome: 'ordered', standing };
  const isByThis = entry.corrections.some((each) => each.kind === 'void' && each.order === order.number);
  return { outcome: isByThis ? 'voided' : 'already_void', standing };
}

async function findEntry(
  ports: Pick<RepricingPorts, 'reader'>,
  tenant: TenantConfig,
  id: string,
): Promise<LedgerEntry> {
  const [found] = await ports.reader.findEntries(tenant.tenant, [id]);
  if (found?.status !== 'recorded') throw new NotFoundError('The ledger holds no entry with this id.');
  return found.entry;
}
