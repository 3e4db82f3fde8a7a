import type { AccrualProgress, CapacityStore } from '../../app/capacity/capacity-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import type { AccruedDay } from '../../domain/capacity/accrued-day.ts';
import { textAttribute } from './item-attributes.ts';
import type { Item, Key, Table } from './table.ts';

const DAY = 'DAY#';
const OPEN = 'OPEN#';
const PROGRESS = 'PROGRESS#';

/**
 * Splits of capacities in the table, one item for each revision of a day, written once. Open ones have a second item beside
 * it. A split to 200 callers with the longest texts is some 130 KB. Errors are the table's own.
 */
export class TableCapacityStore implements CapacityStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async add(tenant: string, accrued: AccruedDay): Promise<'added' | 'exists'> {
    const split = JSON.stringify(accrued, (_name, value: unknown) =>
      typeof value === 'bigint' ? { $whole: value.toString() } : value,
    );
    const outcome = await this.#table.transact([
      { type: 'put', item: { ...dayKey(tenant, accrued), split }, condition: { absent: true } },
      { type: 'put', item: { ...openKey(tenant, accrued) } },
    ]);
    return outcome === 'committed' ? 'added' : 'exists';
  }

  async list(
    tenant: string,
    capacity: string,
    { from, to }: { readonly from: string; readonly to: string },
  ): Promise<readonly AccruedDay[]> {
    const prefix = `${DAY}${capacity}#`;
    // No revision's key lies between a day's own text and its first revision.
    const items = await this.#table.query({ pk: keys.capacities(tenant), after: prefix + from, upTo: prefix + to });
    const last = new Map<string, AccruedDay>();
    for (const accrued of items.map(toAccruedDay)) last.set(accrued.day, accrued);
    return [...last.values()];
  }

  async find(tenant: string, capacity: string, day: string, revision: number): Promise<AccruedDay | undefined> {
    const item = await this.#table.get(dayKey(tenant, { capacity, day, revision }));
    return item && toAccruedDay(item);
  }

  async open(tenant: string): Promise<readonly AccruedDay[]> {
    const marks = await this.#table.query({ pk: keys.capacities(tenant), prefix: OPEN });
    const found = await Promise.all(
      marks.map(({ sk }) => this.#table.get({ pk: keys.capacities(tenant), sk: `${DAY}${sk.slice(OPEN.length)}` })),
    );
    return found.flatMap((item) => (item ? [toAccruedDay(item)] : []));
  }

  async close(tenant: string, accrued: Revision): Promise<void> {
    await this.#table.delete(openKey(tenant, accrued));
  }

  async progress(tenant: string, capacity: string): Promise<AccrualProgress | null> {
    const item = await this.#table.get(progressKey(tenant, capacity));
    const [day = '', version] = item ? textAttribute(item, 'reached').split('#') : [];
    return item ? { day, version: Number(version) } : null;
  }

  async moveProgress(
    tenant: string,
    capacity: string,
    from: AccrualProgress | null,
    to: AccrualProgress,
  ): Promise<'moved' | 'behind'> {
    const outcome = await this.#table.put(
      { ...progressKey(tenant, capacity), reached: toText(to) },
      from === null ? { absent: true } : { attribute: 'reached', equals: toText(from) },
    );
    return outcome === 'written' ? 'moved' : 'behind';
  }
}

function progressKey(tenant: string, capacity: string): Key {
  return { pk: keys.capacities(tenant), sk: `${PROGRESS}${capacity}` };
}

function toText({ day, version }: AccrualProgress): string {
  return `${day}#${version}`;
}

type Revision = Pick<AccruedDay, 'capacity' | 'day' | 'revision'>;

function dayKey(tenant: string, { capacity, day, revision }: Revision): Key {
  return { pk: keys.capacities(tenant), sk: `${DAY}${capacity}#${day}#${padNumber(revision)}` };
}

function openKey(tenant: string, revision: Revision): Key {
  const { pk, sk } = dayKey(tenant, revision);
  return { pk, sk: `${OPEN}${sk.slice(DAY.length)}` };
}

function toAccruedDay(item: Item): AccruedDay {
  return JSON.parse(textAttribute(item, 'split'), (_name, value: unknown) =>
    typeof value === 'object' && value !== null && '$whole' in value ? BigInt(String(value.$whole)) : value,
  ) as AccruedDay;
}
