import type { Leaf } from '../../../contracts/dimensions.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { Item, Table } from '../table.ts';
import { pack, unpack } from './packing.ts';

/** Text that names a leaf. */
export const leafKey = (leaf: Leaf): string => JSON.stringify(leaf);

/**
 * The leaves of one local month, numbered densely in the order in which they first occurred. Its items are written
 * once, each in the transaction that first used its leaves, so what is known here stays true.
 */
export class LeafDictionary {
  readonly #leaves: Leaf[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#leaves.length;
  }

  leaf(number: number): Leaf | undefined {
    return this.#leaves[number];
  }

  number(key: string): number | undefined {
    return this.#numbers.get(key);
  }

  /** Reads what was added since it was last read. */
  async refresh(table: Table, tenant: string, month: string): Promise<void> {
    const after = this.size === 0 ? undefined : padNumber(this.size - 1);
    const items = await table.query({ pk: keys.leaves(tenant, month), ...(after ? { after } : {}) });
    for (const item of items) this.append(Number(item.sk), unpack(item['b'] as Uint8Array) as Leaf[]);
  }

  /** Takes in leaves that are committed at a place; what is already known is passed over. */
  append(first: number, leaves: readonly Leaf[]): void {
    for (const [index, leaf] of leaves.entries()) {
      if (first + index !== this.size) continue;
      this.#numbers.set(leafKey(leaf), this.size);
      this.#leaves.push(leaf);
    }
  }
}

/** The dictionary item that adds leaves behind the known ones. */
export function dictionaryItem(tenant: string, month: string, first: number, leaves: readonly Leaf[]): Item {
  return { pk: keys.leaves(tenant, month), sk: padNumber(first), b: pack(leaves) };
}
