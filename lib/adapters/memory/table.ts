import {
  type Attribute,
  type Condition,
  type Item,
  type Key,
  MAX_TRANSACTION_WRITES,
  type PartitionQuery,
  type Table,
  TableRefusedError,
  type TransactWrite,
} from '../dynamodb/table.ts';

const MAX_ITEM_BYTES = 400 * 1024;

/**
 * The table in memory, with DynamoDB's meaning: conditional writes, sums, sets, whole transactions, size limits. It is
 * never busy and never silent; faults are put in front of it by tests. Each method answers in a later microtask, so
 * that writers interleave.
 */
export class MemoryTable implements Table {
  readonly #partitions = new Map<string, Map<string, Item>>();

  async get(key: Key): Promise<Item | undefined> {
    return this.#partitions.get(key.pk)?.get(key.sk);
  }

  async query(query: PartitionQuery): Promise<readonly Item[]> {
    const { after, upTo, prefix } = query;
    const items = [...(this.#partitions.get(query.pk)?.values() ?? [])]
      .filter(({ sk }) => (after === undefined || sk > after) && (upTo === undefined || sk <= upTo))
      .filter(({ sk }) => prefix === undefined || sk.startsWith(prefix))
      .sort((a, b) => (a.sk < b.sk ? -1 : 1));
    if (query.descending) items.reverse();
    return items.slice(0, query.limit);
  }

  async put(item: Item, condition?: Condition): Promise<'written' | 'failed'> {
    if (!this.#holds(item, condition)) return 'failed';
    this.#write(item);
    return 'written';
  }

  async delete(key: Key, condition?: Condition): Promise<'deleted' | 'failed'> {
    if (!this.#holds(key, condition)) return 'failed';
    this.#partitions.get(key.pk)?.delete(key.sk);
    return 'deleted';
  }

  async addToSet(key: Key, attribute: string, member: string): Promise<ReadonlySet<string>> {
    const item = this.#find(key) ?? { ...key };
    const before = item[attribute] instanceof Set ? (item[attribute] as ReadonlySet<string>) : new Set<string>();
    this.#write({ ...item, [attribute]: new Set([...before, member]) });
    return before;
  }

  async add(key: Key, sums: Readonly<Record<string, bigint>>): Promise<void> {
    this.#write(added(this.#find(key) ?? { ...key }, sums));
  }

  async transact(writes: readonly TransactWrite[]): Promise<'committed' | 'failed'> {
    checkTransaction(writes);
    if (writes.some((write) => write.type !== 'add' && !this.#holds(keyOf(write), write.condition))) return 'failed';
    const items = writes.map((write) => this.#after(write));
    for (const item of items) if (item) checkSize(item);
    for (const [index, write] of writes.entries()) {
      const item = items[index];
      if (item) this.#write(item);
      else this.#partitions.get(keyOf(write).pk)?.delete(keyOf(write).sk);
    }
    return 'committed';
  }

  /** An item as it is at this moment: for tests that look on while others write. */
  peek(key: Key): Item | undefined {
    return this.#find(key);
  }

  /** Every item, in no particular order: for tests that look at the whole table. */
  *items(): Iterable<Item> {
    for (const partition of this.#partitions.values()) yield* partition.values();
  }

  #after(write: TransactWrite): Item | undefined {
    if (write.type === 'put') return write.item;
    if (write.type === 'delete') return undefined;
    return { ...added(this.#find(write.key) ?? { ...write.key }, write.add), ...write.set };
  }

  #find(key: Key): Item | undefined {
    return this.#partitions.get(key.pk)?.get(key.sk);
  }

  #holds(key: Key, condition: Condition | undefined): boolean {
    if (!condition) return true;
    const item = this.#find(key);
    return 'absent' in condition ? item === undefined : item?.[condition.attribute] === condition.equals;
  }

  #write(item: Item): void {
    checkSize(item);
    const partition = this.#partitions.get(item.pk) ?? new Map<string, Item>();
    this.#partitions.set(item.pk, partition.set(item.sk, item));
  }
}

function added(item: Item, sums: Readonly<Record<string, bigint>>): Item {
  const result: Record<string, Attribute> = { ...item };
  for (const [name, amount] of Object.entries(sums))
    result[name] = ((result[name] as bigint | undefined) ?? 0n) + amount;
  return { ...result, pk: item.pk, sk: item.sk };
}

function keyOf(write: TransactWrite): Key {
  return write.type === 'put' ? write.item : write.key;
}

function checkTransaction(writes: readonly TransactWrite[]): void {
  const touched = new Set(writes.map((write) => `${keyOf(write).pk}\n${keyOf(write).sk}`));
  if (writes.length === 0 || writes.length > MAX_TRANSACTION_WRITES) {
    throw new TableRefusedError(`a transaction holds 1 to ${MAX_TRANSACTION_WRITES} writes, not ${writes.length}`);
  }
  if (touched.size < writes.length) throw new TableRefusedError('a transaction writes each item once');
}

function checkSize(item: Item): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += name.length + attributeBytes(value);
  if (bytes > MAX_ITEM_BYTES)
    throw new TableRefusedError(`an item holds at most ${MAX_ITEM_BYTES} bytes, not ${bytes}`);
}

function attributeBytes(value: Attribute): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'bigint') return Math.ceil(value.toString().length / 2) + 1;
  if (value instanceof Uint8Array) return value.byteLength;
  return [...value].reduce((sum, member) => sum + Buffer.byteLength(member), 0);
}
