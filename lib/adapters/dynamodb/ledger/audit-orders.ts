import type { AuditDifference } from '../../../app/ports.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { AuditContext } from './audit-context.ts';
import { addToContribution, contributionText, NOTHING, ORDER_SUMS, readContribution } from './correction-sums.ts';
import { UP_TO } from './rollup-codec.ts';

/** Orders that one page of an audit checks at the most. */
const ORDERS_PER_PAGE = 20;

/**
 * Checks the sums of some orders against what their commits contributed, up to the last commit that the sums hold: so
 * it is exact while an order is being carried out.
 * @param after - order that was checked last; empty before the first
 */
export async function auditOrders(
  { table, log }: AuditContext,
  after: string,
): Promise<{ readonly differences: AuditDifference[]; readonly next?: string }> {
  const items = await table.query({
    pk: keys.orders(log.tenant),
    prefix: ORDER_SUMS,
    ...(after === '' ? {} : { after: `${ORDER_SUMS}${after}` }),
    limit: ORDERS_PER_PAGE,
  });
  const differences: AuditDifference[] = [];
  for (const item of items) {
    const order = Number(item.sk.slice(ORDER_SUMS.length));
    const upTo = padNumber(Number(item[UP_TO] ?? 0n));
    const commits = await table.query({ pk: keys.orderCommits(log.tenant, order), upTo });
    const expected = contributionText(commits.map(readContribution).reduce(addToContribution, NOTHING));
    const found = contributionText(readContribution(item));
    if (expected !== found) differences.push({ kind: 'wrong_order_sums', where: `order ${order}`, expected, found });
  }
  const last = items.at(-1)?.sk.slice(ORDER_SUMS.length);
  return { differences, ...(last && items.length === ORDERS_PER_PAGE ? { next: last } : {}) };
}
