import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { CorrectionAuthority, CorrectionKind } from '../../../domain/corrections/correction.ts';
import { numberAttribute } from '../item-attributes.ts';
import type { Item, Table, TransactWrite } from '../table.ts';

/** What stands between an author of corrections and others, as read before anything that its decision rests on. */
export interface Stand {
  /** Must hold, and so be part of, the transaction of whatever is decided behind this fence. */
  readonly guards: readonly TransactWrite[];
  /** Whether an earlier order of repricing is still being carried out: what is left as it is must be confirmed then. */
  readonly confirms: boolean;
}

/**
 * The fence holds the number of the latest order that began to reprice. An order raises it before it reads anything,
 * and every repricing transaction holds only while the fence is where its author read it: so nothing that was decided
 * before an order began can be committed behind its back. An author behind a later order's fence holds on to its own
 * order besides: once that is done nobody can act on it any more. See docs/adr/0010-corrections.md.
 *
 * @returns `undefined` where the order is done and a later one has begun: there is nothing to correct on its word
 */
export async function takeStand(
  table: Table,
  tenant: string,
  { order, kind }: CorrectionAuthority,
): Promise<Stand | undefined> {
  if (kind === 'void') return { guards: [], confirms: false };
  const latest = await raiseFence(table, tenant, order);
  const fence: TransactWrite = {
    type: 'put',
    item: fenceItem(tenant, latest ?? 0),
    condition: latest === undefined ? { absent: true } : { attribute: 'order', equals: BigInt(latest) },
  };
  if (order === 0) return { guards: [fence], confirms: false };
  const confirms = await isEarlierOpen(table, tenant, order);
  if ((latest ?? 0) <= order) return { guards: [fence], confirms };
  const open = await table.get({ pk: keys.openOrders(tenant), sk: padNumber(order) });
  if (!open) return undefined;
  const isOpen: TransactWrite = {
    type: 'put',
    item: open,
    condition: { attribute: 'kind', equals: 'reprice' satisfies CorrectionKind },
  };
  return { guards: [fence, isOpen], confirms };
}

/** @returns the latest order that began, this one included; `undefined` where none ever did */
async function raiseFence(table: Table, tenant: string, order: number): Promise<number | undefined> {
  for (;;) {
    const item = await table.get(keys.correctionFence(tenant));
    const latest = item && numberAttribute(item, 'order');
    if (order <= (latest ?? 0)) return latest;
    const condition =
      latest === undefined ? ({ absent: true } as const) : { attribute: 'order', equals: BigInt(latest) };
    if ((await table.put(fenceItem(tenant, order), condition)) === 'written') return order;
  }
}

function fenceItem(tenant: string, order: number): Item {
  return { ...keys.correctionFence(tenant), order: BigInt(order) };
}

async function isEarlierOpen(table: Table, tenant: string, order: number): Promise<boolean> {
  const open = await table.query({ pk: keys.openOrders(tenant), upTo: padNumber(order - 1) });
  return open.some((item) => item['kind'] !== ('void' satisfies CorrectionKind));
}

/** The item that says that an order is being carried out; deleting it ends the order, and it never comes back. */
export function openOrderItem(tenant: string, order: number, kind: CorrectionKind): Item {
  return { pk: keys.openOrders(tenant), sk: padNumber(order), kind };
}
