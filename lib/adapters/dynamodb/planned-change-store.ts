import type { AdminRecord } from '../../app/access/access-ports.ts';
import type {
  PlannedChangeList,
  PlannedChangeStore,
  StoredPlannedChange,
} from '../../app/forecasts/planned-change-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { adminRecordItem } from './admin-records.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Table } from './table.ts';

/**
 * The planned changes of each tenant as one item, so that a forecast reads them at once and their number has an exact
 * bound. 200 changes with the longest texts are some 260 KB. Errors are the table's own.
 */
export class TablePlannedChangeStore implements PlannedChangeStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<PlannedChangeList> {
    const item = await this.#table.get(keys.plannedChanges(tenant));
    if (!item) return { changes: [], revision: 0 };
    const packed = JSON.parse(textAttribute(item, 'body')) as readonly PackedChange[];
    return { changes: packed.map(unpack), revision: numberAttribute(item, 'revision') };
  }

  async save(
    tenant: string,
    changes: readonly StoredPlannedChange[],
    overRevision: number,
    record: AdminRecord,
  ): Promise<'saved' | 'behind'> {
    const outcome = await this.#table.transact([
      {
        type: 'put',
        item: {
          ...keys.plannedChanges(tenant),
          revision: BigInt(overRevision + 1),
          body: JSON.stringify(changes.map(pack)),
        },
        condition: overRevision === 0 ? { absent: true } : { attribute: 'revision', equals: BigInt(overRevision) },
      },
      { type: 'put', item: adminRecordItem(tenant, record), condition: { absent: true } },
    ]);
    return outcome === 'committed' ? 'saved' : 'behind';
  }
}

type PackedChange = Omit<StoredPlannedChange, 'change'> & {
  readonly change: Omit<StoredPlannedChange['change'], 'factor'>;
  readonly digits: string;
  readonly scale: number;
};

function pack({ change: { factor, ...change }, ...stored }: StoredPlannedChange): PackedChange {
  return { ...stored, change, digits: factor.digits.toString(), scale: factor.scale };
}

function unpack({ change, digits, scale, ...stored }: PackedChange): StoredPlannedChange {
  return { ...stored, change: { ...change, factor: { digits: BigInt(digits), scale } } };
}
