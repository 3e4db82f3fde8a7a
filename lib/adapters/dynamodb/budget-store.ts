import type { AdminRecord } from '../../app/access/access-ports.ts';
import type { BudgetStore, StoredBudget } from '../../app/budgets/budget-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import type { Budget } from '../../domain/budgets/budget.ts';
import type { BudgetTotals } from '../../domain/budgets/budget-total.ts';
import { adminRecordItem } from './admin-records.ts';
import { withPatience } from './alert-store.ts';
import { decodeBudget, decodeSpent, encodeBudget, encodeSpent } from './budget-items.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Item, Key, Table } from './table.ts';

/**
 * Budgets and their running totals in the table. Writes happen only over the state that was read, so of two writers
 * one is told `behind`. Errors are the table's own.
 */
export class TableBudgetStore implements BudgetStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<readonly StoredBudget[]> {
    return (await this.#table.query({ pk: keys.budgets(tenant) })).map(toStoredBudget);
  }

  async find(tenant: string, name: string): Promise<StoredBudget | undefined> {
    const item = await this.#table.get({ pk: keys.budgets(tenant), sk: name });
    return item && toStoredBudget(item);
  }

  async put(
    tenant: string,
    change: Omit<StoredBudget, 'revision'>,
    overRevision: number | undefined,
    record?: AdminRecord,
  ): Promise<'written' | 'behind'> {
    const { budget, isRemoved } = change;
    const item: Item = {
      pk: keys.budgets(tenant),
      sk: budget.name,
      revision: BigInt((overRevision ?? 0) + 1),
      state: isRemoved ? 'removed' : 'kept',
      body: encodeBudget(budget),
    };
    const condition =
      overRevision === undefined
        ? ({ absent: true } as const)
        : { attribute: 'revision', equals: BigInt(overRevision) };
    if (record === undefined) return (await this.#table.put(item, condition)) === 'written' ? 'written' : 'behind';
    const recorded = { type: 'put', item: adminRecordItem(tenant, record), condition: { absent: true } } as const;
    const writes = [{ type: 'put', item, condition } as const, recorded];
    const outcome = await withPatience(() => this.#table.transact(writes), false);
    return outcome === 'committed' ? 'written' : 'behind';
  }

  async totals(tenant: string, budget: Budget): Promise<BudgetTotals | undefined> {
    const item = await this.#table.get(totalsKey(tenant, budget));
    if (!item) return undefined;
    return { number: numberAttribute(item, 'number'), spent: decodeSpent(item) };
  }

  async saveTotals(
    tenant: string,
    budget: Budget,
    totals: BudgetTotals,
    overNumber: number | undefined,
  ): Promise<'saved' | 'behind'> {
    const item: Item = {
      ...totalsKey(tenant, budget),
      number: BigInt(totals.number),
      ...encodeSpent(totals.spent),
    };
    const condition =
      overNumber === undefined ? ({ absent: true } as const) : { attribute: 'number', equals: BigInt(overNumber) };
    return (await this.#table.put(item, condition)) === 'written' ? 'saved' : 'behind';
  }
}

/** Key of a budget's running totals. One item per version: a writer that still holds the version before cannot touch the totals of the new one. */
export function totalsKey(tenant: string, budget: Budget): Key {
  return { pk: keys.budgetTotals(tenant), sk: `${budget.id}#${padNumber(budget.version)}` };
}

function toStoredBudget(item: Item): StoredBudget {
  return {
    budget: decodeBudget(item),
    isRemoved: textAttribute(item, 'state') === 'removed',
    revision: numberAttribute(item, 'revision'),
  };
}
