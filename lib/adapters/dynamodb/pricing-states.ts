import type { PricingState, PricingStates } from '../../app/corrections/correction-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { BookStamp } from '../../domain/prices/book-stamp.ts';
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
    if (!item) return undefined;
    const stored = JSON.parse(textAttribute(item, 'state')) as StoredState;
    const surveyedTo = Math.max(stored.followedTo, stored.surveyedTo ?? 0);
    return { ...stored, surveyedTo, pass: stored.pass ?? null, untold: stored.untold ?? [] };
  }

  async save(tenant: string, from: PricingState | undefined, to: PricingState): Promise<'saved' | 'behind'> {
    const condition = from ? { attribute: 'state', equals: stateText(from) } : ({ absent: true } as const);
    const outcome = await this.#table.put({ ...keys.pricing(tenant), state: stateText(to) }, condition);
    return outcome === 'written' ? 'saved' : 'behind';
  }
}

/** As kept: what is seldom there is left out. */
type StoredState = Omit<PricingState, 'surveyedTo' | 'pass' | 'untold'> &
  Partial<Pick<PricingState, 'surveyedTo' | 'pass' | 'untold'>>;

/** Equal states are equal text, whatever the order in which their fields were set. */
function stateText(state: PricingState): string {
  const { followedTo, surveyedTo, days, unpricedMonths, triedWith, pass, untold, ordered } = state;
  const stored: StoredState = {
    followedTo,
    days: days && { first: days.first, last: days.last },
    unpricedMonths,
    triedWith: triedWith && { catalogVersion: triedWith.catalogVersion, book: stampOf(triedWith.book) },
    ordered: stampOf(ordered),
    ...(surveyedTo > followedTo ? { surveyedTo } : {}),
    ...(pass ? { pass: passOf(pass) } : {}),
    ...(untold.length > 0 ? { untold: untold.map(({ after, upTo }) => ({ after, upTo })) } : {}),
  };
  return JSON.stringify(stored);
}

const passOf = ({ catalogVersion, book, doneUpTo }: NonNullable<PricingState['pass']>) => ({
  catalogVersion,
  book: stampOf(book),
  doneUpTo,
});

const stampOf = ({ global, tenant }: BookStamp): BookStamp => ({ global, tenant });
