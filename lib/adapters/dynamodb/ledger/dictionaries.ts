import type { Leaf } from '../../../contracts/dimensions.ts';
import { invariant } from '../../../domain/errors.ts';
import type { Table } from '../table.ts';
import { LeafDictionary } from './leaf-dictionary.ts';

const MAX_KEPT = 200;

/** Dictionaries as readers use them: read on when a number is met that is not known yet, kept because they only grow. */
export class Dictionaries {
  readonly #table: Table;
  readonly #known = new Map<string, LeafDictionary>();

  constructor(table: Table) {
    this.#table = table;
  }

  /** The leaf of a number found in a committed item. @throws when no dictionary item holds it */
  async leaf(tenant: string, month: string, number: number): Promise<Leaf> {
    const dictionary = this.#dictionary(tenant, month);
    if (number >= dictionary.size) await dictionary.refresh(this.#table, tenant, month);
    const leaf = dictionary.leaf(number);
    invariant(leaf, `leaf ${number} of ${month} is in no dictionary item of ${tenant}`);
    return leaf;
  }

  #dictionary(tenant: string, month: string): LeafDictionary {
    const key = `${tenant}\n${month}`;
    const dictionary = this.#known.get(key) ?? new LeafDictionary();
    this.#known.delete(key);
    this.#known.set(key, dictionary);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KEPT && oldest !== undefined) this.#known.delete(oldest);
    return dictionary;
  }
}
