import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { keepCounted } from '../../lib/adapters/dynamodb/counted-items.ts';
import { decodeCommit } from '../../lib/adapters/dynamodb/ledger/commit-codec.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { unpack, unpackBits } from '../../lib/adapters/dynamodb/ledger/packing.ts';
import { idDigest } from '../../lib/adapters/dynamodb/ledger/pending.ts';
import { DynamoRebuilder } from '../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { type SegmentBody, segmentIds } from '../../lib/adapters/dynamodb/ledger/segment-codec.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import type { Item, Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { RebuildDifference } from '../../lib/app/audits/rebuild-ports.ts';
import { advanceTotals } from '../../lib/app/budgets/evaluate-budgets-totals.ts';
import type { AuditPage, AuditWindow } from '../../lib/app/ports.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import type { Budget } from '../../lib/domain/budgets/budget.ts';
import { CALENDAR_MONTH } from '../../lib/domain/budgets/periods/period-rule.ts';
import type { LedgerEntry } from '../../lib/domain/events/entry.ts';
import { NO_OVERRIDES } from '../../lib/domain/prices/book-stamp.ts';
import { callOf, numberOf, orderOf, ratingAt } from './ledger-corrections-world.ts';
import { START_MS, steadySurroundings, TENANT } from './ledger-fixtures.ts';

/** What happened to a ledger: groups of calls by number, then orders that give some commits another rate or void them. */
export interface AuditHistory {
  readonly groups: readonly (readonly number[])[];
  readonly orders: readonly { readonly commit: number; readonly rate: number | 'void' }[];
  readonly rejects: number;
}

const DEADLINE_MS = START_MS + 1_000_000_000;

/** Calls of a group: 2 picoUSD a token, every fifth without a price. */
export const callsOf = (group: readonly number[]) => group.map((n) => callOf(n, n % 5 === 4 ? 0 : 2));

/** A ledger with that history, two budgets whose totals stand at its head, and rejects and conflicts. */
export async function openHistory({ groups, orders, rejects }: AuditHistory): Promise<MemoryTable> {
  const table = new MemoryTable();
  await new TenantStore(table, () => 0).create(TENANT);
  const surroundings = steadySurroundings();
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  for (const group of groups) await new DynamoLedger(table, surroundings).append(TENANT, callsOf(group), DEADLINE_MS);
  for (const [index, { commit, rate }] of orders.entries()) {
    const order = orderOf(index + 1, { kind: 'void', entry: 0 });
    const record = { atMs: 0, keyId: 'k', action: 'a', detail: {} };
    await new TableCorrectionOrders(table).create('acme', order, record);
    const entries = await reader.entriesOfCommit('acme', 1 + (commit % groups.length));
    const authority = { order: index + 1, kind: rate === 'void' ? 'void' : 'reprice', by: 'k', reason: 'r' } as const;
    const decide = async (all: readonly LedgerEntry[]) => ({
      book: NO_OVERRIDES,
      targets: all.map((entry) => (rate === 'void' ? ('void' as const) : ratingAt(rate, 10 + numberOf(entry)))),
    });
    const corrections = new DynamoCorrections(table, surroundings);
    await corrections.correct(TENANT, authority, entries.slice(0, 3), decide, DEADLINE_MS);
  }
  const [again] = callsOf(groups[0] ?? []);
  // The same id with other content: a conflict, which is kept and counted.
  if (again) await new DynamoLedger(table, surroundings).append(TENANT, [{ ...again, contentHash: 1 }], DEADLINE_MS);
  const items = Array.from({ length: rejects }, (_, n) => {
    const reject = JSON.stringify({ state: n % 2 === 0 ? 'open' : 'accepted' });
    return { pk: keys.rejects('acme'), sk: `reject-${n}`, reject };
  });
  const patient = { get: table.get.bind(table), transactAgain: table.transact.bind(table) };
  await keepCounted(patient, 'acme', 'rejects', items);
  if (rejects > 1) await table.add(keys.counts('acme'), { acceptedRejects: BigInt(Math.floor(rejects / 2)) });
  await keepBudgets(table, reader);
  return table;
}

async function keepBudgets(table: MemoryTable, reader: DynamoLedgerReader): Promise<void> {
  const store = new TableBudgetStore(table);
  const head = await reader.head('acme');
  for (const [name, scope] of [
    ['all', {}],
    ['one', { app: 'app-1' }],
  ] as const) {
    const budget: Budget = {
      name,
      scope,
      each: null,
      schedule: { rule: CALENDAR_MONTH },
      amount: { unit: 'pico_usd', amounts: [1_000n] },
      thresholdsPercent: [50],
      forecastThresholdsPercent: [],
      owner: null,
      paused: false,
      id: `id-${name}`,
      version: 1,
      createdAtMs: 0,
      changedAtMs: 0,
      sinceCommit: 0,
    };
    await store.put('acme', { budget, isRemoved: false }, undefined);
    const totals = { number: 0, spent: new Map() };
    const [advanced] = await advanceTotals(reader, TENANT, [{ budget, totals }], head, '2026-01-29');
    if (advanced) await store.saveTotals('acme', budget, advanced.totals, undefined);
  }
}

/** A copy of a table, item by item. */
export async function copyTable(table: MemoryTable): Promise<MemoryTable> {
  const copy = new MemoryTable();
  for (const item of table.items()) await copy.put(item);
  return copy;
}

/** All parts of an audit. */
export async function auditParts(table: Table, window?: AuditWindow): Promise<AuditPage[]> {
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const parts: AuditPage[] = [];
  let next: string | undefined;
  do {
    const part = await reader.audit(TENANT.tenant, next, window);
    parts.push(part);
    next = part.next;
  } while (next);
  return parts;
}

/** What an audit names, `kind at where` each. */
export async function namedBy(table: Table, window?: AuditWindow): Promise<string[]> {
  const parts = await auditParts(table, window);
  return parts.flatMap(({ differences }) => differences.map(({ kind, where }) => `${kind} at ${where}`));
}

/** A whole rebuild that repairs. */
export async function rebuildAll(table: Table, isDryRun = false): Promise<RebuildDifference[]> {
  const rebuilder = new DynamoRebuilder(table, new TenantStore(table, () => 0), steadySurroundings());
  const differences: RebuildDifference[] = [];
  let cursor: string | undefined;
  do {
    const request = { ...(cursor === undefined ? {} : { cursor }), ...(isDryRun ? {} : { announce: async () => {} }) };
    const part = await rebuilder.rebuild(TENANT.tenant, request);
    differences.push(...part.differences);
    cursor = part.next;
  } while (cursor !== undefined);
  return differences;
}

/**
 * Every item of a table as text, in order. Left out are marks of a rebuild itself, and claims by segments that do not
 * count the id: nothing tells that they were ever made, and they mean nothing.
 */
export function itemTexts(table: MemoryTable): string[] {
  const rightful = findRightfulClaims([...table.items()]);
  const withoutOthers = (item: Item): Item => {
    const claimants = item['s'];
    if (!(claimants instanceof Set)) return item;
    return { ...item, s: new Set([...claimants].filter((segmentId) => rightful.has(`${item.pk} ${segmentId}`))) };
  };
  return [...table.items()]
    .map(withoutOthers)
    .filter(({ pk, sk }) => !(pk.startsWith('COUNT#') && sk === 'mended'))
    .map(textOf)
    .sort();
}

/** Claims of ids by the segments in which a commit counts them. */
function findRightfulClaims(items: readonly Item[]): ReadonlySet<string> {
  const bodies = new Map(items.filter(({ pk }) => pk.startsWith('S#')).map((item) => [item.pk, item['b']]));
  const claims = new Set<string>();
  for (const item of items.filter(({ pk }) => pk.startsWith('C#'))) {
    try {
      const commit = decodeCommit(item);
      for (const { segmentId, counted, length } of commit.segments) {
        const packed = bodies.get(keys.segment('acme', segmentId).pk);
        const body = commit.inlineBody ?? (unpack(packed as Uint8Array) as SegmentBody);
        const isCounted = unpackBits(counted, length);
        for (const [index, { id }] of segmentIds(body).entries()) {
          if (isCounted[index]) claims.add(`${keys.claim('acme', idDigest(id).claimHash).pk} ${segmentId}`);
        }
      }
    } catch {
      // Damaged on purpose.
    }
  }
  return claims;
}

function textOf(item: Item): string {
  const fields = Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
  const say = (value: unknown): unknown => {
    if (typeof value === 'bigint') return `${value}n`;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    return value instanceof Set ? [...value].sort() : value;
  };
  return JSON.stringify(fields.map(([name, value]) => [name, say(value)]));
}
