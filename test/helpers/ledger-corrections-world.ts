import { expect } from 'vitest';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { Decision, Order } from '../../lib/app/corrections/correction-ports.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import type { CorrectionAuthority } from '../../lib/domain/corrections/correction.ts';
import type { LedgerEntry } from '../../lib/domain/events/entry.ts';
import type { BookStamp } from '../../lib/domain/prices/book-stamp.ts';
import type { RatedCall, Rating } from '../../lib/domain/rating/rated-call.ts';
import { ratedCall, START_MS, type steadySurroundings, uuidV7 } from './ledger-fixtures.ts';

/** A rating of so many tokens at so many picoUSD each, list price 5; rate 0 = no price. */
export function ratingAt(rate: number, tokens: number): Rating {
  const model = 'm-1';
  const { rating } = ratedCall({ id: 'x', model }, BigInt(rate * tokens));
  if (rate === 0) {
    return { status: 'unpriced', costPicoUsd: null, listCostPicoUsd: null, price: null, unpricedUnits: [] };
  }
  const rates = [{ unit: 'input_tokens', rate: String(rate), listRate: '5', per: 1 }];
  const price = rating.price && { ...rating.price, key: `rate ${rate}`, provider: `of rate ${rate}`, rates };
  return { ...rating, listCostPicoUsd: BigInt(5 * tokens), price };
}

/** A call of one of two apps; two thirds are timed, and some lie a day or an hour back. */
export function callOf(n: number, rate: number): RatedCall {
  const timeMs = START_MS - (n % 3) * 3_600_000 - (n % 2) * 86_400_000 - n;
  const usage = { input_tokens: 10 + n };
  const id = n % 3 === 0 ? `call-${n}` : uuidV7(timeMs, n);
  const call = ratedCall({ id, timeMs, app: `app-${n % 2}`, usage, latency_ms: 40 * n });
  return { ...call, rating: ratingAt(rate, usage.input_tokens) };
}

/** Prices by app as they are changed one after the other: change n is in every book whose stamp is n or more. */
export class ChangingBook {
  readonly #rates: [number, number][];

  constructor(rate: number) {
    this.#rates = [[rate, rate]];
  }

  get stamp(): BookStamp {
    return { global: 0, tenant: this.#rates.length - 1 };
  }

  change(app: number, rate: number): void {
    const [first, second] = this.#rates.at(-1) ?? [0, 0];
    this.#rates.push(app === 0 ? [rate, second] : [first, rate]);
  }

  rateOf(app: number): number {
    return this.#rates.at(-1)?.[app] ?? 0;
  }
}

/** What an order says: the book's prices for one app's entries, one rate for an app's entries, or some entries void. */
export type Saying =
  | { readonly kind: 'override'; readonly app: number; readonly rate: number }
  | { readonly kind: 'fixed'; readonly app: number; readonly rate: number }
  | { readonly kind: 'void'; readonly entry: number };

/** Whether an order speaks of an entry. */
export const isAbout = (saying: Saying, n: number): boolean =>
  saying.kind === 'void' ? saying.entry === n : saying.app === n % 2;

/** The number of a call from its entry. */
export const numberOf = (entry: LedgerEntry): number => (entry.event.usage.input_tokens ?? 0) - 10;

/** What entries should come to on the word of an order; reads the book when it is called. */
export function decideBy(saying: Saying | 'ledger', book: ChangingBook, entries: readonly LedgerEntry[]): Decision {
  const targets = entries.map((entry) => {
    const n = numberOf(entry);
    if (saying !== 'ledger' && saying.kind === 'void') return saying.entry === n ? 'void' : 'keep';
    if (saying !== 'ledger' && saying.app !== n % 2) return 'keep';
    const rate = saying === 'ledger' || saying.kind === 'override' ? book.rateOf(n % 2) : saying.rate;
    return ratingAt(rate, 10 + n);
  });
  return { book: book.stamp, targets };
}

/** Order `number` in the store. */
export const orderOf = (number: number, saying: Saying): Order => ({
  number,
  request:
    saying.kind === 'void'
      ? { kind: 'void', id: callOf(saying.entry, 1).event.id }
      : { kind: 'override', scope: 'tenant', change: number },
  by: 'key_1',
  reason: `order ${number}`,
  createdAtMs: START_MS,
  upToCommit: 1,
  days: null,
});

/** Who corrects on the word of an order. */
export const authorityOf = (number: number, saying: Saying): CorrectionAuthority => ({
  order: number,
  kind: saying.kind === 'void' ? 'void' : 'reprice',
  by: 'key_1',
  reason: `order ${number}`,
});

/** A process that carries out an order: corrects what it speaks of, then ends it. Any number may do so at once. */
export async function carryOut(
  table: Table,
  surroundings: ReturnType<typeof steadySurroundings>,
  tenant: TenantConfig,
  order: { readonly number: number; readonly saying: Saying },
  decide: (entries: readonly LedgerEntry[]) => Promise<Decision>,
  lifeMs = 50_000,
): Promise<void> {
  const orders = new TableCorrectionOrders(table);
  const standing = await orders.find(tenant.tenant, order.number);
  if (standing?.progress.state !== 'running') return;
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const entries: LedgerEntry[] = [];
  for (let number = 1; number <= standing.order.upToCommit; number++) {
    entries.push(...(await reader.entriesOfCommit(tenant.tenant, number)));
  }
  const places = entries.filter((entry) => isAbout(order.saying, numberOf(entry)));
  const corrections = new DynamoCorrections(table, surroundings);
  const authority = authorityOf(order.number, order.saying);
  await corrections.correct(tenant, authority, places, decide, surroundings.now() + lifeMs);
  await orders.advance(tenant.tenant, order.number, standing.progress, { ...standing.progress, state: 'done' });
}

/** Every entry of some days, as it is now. */
export async function allEntries(table: Table, tenant: string, days: readonly string[]): Promise<LedgerEntry[]> {
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const entries: LedgerEntry[] = [];
  for (const day of days) {
    for (let next: string | undefined, isFirst = true; isFirst || next; isFirst = false) {
      const page = await reader.entriesOfDay(tenant, day, next);
      entries.push(...page.entries);
      next = page.next;
    }
  }
  return entries;
}

/** An entry's rating after the corrections that commits up to `head` brought; null = nothing counts. */
export function ratingUpTo(entry: LedgerEntry, head: number): Rating | null {
  let rating: Rating | null = entry.commit <= head ? entry.recorded : null;
  for (const correction of entry.corrections) if (correction.commit <= head) rating = correction.rating;
  return rating;
}

/** Sums of an order as its corrections add up. */
export function foldOrder(entries: readonly LedgerEntry[], order: number) {
  let [corrected, costPicoUsd, listCostPicoUsd] = [0, 0n, 0n];
  for (const entry of entries) {
    let before: Rating | null = entry.recorded;
    for (const { order: by, rating } of entry.corrections) {
      // A confirmation repeats the very rating that the entry had.
      if (by === order && rating !== before) {
        corrected++;
        costPicoUsd += (rating?.costPicoUsd ?? 0n) - (before?.costPicoUsd ?? 0n);
        listCostPicoUsd += (rating?.listCostPicoUsd ?? 0n) - (before?.listCostPicoUsd ?? 0n);
      }
      before = rating;
    }
  }
  return { corrected, costPicoUsd, listCostPicoUsd };
}

/** The rate an entry must have in the end: void is final, then the highest order that spoke of it decides. */
export function expectedRate(n: number, recorded: number, sayings: readonly Saying[], book: ChangingBook) {
  if (sayings.some((saying) => saying.kind === 'void' && saying.entry === n)) return 'void';
  const last = sayings.findLast((saying) => isAbout(saying, n));
  if (last?.kind === 'fixed') return last.rate;
  return last ? book.rateOf(n % 2) : recorded;
}

/** Checks that an entry came to what was expected of it. */
export function expectRate(entry: LedgerEntry, expected: number | 'void'): void {
  if (expected === 'void') expect([numberOf(entry), entry.isVoid]).toEqual([numberOf(entry), true]);
  else
    expect([numberOf(entry), entry.isVoid, entry.rating]).toEqual([
      numberOf(entry),
      false,
      ratingAt(expected, 10 + numberOf(entry)),
    ]);
}
