import type { ProjectionStore, StoredProjection } from '../../app/forecasts/projection-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import { textAttribute } from './item-attributes.ts';
import type { Item, Key, Table } from './table.ts';

/**
 * Projections in the table: one small item for the tenant's month, and one for each budget version, period and part.
 * Every change is conditional on the hour that was read.
 */
export class TableProjectionStore implements ProjectionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<readonly StoredProjection[]> {
    const stored = (await this.#table.query({ pk: keys.projections(tenant) })).map(toProjection);
    return [...stored.filter(({ budget }) => budget === null), ...stored.filter(({ budget }) => budget !== null)];
  }

  async save(tenant: string, projection: StoredProjection, overHour: number | undefined): Promise<'saved' | 'behind'> {
    const condition = overHour === undefined ? ({ absent: true } as const) : madeIn(overHour);
    return (await this.#table.put(toItem(tenant, projection), condition)) === 'written' ? 'saved' : 'behind';
  }

  async remove(tenant: string, projection: StoredProjection): Promise<void> {
    await this.#table.delete(toKey(tenant, projection), madeIn(projection.hour));
  }
}

function madeIn(hour: number): { readonly attribute: string; readonly equals: bigint } {
  return { attribute: 'hour', equals: BigInt(hour) };
}

function toKey(tenant: string, { budget, period, part }: StoredProjection): Key {
  // The part comes last, because nothing is known of its characters.
  const sk = budget === null ? `MONTH#${period}` : `BUDGET#${budget.id}#${padNumber(budget.version)}#${period}#${part}`;
  return { pk: keys.projections(tenant), sk };
}

function toItem(tenant: string, projection: StoredProjection): Item {
  const { hour, amount, spent, ...others } = projection;
  const amounts = { amount: amount === null ? null : amount.toString(), spent: spent.toString() };
  return { ...toKey(tenant, projection), hour: BigInt(hour), body: JSON.stringify({ ...others, hour, ...amounts }) };
}

type StoredBody = Omit<StoredProjection, 'amount' | 'spent'> & {
  readonly amount: string | null;
  readonly spent: string;
};

function toProjection(item: Item): StoredProjection {
  const body = JSON.parse(textAttribute(item, 'body')) as StoredBody;
  return { ...body, amount: body.amount === null ? null : BigInt(body.amount), spent: BigInt(body.spent) };
}
