import { forEachAtOnce } from '../../lib/adapters/dynamodb/ledger/known-ids.ts';
import type { Item, Key, Table, TransactWrite } from '../../lib/adapters/dynamodb/table.ts';

/** One successful write of a ledger, to be written again. */
export type RawWrite =
  | { readonly kind: 'put'; readonly item: Item }
  | { readonly kind: 'transact'; readonly writes: readonly TransactWrite[] }
  | { readonly kind: 'addToSet'; readonly key: Key; readonly attribute: string; readonly member: string };

/** Passes everything on to a table and notes what was written. */
export function noteWrites(table: Table, notes: RawWrite[]): Table {
  return {
    get: (key) => table.get(key),
    query: (query) => table.query(query),
    delete: (key, condition) => table.delete(key, condition),
    add: (key, sums) => table.add(key, sums),
    async put(item, condition) {
      const outcome = await table.put(item, condition);
      if (outcome === 'written') notes.push({ kind: 'put', item });
      return outcome;
    },
    async addToSet(key, attribute, member) {
      notes.push({ kind: 'addToSet', key, attribute, member });
      return table.addToSet(key, attribute, member);
    },
    async transact(writes) {
      const outcome = await table.transact(writes);
      if (outcome === 'committed') notes.push({ kind: 'transact', writes });
      return outcome;
    },
  };
}

/**
 * Writes the same items and sums again under keys of their own, in the same order and with the same concurrency, and
 * does nothing else: what the engine and its client allow a ledger that takes no time to think.
 * @returns seconds
 * @throws Error when the table does not take one of them
 */
export async function repeatWrites(table: Table, notes: readonly RawWrite[]): Promise<number> {
  const started = performance.now();
  let claims: RawWrite[] = [];
  for (const write of notes) {
    if (write.kind === 'addToSet') {
      claims.push(write);
      continue;
    }
    await forEachAtOnce(claims, (claim) => repeat(table, claim));
    claims = [];
    await repeat(table, write);
  }
  await forEachAtOnce(claims, (claim) => repeat(table, claim));
  return (performance.now() - started) / 1000;
}

async function repeat(table: Table, write: RawWrite): Promise<void> {
  if (write.kind === 'addToSet') {
    await table.addToSet(elsewhere(write.key), write.attribute, write.member);
    return;
  }
  const isPut = write.kind === 'put';
  const outcome = isPut
    ? await table.put({ ...write.item, ...elsewhere(write.item) }, { absent: true })
    : await table.transact(write.writes.map(moveWrite));
  if (outcome === 'failed') throw new Error('a write that the ledger made cannot be made again');
}

function moveWrite(write: TransactWrite): TransactWrite {
  if (write.type === 'put') return { ...write, item: { ...write.item, ...elsewhere(write.item) } };
  return { ...write, key: elsewhere(write.key) };
}

function elsewhere({ pk, sk }: Key): Key {
  return { pk: `raw#${pk}`, sk };
}
