import type { PricingState, PricingStates } from '../../app/correction-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { BookStamp } from '../../domain/book-stamp.ts';
import { textAttribute } from './item-attributes.ts';
import type { Table } from './table.ts';

/** Pricing states in the table, one item per tenant, replaced only over the state that was read. */
export class TablePricingStates implements PricingStates {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async find(tenant: string): Promise<PricingState | undefined> {
    const item = await this.#table.get(keys.pricing(tenant));
    return item && (JSON.parse(textAttribute(item, 'state')) as PricingState);
  }

  async save(tenant: string, from: PricingState | undefined, to: PricingState): Promise<'saved' | 'behind'> {
    const condition = from ? { attribute: 'state', equals: stateText(from) } : ({ absent: true } as const);
    const outcome = await this.#table.put({ ...keys.pricing(tenant), state: stateText(to) }, condition);
    return outcome === 'written' ? 'saved' : 'behind';
  }
}

/** Equal states are equal text, whatever the order in which their fields were set. */
function stateText({ followedTo, days, unpricedMonths, triedWith, ordered }: PricingState): string {
  return JSON.stringify({
    followedTo,
    days: days && { first: days.first, last: days.last },
    unpricedMonths,
    triedWith: triedWith && { catalogVersion: triedWith.catalogVersion, book: stampOf(triedWith.book) },
    ordered: stampOf(ordered),
  });
}

const stampOf = ({ global, tenant }: BookStamp): BookStamp => ({ global, tenant });
