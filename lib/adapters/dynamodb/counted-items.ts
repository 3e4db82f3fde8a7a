import { keys } from '../../contracts/table-keys.ts';
import { invariant } from '../../domain/errors.ts';
import { forEachAtOnce } from './ledger/known-ids.ts';
import type { Item, Table, TransactWrite } from './table.ts';

/** A table that repeats requests by itself, those of unknown outcome too. */
export interface RepeatingTable extends Pick<Table, 'get'> {
  /** For transactions that put only what is not there: what was written before is met as being there. */
  transactAgain(writes: readonly TransactWrite[]): Promise<'committed' | 'failed'>;
}

/** What is counted when it is kept, each under an attribute of the tenant's one item of counts. */
export type Counted = 'rejects' | 'conflicts';

/** Items of one transaction: with a companion each and what else goes along, within its limits of number and size. */
const ITEMS_AT_ONCE = 48;

/** Times that part of a group may turn out to be there already; each time it shrinks. */
const MAX_ROUNDS = ITEMS_AT_ONCE + 2;

/** What is written in the same transaction as the items that are new; at most one write for each and two more. */
export type Companions = (fresh: readonly Item[]) => readonly TransactWrite[];

/**
 * Keeps items that are written once and never changed, and counts each when it is first kept: item and count are one
 * transaction, so the count is exact however often the same items come, from whomever, and whatever fails.
 */
export async function keepCounted(
  table: RepeatingTable,
  tenant: string,
  counted: Counted,
  items: readonly Item[],
  companions: Companions = () => [],
): Promise<void> {
  const distinct = [...new Map(items.map((item) => [item.sk, item])).values()];
  for (let start = 0; start < distinct.length; start += ITEMS_AT_ONCE) {
    await keepGroup(table, tenant, counted, distinct.slice(start, start + ITEMS_AT_ONCE), companions);
  }
}

/** How many were kept so far. */
export async function readCount(table: Pick<Table, 'get'>, tenant: string, counted: Counted): Promise<number> {
  return Number((await table.get(keys.counts(tenant)))?.[counted] ?? 0);
}

async function keepGroup(
  table: RepeatingTable,
  tenant: string,
  counted: Counted,
  group: readonly Item[],
  companions: Companions,
): Promise<void> {
  let open = group;
  for (let round = 0; open.length > 0; round++) {
    invariant(round < MAX_ROUNDS, `${open.length} ${counted} of ${tenant} are neither there nor can be put`);
    const writes: TransactWrite[] = [
      ...open.map((item) => ({ type: 'put' as const, item, condition: { absent: true } as const })),
      { type: 'add', key: keys.counts(tenant), set: {}, add: { [counted]: BigInt(open.length) } },
      ...companions(open),
    ];
    if ((await table.transactAgain(writes)) === 'committed') return;
    const kept = new Set<string>();
    await forEachAtOnce(open, async (item) => {
      if (await table.get({ pk: item.pk, sk: item.sk })) kept.add(item.sk);
    });
    open = open.filter(({ sk }) => !kept.has(sk));
  }
}
