import { keys } from '../../../contracts/table-keys.ts';
import {
  type Attribute,
  type Item,
  type Key,
  type Table,
  TableBusyError,
  TableUnknownError,
  type TransactWrite,
} from '../table.ts';
import type { AuditContext } from './audit-context.ts';
import { type ExpectedRow, type FoldScope, itemOf, RowFold, rowId } from './audit-fold.ts';
import { findEnd, readWithGaps } from './audit-log-reader.ts';
import type { Commit } from './commit-codec.ts';
import { UP_TO } from './rollup-codec.ts';

/** Tries of one row: each is lost only to a commit that touched it in between. */
const MAX_TRIES = 100;

/** A row with some more commits taken in; the given one is left as it is. */
export function advanceRow(
  tenant: string,
  scope: FoldScope,
  id: string,
  row: ExpectedRow | undefined,
  commits: readonly Commit[],
): ExpectedRow | undefined {
  if (commits.length === 0) return row;
  const fold = new RowFold(tenant, scope, id);
  if (row) fold.rows.set(id, { ...row, sums: new Map(row.sums) });
  for (const commit of commits) fold.add(commit);
  return fold.rows.get(id);
}

/**
 * Puts a row back as the commits say. The row is read, then the log to its end; it is written only while it carries
 * the `upTo` that was read, so a commit in between makes the write fail and is read the next time.
 *
 * @param expected - the row up to commit `head`
 * @returns whether it is right now
 */
export async function mendRow(
  { table, log }: AuditContext,
  scope: FoldScope,
  { pk, sk }: Key,
  expected: ExpectedRow | undefined,
  head: number,
): Promise<boolean> {
  const id = rowId({ pk, sk });
  let [row, at] = [expected, head];
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const item = await table.get({ pk, sk });
    const commits: Commit[] = [];
    for await (const { number, commit } of readWithGaps(table, log.tenant, at, await findEnd(table, log, at))) {
      // What a commit added that cannot be read must not be taken from the row.
      if (!commit) return false;
      commits.push(commit);
      at = number;
    }
    row = advanceRow(log.tenant, scope, id, row, commits);
    const wanted = row && row.upTo > 0 ? itemOf(row) : undefined;
    if (areSame(item, wanted)) return true;
    if (await replaceItem(table, log.tenant, { pk, sk }, item, wanted, at)) return true;
  }
  return false;
}

/**
 * Replaces an item that commits add to, or deletes it, if no commit has touched it since it was read. That is told by
 * its `upTo`, which every commit sets to its own number.
 *
 * @param item - as it was read; `undefined` = not there
 * @param wanted - what is to be there; `undefined` = nothing
 * @param end - last commit when it was read
 * @returns whether it is done; otherwise it must be read again
 */
export async function replaceItem(
  table: Table,
  tenant: string,
  key: Key,
  item: Item | undefined,
  wanted: Item | undefined,
  end: number,
): Promise<boolean> {
  const upTo = item?.[UP_TO];
  if (item && typeof upTo !== 'bigint') {
    // Nothing would tell whether a commit touches such an item; from 0 on, each one does.
    await tryTransact(table, [{ type: 'add', key, set: { [UP_TO]: 0n }, add: {} }]);
    return false;
  }
  const condition = typeof upTo === 'bigint' ? { attribute: UP_TO, equals: upTo } : ({ absent: true } as const);
  const write: TransactWrite = wanted ? { type: 'put', item: wanted, condition } : { type: 'delete', key, condition };
  const isBeyond = typeof upTo === 'bigint' && upTo > BigInt(end);
  // A number that no commit has yet stays as it is when that very commit touches the item: there must be none. What is
  // absent can be deleted without harm, which is how a transaction asks for it.
  const guards: TransactWrite[] = isBeyond
    ? [{ type: 'delete', key: keys.commit(tenant, Number(upTo)), condition: { absent: true } }]
    : [];
  return (await tryTransact(table, [write, ...guards])) === 'committed';
}

/** A transaction that is read again after, whatever became of it. */
export async function tryTransact(table: Table, writes: readonly TransactWrite[]): Promise<'committed' | 'failed'> {
  try {
    return await table.transact(writes);
  } catch (cause) {
    if (cause instanceof TableBusyError || cause instanceof TableUnknownError) return 'failed';
    throw cause;
  }
}

function areSame(a: Item | undefined, b: Item | undefined): boolean {
  if (!a || !b) return a === b;
  const [left, right]: Readonly<Record<string, Attribute>>[] = [a, b];
  if (!left || !right) return false;
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
