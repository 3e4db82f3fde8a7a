import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { Item, Key, TransactWrite } from '../table.ts';
import { UP_TO } from './rollup-codec.ts';

/** What corrections of an order changed: entries, and their cost and list cost in picoUSD. */
export interface Contribution {
  readonly corrected: bigint;
  readonly costPicoUsd: bigint;
  readonly listCostPicoUsd: bigint;
}

export const NOTHING: Contribution = { corrected: 0n, costPicoUsd: 0n, listCostPicoUsd: 0n };

export function addToContribution(one: Contribution, other: Contribution): Contribution {
  return {
    corrected: one.corrected + other.corrected,
    costPicoUsd: one.costPicoUsd + other.costPicoUsd,
    listCostPicoUsd: one.listCostPicoUsd + other.listCostPicoUsd,
  };
}

/** Where the sums of an order are. */
export const orderSumsKey = (tenant: string, order: number): Key => ({
  pk: keys.orders(tenant),
  sk: `${ORDER_SUMS}${padNumber(order)}`,
});

/** Sums of orders sort together, by number. */
export const ORDER_SUMS = 'SUMS#';

/**
 * What a commit writes for its order: its contribution under its own number, from which the sums can be checked, and
 * the sums with the number of the last commit that added to them. Nothing where it changed nothing.
 */
export function contributionWrites(
  tenant: string,
  order: number,
  number: number,
  contribution: Contribution,
): TransactWrite[] {
  if (order === 0 || contribution.corrected === 0n) return [];
  const { corrected, costPicoUsd, listCostPicoUsd } = contribution;
  const sums = { corrected, cost: costPicoUsd, list: listCostPicoUsd };
  return [
    { type: 'put', item: { pk: keys.orderCommits(tenant, order), sk: padNumber(number), ...sums } },
    { type: 'add', key: orderSumsKey(tenant, order), set: { [UP_TO]: BigInt(number) }, add: sums },
  ];
}

/** Reads a contribution, or the sum of several, from its item. */
export function readContribution(item: Item): Contribution {
  const amount = (name: string): bigint => {
    const value = item[name];
    return typeof value === 'bigint' ? value : 0n;
  };
  return { corrected: amount('corrected'), costPicoUsd: amount('cost'), listCostPicoUsd: amount('list') };
}

/** A contribution in words, to tell whether two are the same. */
export function contributionText({ corrected, costPicoUsd, listCostPicoUsd }: Contribution): string {
  return `corrected=${corrected} cost=${costPicoUsd} list=${listCostPicoUsd}`;
}
