import { hash } from 'node:crypto';
import { expect } from 'vitest';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { ConflictStore, RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { RollupSnapshot, TenantConfig } from '../../lib/app/ports.ts';
import type { LedgerEntry } from '../../lib/domain/events/entry.ts';
import { START_MS, uuidV7 } from './ledger-fixtures.ts';
import { auditAll } from './recording-world.ts';

/** A tenant in a zone without daylight saving, so that a test can compute its local days with one addition. */
export const KOLKATA_TENANT: TenantConfig = {
  tenant: 'acme',
  timeZone: 'Asia/Kolkata',
  tagDimensions: [],
  trackUsers: false,
  pseudonymKey: Buffer.alloc(32, 1).toString('base64'),
  createdAtMs: 0,
};
const KOLKATA_OFFSET_MS = 5.5 * 3_600_000;
/** The local days in which every numbered event lies. */
export const JANUARY = { fromDay: '2026-01-01', toDay: '2026-02-01' } as const;

/** The event whose transaction the table refuses, whatever else is in it. */
export const POISON = 25;
/** Its tokens: more than all the others together ever cost or count. */
export const POISON_TOKENS = 10 ** 12;

/** Added to a number: the same id with other content. */
export const OTHER = 100;

/** One event a number stands for: content and id follow from it, so the same number is the same event. */
export const eventOf = (number: number) => {
  const n = number % OTHER;
  const feature = number < OTHER ? 'first' : 'other';
  // Two thirds lie up to two days back, each in a minute of its own; the others share a minute.
  const timeMs = START_MS - n * 4_000_000 * (n % 3) - n * 1000;
  const id = n % 2 === 0 ? uuidV7(timeMs, n) : `call-${n}`;
  const usage = { input_tokens: n === POISON ? POISON_TOKENS : 100 + n, output_tokens: n };
  // Text that does not compress: groups with some of these outgrow the commit, and their segment is put apart.
  const noise =
    n > 11 ? { tags: { noise: hash('sha512', String(n), 'hex'), more: hash('sha512', `${n}+`, 'hex') } } : {};
  return { id, time: new Date(timeMs).toISOString(), model: 'm-1', app: `app-${n % 4}`, feature, usage, ...noise };
};

// (100 + n) x $1/M + n x $2/M = (100 + 3 n) x 1e6 picoUSD
const costOf = (number: number): bigint => BigInt(100 + 3 * (number % OTHER)) * 1_000_000n;

/** Whether a number stands for an event that the table never takes. */
export const isPoison = (number: number): boolean => number % OTHER === POISON;

/** Rollups as read at one moment, and how finely. */
export interface Snapshot extends RollupSnapshot {
  readonly granularity: 'hour' | 'day' | 'month';
}

/** Sums by period, app and feature, as readers show them. */
function sumsOf({ rows }: Pick<RollupSnapshot, 'rows'>): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { period, leaf, measures } of rows) {
    // An hour cut by local midnight is two rows.
    const add = (name: string, sum = 0n) => {
      const key = `${period} ${leaf[0]} ${leaf[3]} ${name}`;
      sums[key] = (sums[key] ?? 0n) + sum;
    };
    add('calls', measures.calls);
    add('cost', measures.cost);
  }
  return sums;
}

/** The same sums worked out from the events themselves. */
function expectedSums(numbers: Iterable<number>, granularity: Snapshot['granularity']): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const n of numbers) {
    const { time, app, feature } = eventOf(n);
    const local = new Date(Date.parse(time) + KOLKATA_OFFSET_MS).toISOString();
    const period = granularity === 'hour' ? time.slice(0, 13) : local.slice(0, granularity === 'day' ? 10 : 7);
    const key = `${period} ${app} ${feature}`;
    sums[`${key} calls`] = (sums[`${key} calls`] ?? 0n) + 1n;
    sums[`${key} cost`] = (sums[`${key} cost`] ?? 0n) + costOf(n);
  }
  return sums;
}

/** Checks what came of all the events, and returns the entries by the numbers they were recorded from. */
export async function checkLedger(table: MemoryTable, sent: ReadonlySet<number>): Promise<Map<number, LedgerEntry>> {
  expect(await auditAll(table, KOLKATA_TENANT)).toEqual([]);
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const ids = [...new Set([...sent].map((number) => number % OTHER))];
  const lookups = await reader.findEntries(
    'acme',
    ids.map((n) => eventOf(n).id),
  );
  const entries = new Map<number, LedgerEntry>();
  for (const [index, n] of ids.entries()) {
    const lookup = lookups[index];
    expect([n, lookup?.status]).toEqual([n, isPoison(n) ? 'unknown' : 'recorded']);
    if (lookup?.status !== 'recorded') continue;
    const recorded = lookup.entry.event.feature === 'first' ? n : n + OTHER;
    expect(sent).toContain(recorded);
    entries.set(recorded, lookup.entry);
  }
  const days = await reader.rollups('acme', { granularity: 'day', ...JANUARY });
  expect(sumsOf(days)).toEqual(expectedSums(entries.keys(), 'day'));
  const left = [...sent].filter((number) => !entries.has(number));
  const { rejects } = await new RejectStore(table).list('acme');
  const rejected = new Set(rejects.map(({ reason, fields }) => `${reason} ${fields['id']} ${fields['feature']}`));
  const poison = left.filter(isPoison).map((number) => `not_storable ${eventOf(number).id} ${eventOf(number).feature}`);
  expect([...rejected].sort()).toEqual(poison.sort());
  // The other content of a recorded id, and nothing else, is a conflict.
  const conflicts = (await new ConflictStore(table).list('acme')).map(({ id }) => id);
  expect(conflicts.sort()).toEqual(
    left
      .filter((number) => !isPoison(number))
      .map((number) => eventOf(number).id)
      .sort(),
  );
  return entries;
}

/** Checks that a snapshot is the fold of the commits up to its head, whatever was committed while it was read. */
export function checkSnapshot(snapshot: Snapshot, entries: ReadonlyMap<number, LedgerEntry>): void {
  const numbers = [...entries].filter(([, { commit }]) => commit <= snapshot.head).map(([n]) => n);
  expect(sumsOf(snapshot)).toEqual(expectedSums(numbers, snapshot.granularity));
}
