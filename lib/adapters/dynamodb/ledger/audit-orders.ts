import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { Item } from '../table.ts';
import type { AuditContext, Finding } from './audit-context.ts';
import { findEnd, readOne } from './audit-log-reader.ts';
import { type AuditProgress, type AuditStep, nextPhase } from './audit-progress.ts';
import { replaceItem } from './audit-row-mend.ts';
import {
  addToContribution,
  type Contribution,
  contributionText,
  NOTHING,
  ORDER_SUMS,
  orderSumsKey,
  readContribution,
} from './correction-sums.ts';
import { forEachAtOnce } from './known-ids.ts';
import { UP_TO } from './rollup-codec.ts';

/** Orders that one part of an audit checks at the most. */
const ORDERS_PER_PART = 20;

/** Tries of one order's sums: each is lost only to a commit of the order in between. */
const MAX_TRIES = 100;

const ORDER = 'ORDER#';

/**
 * Checks the sums of some orders against what their commits contributed, up to the last commit that the sums hold: so
 * it is exact while an order is being carried out.
 */
export async function auditOrders(context: AuditContext, progress: AuditProgress): Promise<AuditStep<Finding>> {
  const after = Number(progress.after);
  const last = await findLast(context);
  const upTo = Math.min(last, after + ORDERS_PER_PART);
  const findings: Finding[] = [];
  for (let order = after + 1; order <= upTo; order++) findings.push(...(await auditOrder(context, progress, order)));
  const next = upTo < last ? { ...progress, after: String(upTo) } : nextPhase(progress);
  return { entries: 0, rollups: 0, findings, phaseRatio: last === 0 ? 1 : upTo / last, ...(next ? { next } : {}) };
}

/** Number of the last order that was given or has sums. */
async function findLast({ table, log }: AuditContext): Promise<number> {
  const pk = keys.orders(log.tenant);
  const last = async (prefix: string) => {
    const [item] = await table.query({ pk, prefix, descending: true, limit: 1 });
    return item ? Number(item.sk.slice(prefix.length)) : 0;
  };
  return Math.max(await last(ORDER), await last(ORDER_SUMS));
}

async function auditOrder(context: AuditContext, progress: AuditProgress, order: number): Promise<Finding[]> {
  const { table, log } = context;
  const item = await table.get(orderSumsKey(log.tenant, order));
  const upTo = Number(item?.[UP_TO] ?? 0n);
  const known = await sumContributions(context, progress, order);
  // Those behind `upTo` may have come after the sums were read; without sums there was none before.
  const since = known.items.filter(({ sk }) => Number(sk) <= upTo || !item);
  const expected = since.map(readContribution).reduce(addToContribution, NOTHING);
  const [want, have] = [textOf(expected, since.at(-1)), textOf(item ? readContribution(item) : NOTHING, item)];
  if (want === have) return [];
  const again = await table.get(orderSumsKey(log.tenant, order));
  if (textOf(again ? readContribution(again) : NOTHING, again) !== have) return auditOrder(context, progress, order);
  const strangers = await findStrangers(context, known.items);
  const mend = () => mendSums(context, order);
  const where = `order ${order}`;
  const own: Finding = { kind: 'wrong_order_sums', where, expected: want, found: have, mend };
  const isOnlyStrangers =
    strangers.length > 0 && (await sumContributions(context, progress, order, strangers)).text === have;
  return [...strangers.map((number) => foreignContribution(context, order, number)), ...(isOnlyStrangers ? [] : [own])];
}

const textOf = (contribution: Contribution, last: Item | undefined): string => {
  const upTo = last === undefined ? 0 : (last[UP_TO] ?? Number(last.sk));
  return `${contributionText(contribution)} up to commit ${upTo}`;
};

/** What the commits of an order contributed; what was found wrong of it is taken as it should be. */
async function sumContributions(
  { table, log }: AuditContext,
  { lostSums }: Pick<AuditProgress, 'lostSums'>,
  order: number,
  without: readonly number[] = [],
) {
  const lost = lostSums.filter(([of]) => of === order);
  const items = new Map<string, Item>();
  for (const item of await table.query({ pk: keys.orderCommits(log.tenant, order) })) items.set(item.sk, item);
  for (const [, commit, corrected, cost, list] of lost) {
    const key = { pk: keys.orderCommits(log.tenant, order), sk: padNumber(commit) };
    items.delete(key.sk);
    if (corrected === '0') continue;
    items.set(key.sk, { ...key, corrected: BigInt(corrected), cost: BigInt(cost), list: BigInt(list) });
  }
  const kept = [...items.values()].filter(({ sk }) => !without.includes(Number(sk)));
  kept.sort((a, b) => (a.sk < b.sk ? -1 : 1));
  const sum = kept.map(readContribution).reduce(addToContribution, NOTHING);
  return { items: kept, sum, text: textOf(sum, kept.at(-1)) };
}

/** Contributions under the number of a commit that corrects nothing. */
async function findStrangers({ log }: AuditContext, items: readonly Item[]): Promise<number[]> {
  const strangers: number[] = [];
  await forEachAtOnce(items, async ({ sk }) => {
    const { commit } = await readOne(log, Number(sk));
    if (commit?.corrections.length === 0) strangers.push(Number(sk));
  });
  return strangers.sort((a, b) => a - b);
}

function foreignContribution({ table, log }: AuditContext, order: number, number: number): Finding {
  return {
    kind: 'wrong_order_sums',
    where: `order ${order}, commit ${number}`,
    expected: 'nothing',
    found: 'a contribution of a commit that corrects nothing',
    mend: async () =>
      (await table.delete({ pk: keys.orderCommits(log.tenant, order), sk: padNumber(number) })) === 'deleted',
  };
}

/** Puts an order's sums back as its contributions say, over the `upTo` that was read. */
async function mendSums(context: AuditContext, order: number): Promise<boolean> {
  const { table, log } = context;
  const key = orderSumsKey(log.tenant, order);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const item = await table.get(key);
    const { items, sum } = await sumContributions(context, { lostSums: [] }, order);
    const last = Number(items.at(-1)?.sk ?? 0);
    const sums = { corrected: sum.corrected, cost: sum.costPicoUsd, list: sum.listCostPicoUsd };
    const wanted = last === 0 ? undefined : { ...key, ...sums, [UP_TO]: BigInt(last) };
    if (!item && !wanted) return true;
    const end = await findEnd(table, log);
    if (await replaceItem(table, log.tenant, key, item, wanted, end)) return true;
  }
  return false;
}
