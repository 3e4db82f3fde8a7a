import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { CorrectionTarget } from '../../lib/domain/corrections/correction.ts';
import type { EntryPlace, LedgerEntry } from '../../lib/domain/events/entry.ts';
import { type BookStamp, NO_OVERRIDES } from '../../lib/domain/prices/book-stamp.ts';
import type { RatedCall } from '../../lib/domain/rating/rated-call.ts';
import { numberOf, ratingAt } from './ledger-corrections-world.ts';
import { steadySurroundings, TENANT } from './ledger-fixtures.ts';

/** The month of all calls. */
export const MONTH = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;

/** What is ordered in most tests: a rate for all, in a book of its own. */
export interface Wish {
  readonly order?: number;
  readonly book?: BookStamp;
  readonly target: (entry: LedgerEntry) => CorrectionTarget;
  /** What happens between the look at the prices and the commit, the first time. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Every entry at a rate. */
export const toRate = (rate: number) => (entry: LedgerEntry) => ratingAt(rate, 10 + numberOf(entry));
/** Every entry void. */
export const toVoid = (): CorrectionTarget => 'void';

/** A ledger in memory that holds some groups of calls, a commit or more each, and what tests do with it. */
export async function openCorrections(groups: readonly (readonly RatedCall[])[]) {
  const memory = new MemoryTable();
  const surroundings = steadySurroundings();
  const tenants = new TenantStore(memory, surroundings.now);
  await tenants.create(TENANT);
  const ledger = new DynamoLedger(memory, surroundings);
  for (const group of groups) await ledger.append(TENANT, group, surroundings.now() + 50_000, NO_OVERRIDES);
  const reader = new DynamoLedgerReader(memory, tenants);
  const places: EntryPlace[] = [];
  for (let number = 1; number <= (await reader.head('acme')); number++) {
    places.push(...(await reader.entriesOfCommit('acme', number)));
  }
  const correct = (wish: Wish, over: Table = memory, of: readonly EntryPlace[] = places) => {
    const isVoid = wish.target === toVoid;
    const authority = { order: wish.order ?? 1, kind: isVoid ? 'void' : 'reprice', by: 'key_1', reason: 'r' } as const;
    let isFirst = true;
    const decide = async (entries: readonly LedgerEntry[]) => {
      const targets = entries.map(wish.target);
      if (isFirst) await wish.meanwhile?.();
      isFirst = false;
      return { book: wish.book ?? NO_OVERRIDES, targets };
    };
    return new DynamoCorrections(over, surroundings).correct(
      TENANT,
      authority,
      of,
      decide,
      surroundings.now() + 50_000,
    );
  };
  const entries = async () => {
    const all: LedgerEntry[] = [];
    for (const commit of new Set(places.map((place) => place.commit))) {
      all.push(...(await reader.entriesOfCommit('acme', commit)));
    }
    return all;
  };
  const total = async () => {
    const { rows } = await reader.rollups('acme', MONTH);
    const sum = (name: 'cost' | 'calls' | 'discount' | 'unpriced') =>
      rows.reduce((all, { measures }) => all + (measures[name] ?? 0n), 0n);
    return { cost: sum('cost'), calls: sum('calls'), discount: sum('discount'), unpriced: sum('unpriced') };
  };
  return { memory, reader, ledger, places, correct, entries, total };
}
