import type { AdminRecord } from '../../app/access/access-ports.ts';
import type { CorrectionOrders, Order, OrderProgress, OrderStanding } from '../../app/corrections/correction-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import { invariant } from '../../domain/errors.ts';
import { adminRecordItem } from './admin-records.ts';
import { textAttribute } from './item-attributes.ts';
import { openOrderItem } from './ledger/correction-fence.ts';
import { NOTHING, ORDER_SUMS, orderSumsKey, readContribution } from './ledger/correction-sums.ts';
import type { Item, Key, Table } from './table.ts';

/** Orders on one page of a list. */
const PAGE_SIZE = 50;

const ORDER = 'ORDER#';
const PROGRESS = 'PROGRESS#';
const START: OrderProgress = { state: 'running', cursor: '', ratio: 0, examined: 0 };

/**
 * Orders of correction in the table. Errors are the table's own.
 *
 * - `ORDER#tenant`, `ORDER#number`: the order as given, put if absent and never changed.
 * - `ORDER#tenant`, `PROGRESS#number`: where it stands; replaced over what was read.
 * - `ORDER#tenant`, `SUMS#number`: what it has changed, added to by the transactions of its corrections.
 * - `OPEN#tenant`, number: there while the order is being carried out. Corrections hold on to it, so it is deleted in
 *   the transaction that ends the order and never comes back.
 */
export class TableCorrectionOrders implements CorrectionOrders {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async create(tenant: string, order: Order, record: AdminRecord): Promise<'created' | 'behind'> {
    const { number, ...rest } = order;
    const kind = order.request.kind === 'void' ? 'void' : 'reprice';
    const outcome = await this.#table.transact([
      {
        type: 'put',
        item: { ...keyOf(tenant, ORDER, number), order: JSON.stringify(rest) },
        condition: { absent: true },
      },
      { type: 'put', item: { ...keyOf(tenant, PROGRESS, number), progress: progressText(START) } },
      { type: 'put', item: openOrderItem(tenant, number, kind) },
      { type: 'put', item: adminRecordItem(tenant, record) },
    ]);
    return outcome === 'committed' ? 'created' : 'behind';
  }

  async last(tenant: string): Promise<number> {
    const [last] = await this.#table.query({ pk: keys.orders(tenant), prefix: ORDER, descending: true, limit: 1 });
    return last ? numberOf(last, ORDER) : 0;
  }

  async find(tenant: string, number: number): Promise<OrderStanding | undefined> {
    const [order, progress, sums] = await Promise.all([
      this.#table.get(keyOf(tenant, ORDER, number)),
      this.#table.get(keyOf(tenant, PROGRESS, number)),
      this.#table.get(orderSumsKey(tenant, number)),
    ]);
    return order && progress && toStanding(order, progress, sums);
  }

  async list(tenant: string, cursor?: string) {
    const below = cursor === undefined ? Number.NaN : Number(cursor);
    if (below <= 1) return { orders: [] };
    const upTo = Number.isNaN(below) ? {} : { upTo: ORDER + padNumber(below - 1) };
    const pk = keys.orders(tenant);
    const items = await this.#table.query({ pk, prefix: ORDER, ...upTo, descending: true, limit: PAGE_SIZE });
    const [newest, oldest] = [items[0], items.at(-1)];
    if (!newest || !oldest) return { orders: [] };
    const span = (prefix: string) => ({
      pk,
      prefix,
      after: prefix + padNumber(numberOf(oldest, ORDER) - 1),
      upTo: prefix + padNumber(numberOf(newest, ORDER)),
    });
    const progress = await this.#table.query(span(PROGRESS));
    const sums = await this.#table.query(span(ORDER_SUMS));
    const of = (found: readonly Item[], prefix: string) =>
      new Map(found.map((item) => [numberOf(item, prefix), item] as const));
    const [progressOf, sumsOf] = [of(progress, PROGRESS), of(sums, ORDER_SUMS)];
    const orders = items.flatMap((item) => {
      const number = numberOf(item, ORDER);
      const standing = progressOf.get(number);
      return standing ? [toStanding(item, standing, sumsOf.get(number))] : [];
    });
    const next = numberOf(oldest, ORDER);
    return { orders, ...(next > 1 ? { next: String(next) } : {}) };
  }

  async open(tenant: string): Promise<readonly number[]> {
    return (await this.#table.query({ pk: keys.openOrders(tenant) })).map((item) => numberOf(item, ''));
  }

  async advance(tenant: string, number: number, from: OrderProgress, to: OrderProgress): Promise<'moved' | 'behind'> {
    invariant(from.state === 'running', `order ${number} is done, and stays so`);
    const item = { ...keyOf(tenant, PROGRESS, number), progress: progressText(to) };
    const condition = { attribute: 'progress', equals: progressText(from) };
    if (to.state === 'running') {
      return (await this.#table.put(item, condition)) === 'written' ? 'moved' : 'behind';
    }
    const outcome = await this.#table.transact([
      { type: 'put', item, condition },
      { type: 'delete', key: { pk: keys.openOrders(tenant), sk: padNumber(number) } },
    ]);
    return outcome === 'committed' ? 'moved' : 'behind';
  }
}

const keyOf = (tenant: string, prefix: string, number: number): Key => ({
  pk: keys.orders(tenant),
  sk: prefix + padNumber(number),
});

const numberOf = (item: Item, prefix: string): number => Number(item.sk.slice(prefix.length));

/** Equal progress is equal text. */
const progressText = ({ state, cursor, ratio, examined }: OrderProgress): string =>
  JSON.stringify({ state, cursor, ratio, examined });

function toStanding(order: Item, progress: Item, sums: Item | undefined): OrderStanding {
  const { corrected, costPicoUsd, listCostPicoUsd } = sums ? readContribution(sums) : NOTHING;
  return {
    order: {
      number: numberOf(order, ORDER),
      ...(JSON.parse(textAttribute(order, 'order')) as Omit<Order, 'number'>),
    },
    progress: JSON.parse(textAttribute(progress, 'progress')) as OrderProgress,
    sums: { corrected: Number(corrected), costPicoUsd, listCostPicoUsd },
  };
}
