import { COMMITS_PER_BLOCK, keys, padNumber } from '../../../contracts/table-keys.ts';
import type { Item, Table } from '../table.ts';
import { damageOf } from './audit-context.ts';
import { type Commit, decodeCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';

/** Commits asked for with one request. */
const PAGE = 50;

/** A number of the log with its commit, or why there is none: `cause` is null where the item is missing. */
export type LogRead =
  | { readonly number: number; readonly commit: Commit }
  | { readonly number: number; readonly commit: undefined; readonly cause: string | null };

/** Numbers of the log, in order, each with what is found under it. Unlike other readers it goes on behind a gap. */
export async function* readWithGaps(table: Table, tenant: string, after: number, upTo: number): AsyncIterable<LogRead> {
  for (let last = after; last < upTo; ) {
    const block = Math.floor((last + 1) / COMMITS_PER_BLOCK);
    const bound = Math.min(upTo, (block + 1) * COMMITS_PER_BLOCK - 1);
    const pk = keys.commitBlock(tenant, last + 1);
    const items = await table.query({ pk, after: padNumber(last), upTo: padNumber(bound), limit: PAGE });
    for (const item of items) {
      const number = Number(item.sk);
      while (last + 1 < number) yield { number: ++last, commit: undefined, cause: null };
      last = number;
      yield tryToDecode(item);
    }
    if (items.length === PAGE) continue;
    while (last < bound) yield { number: ++last, commit: undefined, cause: null };
  }
}

function tryToDecode(item: Item): LogRead {
  const number = Number(item.sk);
  try {
    return { number, commit: decodeCommit(item) };
  } catch (cause) {
    return { number, commit: undefined, cause: String(cause) };
  }
}

/** What is found under one number. */
export async function readOne(log: CommitLog, number: number): Promise<LogRead> {
  try {
    const commit = await log.find(number);
    return commit ? { number, commit } : { number, commit: undefined, cause: null };
  } catch (cause) {
    return { number, commit: undefined, cause: damageOf(cause) };
  }
}

/** Number of the last commit. Unlike a writer's look it sees beyond a block whose last commit is missing. */
export async function findEnd(table: Table, log: CommitLog, known = 0): Promise<number> {
  let end = await log.findHead(known);
  for (;;) {
    const beyond = (Math.floor(end / COMMITS_PER_BLOCK) + 1) * COMMITS_PER_BLOCK;
    const pk = keys.commitBlock(log.tenant, beyond);
    const [last] = await table.query({ pk, descending: true, limit: 1 });
    if (!last) return end;
    end = await log.findHead(Number(last.sk));
  }
}
